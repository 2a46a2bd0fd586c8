/**
 * IAM's evaluation of a trust policy's statements for one request, with its reasons.
 *
 * Conditions are ANDed, statements ORed, and a Deny that matches overrides every Allow.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
 */
import type { TrustCondition, TrustDocument, TrustStatement } from "../document.ts";
import { holds, parseOperator } from "./operators.ts";
import { namesAction, namesProvider } from "./principal.ts";
import type { Lookup } from "./variables.ts";

/** A key's values; null when the request does not carry the key. */
export type Context = (key: string) => readonly string[] | null;

/** A federated caller that asks for a role. */
export type AssumeRequest = {
  readonly principal: { readonly federated: string };
  readonly action: "sts:AssumeRoleWithWebIdentity";
  readonly context: Context;
};

export type ConditionEvaluation = {
  readonly key: string;
  readonly operator: string;
  readonly expected: readonly string[];
  /** Null: the request does not carry the key. */
  readonly actual: readonly string[] | null;
  readonly holds: boolean;
  /** False: a token alone cannot decide it. `holds` is then the answer for an absent key, or false. */
  readonly known: boolean;
};

type StatementEvaluation = {
  readonly sid: string | null;
  readonly effect: "Allow" | "Deny";
  /** The statement is about this provider and this action. */
  readonly applies: boolean;
  readonly conditions: readonly ConditionEvaluation[];
  readonly matched: boolean;
};

export type Evaluation = {
  readonly allowed: boolean;
  readonly reason: "allowed" | "explicit-deny" | "no-matching-statement";
  /** False: a condition that is not known could turn the answer round. */
  readonly decided: boolean;
  readonly statements: readonly StatementEvaluation[];
  /** Which statement decided, or came closest to allowing; null when none is about this provider and action. */
  readonly statement: number | null;
  /** That statement's conditions. */
  readonly conditions: readonly ConditionEvaluation[];
};

/** A variable that a token cannot fill, such as `${aws:SourceIp}`. */
const REQUEST_VARIABLE = /\$\{\s*(?:aws|sts):/i;

/** Decides whether a trust policy lets a request in: a Deny that matches wins over every Allow. */
export function evaluate(policy: TrustDocument, request: AssumeRequest): Evaluation {
  const { context } = request;
  const variables = policy.version === "2012-10-17" ? singleValues(context) : null;
  const statements = policy.statements.map((one) => evaluateStatement(one, request, variables));

  const denying = statements.findIndex((one) => one.effect === "Deny" && one.matched);
  const allowing = statements.findIndex((one) => one.effect === "Allow" && one.matched);
  const reason = denying >= 0 ? "explicit-deny" : allowing >= 0 ? "allowed" : "no-matching-statement";
  const statement = denying >= 0 ? denying : allowing >= 0 ? allowing : closest(statements);
  return {
    allowed: reason === "allowed",
    reason,
    decided: isDecided(statements),
    statements,
    statement,
    conditions: statement === null ? [] : (statements[statement]?.conditions ?? []),
  };
}

function evaluateStatement(
  statement: TrustStatement,
  request: AssumeRequest,
  variables: Lookup | null,
): StatementEvaluation {
  const applies =
    namesProvider(statement, request.principal.federated) && namesAction(statement, request.action);
  const conditions = statement.conditions.map((one) => evaluateCondition(one, request.context, variables));
  const matched = applies && conditions.every((one) => one.holds);
  return { sid: statement.sid, effect: statement.effect, applies, conditions, matched };
}

function evaluateCondition(
  condition: TrustCondition,
  context: Context,
  variables: Lookup | null,
): ConditionEvaluation {
  const { key, values: expected } = condition;
  const actual = context(key);
  const operator = parseOperator(condition.operator);
  const common = { key, operator: condition.operator, expected, actual };
  if (operator === null || operator === "other") return { ...common, holds: false, known: false };
  // AWS's text and what others measured disagree on this form: ForAnyValue may leave IfExists without effect.
  const disputed = operator.set === "ForAnyValue" && operator.ifExists && actual === null;
  const borrows = variables !== null && expected.some((value) => REQUEST_VARIABLE.test(value));
  const known = isDecidedByToken(key) && !borrows && !disputed;
  return { ...common, holds: holds(operator, expected, actual, variables), known };
}

/** Whether a token decides a key: `aws:SourceIp` and `sts:RoleSessionName` come from the request, not from the token. */
export function isDecidedByToken(key: string): boolean {
  return !/^(?:aws|sts):/i.test(key);
}

/** A key with several values cannot stand in a variable. */
function singleValues(context: Context): Lookup {
  return (key) => {
    const values = context(key);
    return values?.length === 1 ? (values[0] ?? null) : null;
  };
}

/** The Allow statement with the fewest conditions that fail. */
function closest(statements: readonly StatementEvaluation[]): number | null {
  let best: number | null = null;
  let fewest = Number.POSITIVE_INFINITY;
  statements.forEach((one, index) => {
    if (one.effect !== "Allow" || !one.applies) return;
    const failing = one.conditions.filter((condition) => !condition.holds).length;
    if (failing >= fewest) return;
    best = index;
    fewest = failing;
  });
  return best;
}

/** The answer is the same whichever way the conditions turn out that are not known. */
function isDecided(statements: readonly StatementEvaluation[]): boolean {
  const possible = (one: StatementEvaluation): boolean =>
    one.applies && one.conditions.every((condition) => condition.holds || !condition.known);
  const certain = (one: StatementEvaluation): boolean =>
    possible(one) && one.conditions.every((condition) => condition.known);
  const denies = statements.filter((one) => one.effect === "Deny");
  const allows = statements.filter((one) => one.effect === "Allow");
  if (denies.some(certain) || !allows.some(possible)) return true;
  return allows.some(certain) && !denies.some(possible);
}
