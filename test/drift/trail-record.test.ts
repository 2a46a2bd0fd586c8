/** CloudTrail's records: who called, and which of them are writes to a resource. */
import { describe, expect, test } from "vitest";
import { isWriteTo, readRecord } from "../../src/aws/trail-record.ts";

const ROLE = {
  arn: "arn:aws:iam::123456789012:role/rolecall/acme-api-publish-5c3a7f0e9b1d",
  name: "acme-api-publish-5c3a7f0e9b1d",
};
const PROVIDER_ARN = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";
const PROVIDER = { arn: PROVIDER_ARN, name: PROVIDER_ARN };
const REPOSITORY_ARN = "arn:aws:ecr:eu-central-1:123456789012:repository/acme/api";
const REPOSITORY = { arn: REPOSITORY_ARN, name: REPOSITORY_ARN };

const event = {
  userIdentity: { type: "IAMUser", arn: "arn:aws:iam::123456789012:user/alice", accountId: "123456789012" },
  eventTime: "2026-11-23T05:48:00Z",
  eventSource: "iam.amazonaws.com",
  eventName: "UpdateAssumeRolePolicy",
  sourceIPAddress: "198.51.100.7",
  userAgent: "aws-cli/2.31.0",
  requestParameters: { roleName: ROLE.name, policyDocument: "{}" },
  readOnly: false,
  eventID: "6f0f3c36-2c6a-4a1e-9a0d-5a3f6f0f3c36",
};
const recordOf = (part: object) => readRecord(JSON.stringify({ ...event, ...part }));

describe("the caller of a record", () => {
  const session = {
    type: "AssumedRole",
    arn: "arn:aws:sts::123456789012:assumed-role/operations/bob",
    sessionContext: { sessionIssuer: { type: "Role", arn: "arn:aws:iam::123456789012:role/operations" } },
  };
  test.each<[string, object, object]>([
    ["a user", event.userIdentity, { by: "arn:aws:iam::123456789012:user/alice" }],
    ["a session", session, { by: session.arn, issuer: "arn:aws:iam::123456789012:role/operations" }],
    [
      "a service in a session's name",
      { ...session, invokedBy: "cloudformation.amazonaws.com" },
      { by: session.arn, invokedBy: "cloudformation.amazonaws.com" },
    ],
    [
      "a service by itself, without an ARN",
      { type: "AWSService", invokedBy: "lambda.amazonaws.com" },
      { by: "lambda.amazonaws.com", invokedBy: "lambda.amazonaws.com" },
    ],
    ["the root user", { type: "Root", arn: "arn:aws:iam::123456789012:root" }, { by: /root/ }],
    [
      "another account",
      { type: "AWSAccount", principalId: "AIDAX", accountId: "210987654321" },
      { by: "AIDAX" },
    ],
  ])("is %s", (_, userIdentity, caller) => {
    const expected = Object.fromEntries(
      Object.entries(caller).map(([key, value]) => [
        key,
        value instanceof RegExp ? expect.stringMatching(value) : value,
      ]),
    );
    expect(recordOf({ userIdentity })).toMatchObject(expected);
  });
});

test.each<[string, string]>([
  ["no JSON", "{"],
  ["a list", "[]"],
  ["null", "null"],
  ["no identity", JSON.stringify({ ...event, userIdentity: undefined })],
  ["an identity that names nobody", JSON.stringify({ ...event, userIdentity: { type: "Unknown" } })],
  ["no time", JSON.stringify({ ...event, eventTime: "yesterday" })],
  ["a number as its name", JSON.stringify({ ...event, eventName: 7 })],
  ["no id", JSON.stringify({ ...event, eventID: "" })],
])("a record with %s is skipped", (_, text) => {
  expect(readRecord(text)).toBeUndefined();
});

test("a long name of the caller's program is cut", () => {
  expect(recordOf({ userAgent: "x".repeat(5000) })?.userAgent).toHaveLength(200);
});

const ecr = { eventSource: "ecr.amazonaws.com" };
test.each<[string, boolean, { arn: string; name: string }, object]>([
  ["a write to the role", true, ROLE, {}],
  ["a write in other letter case", true, ROLE, { requestParameters: { roleName: ROLE.name.toUpperCase() } }],
  ["a read", false, ROLE, { readOnly: true }],
  ["a call that does not say whether it reads", false, ROLE, { readOnly: undefined }],
  ["a refused write", false, ROLE, { errorCode: "AccessDenied" }],
  ["a write to another role", false, ROLE, { requestParameters: { roleName: "other" } }],
  ["a policy of the same name", false, ROLE, { requestParameters: { policyName: ROLE.name } }],
  ["another service's thing of that name", false, ROLE, { eventSource: "dynamodb.amazonaws.com" }],
  ["a call without parameters", false, ROLE, { requestParameters: null }],
  [
    "the deletion of the provider",
    true,
    PROVIDER,
    { requestParameters: { openIDConnectProviderArn: PROVIDER_ARN } },
  ],
  [
    "the creation of the provider",
    true,
    PROVIDER,
    { requestParameters: { url: "https://token.actions.githubusercontent.com" } },
  ],
  ["another provider", false, PROVIDER, { requestParameters: { url: "https://accounts.example.com" } }],
  [
    "a setting of the repository",
    true,
    REPOSITORY,
    { ...ecr, requestParameters: { repositoryName: "acme/api" } },
  ],
  [
    "a tag of the repository",
    true,
    REPOSITORY,
    { ...ecr, requestParameters: { resourceArn: REPOSITORY_ARN } },
  ],
  ["another repository", false, REPOSITORY, { ...ecr, requestParameters: { repositoryName: "acme/other" } }],
  [
    "a push of an image",
    false,
    REPOSITORY,
    { ...ecr, eventName: "PutImage", requestParameters: { repositoryName: "acme/api" } },
  ],
  ["a role's write", false, REPOSITORY, { requestParameters: { repositoryName: "acme/api" } }],
])("%s counts as a write to the resource: %s", (_, isWrite, resource, part) => {
  const record = recordOf(part);
  expect(record !== undefined && isWriteTo(resource, record)).toBe(isWrite);
});
