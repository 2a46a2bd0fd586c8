import { readFile } from "node:fs/promises";
import {
  CreateTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { CreatePolicyCommand, EntityAlreadyExistsException, IAMClient } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

/**
 * Makes in an emulator what a deployment's template makes in AWS: the table and the permissions boundary, where
 * they are missing. Answers the boundary's ARN.
 */
export async function prepare(region: string, table: string): Promise<string> {
  const sts = new STSClient({ region });
  const { Arn = "" } = await sts.send(new GetCallerIdentityCommand({}));
  const [, partition, , , account] = Arn.split(":");
  await Promise.all([makeTable(region, table), makeBoundary(region)]);
  return `arn:${partition}:iam::${account}:policy${BOUNDARY.path}${BOUNDARY.name}`;
}

const BOUNDARY = { path: "/rolecall/", name: "rolecall-boundary" };

/** Makes the table, unless it is there. */
export async function makeTable(region: string, table: string): Promise<void> {
  const client = new DynamoDBClient({ region });
  try {
    await client.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: ["pk", "sk", "listPk", "listSk"].map((AttributeName) => ({
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
        ],
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { TableName: table });
  client.destroy();
}

async function makeBoundary(region: string): Promise<void> {
  const client = new IAMClient({ region });
  try {
    const PolicyDocument = await readFile(new URL("../deploy/boundary.json", import.meta.url), "utf8");
    await client.send(
      new CreatePolicyCommand({ PolicyName: BOUNDARY.name, Path: BOUNDARY.path, PolicyDocument }),
    );
  } catch (error) {
    if (!(error instanceof EntityAlreadyExistsException)) throw error;
  }
  client.destroy();
}
