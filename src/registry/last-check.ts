/**
 * Roles that are still in sync are not rewritten. One shared item records when a roll call last confirmed all
 * registrations, and which registrations it missed.
 */
import type { components } from "../generated/contract.ts";
import { listKey, type RegistrationKey } from "./items.ts";

type Drift = Pick<components["schemas"]["Drift"], "status" | "checkedAt">;

/** The last roll call that went through all registrations. */
export type LastCheck = {
  /** The time at which the roll call began (ISO 8601). It saw the state of that time or later. */
  readonly at: string;
  /** The registrations that it could not judge, by `listKey`, each with the time of its last check; empty if never. */
  readonly missed: { readonly [key: string]: string };
};

/**
 * Returns a registration's drift with the time of its last check. A check writes the item if it finds drift or if the
 * item was not in sync before. So if an item has been in sync since before a roll call began, and the roll call did not
 * miss it, the roll call found it in sync.
 * @param last the last check, which must be read before the item or together with it
 */
export function asLastChecked<T extends Drift>(
  key: RegistrationKey,
  drift: T,
  last: LastCheck | undefined,
): T {
  const { status, checkedAt } = drift;
  if (status !== "in-sync" || checkedAt === undefined || last === undefined) return drift;
  const name = listKey(key);
  const confirmedAt = Object.hasOwn(last.missed, name) ? (last.missed[name] ?? "") : last.at;
  return confirmedAt > checkedAt ? { ...drift, checkedAt: confirmedAt } : drift;
}
