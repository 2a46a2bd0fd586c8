/** What a statement of a trust policy demands of GitHub's claims, as far as a registration can demand it too. */
import type { TrustCondition } from "../trust/document.ts";
import { evaluatedClaims } from "../trust/evaluate/context.ts";
import { type Operator, parseOperator } from "../trust/evaluate/operators.ts";
import { ANY, ONE, type Pattern } from "../trust/evaluate/string-like.ts";
import { valuePattern } from "../trust/lint/guard.ts";

/** Why something has no form as a registration. */
export class Inexpressible extends Error {}

/** A condition's value, in which `*` is a wildcard and nothing else is. */
export type Value = { readonly text: string; readonly pattern: Pattern };
export type Claims = ReadonlyMap<string, readonly Value[]>;

const EXPRESSIBLE = [
  "aud",
  "sub",
  "ref",
  "environment",
  "repository",
  "repository_id",
  "repository_owner_id",
  "job_workflow_ref",
];

/** What a statement demands of each claim. */
export function claimsOf(conditions: readonly TrustCondition[], host: string, version: string): Claims {
  const claims = new Map<string, readonly Value[]>();
  for (const { key, operator: name, values } of conditions) {
    const prefix = `${host}:`.toLowerCase();
    const claim = key.toLowerCase().startsWith(prefix) ? key.toLowerCase().slice(prefix.length) : "";
    const operator = parseOperator(name);
    const isText = operator !== null && operator !== "other" && /^equals|^like$/.test(operator.kind);
    if (!isText || operator.negated || !EXPRESSIBLE.includes(claim) || isOptional(claim, operator))
      throw new Inexpressible(
        `it also demands ${name} on ${key}, and a registration would let in more or less`,
      );
    if (!evaluatedClaims(host).includes(claim))
      throw new Inexpressible(`AWS evaluates no ${key}, so nobody gets in`);
    if (claims.has(claim)) throw new Inexpressible(`it has two conditions on ${key}`);
    const read = (text: string): Value => {
      const pattern = valuePattern(text, operator.kind === "like", version);
      if (pattern === null) throw new Inexpressible(`${text} depends on a policy variable`);
      return { text, pattern };
    };
    claims.set(claim, values.map(read));
  }
  return claims;
}

/** Whether a run without the claim gets in: of those that a registration can demand, `environment` can be absent. */
const isOptional = (claim: string, { ifExists, set }: Operator): boolean =>
  claim === "environment" && (ifExists || set === "ForAllValues");

/** A pattern as a registration writes it. */
export function written({ pattern }: Value): string {
  return pattern
    .map((token) => {
      if (token === ANY) return "*";
      if (token === ONE) throw new Inexpressible("`?` stands for any character; name each value");
      if (/[*?]/.test(token))
        throw new Inexpressible("`*` and `?` are plain characters here, so nobody gets in");
      return token;
    })
    .join("");
}

/** The one id that a claim must have; undefined if any will do. */
export function idOf(claims: Claims, claim: string): number | undefined {
  const values = claims.get(claim);
  if (values === undefined) return undefined;
  const [id, ...others] = values.map(written);
  if (id === undefined || others.length > 0 || !/^\d{1,15}$/.test(id))
    throw new Inexpressible(`${claim} is not one id`);
  return Number(id);
}
