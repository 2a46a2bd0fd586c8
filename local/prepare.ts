import { readFile } from "node:fs/promises";
import {
  CreateTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
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
import type { PolicyDocument } from "../src/policy/document.ts";

/**
 * Creates in an emulator what a deployment's template creates in AWS: the table, and the permissions boundary with
 * the statements of the profiles. An existing table stays; an existing boundary is updated. Returns the boundary's
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

/** Creates the table if it does not exist. */
export async function makeTable(region: string, table: string): Promise<void> {
  const client = new DynamoDBClient({ region });
  try {
    await client.send(
      new CreateTableCommand({
        TableName: table,
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
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { TableName: table });
  client.destroy();
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
