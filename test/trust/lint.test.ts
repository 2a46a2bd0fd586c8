import { describe, expect, test } from "vitest";
import { codes } from "../../src/trust/lint/codes.ts";
import { lintTrustPolicy, trustsGitHub } from "../../src/trust/lint/lint.ts";
import { type Case, table } from "./lint-cases.ts";

const cases = table.cases;
const GITHUB = "token.actions.githubusercontent.com";

function textOf(one: Case): string {
  const { host = GITHUB, version = "2012-10-17" } = one;
  const expand = (text: string): string =>
    text.replaceAll('"gh:', `"${host}:`).replaceAll("${gh:", `\${${host}:`);
  if (one.text !== undefined) return expand(one.text);
  const federated = { Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${host}` } };
  const statements = one.statements ?? [{ ...federated, Condition: one.condition ?? conditionOf(one) }];
  const Statement = statements.map((statement) =>
    Object.fromEntries(
      Object.entries({ ...table.statement, ...statement }).filter(([, value]) => value !== null),
    ),
  );
  return expand(
    JSON.stringify(one.policy ?? { ...(version === null ? {} : { Version: version }), Statement }),
  );
}

function conditionOf({ sub = [], pins = { repository_id: "2" } }: Case): unknown {
  const subject = { "gh:sub": sub };
  const exact = Object.entries(pins).map(([claim, value]) => [`gh:${claim}`, value]);
  const StringEquals = { "gh:aud": "sts.amazonaws.com", ...Object.fromEntries(exact) };
  if (!/[*?]/.test(String(sub))) return { StringEquals: { ...StringEquals, ...subject } };
  return { StringEquals, StringLike: subject };
}

const lint = (one: Case) => lintTrustPolicy(textOf(one), { ...table.context, ...one.context });
const codesOf = (one: Case): string[] => [...new Set(lint(one).map(({ code }) => code))].sort();

describe("findings", () => {
  test.each(cases)("$name", (one) => {
    expect(codesOf(one)).toEqual(one.codes);
  });
});

describe("every code", () => {
  test.each(Object.keys(codes))("%s has a case with the finding, and a near miss without it", (code) => {
    expect(cases.some((one) => one.codes.includes(code))).toBe(true);
    const near = cases.filter((one) => one.near?.includes(code));
    expect(near.length).toBeGreaterThan(0);
    for (const one of near) expect(one.codes, one.name).not.toContain(code);
  });

  test("a case names no code that does not exist", () => {
    const named = cases.flatMap((one) => [...one.codes, ...(one.near ?? [])]);
    expect(named.filter((code) => !Object.hasOwn(codes, code))).toEqual([]);
  });
});

test("every known mistake that a policy shows has its cases", () => {
  const shown = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27];
  const rows = new Set(cases.map(({ row }) => row));
  expect(shown.filter((row) => !rows.has(row))).toEqual([]);
  const claimed = new Set<number>(Object.values(codes).flatMap((code) => [...code.rows]));
  expect(shown.filter((row) => !claimed.has(row))).toEqual([]);
});

test("a finding points into the policy and says what to do", () => {
  const [found] = lint({ name: "", codes: [], sub: "repo:acme/api*", pins: {} });
  expect(found).toEqual({
    code: "repository-wildcard",
    severity: "error",
    pointer: `/Statement/0/Condition/StringLike/${GITHUB}:sub`,
    detail:
      "The repository's name ends in a wildcard, so it also matches longer names. repo:acme/api* matches the subjects of every repository with a name that begins like this.",
    remedy: "Write the repository in full, followed by the colon.",
  });
});

test("every pointer of a finding leads to something", () => {
  for (const one of cases) {
    if (one.codes.includes("policy-unreadable")) continue;
    for (const { pointer, code } of lint(one)) {
      const steps = pointer.split("/").slice(1);
      const target = steps.reduce<unknown>(
        (value, step) => (value as Record<string, unknown>)[step.replaceAll("~1", "/").replaceAll("~0", "~")],
        JSON.parse(textOf(one)),
      );
      if (code !== "version-old") expect(target, `${one.name}: ${pointer}`).toBeDefined();
    }
  }
});

describe("trustsGitHub", () => {
  const provider = `arn:aws:iam::123456789012:oidc-provider/${GITHUB}`;
  const trusts = (statement: Record<string, unknown>, issuers?: string[]): boolean =>
    trustsGitHub(JSON.stringify({ Statement: { ...table.statement, ...statement } }), issuers);

  test.each([
    { Principal: { Federated: provider } },
    { Principal: { Federated: ["accounts.google.com", provider] } },
    { Principal: { Federated: `${provider}/acme` } },
    { Principal: { Federated: "arn:aws-cn:iam::1:oidc-provider/token.actions.octo.ghe.com" } },
    {
      Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/github.example.com/_services/token" },
    },
    {
      Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/Token.Actions.GitHubUserContent.com" },
    },
    { Principal: { Federated: GITHUB } },
    { Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/*" } },
    { Principal: { Federated: "*" } },
    { Principal: { AWS: "*" } },
    { Principal: { AWS: ["123456789012", "*"] } },
    { Principal: "*" },
    { Principal: undefined, NotPrincipal: { AWS: "123456789012" } },
    { Action: "*" },
    { Action: ["sts:AssumeRole", "sts:*"] },
    { Action: undefined, NotAction: "sts:AssumeRole" },
  ])("%j trusts GitHub", (statement) => expect(trusts(statement)).toBe(true));

  test.each([
    { Principal: { Federated: "accounts.google.com" } },
    { Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/gitlab.com" } },
    {
      Principal: {
        Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com.evil",
      },
    },
    { Principal: { Federated: "arn:aws:iam::123456789012:saml-provider/github" } },
    { Principal: { AWS: "123456789012" } },
    { Principal: { Service: "ec2.amazonaws.com" } },
    { Principal: undefined, NotPrincipal: "*" },
    { Action: "sts:AssumeRole" },
    { Action: undefined, NotAction: "sts:*" },
    { Effect: "Deny" },
  ])("%j does not trust GitHub", (statement) => expect(trusts(statement)).toBe(false));

  test("an issuer counts as GitHub's if the caller lists it", () => {
    const statement = {
      Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/ci.example.com/oidc" },
    };
    expect(trusts(statement)).toBe(false);
    expect(trusts(statement, ["https://ci.example.com/oidc"])).toBe(true);
  });

  test("a policy that cannot be read counts as trusting GitHub", () => expect(trustsGitHub("{")).toBe(true));
});
