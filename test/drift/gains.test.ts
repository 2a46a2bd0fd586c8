/** A change names the runs and permissions that it gives or takes away, in the terms of a registration. */
import { describe, expect, test } from "vitest";
import { ecrPolicy } from "../../src/desired/permissions.ts";
import { trustPolicy } from "../../src/desired/trust-policy.ts";
import { policyGains } from "../../src/diff/role-gains.ts";
import { trustGains } from "../../src/diff/trust-gains.ts";
import {
  EMPTY_TRUST,
  type SubjectForm,
  subjectPrefixes,
  subjects,
  type Trust,
} from "../../src/trust/subjects.ts";

const HOST = "token.actions.githubusercontent.com";
const provider = {
  url: `https://${HOST}`,
  arn: `arn:aws:iam::123456789012:oidc-provider/${HOST}`,
  audience: "sts.amazonaws.com",
};
const { byId, byName } = subjectPrefixes({ owner: "acme", repo: "api", ownerId: 1, repositoryId: 2 });
const READ: SubjectForm = { prefixes: [byId], template: "default" };

/** Returns the trust policy that Rolecall writes for a trust of acme/api. */
function policyOf(trust: Partial<Trust>, form = READ) {
  const whole = { ...EMPTY_TRUST, ...trust };
  const accepted = subjects(form, whole);
  if (accepted === undefined) throw new Error("the trust names nothing");
  return trustPolicy(provider, { by: "repository", repositoryId: 2 }, accepted, whole);
}
/** Returns a trust policy that somebody wrote, with these conditions. */
const written = (condition: object, more: object = {}) => ({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Federated: provider.arn },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: condition,
      ...more,
    },
  ],
});
const WF = "acme/wf/.github/workflows/ci.yml@refs/heads/main";
const pins = { [`${HOST}:aud`]: "sts.amazonaws.com", [`${HOST}:repository_id`]: "2" };
const main = policyOf({ branches: ["main"] });

describe("a change of a trust policy", () => {
  test.each<[what: string, before: unknown, after: unknown, gains: string[], loses: string[]]>([
    [
      "an environment in place of a branch",
      main,
      policyOf({ environments: ["production"] }),
      ["environment production"],
      ["branch main"],
    ],
    ["one more tag", main, policyOf({ branches: ["main"], tags: ["v*"] }), ["tag v*"], []],
    ["pull requests", policyOf({ branches: ["main"], pullRequests: true }), main, [], ["pull requests"]],
    ["a pattern that includes what was trusted", main, policyOf({ branches: ["*"] }), ["branch *"], []],
    ["everything", main, policyOf({ anyRef: true }), ["every run of the repository"], []],
    ["one branch of a pattern", policyOf({ branches: ["*"] }), main, [], ["branch *"]],
    [
      "another form of the subject",
      main,
      policyOf({ branches: ["main"] }, { ...READ, prefixes: [byName] }),
      [],
      [],
    ],
    [
      "one more form of the subject",
      main,
      policyOf({ branches: ["main"] }, { prefixes: [byId, byName], template: "unread" }),
      ["branch main"],
      [],
    ],
    [
      "a demanded workflow",
      main,
      policyOf({ branches: ["main"], jobWorkflowRefs: [WF] }),
      [],
      ["branch main with any job_workflow_ref"],
    ],
    [
      "an environment from a branch instead of a branch",
      main,
      policyOf({ environments: ["prod"], environmentBranches: ["main"] }),
      ["environment prod from branch main"],
      ["branch main"],
    ],
    [
      "a branch that an environment demands",
      policyOf({ environments: ["prod"] }),
      policyOf({ environments: ["prod"], environmentBranches: ["main"] }),
      [],
      ["environment prod from any branch or tag"],
    ],
    [
      "one more branch of an environment",
      policyOf({ environments: ["prod"], environmentBranches: ["main"] }),
      policyOf({ environments: ["prod"], environmentBranches: ["main", "dev"] }),
      ["environment prod from branch dev"],
      [],
    ],
    [
      "another repository's subject",
      main,
      written({
        StringEquals: {
          ...pins,
          [`${HOST}:sub`]: [`${byId}:ref:refs/heads/main`, "repo:evil/x:pull_request"],
        },
      }),
      ["subject repo:evil/x:pull_request"],
      [],
    ],
    [
      "the same names with other ids",
      main,
      written({ StringEquals: { ...pins, [`${HOST}:sub`]: "repo:acme@1/api@9:ref:refs/heads/main" } }),
      ["subject repo:acme@1/api@9:ref:refs/heads/main"],
      ["branch main"],
    ],
    [
      "a subject pattern of no registration",
      main,
      written({ StringEquals: pins, StringLike: { [`${HOST}:sub`]: "repo:acme@*" } }),
      ["subject repo:acme@*"],
      [],
    ],
    [
      "no condition on the repository's id any more",
      main,
      written({
        StringEquals: {
          [`${HOST}:aud`]: "sts.amazonaws.com",
          [`${HOST}:sub`]: `${byId}:ref:refs/heads/main`,
        },
      }),
      ["branch main with any repository_id"],
      [],
    ],
    ["no condition on the subject", main, written({ StringEquals: pins }), ["any subject"], []],
    [
      "a user of the account",
      main,
      {
        ...main,
        Statement: [
          ...main.Statement,
          { Effect: "Allow", Principal: { AWS: "123456789012" }, Action: "sts:AssumeRole" },
        ],
      },
      ["principals 123456789012 (sts:AssumeRole)"],
      [],
    ],
  ])("%s", (_, before, after, gains, loses) => {
    const said = trustGains(before, after, main);
    expect([said.gains ?? [], said.loses ?? []]).toEqual([gains, loses]);
    const back = trustGains(after, before, main);
    expect([back.gains ?? [], back.loses ?? []]).toEqual([loses, gains]);
  });

  test("a document that cannot be read says nothing", () => {
    expect(trustGains(main, null, main)).toEqual({});
    expect(trustGains(main, `{"Version"… (9000 characters)`, main)).toEqual({});
  });

  test("many are counted, and long names are cut", () => {
    const many = Array.from({ length: 20 }, (_, index) => `b${index}`);
    const { gains = [] } = trustGains(main, policyOf({ branches: ["main", ...many, "x".repeat(250)] }), main);
    expect(gains).toHaveLength(12);
    expect(gains.at(-1)).toBe("10 more");
    const { gains: long = [] } = trustGains(main, policyOf({ branches: ["main", "x".repeat(250)] }), main);
    expect(long[0]).toHaveLength(200);
  });
});

describe("a change of permissions", () => {
  const arn = (name: string) => `arn:aws:ecr:eu-central-1:123456789012:repository/${name}`;
  const ecr = (...grants: [string, "push" | "pull" | "both"][]) =>
    ecrPolicy(grants.map(([name, access]) => ({ arn: arn(name), access })));
  const statement = (Action: string, Resource: string, Effect = "Allow") => ({
    Version: "2012-10-17",
    Statement: [{ Effect, Action, Resource }],
  });
  test.each<[what: string, name: string, before: unknown, after: unknown, gains: string[], loses: string[]]>([
    [
      "a first repository",
      "rolecall-ecr",
      undefined,
      ecr(["acme/api", "push"]),
      ["log in to ECR", "push to acme/api"],
      [],
    ],
    [
      "pull in place of push",
      "rolecall-ecr",
      ecr(["acme/api", "push"]),
      ecr(["acme/api", "pull"]),
      ["pull from acme/api"],
      ["push to acme/api"],
    ],
    [
      "pull too",
      "rolecall-ecr",
      ecr(["acme/api", "push"]),
      ecr(["acme/api", "both"]),
      ["pull from acme/api"],
      [],
    ],
    ["a profile", "rolecall-deploy", undefined, statement("s3:*", "*"), ["profile deploy"], []],
    ["a profile that is gone", "rolecall-deploy", statement("s3:*", "*"), undefined, [], ["profile deploy"]],
    [
      "another bucket of a profile",
      "rolecall-deploy",
      statement("s3:GetObject", "a"),
      statement("s3:GetObject", "b"),
      ["s3:GetObject on b"],
      ["s3:GetObject on a"],
    ],
    [
      "the end of all sessions, which is no profile",
      "rolecall-revocation",
      undefined,
      statement("*", "*", "Deny"),
      [],
      ["* on *"],
    ],
  ])("%s", (_, name, before, after, gains, loses) => {
    const said = policyGains(name, before, after, false);
    expect([said.gains ?? [], said.loses ?? []]).toEqual([gains, loses]);
  });

  test("a policy of somebody else is no profile, whatever its name", () => {
    expect(policyGains("rolecall-deploy", undefined, statement("s3:*", "*"), true)).toEqual({
      gains: ["s3:* on *"],
    });
  });
});
