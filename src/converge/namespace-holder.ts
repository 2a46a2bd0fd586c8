/** Who holds the ECR namespace of a registration, and which ECR repositories the holder may use there. */
import { claimedNamespace } from "../desired/names.ts";
import type { Claimant, EcrItem, RegistrationItem, Reservation } from "../registry/items.ts";
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

/**
 * Whether the reservation of its namespace grants a registration what it asks for. A PUT writes the registration before,
 * or beside, the reservation, and may then be refused. So whoever else finds a registration that did not come to its
 * end asks here first; without a grant only a PUT can go on.
 */
export async function isGranted(
  registry: Services["registry"],
  { owner, repo, role, claimant, recorded }: RegistrationItem,
): Promise<boolean> {
  const reservation = await registry.readReservation(claimedNamespace(owner, repo));
  if (reservation === undefined) return false;
  // A role that was ready before has its grant, even if the reservation has passed to another claimant since.
  if (recorded !== undefined) return [reservation.claimant, ...reservation.former].includes(claimant);
  const isCounted = reservation.share === undefined || Object.hasOwn(reservation.share.roles, role);
  return reservation.claimant === claimant && isCounted;
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
