/**
 * Measures a GET through the packaged Lambda handler. The floor is Hono's adapter with one GetItem. Both run on
 * Lambda's version of Node against the same stubbed HTTP server.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BatchGetItemCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { bundle, bundleFloor } from "../scripts/bundle.ts";
import { event } from "../test/package/events.ts";
import { node24 } from "../test/package/node24.ts";
import { median, type Row } from "./measure.ts";
import type { World } from "./world.ts";

const REQUESTS = 400;

/** @param rounds the number of rounds; each sends 400 requests to both handlers in turn */
export async function benchHandler(world: World, repo: string, rounds: number): Promise<Row[]> {
  const TableName = world.services.config.table;
  // Record the table's answer once and replay it, so that the table's own time is not measured.
  const Keys = [
    { pk: { S: `REPO#acme/${repo}` }, sk: { S: "ROLE#publish" } },
    { pk: { S: `ECR#123456789012/eu-central-1/acme/${repo}` }, sk: { S: "REPOSITORY" } },
  ];
  const dynamodb = new DynamoDBClient({});
  const { Responses } = await dynamodb.send(
    new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys } } }),
  );
  const Items = Responses?.[TableName] ?? [];
  const asked = {
    answers: {
      BatchGetItem: JSON.stringify({ Responses: { [TableName]: Items }, UnprocessedKeys: {} }),
      GetItem: JSON.stringify({ Item: Items.find(({ pk }) => pk?.S?.startsWith("REPO#")) }),
    },
    event: event("GET", `/v1/repos/acme/${repo}/roles/publish`),
    rounds,
    requests: REQUESTS,
  };
  const directory = mkdtempSync(join(tmpdir(), "rolecall-bench-"));
  try {
    writeFileSync(join(directory, "asked.json"), JSON.stringify(asked));
    await bundle([pathOf("../handlers/api.ts")], directory);
    await bundleFloor(pathOf("handler-floor.ts"), directory);
    const times = await inProcess(directory, world.services.config);
    const rate = (which: number) => (REQUESTS * 1000) / median(times.map((round) => round[which] ?? 0));
    return [
      {
        what: "GET of a registration through the Lambda handler, Node 24",
        ours: rate(0),
        floor: rate(1),
        unit: "a second",
        target: { least: 1 },
      },
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** Returns how many milliseconds the requests of each handler took, by round. */
async function inProcess(
  directory: string,
  { table, boundaryArn }: World["services"]["config"],
): Promise<number[][]> {
  const files = ["api.mjs", "handler-floor.mjs", "asked.json"].map((file) => join(directory, file));
  const child = fork(pathOf("handler-process.ts"), files, {
    execPath: node24(),
    execArgv: [],
    env: {
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      ROLECALL_OWNERS: "acme",
      ROLECALL_SELF_AUDIENCE: "https://rolecall.example.com",
      ROLECALL_TABLE: table,
      ROLECALL_BOUNDARY_ARN: boundaryArn,
      POWERTOOLS_LOG_LEVEL: "SILENT",
    },
  });
  const exited = once(child, "exit");
  const [times] = await Promise.race([once(child, "message"), exited.then(() => [undefined])]);
  if (times === undefined) throw new Error("The process that runs the handlers ended without a result");
  await exited;
  return times;
}
