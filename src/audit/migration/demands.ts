/** Reads the claims that a trust policy's statement requires, as far as a registration can require the same. */

import { type Operator, parseOperator } from "../../policy/operators.ts";
import type { Condition } from "../../policy/parse.ts";
import { ANY, ONE, type Pattern } from "../../policy/string-like.ts";
import { evaluatedClaims, REGISTERED_CLAIMS } from "../../trust/claims.ts";
import { valuePattern } from "../../trust/lint/guard.ts";

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
  for (const { key, operator: name, values } of conditions) {
    const prefix = `${host}:`.toLowerCase();
    const claim = key.toLowerCase().startsWith(prefix) ? key.toLowerCase().slice(prefix.length) : "";
    const operator = parseOperator(name);
    const isText = operator !== null && operator !== "other" && /^equals|^like$/.test(operator.kind);
    if (!isText || operator.negated || !REGISTERED_CLAIMS.includes(claim) || isOptional(claim, operator))
      throw new Inexpressible(
        `it also requires ${name} on ${key}, so a registration would let in more or fewer runs`,
      );
    if (!evaluatedClaims(host).includes(claim))
      throw new Inexpressible(`AWS does not evaluate ${key}, so nobody gets in`);
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

/** Tells whether a run without the claim gets in. Of the claims above, only `environment` can be absent from a token. */
const isOptional = (claim: string, { ifExists, set }: Operator): boolean =>
  claim === "environment" && (ifExists || set === "ForAllValues");

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

/** Returns the one id that a claim must have; undefined if the claim may have any. */
export function idOf(claims: RequiredClaims, claim: string): number | undefined {
  const values = claims.get(claim);
  if (values === undefined) return undefined;
  const [id, ...others] = values.map(written);
  if (id === undefined || others.length > 0 || !/^\d{1,15}$/.test(id))
    throw new Inexpressible(`${claim} is not a single id`);
  return Number(id);
}
