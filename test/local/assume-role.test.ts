/** AssumeRole of the embedded AWS, and its accounts. */
import {
  CreatePolicyCommand,
  CreateRoleCommand,
  GetRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, type AssumeRoleCommandInput, type STSClient } from "@aws-sdk/client-sts";
import { afterAll, describe, expect, test } from "vitest";
import { clientsOf, refused, start } from "./clients.ts";

const HOME = "123456789012";
const MEMBER = "210987654321";
const ORGANIZATION = "o-a1b2c3d4e5";
const ROLE = `arn:aws:iam::${MEMBER}:role/rolecall-member/writer`;
const aws = await start({ organization: ORGANIZATION });
afterAll(() => aws.close());
const owner = clientsOf(aws.url, "eu-central-1", MEMBER).iam;
const hub = clientsOf(aws.url, "eu-central-1", "local").sts;

const trust = (actions: string[], condition: Record<string, Record<string, string>>) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${HOME}:root` },
        Action: actions,
        Condition: condition,
      },
    ],
  });
const RIGHT = {
  ArnLike: { "aws:PrincipalArn": `arn:aws:iam::${HOME}:role/rolecall-hub/*` },
  StringEquals: { "sts:ExternalId": "right", "aws:PrincipalOrgID": ORGANIZATION },
};
await owner.send(
  new CreateRoleCommand({
    RoleName: "writer",
    Path: "/rolecall-member/",
    AssumeRolePolicyDocument: trust(["sts:AssumeRole"], RIGHT),
  }),
);
await owner.send(
  new PutRolePolicyCommand({
    RoleName: "writer",
    PolicyName: "all",
    PolicyDocument: JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "iam:*", Resource: `arn:aws:iam::${MEMBER}:role/rolecall*` }],
    }),
  }),
);
const ask: AssumeRoleCommandInput = { RoleArn: ROLE, RoleSessionName: "test", ExternalId: "right" };
const assume = (input: Partial<AssumeRoleCommandInput> = {}, sts: STSClient = hub) =>
  sts.send(new AssumeRoleCommand({ ...ask, ...input }));

test("a role is one account's alone", async () => {
  const { Role } = await owner.send(new GetRoleCommand({ RoleName: "writer" }));
  expect(Role?.Arn).toBe(ROLE);
  expect((await refused(aws.iam.send(new GetRoleCommand({ RoleName: "writer" })))).status).toBe(404);
});

describe("the trust policy decides", () => {
  test("the hub's function is let in", async () => {
    expect((await assume()).AssumedRoleUser?.Arn).toBe(`arn:aws:sts::${MEMBER}:assumed-role/writer/test`);
  });

  test.each<[string, () => Promise<unknown>]>([
    ["another external id", () => assume({ ExternalId: "wrong" })],
    ["no external id", () => assume({ ExternalId: undefined })],
    [
      "another user of the hub's account",
      () => assume({}, clientsOf(aws.url, "eu-central-1", "mallory").sts),
    ],
    ["the member's own user", () => assume({}, clientsOf(aws.url, "eu-central-1", MEMBER).sts)],
    ["a user of a third account", () => assume({}, clientsOf(aws.url, "eu-central-1", "310987654321").sts)],
    ["a role that does not exist", () => assume({ RoleArn: `${ROLE}s` })],
    ["a source identity that the trust does not allow", () => assume({ SourceIdentity: "alice" })],
  ])("%s is refused", async (_, call) => {
    expect(await refused(call())).toMatchObject({ name: "AccessDenied", status: 403 });
  });

  test("another organisation is refused", async () => {
    const condition = {
      ...RIGHT,
      StringEquals: { ...RIGHT.StringEquals, "aws:PrincipalOrgID": "o-zzzzzzzzzz" },
    };
    const RoleName = "writer";
    const put = (PolicyDocument: string) =>
      owner.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
    await put(trust(["sts:AssumeRole"], condition));
    expect((await refused(assume())).name).toBe("AccessDenied");
    await put(trust(["sts:AssumeRole", "sts:SetSourceIdentity"], RIGHT));
    expect((await assume({ SourceIdentity: "alice" })).SourceIdentity).toBe("alice");
  });
});

test("a session does what both its role's policy and its session policy allow", async () => {
  const mine = `arn:aws:iam::${MEMBER}:role/rolecall/mine`;
  const { Credentials: given } = await assume({
    Policy: JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "*", Resource: [mine, `arn:aws:iam::${MEMBER}:role/admin`] }],
    }),
  });
  const iam = new IAMClient({
    endpoint: aws.url,
    region: "eu-central-1",
    credentials: {
      accessKeyId: given?.AccessKeyId ?? "",
      secretAccessKey: given?.SecretAccessKey ?? "",
      sessionToken: given?.SessionToken ?? "",
    },
  });
  const create = (RoleName: string, Path: string) =>
    iam.send(
      new CreateRoleCommand({ RoleName, Path, AssumeRolePolicyDocument: trust(["sts:AssumeRole"], RIGHT) }),
    );
  expect((await create("mine", "/rolecall/")).Role?.Arn).toBe(mine);
  expect((await refused(create("other", "/rolecall/"))).name).toMatch(/^AccessDenied/);
  expect((await refused(create("admin", "/"))).name).toMatch(/^AccessDenied/);
});

test("a session changes only a role whose boundary its role's policy names", async () => {
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }],
  });
  const policy = (name: string) => `arn:aws:iam::${MEMBER}:policy/bounds/${name}`;
  for (const PolicyName of ["right", "wrong"])
    await owner.send(new CreatePolicyCommand({ Path: "/bounds/", PolicyName, PolicyDocument }));
  const writer = { RoleName: "bounded-writer", Path: "/rolecall-member/" };
  const AssumeRolePolicyDocument = trust(["sts:AssumeRole"], RIGHT);
  const { Role } = await owner.send(new CreateRoleCommand({ ...writer, AssumeRolePolicyDocument }));
  await owner.send(
    new PutRolePolicyCommand({
      RoleName: writer.RoleName,
      PolicyName: "bounded",
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Action: "iam:*",
            Resource: "*",
            Condition: { StringLike: { "iam:PermissionsBoundary": policy("ri*") } },
          },
        ],
      }),
    }),
  );
  const { Credentials: given } = await assume({ RoleArn: Role?.Arn });
  const iam = new IAMClient({
    endpoint: aws.url,
    region: "eu-central-1",
    credentials: {
      accessKeyId: given?.AccessKeyId ?? "",
      secretAccessKey: given?.SecretAccessKey ?? "",
      sessionToken: given?.SessionToken ?? "",
    },
  });
  const create = (by: IAMClient, RoleName: string, PermissionsBoundary?: string) =>
    by.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument, PermissionsBoundary }));
  const change = (RoleName: string) =>
    iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "s3", PolicyDocument }));
  await create(iam, "with-right", policy("right"));
  await change("with-right");
  await create(owner, "with-wrong", policy("wrong"));
  await create(owner, "with-none");
  for (const call of [
    () => create(iam, "new-wrong", policy("wrong")),
    () => create(iam, "new-none"),
    () => change("with-wrong"),
    () => change("with-none"),
  ])
    expect((await refused(call())).name).toMatch(/^AccessDenied/);
});

test("a session sends to the queue that its role may send to, also a batch, and does nothing else there", async () => {
  const queues = clientsOf(aws.url, "eu-central-1", MEMBER).sqs;
  const urls = await Promise.all(
    ["jobs", "other"].map(async (QueueName) => {
      const { QueueUrl } = await queues.send(new CreateQueueCommand({ QueueName }));
      return QueueUrl;
    }),
  );
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: "sqs:SendMessage", Resource: `arn:aws:sqs:eu-central-1:${MEMBER}:jobs` },
    ],
  });
  await owner.send(new PutRolePolicyCommand({ RoleName: "writer", PolicyName: "jobs", PolicyDocument }));
  const { Credentials: given } = await assume();
  const session = new SQSClient({
    endpoint: aws.url,
    region: "eu-central-1",
    credentials: {
      accessKeyId: given?.AccessKeyId ?? "",
      secretAccessKey: given?.SecretAccessKey ?? "",
      sessionToken: given?.SessionToken ?? "",
    },
  });
  const [jobs, other] = urls;
  const Entries = [{ Id: "a", MessageBody: "x" }];
  const send = (QueueUrl: string | undefined) =>
    session.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  expect((await send(jobs)).Successful).toHaveLength(1);
  expect((await refused(send(other))).message).toContain(
    `on resource: arn:aws:sqs:eu-central-1:${MEMBER}:other`,
  );
  expect(await refused(session.send(new ReceiveMessageCommand({ QueueUrl: jobs })))).toMatchObject({
    name: expect.stringMatching(/^AccessDenied/),
    status: 403,
  });
});
