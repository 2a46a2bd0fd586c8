/** Reads the claims that a trust policy's statement requires, as far as a registration can require the same. */

import { isDecidedByToken } from "../../policy/evaluate.ts";
import { parseOperator } from "../../policy/operators.ts";
import type { Condition } from "../../policy/parse.ts";
import { ANY, ONE, type Pattern } from "../../policy/string-like.ts";
import { REGISTERED_CLAIMS } from "../../trust/claims.ts";
import { evaluatedClaim, isFalseWithoutKey } from "../../trust/lint/demands.ts";
import { isOptional, NOT_IN_EVERY_TOKEN, valuePattern } from "../../trust/lint/guard.ts";

/** Thrown when something in a policy has no form as a registration. The message says why. */
export class Inexpressible extends Error {}

/** A condition's value: its text, and the pattern that the operator makes of it. */
export type Value = { readonly text: string; readonly pattern: Pattern };
export type RequiredClaims = ReadonlyMap<string, readonly Value[]>;

/**
 * Returns the values that a statement requires of each claim.
 * @throws Inexpressible if a registration cannot require the same
 */
export function claimsOf(conditions: readonly Condition[], host: string, version: string): RequiredClaims {
  const claims = new Map<string, readonly Value[]>();
  for (const condition of conditions) {
    const { key, operator: name, values } = condition;
    const claim = evaluatedClaim(key, host);
    if (claim === undefined && isDecidedByToken(key)) {
      // AWS never has the key, so the condition is either always true or always false.
      if (isFalseWithoutKey(condition))
        throw new Inexpressible(`AWS does not evaluate ${key}, so nobody gets in`);
      continue;
    }
    const operator = parseOperator(name);
    const isText = operator !== null && operator !== "other" && /^equals|^like$/.test(operator.kind);
    if (
      claim === undefined ||
      !isText ||
      operator.negated ||
      !REGISTERED_CLAIMS.includes(claim) ||
      (isOptional(operator) && NOT_IN_EVERY_TOKEN.includes(claim))
    )
      throw new Inexpressible(
        `it also requires ${name} on ${key}, so a registration would let in more or fewer runs`,
      );
    if (claims.has(claim)) throw new Inexpressible(`it has two conditions on ${key}`);
    const read = (text: string): Value => {
      const pattern = valuePattern(text, operator.kind === "like", version);
      if (pattern === null) throw new Inexpressible(`${text} contains a policy variable`);
      return { text, pattern };
    };
    claims.set(claim, values.map(read));
  }
  return claims;
}

/**
 * Returns a pattern as a registration writes it.
 * @throws Inexpressible if the pattern has a wildcard or character that a registration cannot have
 */
export function written({ pattern }: Value): string {
  return pattern
    .map((token) => {
      if (token === ANY) return "*";
      if (token === ONE) throw new Inexpressible("`?` stands for any one character; name each value instead");
      if (/[*?]/.test(token))
        throw new Inexpressible("`*` and `?` are plain characters here, so nobody gets in");
      return token;
    })
    .join("");
}

/** Returns the ids that a claim may have; undefined if it may have any. */
export function idsOf(claims: RequiredClaims, claim: string): readonly number[] | undefined {
  const ids = claims.get(claim)?.map(written);
  if (ids?.every((id) => /^[1-9]\d{0,14}$/.test(id)) === false)
    throw new Inexpressible(`${claim} is not an id, or not only ids`);
  return ids?.map(Number);
}
