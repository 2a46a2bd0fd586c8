/** Read-only profiles have only actions that read, by AWS's own access levels. */
import { describe, expect, test } from "vitest";
import { readOnlyFaults, revealingReads } from "../../local/read-only.ts";
import type { Profiles } from "../../src/desired/profiles.ts";

const of = (readOnly: boolean, ...Action: string[]): Profiles => ({
  profiles: new Map([["plan", { readOnly, statements: [{ Action, Resource: ["arn:aws:s3:::acme/*"] }] }]]),
  boundary: [],
});

describe("an action of a read-only profile", () => {
  test.each([
    "s3:GetObject",
    "s3:ListBucket",
    "ec2:DescribeVpcs",
    "dynamodb:Query",
    "kms:Decrypt",
    "KMS:decrypt",
  ])("%s reads, so it is accepted", async (action) =>
    expect(await readOnlyFaults(of(true, action))).toEqual([]),
  );

  test.each([
    ["s3:PutObject", /is Write, and a read-only profile may have only Read and List/],
    ["s3:PutObjectTagging", /is Tagging/],
    ["s3:PutBucketPolicy", /is Permissions management/],
    ["kms:Encrypt", /is Write/],
    ["kms:GenerateDataKey", /is Write/],
    ["s3:GetEverything", /no such action/],
    ["nosuch:Get", /no such action/],
    ["s3:constructor", /no such action/],
  ])("%s does not only read, so it is refused", async (action, why) => {
    const [fault, ...others] = await readOnlyFaults(of(true, "s3:ListBucket", action));
    expect(fault).toMatch(why);
    expect(fault).toContain(`/profiles/plan/statements/0/Action/1 has "${action}"`);
    expect(others).toEqual([]);
  });

  test("is not looked at in a profile that is not read-only", async () => {
    expect(await readOnlyFaults(of(false, "s3:PutObject", "nosuch:Get"))).toEqual([]);
    expect(revealingReads(of(false, "secretsmanager:GetSecretValue"))).toEqual([]);
  });
});

test("a read of secrets or code gives a warning, and another read does not", () => {
  const reveal = [
    "secretsmanager:GetSecretValue",
    "secretsmanager:BatchGetSecretValue",
    "ssm:GetParameter",
    "ssm:GetParametersByPath",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "lambda:GetFunction",
    "kms:Decrypt",
  ];
  const warnings = revealingReads(of(true, ...reveal, "s3:ListBucket", "lambda:GetFunctionConfiguration"));
  expect(warnings).toHaveLength(reveal.length);
  expect(warnings[0]).toBe(
    'profiles.json /profiles/plan/statements/0/Action/0 has "secretsmanager:GetSecretValue", which returns secrets or code. Everyone who can open a pull request can read them.',
  );
});
