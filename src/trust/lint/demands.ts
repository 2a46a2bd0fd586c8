/** Reads the conditions of a statement as languages: the values that each claim of a token may have. */
import { isDecidedByToken } from "../../policy/evaluate.ts";
import {
  anyText,
  both,
  either,
  type Language,
  matching,
  oneOf,
  sequence,
  text,
} from "../../policy/language.ts";
import { parseOperator } from "../../policy/operators.ts";
import type { Condition, TrustStatement } from "../../policy/parse.ts";
import { ANY, ONE, type Pattern } from "../../policy/string-like.ts";
import { evaluatedClaims } from "../claims.ts";
import type { Demand, Demands } from "../grammar.ts";
import { isOptional, valuePattern } from "./guard.ts";

/**
 * Returns the values that a statement demands of the claims other than `sub` and `aud`; undefined if it demands a claim
 * that AWS never has, so that nobody gets in. Conditions that are no comparison of text demand nothing here.
 */
export function demandsOf(
  { conditions }: TrustStatement,
  host: string,
  version: string,
): Demands | undefined {
  const demands = new Map<string, Demand>();
  for (const condition of conditions.filter(({ key }) => isDecidedByToken(key))) {
    const claim = evaluatedClaim(condition.key, host);
    if (claim === undefined && isFalseWithoutKey(condition)) return undefined;
    const operator = parseOperator(condition.operator);
    if (
      claim === undefined ||
      claim === "sub" ||
      claim === "aud" ||
      operator === null ||
      operator === "other"
    )
      continue;
    const { kind, negated } = operator;
    if (negated || kind === "bool" || kind === "arn" || kind === "null") continue;
    const language = either(
      ...condition.values.map((value) =>
        encoded(valuePattern(value, kind === "like", version), kind === "equals-ignore-case"),
      ),
    );
    const before = demands.get(claim);
    demands.set(claim, {
      language: before === undefined ? language : both(before.language, language),
      optional: isOptional(operator) && before?.optional !== false,
    });
  }
  return demands;
}

/** Returns the claim that a condition key of this issuer names; undefined if AWS never has the key. */
export function evaluatedClaim(key: string, host: string): string | undefined {
  const prefix = `${host}:`.toLowerCase();
  const claim = key.toLowerCase().startsWith(prefix) ? key.slice(prefix.length).toLowerCase() : "";
  return evaluatedClaims(host).includes(claim) ? claim : undefined;
}

/** Tells whether a condition is certainly false for a request without its key. */
export function isFalseWithoutKey({ operator: name, values }: Condition): boolean {
  const operator = parseOperator(name);
  if (operator === null || operator === "other") return false;
  if (operator.kind === "null") return values.every((value) => value.toLowerCase() !== "true");
  return !operator.negated && !isOptional(operator);
}

/** Returns the values that a pattern matches, written as in a subject: GitHub sends `:` as `%3A` there. */
function encoded(pattern: Pattern | null, ignoresCase: boolean): Language {
  if (pattern === null) return anyText;
  return sequence(
    ...pattern.map((token) =>
      token === ONE
        ? either(oneOf({ except: ":" }), text("%3A"))
        : matching([token === ANY ? ANY : token.replaceAll(":", "%3A")], ignoresCase),
    ),
  );
}
