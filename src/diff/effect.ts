/** What a change does to access, for parts that roles and ECR repositories both have. */
import type { components } from "../generated/contract.ts";

export type Effect = components["schemas"]["ChangeEffect"];

/** Stands for a policy that does not exist. */
export const ALLOWS_NOTHING = { Version: "2012-10-17", Statement: [] };

/**
 * Judges a tag. A tag can give access elsewhere, so another value of one cannot be shown to be narrower. Rolecall's own
 * tags only prove what belongs to it.
 */
export function tagEffect(_before: string | undefined, after: string | undefined, key: string): Effect {
  if (key.startsWith("rolecall:")) return "none";
  return after === undefined ? "narrows" : "widens";
}
