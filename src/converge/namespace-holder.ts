/** Who holds the ECR namespace of a registration, and which ECR repositories the holder may use there. */
import { claimedNamespace } from "../desired/names.ts";
import type { Claimant, EcrItem, Reservation } from "../registry/items.ts";
import type { Services } from "../services.ts";

/** Returns who holds a registration's ECR namespace: the registrant, or the claimant to whom its reservation has passed. */
export async function namespaceHolder(
  registry: Services["registry"],
  owner: string,
  repo: string,
  registrant: Claimant,
): Promise<Pick<Reservation, "claimant" | "former">> {
  const reservation = await registry.readReservation(claimedNamespace(owner, repo));
  const isHolder =
    reservation !== undefined && [reservation.claimant, ...reservation.former].includes(registrant);
  return isHolder ? reservation : { claimant: registrant, former: [] };
}

/** Whether the holder of a reservation may use an ECR repository in its namespace that has an item already. */
export const mayUseItem = (
  { claimant, former }: Pick<Reservation, "claimant" | "former">,
  isConfirmed: boolean,
  item: Pick<EcrItem, "claimant">,
): boolean =>
  item.claimant === claimant ||
  former.includes(item.claimant) ||
  // The operator's items in a namespace are its holder's once GitHub has said who that is.
  (item.claimant === "operator" && isConfirmed);
