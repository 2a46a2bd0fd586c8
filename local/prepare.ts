import { readFile } from "node:fs/promises";
import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  paginateScan,
  ResourceInUseException,
  type WriteRequest,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from "@aws-sdk/client-dynamodb";
import {
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyVersionCommand,
  EntityAlreadyExistsException,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { ConfigError } from "../src/config.ts";
import { boundaryFault, boundaryPolicy, type Profiles } from "../src/desired/profiles.ts";
import { inChunks } from "../src/lib/parallel.ts";
import type { PolicyDocument } from "../src/policy/document.ts";

/**
 * Creates in an emulator what a deployment's template creates in AWS: the table, and the permissions boundary with
 * the statements of the profiles. The items of an existing table stay; an existing boundary is updated. Returns the boundary's
 * ARN.
 * @throws ConfigError if IAM would refuse the boundary
 */
export async function prepare(region: string, table: string, profiles: Profiles): Promise<string> {
  const sts = new STSClient({ region });
  const { Arn = "" } = await sts.send(new GetCallerIdentityCommand({}));
  const [, partition = "", , , account = ""] = Arn.split(":");
  const arn = `arn:${partition}:iam::${account}:policy${BOUNDARY.path}${BOUNDARY.name}`;
  const base: PolicyDocument = JSON.parse(
    await readFile(new URL("../deploy/boundary.json", import.meta.url), "utf8"),
  );
  const boundary = boundaryPolicy(base, profiles, { partition, account });
  const fault = boundaryFault(boundary);
  if (fault !== undefined) throw new ConfigError(fault);
  await Promise.all([makeTable(region, table), makeBoundary(region, arn, JSON.stringify(boundary))]);
  return arn;
}

const BOUNDARY = { path: "/rolecall/", name: "rolecall-boundary" };

/** The table, as in deploy/table.yml, without the settings that an emulator does not need. */
const tableOf = (TableName: string) =>
  ({
    TableName,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: ["pk", "sk", "listPk", "listSk", "account"].map((AttributeName) => ({
      AttributeName,
      AttributeType: "S",
    })),
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      { AttributeName: "sk", KeyType: "RANGE" },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: "list",
        KeySchema: [
          { AttributeName: "listPk", KeyType: "HASH" },
          { AttributeName: "listSk", KeyType: "RANGE" },
        ],
        Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["status", "drift", "summary"] },
      },
      {
        IndexName: "account",
        KeySchema: [
          { AttributeName: "account", KeyType: "HASH" },
          { AttributeName: "listSk", KeyType: "RANGE" },
        ],
        Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["summary"] },
      },
    ],
  }) satisfies CreateTableCommandInput;

const WAIT = { maxWaitTime: 30, minDelay: 1, maxDelay: 1 };

/** Creates the table if it does not exist. If an earlier version created it, adds the indexes that it lacks. */
export async function makeTable(region: string, table: string): Promise<void> {
  const client = new DynamoDBClient({ region });
  try {
    await createTable(client, table);
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
    if (await lacksIndex(client, table)) await replaceTable(client, table);
  }
  await waitUntilTableExists({ client, ...WAIT }, { TableName: table });
  client.destroy();
}

async function createTable(client: DynamoDBClient, table: string): Promise<void> {
  await client.send(new CreateTableCommand(tableOf(table)));
}

async function lacksIndex(client: DynamoDBClient, TableName: string): Promise<boolean> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  const known = new Set(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName));
  return tableOf(TableName).GlobalSecondaryIndexes.some(({ IndexName }) => !known.has(IndexName));
}

/** The number of items that one call writes. */
const WRITTEN = 25;

/** Creates the table again, with the same items. The embedded AWS cannot add an index to a table. */
async function replaceTable(client: DynamoDBClient, TableName: string): Promise<void> {
  const items: Record<string, AttributeValue>[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName, ConsistentRead: true }))
    items.push(...Items);
  await client.send(new DeleteTableCommand({ TableName }));
  await waitUntilTableNotExists({ client, ...WAIT }, { TableName });
  await createTable(client, TableName);
  await waitUntilTableExists({ client, ...WAIT }, { TableName });
  for (const chunk of inChunks(items, WRITTEN)) {
    let left: WriteRequest[] = chunk.map((Item) => ({ PutRequest: { Item } }));
    while (left.length > 0) {
      const write = new BatchWriteItemCommand({ RequestItems: { [TableName]: left } });
      left = (await client.send(write)).UnprocessedItems?.[TableName] ?? [];
    }
  }
}

async function makeBoundary(region: string, PolicyArn: string, PolicyDocument: string): Promise<void> {
  const client = new IAMClient({ region });
  try {
    await client.send(
      new CreatePolicyCommand({ PolicyName: BOUNDARY.name, Path: BOUNDARY.path, PolicyDocument }),
    );
  } catch (error) {
    if (!(error instanceof EntityAlreadyExistsException)) throw error;
    await changePolicy(client, PolicyArn, PolicyDocument);
  }
  client.destroy();
}

/** Updates the boundary of an earlier run. It deletes the old version, because IAM keeps at most five. */
export async function changePolicy(
  client: IAMClient,
  PolicyArn: string,
  PolicyDocument: string,
): Promise<void> {
  const { Policy } = await client.send(new GetPolicyCommand({ PolicyArn }));
  const VersionId = Policy?.DefaultVersionId;
  const { PolicyVersion } = await client.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
  if (decodeURIComponent(PolicyVersion?.Document ?? "") === PolicyDocument) return;
  await client.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: true }));
  await client.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
}
