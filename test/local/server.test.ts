/** The server around the services: protocols, dispatch, state on disk, recorded calls, faults, and closing. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  CreateTableCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  UpdateItemCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import {
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  ListTagsForResourceCommand,
} from "@aws-sdk/client-ecr";
import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  GetRoleCommand,
  IAMClient,
  ListOpenIDConnectProvidersCommand,
  ListRolesCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { afterEach, describe, expect, test } from "vitest";
import type { EmbeddedAwsOptions, Fault, FaultPoint } from "../../local/aws/server.ts";
import { clientsOf, identity, issuer, type Running, refused, start, trust } from "./clients.ts";

const running: Running[] = [];
async function started(options: EmbeddedAwsOptions = {}): Promise<Running> {
  const aws = await start(options);
  running.push(aws);
  return aws;
}
const directories: string[] = [];
function directory(): string {
  const made = mkdtempSync(join(tmpdir(), "embedded-aws-"));
  directories.push(made);
  return made;
}
afterEach(async () => {
  for (const aws of running.splice(0)) await aws.close();
  for (const made of directories.splice(0)) rmSync(made, { recursive: true });
});

const createRole = (RoleName = "publish") =>
  new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust() });
const createTable = new CreateTableCommand({
  TableName: "rolecall",
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: ["pk", "sk", "status"].map((AttributeName) => ({
    AttributeName,
    AttributeType: "S" as const,
  })),
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: "status",
      KeySchema: [{ AttributeName: "status", KeyType: "HASH" }],
      Projection: { ProjectionType: "ALL" },
    },
  ],
});
const key = { pk: { S: "REPO#acme/api" }, sk: { S: "ROLE#publish" } };

describe("state on disk", () => {
  test("state on disk outlives the server, and nothing that was deleted comes back", async () => {
    const at = directory();
    const first = await start({ directory: at });
    await first.iam.send(createRole());
    await first.iam.send(createRole("gone"));
    await first.iam.send(new DeleteRoleCommand({ RoleName: "gone" }));
    await first.iam.send(new CreateOpenIDConnectProviderCommand({ Url: `https://${issuer}` }));
    await first.ecr.send(
      new CreateRepositoryCommand({ repositoryName: "acme/api", tags: [{ Key: "a", Value: "b" }] }),
    );
    await first.dynamodb.send(createTable);
    await waitUntilTableExists(
      { client: first.dynamodb, minDelay: 1, maxDelay: 1, maxWaitTime: 10 },
      { TableName: "rolecall" },
    );
    await first.dynamodb.send(
      new PutItemCommand({ TableName: "rolecall", Item: { ...key, version: { N: "1" } } }),
    );
    const before = await first.iam.send(new GetRoleCommand({ RoleName: "publish" }));
    await first.close();

    const second = await started({ directory: at });
    expect((await second.iam.send(new GetRoleCommand({ RoleName: "publish" }))).Role).toEqual(before.Role);
    expect(await refused(second.iam.send(new GetRoleCommand({ RoleName: "gone" })))).toMatchObject({
      status: 404,
    });
    const { OpenIDConnectProviderList } = await second.iam.send(new ListOpenIDConnectProvidersCommand({}));
    expect(OpenIDConnectProviderList).toHaveLength(1);
    const { repositories } = await second.ecr.send(new DescribeRepositoriesCommand({}));
    const { tags } = await second.ecr.send(
      new ListTagsForResourceCommand({ resourceArn: repositories?.[0]?.repositoryArn }),
    );
    expect(tags).toEqual([{ Key: "a", Value: "b" }]);
    const { Item } = await second.dynamodb.send(new GetItemCommand({ TableName: "rolecall", Key: key }));
    expect(Item).toEqual({ ...key, version: { N: "1" } });
  });

  test("only one server at a time uses a directory", async () => {
    const at = directory();
    await started({ directory: at });
    await expect(start({ directory: at })).rejects.toThrow(/is in use by process/);
  });

  test("without a directory the state ends with the server", async () => {
    const first = await start();
    await first.iam.send(createRole());
    await first.close();
    const second = await started();
    expect(await refused(second.iam.send(new GetRoleCommand({ RoleName: "publish" })))).toMatchObject({
      status: 404,
    });
  });
});

test("after close nothing keeps the process alive, and the port is free", async () => {
  const script = `
    import { startEmbeddedAws } from ${JSON.stringify(new URL("../../local/aws/server.ts", import.meta.url).href)};
    import { startEmbeddedGitHub } from ${JSON.stringify(new URL("../../local/github/server.ts", import.meta.url).href)};
    const aws = await startEmbeddedAws({ directory: ${JSON.stringify(directory())} });
    const github = await startEmbeddedGitHub({ owners: ["acme"] });
    await fetch(github.url + "/repos/acme/api");
    await fetch(aws.url, { method: "POST", headers: { "x-amz-target": "DynamoDB_20120810.ListTables" }, body: "{}" });
    await aws.close();
    await github.close();
    await fetch(aws.url).then(() => console.log("still there"), () => console.log("gone"));
  `;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--import", "tsx", "--input-type=module", "--eval", script],
    { timeout: 20_000 },
  );
  expect(stdout.trim()).toBe("gone");
});

describe("DynamoDB", () => {
  test("tables are ready at once, and their ARNs have the emulator's account", async () => {
    const aws = await started();
    const { TableDescription } = await aws.dynamodb.send(createTable);
    expect(TableDescription?.TableArn).toBe("arn:aws:dynamodb:eu-central-1:123456789012:table/rolecall");
    await aws.dynamodb.send(new PutItemCommand({ TableName: "rolecall", Item: key }));
  });

  test("conditions work as in DynamoDB", async () => {
    const aws = await started();
    await aws.dynamodb.send(createTable);
    const put = new PutItemCommand({
      TableName: "rolecall",
      Item: key,
      ConditionExpression: "attribute_not_exists(pk)",
    });
    await aws.dynamodb.send(put);
    expect(await refused(aws.dynamodb.send(put))).toMatchObject({
      name: "ConditionalCheckFailedException",
      status: 400,
    });
    expect(aws.calls.at(-1)).toMatchObject({
      service: "dynamodb",
      action: "PutItem",
      request: { TableName: "rolecall", Item: key },
      status: 400,
      errorCode: "ConditionalCheckFailedException",
    });
    const { Attributes } = await aws.dynamodb.send(
      new UpdateItemCommand({
        TableName: "rolecall",
        Key: key,
        UpdateExpression: "ADD version :one",
        ExpressionAttributeValues: { ":one": { N: "1" } },
        ReturnValues: "ALL_NEW",
      }),
    );
    expect(Attributes).toEqual({ ...key, version: { N: "1" } });
  });
});

describe("the wire", () => {
  const authorization = (service: string, region = "eu-central-1") =>
    `AWS4-HMAC-SHA256 Credential=AKID/20261123/${region}/${service}/aws4_request, SignedHeaders=host, Signature=00`;

  async function post(aws: Running, body: string, headers: Record<string, string>) {
    const response = await fetch(aws.url, { method: "POST", body, headers });
    return {
      status: response.status,
      type: response.headers.get("content-type"),
      requestId: response.headers.get("x-amzn-requestid"),
      text: await response.text(),
    };
  }

  test("an answer has the form of the Query protocol", async () => {
    const aws = await started();
    const { requestId, ...answer } = await post(aws, "Action=GetCallerIdentity&Version=2011-06-15", {
      authorization: authorization("sts"),
    });
    expect(answer).toEqual({
      status: 200,
      type: "text/xml",
      text:
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>' +
        "<Arn>arn:aws:iam::123456789012:user/AKID</Arn><UserId>AIDA2C8A2A08AD81DDDF7</UserId>" +
        "<Account>123456789012</Account></GetCallerIdentityResult><ResponseMetadata>" +
        `<RequestId>${requestId}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`,
    });
  });

  test("an error has the form of the Query protocol", async () => {
    const aws = await started();
    const { requestId, ...answer } = await post(aws, "Action=GetRole&Version=2010-05-08&RoleName=nobody", {
      authorization: authorization("iam"),
    });
    expect(answer).toEqual({
      status: 404,
      type: "text/xml",
      text:
        '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type>' +
        "<Code>NoSuchEntity</Code><Message>The role with name nobody cannot be found.</Message></Error>" +
        `<RequestId>${requestId}</RequestId></ErrorResponse>`,
    });
  });

  test("an error of ECR has the form of JSON 1.1", async () => {
    const aws = await started();
    const target = { "x-amz-target": "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories" };
    const body = JSON.stringify({ repositoryNames: ["acme/none"] });
    const answer = await post(aws, body, { ...target, authorization: authorization("ecr") });
    expect(answer).toMatchObject({ status: 400, type: "application/x-amz-json-1.1" });
    expect(JSON.parse(answer.text)).toEqual({
      __type: "RepositoryNotFoundException",
      message: "The repository with name 'acme/none' does not exist in the registry with id '123456789012'",
    });
  });

  const ecr = (action: string) => ({ "x-amz-target": `AmazonEC2ContainerRegistry_V20150921.${action}` });
  test.each<[string, string, Record<string, string>, number, RegExp]>([
    [
      "unsigned, STS",
      "Action=GetCallerIdentity&Version=2011-06-15",
      {},
      403,
      /<Code>MissingAuthenticationToken</,
    ],
    ["unsigned, IAM", "Action=ListRoles&Version=2010-05-08", {}, 403, /<Code>MissingAuthenticationToken</],
    ["unsigned, ECR", "{}", ecr("DescribeRepositories"), 400, /"MissingAuthenticationTokenException"/],
    [
      "unsigned, DynamoDB",
      "{}",
      { "x-amz-target": "DynamoDB_20120810.ListTables", "content-type": "application/x-amz-json-1.0" },
      400,
      /#MissingAuthenticationTokenException"/,
    ],
    [
      "an unknown action of IAM",
      "Action=MakeCoffee&Version=2010-05-08",
      { authorization: authorization("iam") },
      400,
      /<Code>InvalidAction<\/Code><Message>Could not find operation MakeCoffee for version 2010-05-08</,
    ],
    ["no action", "Version=2010-05-08", { authorization: authorization("iam") }, 400, /<Code>InvalidAction</],
    [
      "an inherited name",
      "Action=toString",
      { authorization: authorization("iam") },
      400,
      /<Code>InvalidAction</,
    ],
    [
      "an unknown action of ECR",
      "{}",
      { ...ecr("MakeCoffee"), authorization: authorization("ecr") },
      400,
      /"UnknownOperationException"/,
    ],
    [
      "a body that is not JSON",
      "{",
      { ...ecr("DescribeRepositories"), authorization: authorization("ecr") },
      400,
      /"SerializationException"/,
    ],
    [
      "a number for a name",
      '{"repositoryName":1}',
      { ...ecr("CreateRepository"), authorization: authorization("ecr") },
      400,
      /"SerializationException"/,
    ],
    [
      "a service that the emulator does not have",
      "Action=Publish",
      { authorization: authorization("sns") },
      404,
      /Unknown/,
    ],
  ])("a wrong request is refused: %s", async (_, body, headers, status, text) => {
    const answer = await post(await started(), body, headers);
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(text);
  });

  test("repositories belong to the region that the request was signed for", async () => {
    const aws = await started();
    const elsewhere = clientsOf(aws.url, "us-east-1").ecr;
    await aws.ecr.send(new CreateRepositoryCommand({ repositoryName: "acme/api" }));
    expect((await elsewhere.send(new DescribeRepositoriesCommand({}))).repositories).toEqual([]);
    const { repository } = await elsewhere.send(new CreateRepositoryCommand({ repositoryName: "acme/api" }));
    expect(repository?.repositoryUri).toBe("123456789012.dkr.ecr.us-east-1.amazonaws.com/acme/api");
    expect((await aws.ecr.send(new DescribeRepositoriesCommand({}))).repositories).toHaveLength(1);
  });

  test.each([
    ["cn-north-1", "aws-cn", "dkr.ecr.cn-north-1.amazonaws.com.cn"],
    ["us-gov-west-1", "aws-us-gov", "dkr.ecr.us-gov-west-1.amazonaws.com"],
    ["eusc-de-east-1", "aws-eusc", "dkr.ecr.eusc-de-east-1.amazonaws.eu"],
  ])("ARNs and hosts in %s are those of its partition", async (region, partition, host) => {
    const aws = await started({ region, accountId: "999999999999" });
    const { ecr, sts } = clientsOf(aws.url, region);
    const { Arn, Account } = await sts.send(new GetCallerIdentityCommand({}));
    expect(Arn).toBe(`arn:${partition}:iam::999999999999:user/test`);
    expect(Account).toBe("999999999999");
    const { repository } = await ecr.send(new CreateRepositoryCommand({ repositoryName: "acme/api" }));
    expect(repository).toMatchObject({
      repositoryArn: `arn:${partition}:ecr:${region}:999999999999:repository/acme/api`,
      repositoryUri: `999999999999.${host}/acme/api`,
    });
  });
});

describe("recorded calls", () => {
  test("a recorded call has its request and its result", async () => {
    const aws = await started();
    await aws.iam.send(
      new CreateRoleCommand({
        RoleName: "publish",
        AssumeRolePolicyDocument: trust(),
        Tags: [
          { Key: "a", Value: "1" },
          { Key: "b", Value: "" },
        ],
      }),
    );
    await refused(aws.iam.send(createRole()));
    expect(aws.calls).toEqual([
      {
        service: "iam",
        action: "CreateRole",
        region: "eu-central-1",
        accessKeyId: "test",
        request: {
          RoleName: "publish",
          AssumeRolePolicyDocument: trust(),
          Tags: [
            { Key: "a", Value: "1" },
            { Key: "b", Value: "" },
          ],
        },
        status: 200,
      },
      {
        service: "iam",
        action: "CreateRole",
        region: "eu-central-1",
        accessKeyId: "test",
        request: { RoleName: "publish", AssumeRolePolicyDocument: trust() },
        status: 409,
        errorCode: "EntityAlreadyExists",
      },
    ]);
  });

  test("only the last 10,000 calls are kept", async () => {
    const { record } = await import("../../local/aws/calls.ts");
    const calls: Parameters<typeof record>[0] = [];
    for (let index = 0; index < 10_001; index += 1)
      record(calls, { service: "iam", action: `${index}`, region: undefined, request: {}, status: 200 });
    expect(calls).toHaveLength(10_000);
    expect(calls.at(-1)?.action).toBe("10000");
  });
});

describe("faults", () => {
  const throttled: Fault = {
    kind: "error",
    status: 400,
    code: "ThrottlingException",
    message: "Rate exceeded",
  };

  /** For each service a write, and a check for its effect. */
  const writes = [
    {
      service: "iam",
      action: "CreateRole",
      write: (aws: Running) => aws.iam.send(createRole()),
      happened: async (aws: Running) =>
        (await aws.iam.send(new GetRoleCommand({ RoleName: "publish" }))).Role !== undefined,
    },
    {
      service: "ecr",
      action: "CreateRepository",
      write: (aws: Running) => aws.ecr.send(new CreateRepositoryCommand({ repositoryName: "acme/api" })),
      happened: async (aws: Running) =>
        (await aws.ecr.send(new DescribeRepositoriesCommand({}))).repositories?.length === 1,
    },
    {
      service: "dynamodb",
      action: "CreateTable",
      write: (aws: Running) => aws.dynamodb.send(createTable),
      happened: async (aws: Running) =>
        (await aws.dynamodb.send(new ListTablesCommand({}))).TableNames?.length === 1,
    },
  ];

  const once = (phase: FaultPoint["phase"], action: string, fault: Fault) => {
    const points: FaultPoint[] = [];
    const hook = (point: FaultPoint) => {
      points.push(point);
      return point.action === action && point.phase === phase ? fault : undefined;
    };
    return { points, hook };
  };

  describe.each(writes)("$service", ({ service, action, write, happened }) => {
    test("an error before the effect prevents the write, and the SDK can read the error", async () => {
      const { hook, points } = once("before", action, throttled);
      const aws = await started({ fault: hook });
      expect(await refused(write(aws))).toMatchObject({
        name: "ThrottlingException",
        status: 400,
        message: "Rate exceeded",
      });
      expect(points).toMatchObject([{ service, action, phase: "before" }]);
      expect(aws.calls).toMatchObject([{ service, action, status: 400, errorCode: "ThrottlingException" }]);
      expect(await happened(aws).catch(() => false)).toBe(false);
    });

    test("an error after the effect leaves the write done, and the caller sees a failure", async () => {
      const { hook, points } = once("after", action, { ...throttled, status: 500, code: "ServiceFailure" });
      const aws = await started({ fault: hook });
      expect(await refused(write(aws))).toMatchObject({ status: 500 });
      expect(points.map(({ phase }) => phase)).toEqual(["before", "after"]);
      expect(await happened(aws)).toBe(true);
    });

    test("a drop after the effect leaves the write done, and the caller gets no answer", async () => {
      const { hook } = once("after", action, { kind: "drop" });
      const aws = await started({ fault: hook });
      expect(await refused(write(aws))).toMatchObject({ status: 0 });
      expect(aws.calls).toMatchObject([{ service, action, status: 0, errorCode: "ConnectionDropped" }]);
      expect(await happened(aws)).toBe(true);
    });

    test("a drop before the effect prevents the write", async () => {
      const { hook } = once("before", action, { kind: "drop" });
      const aws = await started({ fault: hook });
      expect(await refused(write(aws))).toMatchObject({ status: 0 });
      expect(await happened(aws).catch(() => false)).toBe(false);
    });

    test("with latency the answer is late, but right", async () => {
      const { hook } = once("before", action, { kind: "latency", ms: 60 });
      const aws = await started({ fault: hook });
      const begun = performance.now();
      await write(aws);
      expect(performance.now() - begun).toBeGreaterThanOrEqual(55);
      expect(await happened(aws)).toBe(true);
    });
  });

  test("the SDK retries a throttled call on its own", async () => {
    let left = 2;
    const aws = await started({
      fault: ({ phase }) => {
        if (phase === "after" || left === 0) return undefined;
        left -= 1;
        return { kind: "error", status: 400, code: "Throttling", message: "Rate exceeded" };
      },
    });
    const client = new IAMClient({
      endpoint: aws.url,
      region: "eu-central-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      maxAttempts: 3,
    });
    await client.send(createRole());
    expect(aws.calls.map(({ status }) => status)).toEqual([400, 400, 200]);
  });

  test("a fault hook sees the request", async () => {
    const { hook, points } = once("before", "nothing", throttled);
    const aws = await started({ fault: hook });
    await aws.iam.send(createRole());
    const PolicyDocument = identity("ecr:*");
    await aws.iam.send(new PutRolePolicyCommand({ RoleName: "publish", PolicyName: "p", PolicyDocument }));
    expect(points.at(-1)).toEqual({
      service: "iam",
      action: "PutRolePolicy",
      request: { RoleName: "publish", PolicyName: "p", PolicyDocument },
      region: "eu-central-1",
      accessKeyId: "test",
      phase: "after",
    });
  });

  test("a held call continues when it is released, and others pass it meanwhile", async () => {
    let letGo = () => {};
    const until = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const { hook } = once("before", "CreateRole", { kind: "hold", until });
    const aws = await started({ fault: hook });
    const held = aws.iam.send(createRole());
    await aws.iam.send(new ListRolesCommand({}));
    expect(aws.calls.map(({ action }) => action)).toEqual(["ListRoles"]);
    letGo();
    await held;
    expect(aws.calls.map(({ action }) => action)).toEqual(["ListRoles", "CreateRole"]);
  });

  test("closing the server ends the calls that wait", async () => {
    const aws = await start({ fault: () => ({ kind: "latency", ms: 60_000 }) });
    const call = refused(aws.iam.send(createRole()));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await aws.close();
    expect(await call).toMatchObject({ status: 0 });
  });
});
