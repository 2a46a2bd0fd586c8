/** The settings of ECR repositories: what a request comes to, who may pull, and which tags can be moved. */
import { describe, expect, test } from "vitest";
import { pullPolicy } from "../../src/desired/permissions.ts";
import {
  DEFAULT_SETTINGS,
  movableAmong,
  repositorySettings,
  sameEncryption,
} from "../../src/desired/settings.ts";
import type { components } from "../../src/generated/contract.ts";
import { isNarrower } from "../../src/policy/compare.ts";
import { schemaFaults } from "../harness/contract.ts";

type Request = components["schemas"]["EcrSettingsRequest"];
type Pull = components["schemas"]["EcrPull"];

const PLACE = { account: "123456789012", partition: "aws", region: "eu-central-1" };
const KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

test("the defaults are these, and of the contract's form", () => {
  expect(DEFAULT_SETTINGS).toEqual({
    tagMutability: "IMMUTABLE",
    exclusions: ["latest", "buildcache*"],
    scanOnPush: true,
    encryption: { type: "AES256" },
    lifecycle: [{ images: "untagged", expireAfterDays: 14 }],
    tags: {},
    pull: { accounts: [] },
  });
  expect(schemaFaults({ $ref: "#/components/schemas/EcrSettings" }, DEFAULT_SETTINGS)).toEqual([]);
});

test.each<[string, Request, object]>([
  [
    "a mutable repository has no exceptions unless told",
    { tagMutability: "MUTABLE" },
    { tagMutability: "MUTABLE", exclusions: [] },
  ],
  ["exceptions can be none", { exclusions: [] }, { tagMutability: "IMMUTABLE", exclusions: [] }],
  ["an empty lifecycle is none", { lifecycle: [] }, { lifecycle: [] }],
  ["accounts in one order", { pull: { accounts: ["2", "1"] } }, { pull: { accounts: ["1", "2"] } }],
  [
    "an organisation alone",
    { pull: { organization: "o-a" } },
    { pull: { accounts: [], organization: "o-a" } },
  ],
  ["Lambda alone", { pull: { lambda: true } }, { pull: { accounts: [], lambda: true } }],
  ["no Lambda is the default", { pull: { lambda: false } }, { pull: { accounts: [] } }],
])("%s", (_, request, settings) => {
  expect(repositorySettings(request)).toEqual({ ...DEFAULT_SETTINGS, ...settings });
});

test("the same settings are the same text, however they are written", () => {
  const one: Request = {
    tags: { a: "1", b: "2" },
    encryption: { type: "KMS", kmsKey: KEY },
    lifecycle: [{ images: "tagged", tags: ["v"], keepLast: 2 }],
    pull: { accounts: ["1", "2"], organization: "o-a" },
  };
  const other: Request = {
    pull: { organization: "o-a", accounts: ["2", "1"] },
    lifecycle: [{ keepLast: 2, tags: ["v"], images: "tagged" }],
    encryption: { kmsKey: KEY, type: "KMS" },
    tags: { b: "2", a: "1" },
  };
  expect(JSON.stringify(repositorySettings(other))).toBe(JSON.stringify(repositorySettings(one)));
});

describe("encryption", () => {
  const kms = { type: "KMS" } as const;
  test("stays as the repository was made", () => {
    expect(repositorySettings({}, { ...kms, kmsKey: KEY }).encryption).toEqual({ ...kms, kmsKey: KEY });
    expect(repositorySettings({ encryption: { type: "AES256" } }, kms).encryption).toEqual({
      type: "AES256",
    });
  });

  test.each([
    [kms, { ...kms, kmsKey: KEY }, true],
    [{ ...kms, kmsKey: KEY }, { ...kms, kmsKey: KEY }, true],
    [{ ...kms, kmsKey: KEY }, { ...kms, kmsKey: `${KEY}x` }, false],
    [{ ...kms, kmsKey: KEY }, kms, false],
    [kms, { type: "KMS_DSSE" } as const, false],
    [{ type: "AES256" } as const, kms, false],
  ])("wanted %j and found %j: the same: %s", (wanted, found, same) => {
    expect(sameEncryption(wanted, found)).toBe(same);
  });
});

test.each<[string, string[], string[], string[]]>([
  ["IMMUTABLE", [], ["latest", "v1"], []],
  [
    "IMMUTABLE",
    ["latest", "buildcache*"],
    ["latest", "latest2", "buildcache", "buildcache-x", "v1"],
    ["latest", "buildcache", "buildcache-x"],
  ],
  ["MUTABLE", [], ["latest", "v1"], ["latest", "v1"]],
  ["MUTABLE", ["v*"], ["latest", "v1"], ["latest"]],
  ["IMMUTABLE", ["v1.0"], ["v1.0", "v1x0"], ["v1.0"]],
  ["IMMUTABLE", ["*"], ["latest", "v1"], ["latest", "v1"]],
])("%s but for %j: of %j it lets move %j", (tagMutability, exclusions, tags, movable) => {
  const mutability = tagMutability === "MUTABLE" ? "MUTABLE" : "IMMUTABLE";
  expect(movableAmong({ tagMutability: mutability, exclusions }, tags)).toEqual(movable);
});

describe("who may pull", () => {
  const pulls: Pull[] = [
    { accounts: [] },
    { accounts: ["210987654321"] },
    { accounts: ["210987654321", "310987654321"] },
    { accounts: [], organization: "o-a1b2c3d4e5" },
    { accounts: ["210987654321"], organization: "o-a1b2c3d4e5" },
  ];

  test("nobody is no policy", () => {
    expect(pullPolicy({ accounts: [] }, PLACE)).toBeUndefined();
  });

  test.each(pulls.slice(1))(
    "%j lets in nobody without an account or the organisation's condition, and only to pull",
    (pull) => {
      const { Statement = [] } = pullPolicy(pull, { ...PLACE, partition: "aws-us-gov" }) ?? {};
      expect(Statement).toHaveLength((pull.accounts.length > 0 ? 1 : 0) + (pull.organization ? 1 : 0));
      for (const { Effect, Principal, Action, Condition, ...more } of Statement) {
        expect([Effect, more]).toEqual(["Allow", { Sid: expect.stringMatching(/^[A-Za-z]+$/) }]);
        expect(Action).toEqual([
          "ecr:BatchCheckLayerAvailability",
          "ecr:BatchGetImage",
          "ecr:GetDownloadUrlForLayer",
        ]);
        if (Principal === "*")
          expect(Condition).toEqual({ StringEquals: { "aws:PrincipalOrgID": pull.organization } });
        else expect(Principal).toEqual({ AWS: pull.accounts.map((id) => `arn:aws-us-gov:iam::${id}:root`) });
      }
    },
  );

  test("more of them is shown to be wider, fewer to be narrower", () => {
    const nobody = { Version: "2012-10-17", Statement: [] };
    const of = (pull: Pull | undefined) => (pull && pullPolicy(pull, PLACE)) ?? nobody;
    const within = (a: Pull | undefined, b: Pull | undefined) => isNarrower(of(b), of(a));
    const [none, one, two, org, both] = pulls;
    for (const pull of pulls) {
      expect(within(none, pull)).toBe(true);
      expect(within(pull, none)).toBe(pull === none);
    }
    expect([within(one, two), within(two, one)]).toEqual([true, false]);
    expect([within(org, both), within(both, org), within(one, both), within(both, one)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
});
