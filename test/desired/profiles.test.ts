/**
 * Profiles: what is taken and what is refused, and, evaluated as IAM does, that a role with one does what it says within
 * the boundary, nothing of another repository's, and nothing that the boundary does not have.
 */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PolicyDocument } from "../../src/desired/policy.ts";
import {
  boundaryFault,
  boundaryPolicy,
  type Profiles,
  profilePolicy,
  readProfiles,
} from "../../src/desired/profiles.ts";
import { runs } from "../harness/properties.ts";
import { decide, type Policy, type Request } from "../package/iam.ts";
import table from "./profiles.json" with { type: "json" };

type Case = { name: string; json?: unknown; statement?: object; says?: string[] };

const STATEMENT = {
  Action: ["s3:GetObject", "s3:PutObject"],
  Resource: ["arn:{partition}:s3:::acme-artifacts/{owner}/{repo}/*"],
};
const profileOf = (...statements: object[]) => ({ profiles: { x: { description: "a test", statements } } });
const jsonOf = ({ json, statement }: Case) =>
  statement === undefined ? json : profileOf({ ...STATEMENT, ...statement });
const named = (cases: Case[]) => cases.map((one): [string, Case] => [one.name, one]);
const BASE: PolicyDocument = JSON.parse(
  readFileSync(new URL("../../deploy/boundary.json", import.meta.url), "utf8"),
);
const PLACE = { partition: "aws", account: "123456789012", region: "eu-central-1" };

function profilesOf(json: unknown): Profiles {
  const read = readProfiles(json);
  if (Array.isArray(read)) throw new Error(read.join("\n"));
  return read;
}

/** What a policy is to IAM: its text. */
const policyOf = (document: PolicyDocument): Policy => JSON.parse(JSON.stringify(document));

describe("reading", () => {
  test.each(named(table.right))("%s is taken", (_, one) => {
    profilesOf(jsonOf(one));
  });

  test.each(named(table.wrong))("%s is refused", (_, one) => {
    const faults = readProfiles(jsonOf(one));
    if (!Array.isArray(faults)) throw new Error("taken");
    expect(faults).toHaveLength(one.says?.length ?? 0);
    for (const [index, says] of (one.says ?? []).entries()) {
      expect(faults[index]).toContain(says);
      expect(faults[index]).toMatch(/^profiles\.json \/?\S* ?has .+; .+$/s);
    }
  });

  test("the examples of the documentation are taken, and the project's own file has none", () => {
    const text = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");
    const examples = [...text("docs/profiles.md").matchAll(/```json\n(.*?)```/gs)].map(
      ([, json = ""]) => json,
    );
    expect(examples).toHaveLength(3);
    for (const json of examples) profilesOf(JSON.parse(json));
    expect(JSON.parse(text("profiles.json"))).toEqual({});
  });

  test("no case is there twice", () => {
    const names = [...table.right, ...table.wrong].map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });

  test("whatever it holds, it is read or refused", () => {
    const text = fc.oneof(
      fc.constantFrom(
        "profiles",
        "boundary",
        "statements",
        "Action",
        "Resource",
        "Condition",
        "s3:GetObject",
      ),
      fc.string({ unit: fc.constantFrom(..."arn:{}repo*?/$-_a1"), maxLength: 30 }),
    );
    const json = fc.letrec((tie) => ({
      any: fc.oneof(
        text,
        fc.constant(null),
        fc.array(tie("any"), { maxLength: 3 }),
        fc.dictionary(text, tie("any"), { maxKeys: 3 }),
      ),
    })).any;
    fc.assert(
      fc.property(json, (one) => {
        expect(Array.isArray(readProfiles(one)) || Object(readProfiles(one)).profiles instanceof Map).toBe(
          true,
        );
      }),
      { numRuns: runs(500) },
    );
  });
});

describe("a role with a profile, within the boundary", () => {
  const { profiles, boundary } = profilesOf({
    profiles: {
      "s3-artifacts": {
        description: "a test",
        statements: [
          STATEMENT,
          {
            Action: ["s3:ListBucket"],
            Resource: ["arn:{partition}:s3:::acme-artifacts"],
            Condition: { StringLike: { "s3:prefix": ["{owner}/{repo}/*"] } },
          },
        ],
      },
      "ecs-deploy": {
        description: "a test",
        statements: [
          {
            Action: ["ecs:UpdateService"],
            Resource: ["arn:{partition}:ecs:{region}:{account}:service/acme/*"],
            Condition: {
              StringEquals: {
                "aws:ResourceTag/repository": ["{owner}/{repo}"],
                "aws:RequestedRegion": ["{region}"],
              },
            },
          },
        ],
      },
      "lambda-deploy": {
        description: "a test",
        statements: [
          {
            Action: ["lambda:UpdateFunctionCode"],
            Resource: ["arn:{partition}:lambda:{region}:{account}:function:{repo}"],
            Condition: { Bool: { "aws:SecureTransport": "true" } },
          },
        ],
      },
    },
    boundary: [{ Action: ["sns:Publish"], Resource: ["arn:aws:sns:{region}:{account}:acme-deployed"] }],
  });
  const bounds = policyOf(boundaryPolicy(BASE, { profiles, boundary }, PLACE));
  const ofRepository = (repo: string, ...names: string[]) =>
    names.map((name) => policyOf(profilePolicy(profiles.get(name) ?? [], { ...PLACE, owner: "acme", repo })));
  const isAllowed = (policies: Policy[], request: Request) =>
    [policies, [bounds]].every((each) => decide(each, request) === "allowed");

  const object = (key: string) => `arn:aws:s3:::acme-artifacts/${key}`;
  const list = (prefix?: string): Request => ({
    action: "s3:ListBucket",
    resource: "arn:aws:s3:::acme-artifacts",
    ...(prefix !== undefined && { context: { "s3:prefix": prefix } }),
  });
  const service = (repository: string, region = "eu-central-1"): Request => ({
    action: "ecs:UpdateService",
    resource: "arn:aws:ecs:eu-central-1:123456789012:service/acme/x",
    context: { "aws:ResourceTag/repository": repository, "aws:RequestedRegion": region },
  });
  const code = (
    name: string,
    context: NonNullable<Request["context"]> = { "aws:SecureTransport": "true" },
  ) => ({
    action: "lambda:UpdateFunctionCode",
    resource: `arn:aws:lambda:eu-central-1:123456789012:function:${name}`,
    context,
  });

  test.each<[boolean, string, string[], Request]>([
    [
      true,
      "reads its objects",
      ["s3-artifacts"],
      { action: "s3:GetObject", resource: object("acme/api/a/b") },
    ],
    [
      true,
      "writes its objects",
      ["s3-artifacts"],
      { action: "s3:PutObject", resource: object("acme/api/a") },
    ],
    [true, "lists its objects", ["s3-artifacts"], list("acme/api/")],
    [true, "updates the service with its tag", ["ecs-deploy"], service("acme/api")],
    [false, "updates no other service", ["ecs-deploy"], service("acme/web")],
    [true, "deploys its function", ["lambda-deploy"], code("api")],
    [
      true,
      "has two",
      ["lambda-deploy", "s3-artifacts"],
      { action: "s3:GetObject", resource: object("acme/api/a") },
    ],
    [
      false,
      "deletes no objects",
      ["s3-artifacts"],
      { action: "s3:DeleteObject", resource: object("acme/api/a") },
    ],
    [
      false,
      "reads no other repository's",
      ["s3-artifacts"],
      { action: "s3:GetObject", resource: object("acme/web/a") },
    ],
    [
      false,
      "nor one's that begins alike",
      ["s3-artifacts"],
      { action: "s3:GetObject", resource: object("acme/api-v2/a") },
    ],
    [
      false,
      "nor another owner's",
      ["s3-artifacts"],
      { action: "s3:GetObject", resource: object("evil/api/a") },
    ],
    [
      false,
      "reads no other bucket",
      ["s3-artifacts"],
      { action: "s3:GetObject", resource: "arn:aws:s3:::other/acme/api/a" },
    ],
    [false, "lists no other repository's", ["s3-artifacts"], list("acme/web/")],
    [false, "lists not all", ["s3-artifacts"], list()],
    [false, "deploys no other function", ["lambda-deploy"], code("api2")],
    [
      false,
      "deploys not without the condition",
      ["lambda-deploy"],
      code("api", { "aws:SecureTransport": "false" }),
    ],
    [false, "has not what another profile says", ["s3-artifacts"], code("api")],
    [
      false,
      "has not what only the boundary says",
      ["s3-artifacts"],
      { action: "sns:Publish", resource: "arn:aws:sns:eu-central-1:123456789012:acme-deployed" },
    ],
  ])("%s: %s", (allowed, _, names, request) => {
    expect(isAllowed(ofRepository("api", ...names), request)).toBe(allowed);
  });

  test.each<[string, boolean]>([
    ["us-east-1", true],
    ["eu-central-1", false],
  ])("a role registered for us-east-1 deploys its function in %s: %s", (region, allowed) => {
    const statements = profiles.get("lambda-deploy") ?? [];
    const policy = profilePolicy(statements, { ...PLACE, region: "us-east-1", owner: "acme", repo: "api" });
    const resource = `arn:aws:lambda:${region}:123456789012:function:api`;
    expect(isAllowed([policyOf(policy)], { ...code("api"), resource })).toBe(allowed);
  });

  test.each<[string, boolean, Request]>([
    [
      "what a profile allows to some repository",
      true,
      { action: "s3:GetObject", resource: object("acme/web/a") },
    ],
    [
      "what is listed for managed policies",
      true,
      { action: "sns:Publish", resource: "arn:aws:sns:eu-central-1:123456789012:acme-deployed" },
    ],
    ["a condition that names a repository", true, service("acme/web")],
    ["a condition that names a region", true, service("acme/web", "us-east-1")],
    ["the list of some repository's objects", true, list("acme/web/")],
    ["the list of all objects", false, list()],
    ["login to ECR", true, { action: "ecr:GetAuthorizationToken", resource: "*" }],
    ["a condition that names no repository", false, code("api", {})],
    ["another bucket", false, { action: "s3:GetObject", resource: "arn:aws:s3:::other/a" }],
    [
      "another region, as a registration may have one",
      true,
      { ...code("api"), resource: "arn:aws:lambda:us-east-1:123456789012:function:api" },
    ],
    [
      "another account",
      false,
      { ...code("api"), resource: "arn:aws:lambda:us-east-1:210987654321:function:api" },
    ],
    ["IAM", false, { action: "iam:CreateUser", resource: "arn:aws:iam::123456789012:user/x" }],
    ["roles of others", false, { action: "sts:AssumeRole", resource: "arn:aws:iam::123456789012:role/x" }],
  ])("the boundary and %s: %s", (_, allowed, request) => {
    expect(decide([bounds], request) === "allowed").toBe(allowed);
  });

  test("no name of a repository brings anything along", () => {
    const name = fc.stringMatching(/^[A-Za-z0-9._-]{1,100}$/);
    fc.assert(
      fc.property(name, name, (mine, other) => {
        const policies = ofRepository(mine, "s3-artifacts", "lambda-deploy");
        expect(isAllowed(policies, { action: "s3:GetObject", resource: object(`acme/${mine}/x`) })).toBe(
          true,
        );
        const of = [code(other), { action: "s3:GetObject", resource: object(`acme/${other}/x`) }];
        for (const request of of) expect(isAllowed(policies, request)).toBe(mine === other);
      }),
      { numRuns: runs(500) },
    );
  });
});

test("a boundary that IAM would not take says how long it is", () => {
  const statements = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      Action: ["s3:GetObject"],
      Resource: [`arn:aws:s3:::acme-artifacts-${String(index).padStart(4, "0")}/*`],
    }));
  const of = (count: number) =>
    boundaryFault(boundaryPolicy(BASE, profilesOf(profileOf(...statements(count))), PLACE));
  expect(of(10)).toBeUndefined();
  expect(of(100)).toMatch(/^profiles\.json makes the boundary \d{4,} characters long, and IAM takes 6144; /);
});
