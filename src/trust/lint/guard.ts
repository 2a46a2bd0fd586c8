/**
 * The conditions that hold a claim: positive comparisons of text that fail when the claim is absent.
 * Everything else (Not…, …IfExists, ForAllValues:, Null, claims that AWS does not evaluate) holds nothing.
 */
import type { TrustCondition, TrustStatement } from "../document.ts";
import { evaluatedClaims } from "../evaluate/context.ts";
import { parseOperator } from "../evaluate/operators.ts";
import { isLiteral, type Pattern } from "../evaluate/string-like.ts";
import { toPattern } from "../evaluate/variables.ts";

export type Guard = {
  readonly condition: TrustCondition;
  /** What each value matches; null when a policy variable decides it. */
  readonly patterns: readonly (Pattern | null)[];
};

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
    const { kind, negated, ifExists, set } = operator;
    if (kind === "bool" || kind === "null" || kind === "arn") return [];
    if (negated || ifExists || set === "ForAllValues") return [];
    return [
      { condition, patterns: condition.values.map((one) => valuePattern(one, kind === "like", version)) },
    ];
  });
}

/** A real variable counts as unknown, its default included; `${*}` and its like are plain characters. */
export function valuePattern(value: string, wildcards: boolean, version: string): Pattern | null {
  if (version !== "2012-10-17") return toPattern(value, { wildcards, variables: null });
  return hasVariable(value) ? null : toPattern(value, { wildcards, variables: () => null });
}

export function hasVariable(value: string): boolean {
  return /\$\{(?![*?$]\})/.test(value);
}

/** The claim is one of a few known values. */
export function isExact(guard: Guard): boolean {
  return guard.patterns.every((pattern) => pattern !== null && isLiteral(pattern));
}

/** The values of a guard that is exact, as text. */
export function exactValues(guard: Guard): readonly string[] {
  return guard.patterns.map((pattern) => (pattern ?? []).join(""));
}
