/** `npm start` with the data folder of an earlier version, whose table lacks an index. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from "@aws-sdk/client-dynamodb";
import { expect, onTestFinished, test } from "vitest";
import { type Local, startLocal } from "../../local/serve.ts";
import type { components } from "../../src/generated/contract.ts";

const TABLE = "rolecall";
const WAIT = { maxWaitTime: 30, minDelay: 1, maxDelay: 1 };
const MEMBER = "210987654321";
const quiet = { info: () => {}, warn: () => {}, error: () => {} };

const directory = await mkdtemp(join(tmpdir(), "rolecall-earlier-"));
/** Runs Rolecall on the data folder, as `npm start` does, while the work runs. */
async function started<T>(work: (local: Local) => Promise<T>): Promise<T> {
  const env = { ROLECALL_LOCAL_ACCOUNTS: MEMBER, ROLECALL_TABLE: TABLE };
  const local = await startLocal({ directory, log: quiet, env });
  try {
    return await work(local);
  } finally {
    await local.close();
  }
}
const put = async ({ url }: Local, path: string, body: object = {}) => {
  const headers = { "content-type": "application/json" };
  return (await fetch(`${url}${path}`, { method: "PUT", headers, body: JSON.stringify(body) })).status;
};
const namesAt = async ({ url }: Local, path: string): Promise<string[]> => {
  const answer = await fetch(`${url}${path}`);
  expect(answer.status, await answer.clone().text()).toBe(200);
  const { items }: { items: { repo: string }[] } = JSON.parse(await answer.text());
  return items.map(({ repo }) => repo);
};
/** Asks for a roll call. Returns the report. */
async function rollCall({ url }: Local): Promise<components["schemas"]["RollCall"]> {
  const { headers } = await fetch(`${url}/v1/roll-calls`, { method: "POST" });
  const read = async (): Promise<components["schemas"]["RollCall"]> =>
    JSON.parse(await (await fetch(`${url}${headers.get("location")}`)).text());
  await expect.poll(async () => (await read()).status, { timeout: 60_000 }).toBe("finished");
  return read();
}
const rows = async (dynamodb: DynamoDBClient) =>
  (await dynamodb.send(new ScanCommand({ TableName: TABLE }))).Items ?? [];

test("a table without the index of accounts gets it, keeps its items, and is left alone at the next start", async () => {
  onTestFinished(() => rm(directory, { recursive: true }));
  await started(async (local) => {
    for (let index = 0; index < 12; index++)
      expect(await put(local, `/v1/repos/acme/r-${index}/roles/publish`)).toBe(201);
    // Make the table again as the earlier version made it.
    const dynamodb = new DynamoDBClient({ region: local.services.clients.place.region });
    const items = await rows(dynamodb);
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: TABLE }));
    const [list] = Table?.GlobalSecondaryIndexes ?? [];
    await dynamodb.send(new DeleteTableCommand({ TableName: TABLE }));
    await waitUntilTableNotExists({ client: dynamodb, ...WAIT }, { TableName: TABLE });
    await dynamodb.send(
      new CreateTableCommand({
        TableName: TABLE,
        BillingMode: "PAY_PER_REQUEST",
        KeySchema: Table?.KeySchema,
        AttributeDefinitions: Table?.AttributeDefinitions?.filter(
          ({ AttributeName }) => AttributeName !== "account",
        ),
        GlobalSecondaryIndexes: [
          { IndexName: "list", KeySchema: list?.KeySchema, Projection: list?.Projection },
        ],
      }),
    );
    await waitUntilTableExists({ client: dynamodb, ...WAIT }, { TableName: TABLE });
    for (const Item of items) await dynamodb.send(new PutItemCommand({ TableName: TABLE, Item }));
    expect(items.length).toBeGreaterThan(25);
  });

  const before = await started(async (local) => {
    expect(await namesAt(local, "/v1/roles?limit=100")).toHaveLength(12);
    expect(await put(local, `/v1/accounts/${MEMBER}`, { name: "m", repositories: ["acme/*"] })).toBe(201);
    expect(await put(local, `/v1/accounts/${MEMBER}/repos/acme/api/roles/publish`)).toBe(201);
    expect(await namesAt(local, `/v1/roles?account=${MEMBER}`)).toEqual(["api"]);
    // The job of a member account reads the index.
    const { accounts } = await rollCall(local);
    expect(accounts).toMatchObject({ total: 2, checked: 2, failed: 0 });
    // The process removes the roll call from the open ones after it has stored the report.
    await expect.poll(() => local.services.registry.openRollCalls()).toEqual([]);
    return rows(new DynamoDBClient({ region: local.services.clients.place.region }));
  });

  await started(async (local) => {
    const changed = local.aws?.calls.filter(({ action }) => /^(DeleteTable|BatchWriteItem)$/.test(action));
    expect(changed).toEqual([]);
    expect(await rows(new DynamoDBClient({ region: local.services.clients.place.region }))).toEqual(before);
  });
}, 180_000);
