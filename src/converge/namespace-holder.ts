/** The holder of a registration's ECR namespace, and the ECR repositories that the holder may use there. */
import { namespaceOf } from "../desired/names.ts";
import type { Claimant, EcrItem, RegistrationItem, Reservation } from "../registry/items.ts";
import type { Services } from "../services.ts";

/**
 * Returns the holder of a registration's ECR namespace: the registrant, or the claimant to whom its reservation has
 * passed.
 */
export async function namespaceHolder(
  registry: Services["registry"],
  owner: string,
  repo: string,
  registrant: Claimant,
): Promise<Pick<Reservation, "claimant" | "former">> {
  const reservation = await registry.readReservation(namespaceOf(owner, repo));
  const isHolder =
    reservation !== undefined && [reservation.claimant, ...reservation.former].includes(registrant);
  return isHolder ? reservation : { claimant: registrant, former: [] };
}

/**
 * Tells whether the reservation of its namespace grants a registration what it asks for. A PUT writes the registration
 * before the reservation, or at the same time, and may then be refused. So call this function before continuing an
 * unfinished registration of another writer. Without a grant, only a PUT can continue it.
 */
export async function isGranted(
  registry: Services["registry"],
  { owner, repo, role, claimant, recorded }: RegistrationItem,
): Promise<boolean> {
  const reservation = await registry.readReservation(namespaceOf(owner, repo));
  if (reservation === undefined) return false;
  // A role that was ready before has its grant, even if the reservation has passed to another claimant since.
  if (recorded !== undefined) return [reservation.claimant, ...reservation.former].includes(claimant);
  const isCounted = reservation.share === undefined || Object.hasOwn(reservation.share.roles, role);
  return reservation.claimant === claimant && isCounted;
}

/** Tells whether the holder of a reservation may use an existing item of an ECR repository in its namespace. */
export const mayUseItem = (
  { claimant, former }: Pick<Reservation, "claimant" | "former">,
  isConfirmed: boolean,
  item: Pick<EcrItem, "claimant">,
): boolean =>
  item.claimant === claimant ||
  former.includes(item.claimant) ||
  // Once GitHub has confirmed the holder, the operator's items in the namespace are the holder's.
  (item.claimant === "operator" && isConfirmed);
