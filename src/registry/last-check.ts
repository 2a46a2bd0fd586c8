/**
 * What a roll call finds as it was costs no write of its own: one item says of all registrations when they were last
 * found in sync, and which of them it does not speak of.
 */
import type { components } from "../generated/contract.ts";
import { listKey, type RegistrationKey } from "./items.ts";

type Drift = Pick<components["schemas"]["Drift"], "status" | "checkedAt">;

/** The last roll call that went over everything. */
export type LastCheck = {
  /** When it began (ISO 8601): what it has seen was so at that time or later. */
  readonly at: string;
  /** When those that it could not judge were last checked, by `listKey`; empty if never. */
  readonly missed: { readonly [key: string]: string };
};

/**
 * A registration's drift, with when it was last checked. A check writes on the item whatever is not in sync, and what
 * was not before. So an item that says "in sync" since a time before a roll call began, and that the roll call did not
 * miss, was found in sync by it; a registration is `unknown` after a PUT until its first check, which is written.
 * @param last read before the item, or with it
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
