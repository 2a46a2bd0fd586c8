/**
 * The floor of a job: a Lambda function that makes the same calls by hand, as concurrent as AWS and the order of the writes
 * permit, and compares nothing. Only who holds the lease enters the account, and the account's roles need the session. The registrations
 * are read after the roles, and the writes follow one another, so that a crash leaves no claim that is not true.
 */
import {
  type AttributeValue,
  BatchGetItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { DescribeRepositoriesCommand, ECRClient } from "@aws-sdk/client-ecr";
import {
  GetAccountAuthorizationDetailsCommand,
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  IAMClient,
  ListRolesCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { externalIdOf, memberRoleArn, memberRoleName } from "../src/desired/member.ts";

/** A job of the floor. */
export type FloorJob = {
  readonly rollCall: string;
  /** The sort key of the account's group. */
  readonly group: string;
  readonly account: string;
  /** The roll call and the parts of the answers that it got from GitHub. */
  readonly answersOf: string;
  readonly parts: readonly string[];
};

type Row = Record<string, AttributeValue>;

const TableName = process.env["ROLECALL_TABLE"] ?? "";
const region = process.env["AWS_REGION"] ?? "";
const [, partition = "", , , home = "", boundary = ""] = (process.env["ROLECALL_BOUNDARY_ARN"] ?? "").split(
  ":",
);
const [, path = ""] = boundary.split("/");
const hub = { account: home, partition, rolePath: `/${path}/` };
const dynamodb = new DynamoDBClient({});
const sts = new STSClient({});
/** All accounts share the connections. */
const { requestHandler } = dynamodb.config;

const keyOf = (pk: string, sk: string): Row => ({ pk: { S: pk }, sk: { S: sk } });
const get = (pk: string, sk: string) =>
  dynamodb.send(new GetItemCommand({ TableName, Key: keyOf(pk, sk), ConsistentRead: true }));
const getMany = (Keys: Row[]) =>
  dynamodb.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } }));
const put = (pk: string, sk: string, attributes: Row) =>
  dynamodb.send(new PutItemCommand({ TableName, Item: { ...keyOf(pk, sk), ...attributes } }));

export async function handler({ Records }: { Records: readonly { body: string }[] }): Promise<object> {
  for (const { body } of Records) await check(JSON.parse(body));
  return { batchItemFailures: [] };
}

async function check({ rollCall, group, account, answersOf, parts }: FloorJob): Promise<void> {
  const [pk, job] = [`ROLLCALL#${rollCall}`, `ACCOUNT#${account}`];
  await Promise.all([getMany([keyOf(pk, group), keyOf(pk, job)]), get("ACCOUNTS", account)]);
  const [{ Items = [] }, head, last] = await Promise.all([
    dynamodb.send(
      new QueryCommand({
        TableName,
        IndexName: "account",
        KeyConditionExpression: "account = :account",
        ExpressionAttributeValues: { ":account": { S: account } },
        ProjectionExpression: "listSk, summary",
        Limit: 1001,
      }),
    ),
    get(`AUDIT#${account}`, "HEAD"),
    get("CHECKED", job),
    put(pk, job, { document: { S: JSON.stringify({ account }) }, lease: { S: "floor" } }),
  ]);
  const { version } = JSON.parse(head.Item?.["document"]?.S ?? "{}");
  const [{ Credentials: given }] = await Promise.all([
    sts.send(
      new AssumeRoleCommand({
        RoleArn: memberRoleArn(hub, account, "reader"),
        ExternalId: externalIdOf(hub, account),
        RoleSessionName: "floor",
        DurationSeconds: 3600,
      }),
    ),
    get(`AUDIT#${account}`, `VERSION#${version}`),
    getMany(parts.map((part) => keyOf(`ROLLCALL#${answersOf}`, `GITHUB#${part}`))),
  ]);
  const credentials = {
    accessKeyId: given?.AccessKeyId ?? "",
    secretAccessKey: given?.SecretAccessKey ?? "",
    sessionToken: given?.SessionToken ?? "",
  };
  const iam = new IAMClient({ credentials, requestHandler });
  const ecr = new ECRClient({ credentials, requestHandler });
  await Promise.all([
    iam.send(new GetRoleCommand({ RoleName: memberRoleName(hub, "reader") })),
    iam.send(
      new GetAccountAuthorizationDetailsCommand({ Filter: ["Role", "LocalManagedPolicy"], MaxItems: 1000 }),
    ),
    iam.send(new ListRolesCommand({ PathPrefix: hub.rolePath, MaxItems: 1000 })),
    iam.send(
      new GetOpenIDConnectProviderCommand({
        OpenIDConnectProviderArn: `arn:${partition}:iam::${account}:oidc-provider/token.actions.githubusercontent.com`,
      }),
    ),
    ecr.send(new DescribeRepositoriesCommand({ maxResults: 1000 })),
  ]);
  const registered = Items.map((row) => JSON.parse(row["summary"]?.S ?? "{}"));
  const keys = registered.flatMap(({ owner, repo, role }) => [
    keyOf(`REPO#${owner}/${repo}`, `${job}#ROLE#${role}`),
    keyOf(`ECR#${account}/${region}/${owner}/${repo}`, "REPOSITORY"),
  ]);
  const batches = Array.from({ length: Math.ceil(keys.length / 100) }, (_, index) =>
    keys.slice(index * 100, (index + 1) * 100),
  );
  await Promise.all(batches.map(getMany));
  await put(`FLOOR#${rollCall}`, job, { document: last.Item?.["document"] ?? { S: "" } });
  const result = { account, counts: { checked: registered.length }, drifted: [], awsCalls: 5 };
  await put(pk, job, { document: { S: JSON.stringify(result) }, done: { BOOL: true } });
  await dynamodb.send(
    new UpdateItemCommand({
      TableName,
      Key: keyOf(pk, group),
      UpdateExpression: "ADD done :account SET savedAt = :at",
      ExpressionAttributeValues: { ":account": { SS: [account] }, ":at": { S: new Date().toISOString() } },
      ReturnValues: "ALL_NEW",
    }),
  );
}
