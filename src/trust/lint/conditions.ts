/** Finds conditions that do less than they seem to, in a statement about a GitHub issuer. */

import { isDecidedByToken } from "../../policy/evaluate.ts";
import { example, matching } from "../../policy/language.ts";
import { type Operator, type OperatorKind, parseOperator } from "../../policy/operators.ts";
import type { Condition, TrustStatement } from "../../policy/parse.ts";
import { isLiteral } from "../../policy/string-like.ts";
import { CASE_COUNTS } from "../claims.ts";
import { CLAIM_VALUES } from "../grammar.ts";
import { type Finding, type FindingCode, finding } from "./codes.ts";
import { evaluatedClaim, isFalseWithoutKey } from "./demands.ts";
import { hasVariable, valuePattern } from "./guard.ts";

export function conditionFindings(statement: TrustStatement, host: string, version: string): Finding[] {
  return statement.conditions.flatMap((condition) => {
    const findings: Finding[] = [];
    const found = (code: FindingCode, detail: string): void => {
      findings.push(finding(code, condition.pointer, detail));
    };
    const operator = parseOperator(condition.operator);
    if (operator === null)
      found("operator-unknown", `The condition uses ${JSON.stringify(condition.operator)}.`);
    if (!isDecidedByToken(condition.key)) return findings;

    const claim = evaluatedClaim(condition.key, host);
    if (claim === undefined) return [...findings, absentFinding(condition, host)];
    if (operator === null || statement.effect === "Deny") return findings;

    if (version === "2012-10-17" && condition.values.some(hasVariable))
      found("policy-variable", `${condition.values.filter(hasVariable).join(", ")} contains a variable.`);
    if (operator === "other" || operator.kind === "bool" || operator.kind === "arn")
      found("operator-type", `The condition uses ${condition.operator} on ${condition.key}.`);
    else operatorFindings(operator, condition, found);
    if (operator !== "other") valueFindings(operator, condition, claim, version, found);
    return findings;
  });
}

/** Makes the finding of a condition whose key AWS never has: it is always true, or it shuts everyone out. */
function absentFinding(condition: Condition, host: string): Finding {
  const { key, pointer } = condition;
  const claim = claimOf(key, host);
  const [code, detail] =
    claim === null
      ? (["key-other-issuer", `${key} does not begin with ${host}:.`] as const)
      : (["key-not-evaluated", `The claim is ${claim}.`] as const);
  if (claim === "iss")
    return finding(
      code,
      pointer,
      detail,
      "Remove the condition. The provider's ARN already names the issuer.",
    );
  if (isFalseWithoutKey(condition)) return finding(code, pointer, `${detail} Nobody gets in.`);
  return finding(code, pointer, `${detail} The condition restricts nothing.`, "Remove the condition.");
}

function operatorFindings(
  { set, kind, negated, ifExists }: Operator,
  { operator, key }: Condition,
  found: (code: FindingCode, detail: string) => void,
): void {
  if (set === "ForAllValues") found("for-all-values", `${operator} is true for a token without ${key}.`);
  if (ifExists) found("if-exists", `${operator} is true for a token without ${key}.`);
  if (negated) found("negated-condition", `${operator} on ${key} lets in every other value.`);
  if (kind === "null") found("null-condition", `Null on ${key} compares no value.`);
}

function valueFindings(
  { kind, negated }: Operator,
  { operator, values }: Condition,
  claim: string,
  version: string,
  found: (code: FindingCode, detail: string) => void,
): void {
  if (kind === "equals" || kind === "equals-ignore-case") {
    const wildcards = values.filter((value) => /[*?]/.test(value) && !isLiteralLike(value, version));
    if (wildcards.length > 0)
      found("literal-wildcard", `${operator} compares ${wildcards.join(", ")} character by character.`);
  }
  if (kind === "equals-ignore-case" && CASE_COUNTS.includes(claim))
    found("ignore-case", `The condition uses ${operator} on ${claim}.`);
  if (negated || kind === "null") return;

  const vacuous = values.filter((value) => /^\*+$/.test(value));
  if (kind === "like" && claim !== "sub" && claim !== "aud" && vacuous.length > 0)
    found("condition-vacuous", `${vacuous.join(", ")} matches every ${claim}.`);
  const never = values.filter((value) => isNever(value, kind, claim, version));
  if (never.length > 0) found("value-never", `${claim} is never ${never.join(", ")}.`);
  const isId = claim === "repository_id" || claim === "repository_owner_id";
  const inexact = values.filter((value) => !/^\d+$/.test(value));
  if (isId && inexact.length > 0) found("id-not-exact", `${inexact.join(", ")} is not a ${claim}.`);
}

/** Tells whether GitHub sends no value of a claim that a condition's value matches. Ids have findings of their own. */
function isNever(value: string, kind: OperatorKind, claim: string, version: string): boolean {
  const sent = CLAIM_VALUES[claim];
  const pattern = valuePattern(value, kind === "like", version);
  if (sent === undefined || pattern === null || /^repository_(?:owner_)?id$/.test(claim)) return false;
  if (kind !== "like" && /[*?]/.test(value)) return false;
  return example(matching(pattern, kind === "equals-ignore-case"), sent) === undefined;
}

/** Returns the claim that a condition key of this issuer names; null for a key of another issuer. */
function claimOf(key: string, host: string): string | null {
  const prefix = `${host}:`.toLowerCase();
  const lower = key.toLowerCase();
  return lower.startsWith(prefix) ? lower.slice(prefix.length) : null;
}

/** Tells whether a value has no wildcard even under StringLike: `${*}` is a plain character. */
function isLiteralLike(value: string, version: string): boolean {
  const pattern = valuePattern(value, true, version);
  return pattern === null || isLiteral(pattern);
}
