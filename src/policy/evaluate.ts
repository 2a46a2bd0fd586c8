/**
 * Evaluates a trust policy's statements for one request as IAM does, and gives the reasons.
 *
 * IAM combines conditions with AND and statements with OR. A Deny that matches overrides every Allow.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
 */

import { holds, parseOperator } from "./operators.ts";
import type { Condition, TrustPolicy, TrustStatement } from "./parse.ts";
import { namesAction, namesProvider } from "./principal.ts";
import type { Lookup } from "./variables.ts";

/** Returns a key's values; null when the request does not have the key. */
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
  /** Null if the request does not have the key. */
  readonly actual: readonly string[] | null;
  readonly holds: boolean;
  /** False if a token alone cannot decide the condition; `holds` is then only an assumption. */
  readonly known: boolean;
};

type StatementEvaluation = {
  readonly effect: "Allow" | "Deny";
  /** True if the statement includes this provider and this action. */
  readonly applies: boolean;
  readonly conditions: readonly ConditionEvaluation[];
  readonly matched: boolean;
};

export type Evaluation = {
  readonly allowed: boolean;
  /** False if a condition that is not `known` could reverse `allowed`. */
  readonly decided: boolean;
  /** The conditions of the statement that decided or came closest to allowing; none if there is no such statement. */
  readonly conditions: readonly ConditionEvaluation[];
};

/** Matches a policy variable that a token cannot fill, such as `${aws:SourceIp}`. */
const REQUEST_VARIABLE = /\$\{\s*(?:aws|sts):/i;

/** Decides whether a trust policy lets a request in: a Deny that matches wins over every Allow. */
export function evaluate(policy: TrustPolicy, request: AssumeRequest): Evaluation {
  const { context } = request;
  const variables = policy.version === "2012-10-17" ? singleValues(context) : null;
  const statements = policy.statements.map((one) => evaluateStatement(one, request, variables));

  const denying = statements.find((one) => one.effect === "Deny" && one.matched);
  const allowing = statements.find((one) => one.effect === "Allow" && one.matched);
  return {
    allowed: denying === undefined && allowing !== undefined,
    decided: isDecided(statements),
    conditions: (denying ?? allowing ?? closest(statements))?.conditions ?? [],
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
  return { effect: statement.effect, applies, conditions, matched };
}

function evaluateCondition(
  condition: Condition,
  context: Context,
  variables: Lookup | null,
): ConditionEvaluation {
  const { key, values: expected } = condition;
  const actual = context(key);
  const operator = parseOperator(condition.operator);
  const common = { key, operator: condition.operator, expected, actual };
  if (operator === null || operator === "other") return { ...common, holds: false, known: false };
  // AWS's documentation and measurements by others disagree here: under ForAnyValue, IfExists may have no effect.
  const disputed = operator.set === "ForAnyValue" && operator.ifExists && actual === null;
  const borrows = variables !== null && expected.some((value) => REQUEST_VARIABLE.test(value));
  const known = isDecidedByToken(key) && !borrows && !disputed;
  return { ...common, holds: holds(operator, expected, actual, variables), known };
}

/** Tells whether a token decides a key. `aws:SourceIp` and `sts:RoleSessionName` come from the request instead. */
export function isDecidedByToken(key: string): boolean {
  return !/^(?:aws|sts):/i.test(key);
}

/** Looks up variables in a request context. A key with several values gives no value. */
function singleValues(context: Context): Lookup {
  return (key) => {
    const values = context(key);
    return values?.length === 1 ? (values[0] ?? null) : null;
  };
}

/** Returns the applicable Allow statement with the fewest failing conditions; undefined if there is none. */
function closest(statements: readonly StatementEvaluation[]): StatementEvaluation | undefined {
  const failing = ({ conditions }: StatementEvaluation) => conditions.filter(({ holds }) => !holds).length;
  const [first, ...others] = statements.filter(({ effect, applies }) => effect === "Allow" && applies);
  return others.reduce((best, one) => (best && failing(one) < failing(best) ? one : best), first);
}

/** Tells whether the answer is the same for every outcome of the conditions that are not known. */
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
