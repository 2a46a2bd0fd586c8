/** The effect of a change on access, for parts that both roles and ECR repositories have. */
import type { components } from "../generated/contract.ts";

export type Effect = components["schemas"]["ChangeEffect"];

/** A policy that allows nothing. The judgement of effects uses it in place of a policy that does not exist. */
export const ALLOWS_NOTHING = { Version: "2012-10-17", Statement: [] };

/**
 * Returns the effect of a change of a tag. Other policies may depend on a tag, so a new value counts as wider and a
 * removed tag as narrower. Rolecall's own tags only prove what Rolecall created.
 */
export function tagEffect(_before: string | undefined, after: string | undefined, key: string): Effect {
  if (key.startsWith("rolecall:")) return "none";
  return after === undefined ? "narrows" : "widens";
}
