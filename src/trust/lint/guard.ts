/**
 * A guard is a condition that restricts a claim: it compares text, is not negated, and is false when a token lacks the
 * claim. …IfExists and ForAllValues: are true without the claim, so they are guards only of claims that every token has.
 * Conditions with Not… or Null, or on a claim that AWS does not evaluate, are no guards.
 */

import { type Operator, parseOperator } from "../../policy/operators.ts";
import type { Condition, TrustStatement } from "../../policy/parse.ts";
import { isLiteral, type Pattern } from "../../policy/string-like.ts";
import { toPattern } from "../../policy/variables.ts";
import { evaluatedClaims } from "../claims.ts";

export type Guard = {
  readonly condition: Condition;
  /** Each value as a pattern; null when the value contains a policy variable. */
  readonly patterns: readonly (Pattern | null)[];
  readonly ignoresCase: boolean;
};

/** The evaluated claims that GitHub leaves out of some tokens. */
export const NOT_IN_EVERY_TOKEN = ["environment", "enterprise_id", "amr"];

export function guards(
  statement: TrustStatement,
  host: string,
  claim: string,
  version: string,
): readonly Guard[] {
  if (!evaluatedClaims(host).includes(claim)) return [];
  const key = `${host}:${claim}`.toLowerCase();
  return statement.conditions.flatMap((condition): Guard[] => {
    if (condition.key.toLowerCase() !== key) return [];
    const operator = parseOperator(condition.operator);
    if (operator === null || operator === "other") return [];
    const { kind, negated } = operator;
    if (kind === "bool" || kind === "null" || kind === "arn") return [];
    if (negated || (isOptional(operator) && NOT_IN_EVERY_TOKEN.includes(claim))) return [];
    const patterns = condition.values.map((one) => valuePattern(one, kind === "like", version));
    return [{ condition, patterns, ignoresCase: kind === "equals-ignore-case" }];
  });
}

/** Tells whether a positive condition is also true for a token without the claim. */
export const isOptional = ({ ifExists, set }: Operator): boolean => ifExists || set === "ForAllValues";

/**
 * Reads a condition's value as a pattern. Returns null if the value contains a variable, even one with a default,
 * because the request decides the variable's text. `${*}`, `${?}` and `${$}` are plain characters and no variables.
 */
export function valuePattern(value: string, wildcards: boolean, version: string): Pattern | null {
  if (version !== "2012-10-17") return toPattern(value, { wildcards, variables: null });
  return hasVariable(value) ? null : toPattern(value, { wildcards, variables: () => null });
}

export function hasVariable(value: string): boolean {
  return /\$\{(?![*?$]\})/.test(value);
}

/** Tells whether the guard lists exact values only, without wildcards or variables. */
export function isExact(guard: Guard): boolean {
  return guard.patterns.every((pattern) => pattern !== null && isLiteral(pattern));
}

/** Returns the values of an exact guard (`isExact`) as text. */
export function exactValues(guard: Guard): readonly string[] {
  return guard.patterns.map((pattern) => (pattern ?? []).join(""));
}
