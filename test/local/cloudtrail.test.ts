/** The embedded CloudTrail lists who called, in the region that AWS records the call in, and as late as it is told to. */
import { CloudTrailClient, type LookupAttributeKey, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { CreateRepositoryCommand, DescribeRepositoriesCommand, ECRClient } from "@aws-sdk/client-ecr";
import { CreateRoleCommand, GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedAws, startEmbeddedAws } from "../../local/aws/server.ts";

const RoleName = "deploy";
const startedAt = Date.parse("2026-11-23T06:00:00.000Z");
let now = startedAt;
let trailDelayMs = 0;
let aws: EmbeddedAws;
beforeAll(async () => {
  aws = await startEmbeddedAws({ now: () => now, trailDelayMs: () => trailDelayMs });
});
afterAll(() => aws.close());

const as = (accessKeyId: string, region = "eu-central-1") => ({
  endpoint: aws.url,
  region,
  credentials: { accessKeyId, secretAccessKey: "x" },
});
const lookUp = async (region: string, AttributeKey: LookupAttributeKey, AttributeValue: string, more = {}) =>
  new CloudTrailClient({ ...as("auditor", region), maxAttempts: 1 }).send(
    new LookupEventsCommand({ LookupAttributes: [{ AttributeKey, AttributeValue }], ...more }),
  );
const createRole = (accessKeyId: string) =>
  new IAMClient(as(accessKeyId)).send(
    new CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" },
        ],
      }),
    }),
  );

test("a call is listed with its caller, its parameters and its resource, the newest first", async () => {
  await createRole("alice");
  now += 60_000;
  await new IAMClient(as("bob")).send(new GetRoleCommand({ RoleName }));
  await expect(createRole("carol")).rejects.toThrow();
  const { Events = [] } = await lookUp("us-east-1", "ResourceName", RoleName);
  expect(Events.map(({ EventName, Username, ReadOnly }) => [EventName, Username, ReadOnly])).toEqual([
    ["CreateRole", "carol", "false"],
    ["GetRole", "bob", "true"],
    ["CreateRole", "alice", "false"],
  ]);
  const [refused, , created] = Events.map(({ CloudTrailEvent = "" }) => JSON.parse(CloudTrailEvent));
  expect(refused.errorCode).toBe("EntityAlreadyExists");
  expect(created).toMatchObject({
    userIdentity: { type: "IAMUser", arn: "arn:aws:iam::123456789012:user/alice", userName: "alice" },
    eventTime: "2026-11-23T06:00:00Z",
    eventSource: "iam.amazonaws.com",
    requestParameters: { roleName: RoleName },
    readOnly: false,
  });
});

test("GetCallerIdentity names the user of an access key id", async () => {
  const { Arn } = await new STSClient(as("alice")).send(new GetCallerIdentityCommand({}));
  expect(Arn).toBe("arn:aws:iam::123456789012:user/alice");
});

test("IAM's calls are listed in us-east-1 alone, and ECR's in their region under the repository's ARN", async () => {
  const ecr = new ECRClient(as("alice", "eu-west-1"));
  await ecr.send(new CreateRepositoryCommand({ repositoryName: "acme/api" }));
  await ecr.send(new DescribeRepositoriesCommand({}));
  expect((await lookUp("eu-central-1", "ResourceName", RoleName)).Events).toEqual([]);
  const arn = "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api";
  const { Events } = await lookUp("eu-west-1", "ResourceName", arn);
  expect(Events?.map(({ EventName }) => EventName)).toEqual(["CreateRepository"]);
  expect((await lookUp("us-east-1", "ResourceName", arn)).Events).toEqual([]);
});

test("a page holds as many events as were asked for, and its token leads to the next", async () => {
  const first = await lookUp("us-east-1", "ResourceName", RoleName, { MaxResults: 2 });
  const rest = await lookUp("us-east-1", "ResourceName", RoleName, {
    MaxResults: 2,
    NextToken: first.NextToken,
  });
  expect([first, rest].map(({ Events, NextToken }) => [Events?.length, NextToken !== undefined])).toEqual([
    [2, true],
    [1, false],
  ]);
});

test("a period, an event's name and its source limit what is listed", async () => {
  const found = async (key: LookupAttributeKey, value: string, more = {}) =>
    ((await lookUp("us-east-1", key, value, more)).Events ?? []).map(({ Username }) => Username);
  const StartTime = new Date(startedAt + 30_000);
  expect(await found("ResourceName", RoleName, { StartTime })).toEqual(["carol", "bob"]);
  expect(await found("ResourceName", RoleName, { EndTime: StartTime })).toEqual(["alice"]);
  expect(await found("EventName", "GetRole")).toEqual(["bob"]);
  expect(await found("EventSource", "ecr.amazonaws.com")).toEqual([]);
});

test.each([
  ["a token of another question", { NextToken: "x" }, "InvalidNextTokenException"],
  ["too many results", { MaxResults: 51 }, "InvalidMaxResultsException"],
  ["a period that ends before it begins", { StartTime: new Date(2), EndTime: new Date(1) }, /TimeRange/],
  [
    "two attributes",
    {
      LookupAttributes: [1, 2].map(() => ({ AttributeKey: "EventName" as const, AttributeValue: "GetRole" })),
    },
    "InvalidLookupAttributesException",
  ],
])("%s is refused", async (_, more, name) => {
  await expect(lookUp("us-east-1", "ResourceName", RoleName, more)).rejects.toMatchObject({
    name: expect.stringMatching(name),
  });
});

test("with a delay, a call is listed only once the delay has passed", async () => {
  trailDelayMs = 15 * 60_000;
  const users = async () =>
    (await lookUp("us-east-1", "ResourceName", RoleName)).Events?.map(({ Username }) => Username);
  expect(await users()).toEqual([]);
  now = startedAt + trailDelayMs;
  expect(await users()).toEqual(["alice"]);
  now += 60_000;
  expect(await users()).toEqual(["carol", "bob", "alice"]);
});
