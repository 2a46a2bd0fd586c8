import { describe, expect, test } from "vitest";
import { parseTrustPolicy, type TrustPolicy } from "../../src/policy/parse.ts";
import { evaluateTrust, type TrustRequest } from "../../src/trust/evaluate-trust.ts";
import { type Case, table } from "./evaluate-cases.ts";

const operators = table.operators;
const policies = table.policies;

const GITHUB = table.token.issuerHost;

function parse(policy: unknown): TrustPolicy {
  const expand = (text: string): string =>
    text.replaceAll('"gh:', `"${GITHUB}:`).replaceAll("${gh:", `\${${GITHUB}:`);
  const parsed = parseTrustPolicy(expand(JSON.stringify(policy)));
  if ("error" in parsed) throw new Error(parsed.error);
  return parsed.policy;
}

function request(issuerHost: string, claims: Record<string, unknown>): TrustRequest {
  return {
    principal: { federated: `arn:aws:iam::123456789012:oidc-provider/${issuerHost}` },
    action: "sts:AssumeRoleWithWebIdentity",
    issuerHost,
    claims: { ...table.token.claims, ...claims } as TrustRequest["claims"],
  };
}

function policyOf({ version = "2012-10-17", statements = [], policy }: Case): unknown {
  const whole = statements.map((one) => {
    const entries = Object.entries({ ...table.statement, ...one }).filter(([, value]) => value !== null);
    return Object.fromEntries(entries);
  });
  return policy ?? { ...(version === null ? {} : { Version: version }), Statement: whole };
}

describe("operators on a claim", () => {
  test.each(operators)("$operator $values", ({ operator, values, holds, known, knownWhenAbsent }) => {
    const Condition = { [operator]: { "gh:workflow": values } };
    const document = parse({ Version: "2012-10-17", Statement: { ...table.statement, Condition } });
    for (const [claim, expected] of holds) {
      const claims = claim === null ? {} : { workflow: claim };
      const evaluation = evaluateTrust(document, request(GITHUB, claims));
      const [condition] = evaluation.conditions;
      const isKnown = known ?? (claim === null ? (knownWhenAbsent ?? true) : true);
      expect(condition, JSON.stringify(claim)).toMatchObject({ holds: expected, known: isKnown });
      expect(evaluation.allowed, JSON.stringify(claim)).toBe(expected);
      expect(evaluation.decided).toBe(isKnown);
    }
  });
});

describe("policies", () => {
  test.each(policies)("$name", (one) => {
    const document = parse(policyOf(one));
    const { conditions, ...evaluation } = evaluateTrust(
      document,
      request(one.issuerHost ?? GITHUB, one.claims ?? {}),
    );
    expect(evaluation).toEqual({ allowed: one.allowed, decided: one.decided ?? true });
    if (one.statement === undefined) return;
    const deciding = one.statement === null ? [] : document.statements[one.statement]?.conditions;
    const written = conditions.map(({ key, operator, expected }) => ({ key, operator, values: expected }));
    expect(written).toEqual(deciding?.map(({ key, operator, values }) => ({ key, operator, values })));
  });
});

test("an evaluation gives the expected and the actual values of each condition", () => {
  const Condition = {
    StringEquals: { "gh:sub": ["repo:acme/api:environment:prod"], "gh:environment": "prod" },
  };
  const document = parse({ Statement: { ...table.statement, Sid: "GitHub", Condition } });
  expect(evaluateTrust(document, request(GITHUB, {}))).toMatchObject({
    allowed: false,
    conditions: [
      {
        key: `${GITHUB}:sub`,
        operator: "StringEquals",
        expected: ["repo:acme/api:environment:prod"],
        actual: ["repo:acme/api:ref:refs/heads/main"],
        holds: false,
        known: true,
      },
      { key: `${GITHUB}:environment`, expected: ["prod"], actual: null, holds: false, known: true },
    ],
  });
});

test("the table covers every operator in every form, with the claim present and absent", () => {
  const claimsOf = (operator: string): unknown[] =>
    operators
      .filter((row) => row.operator === operator)
      .flatMap(({ holds }) => holds.map(([claim]) => claim));
  const strings = ["Equals", "EqualsIgnoreCase", "Like", "NotEquals", "NotEqualsIgnoreCase", "NotLike"];
  const forms = ["String", "ForAnyValue:String", "ForAllValues:String"];
  const all = [
    ...strings.flatMap((name) => forms.map((form) => `${form}${name}`)),
    ...strings.map((name) => `String${name}IfExists`),
    ...["Bool", "BoolIfExists", "Null", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
  ];
  for (const operator of all) {
    expect(claimsOf(operator), operator).toContain(null);
    expect(claimsOf(operator).length, operator).toBeGreaterThan(1);
  }
  expect(operators.flatMap(({ holds }) => holds).length + policies.length).toBeGreaterThan(150);
});
