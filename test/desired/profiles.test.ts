/**
 * Profiles: what is taken and what is refused, and, evaluated as IAM does, that a role with one does what it says within
 * the boundary, nothing of another repository's, and nothing that the boundary does not have.
 */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigError, readConfig } from "../../src/config.ts";
import { foldOwner } from "../../src/desired/names.ts";
import { boundaryFault, boundaryPolicy, type Profiles, profilePolicy } from "../../src/desired/profiles.ts";
import { readProfiles, sharedNameFaults } from "../../src/desired/read-profiles.ts";
import type { PolicyDocument } from "../../src/policy/document.ts";
import { runs } from "../harness/properties.ts";
import { decide, type Policy, type Request } from "../package/iam.ts";
import { type Case, table } from "./profiles-cases.ts";

const STATEMENT = {
  Action: ["s3:GetObject", "s3:PutObject"],
  Resource: ["arn:{partition}:s3:::acme-artifacts/{owner}/{repo}/*"],
};
const profileOf = (...statements: object[]) => ({ profiles: { x: { description: "a test", statements } } });
const jsonOf = ({ json, statement }: Case) =>
  statement === undefined ? json : profileOf({ ...STATEMENT, ...statement });
const named = <C extends Case>(cases: readonly C[]) => cases.map((one): [string, C] => [one.name, one]);
const BASE: PolicyDocument = JSON.parse(
  readFileSync(new URL("../../deploy/boundary.json", import.meta.url), "utf8"),
);
const PLACE = { partition: "aws", account: "123456789012", region: "eu-central-1" };

function profilesOf(json: unknown): Profiles {
  const read = readProfiles(json);
  if (Array.isArray(read)) throw new Error(read.join("\n"));
  return read;
}

/** Returns a policy's text, which is all that IAM has of it. */
const policyOf = (document: PolicyDocument): Policy => JSON.parse(JSON.stringify(document));

describe("reading", () => {
  test.each(named(table.right))("%s is taken", (_, one) => {
    profilesOf(jsonOf(one));
  });

  test.each(named(table.wrong))("%s is refused", (_, one) => {
    const faults = readProfiles(jsonOf(one));
    if (!Array.isArray(faults)) throw new Error("taken");
    expect(faults).toHaveLength(one.says.length);
    for (const [index, says] of one.says.entries()) {
      expect(faults[index]).toContain(says);
      expect(faults[index]).toMatch(/^profiles\.json \/?\S* ?has .+\. [A-Z].+\.$/s);
    }
  });

  test("the examples of the documentation are taken, whoever is served, and the project's own file has none", () => {
    const text = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");
    const examples = ["docs/profiles.md", "examples/platform-repository/README.md"].flatMap((name) =>
      [...text(name).matchAll(/^ *```json\n(.*?)^ *```/gms)]
        .map(([, json = ""]) => json)
        .filter((json) => /"profiles": {|"boundary": \[/.test(json)),
    );
    expect(examples).toHaveLength(5);
    for (const json of examples) {
      const owners = ["acme", "acme-labs", "globex"];
      expect(sharedNameFaults(profilesOf(JSON.parse(json)).profiles, owners)).toEqual([]);
    }
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
    names.map((name) =>
      policyOf(profilePolicy(profiles.get(name)?.statements ?? [], { ...PLACE, owner: "acme", repo })),
    );
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
    const statements = profiles.get("lambda-deploy")?.statements ?? [];
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

describe("what a text renders is one repository's alone", () => {
  type Names = { owner: string; repo: string };
  const ACCOUNT = "123456789012";
  const environment = (owners: readonly string[], more: Record<string, string> = {}) => ({
    ROLECALL_OWNERS: owners.join(","),
    ROLECALL_TABLE: "rolecall",
    ROLECALL_BOUNDARY_ARN: `arn:aws:iam::${ACCOUNT}:policy/rolecall/boundary`,
    ...more,
  });
  /** Returns the error of the service when it starts with a configuration; "" if it starts. */
  const faultOf = (env: Record<string, string>, json: unknown): string => {
    try {
      readConfig(env, json);
      return "";
    } catch (error) {
      if (error instanceof ConfigError) return error.message;
      throw error;
    }
  };
  const inBucket = (...texts: string[]) =>
    profileOf({ Action: ["s3:GetObject"], Resource: texts.map((text) => `arn:{partition}:s3:::x/${text}`) });

  test.each<[string, string[], string]>([
    ["{repo}", ["acme"], ""],
    ["{owner}/{repo}", ["acme", "acme-labs"], ""],
    ["{owner}:{repo}/*", ["acme", "acme-labs"], ""],
    ["{repo}/{owner}", ["acme", "acme-labs"], ""],
    ["shared", ["acme", "acme-labs"], ""],
    ["{owner}-{repo}", ["acme"], ""],
    ["{owner}-{repo}", ["acme", "globex"], ""],
    ["{owner}.{repo}", ["acme", "acme-labs"], ""],
    ["{owner}__{repo}", ["acme", "acme-labs"], ""],
    ["{owner}{repo}/{owner}", ["acme", "acme1"], ""],
    ["{owner}{repo}/{repo}", ["acme", "acme1"], ""],
    ["{repo}", ["acme", "acme-labs"], "acme/a and acme-labs/a"],
    ["{repo}", ["ACME", "Acme-Labs"], "ACME/a and Acme-Labs/a"],
    ["acme-{repo}-prod/*", ["acme", "globex"], "acme/a and globex/a"],
    ["{owner}", ["acme"], "acme/a and acme/b"],
    ["{owner}/*", ["acme", "globex"], "acme/a and acme/b"],
    ["{owner}-{repo}", ["acme", "acme-labs"], "acme/labs-a and acme-labs/a"],
    ["{owner}-{repo}", ["acme-labs", "acme"], "acme-labs/a and acme/labs-a"],
    ["{repo}-{owner}", ["acme", "labs-acme"], "acme/a-labs and labs-acme/a"],
    ["{owner}{repo}", ["acme", "Acme1"], "acme/1a and Acme1/a"],
    ["{owner}-{repo}-{account}", ["acme", "acme-labs"], "acme/labs-a and acme-labs/a"],
    ["{owner}{account}{repo}", ["acme", "acme1"], "acme/1a and acme1/a"],
    ["{repo}.{owner}.{repo}", ["a", "a.a.a.a".replaceAll(".", "-")], ""],
    ["{repo}-{owner}-{repo}", ["a", "a-a-a"], "a/a-a and a-a-a/a"],
  ])("%s, with the owners %j: %s", (text, owners, two) => {
    const message = faultOf(environment(owners), inBucket("own/{owner}/{repo}", text));
    if (two === "") expect(message).toBe("");
    else
      expect(message).toBe(
        `profiles.json /profiles/x/statements/0/Resource/1 has "arn:{partition}:s3:::x/${text}". It would be the same for ${two}. Use {owner}/{repo} for a resource of one repository, and neither for a resource that all share.`,
      );
  });

  test("a condition's value is held to it too", () => {
    const json = profileOf({ ...STATEMENT, Condition: { StringLike: { "s3:prefix": "{repo}/*" } } });
    expect(faultOf(environment(["acme"]), json)).toBe("");
    expect(faultOf(environment(["acme", "globex"]), json)).toMatch(
      /^profiles\.json \/profiles\/x\/statements\/0\/Condition\/StringLike\/s3:prefix has "{repo}\/\*"\. .* acme\/a and globex\/a\./,
    );
  });

  test.each([
    ["acme", "acme=https://token.actions.acme.ghe.com,ACME=https://token.actions.other.ghe.com"],
    ["all others", "https://token.actions.acme.ghe.com,https://token.actions.other.ghe.com"],
  ])("%s on two issuers is refused, so that owner and name say which repository is meant", (_, issuers) => {
    const message = faultOf(environment(["acme"], { ROLECALL_ISSUERS: issuers }), {});
    expect(message).toMatch(
      /^ROLECALL_ISSUERS has ".*https:\/\/token\.actions\.other\.ghe\.com". List one issuer for each owner/,
    );
  });

  test("whatever the text and the owners, a text is refused exactly if two repositories share what it renders", () => {
    const character = fc.constantFrom("a", "b", "-", "1");
    const owner = fc
      .tuple(fc.constantFrom("a", "b", "1", "A"), fc.array(character, { maxLength: 3 }))
      .map(([first, others]) => [first, ...others].join(""));
    const text = fc
      .array(fc.oneof(fc.constantFrom("{owner}", "{repo}", "{repo}", "/", "-", "{account}"), character), {
        minLength: 1,
        maxLength: 6,
      })
      .map((parts) => parts.join(""));
    const short = ["a", "b", "-", "1", "aa", "ab", "a-", "-a", "--", "b1", "a-b", "aaa", "-1-"];
    const rendered = (pattern: string, names: Names, account = ACCOUNT): string => {
      const read = profilesOf(inBucket(pattern)).profiles.get("x")?.statements ?? [];
      return JSON.stringify(profilePolicy(read, { ...PLACE, account, ...names })).toLowerCase();
    };
    fc.assert(
      fc.property(
        fc.uniqueArray(owner, { minLength: 1, maxLength: 3, selector: foldOwner }),
        text,
        (owners, pattern) => {
          const message = faultOf(environment(owners), inBucket(pattern));
          if (message !== "") {
            const [, one, other] = /It would be the same for (\S+) and (\S+?)\. Use /.exec(message) ?? [];
            const [left, right] = [one, other].map((names): Names => {
              const [first = "", second = ""] = names?.split("/") ?? [];
              return { owner: first, repo: second };
            });
            if (left === undefined || right === undefined) throw new Error(message);
            expect(one?.toLowerCase()).not.toBe(other?.toLowerCase());
            for (const names of [left, right]) {
              expect(owners).toContain(names.owner);
              expect(names.repo).toMatch(/^(?!\.{1,2}$)[a-z0-9._-]{1,100}$/);
            }
            // The two may meet in some account only, whose digits the message does not name.
            if (!pattern.includes("{account}"))
              expect(rendered(pattern, left)).toBe(rendered(pattern, right));
            return;
          }
          // Names that are tried: short ones, and every piece of what another owner's short ones render.
          const pieces = owners.flatMap((each) => {
            const whole = pattern
              .replaceAll("{owner}", each)
              .replaceAll("{account}", ACCOUNT)
              .replaceAll("{repo}", "a");
            return Array.from({ length: whole.length }, (_, from) =>
              Array.from({ length: 8 }, (_, length) => whole.slice(from, from + length + 1)),
            ).flat();
          });
          const names = [...new Set([...short, ...pieces.map((piece) => piece.toLowerCase())])].filter(
            (name) => /^[a-z0-9._-]+$/.test(name),
          );
          const seen = new Map<string, string>();
          if (!/{(owner|repo)}/.test(pattern)) return;
          for (const each of owners) {
            for (const repo of names) {
              const result = rendered(pattern, { owner: each, repo });
              const mine = `${each}/${repo}`.toLowerCase();
              expect([mine, seen.get(result) ?? mine]).toEqual([mine, mine]);
              seen.set(result, mine);
            }
          }
        },
      ),
      { numRuns: runs(300) },
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
  expect(of(100)).toMatch(
    /^profiles\.json makes the boundary \d{4,} characters long, but IAM takes at most 6144\. /,
  );
});
