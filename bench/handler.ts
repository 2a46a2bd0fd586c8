/** A GET through the Lambda handler beside Hono's adapter with one GetItem, on the same stubbed wire. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { BatchGetItemCommand, DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { Hono } from "hono";
import { handle } from "hono/aws-lambda";
import { event } from "../test/package/events.ts";
import { median, type Row, timed } from "./measure.ts";
import type { World } from "./world.ts";

const REQUESTS = 400;

/** @param rounds of 400 requests each, of both kinds in turn */
export async function benchHandler(world: World, repo: string, rounds: number): Promise<Row[]> {
  const TableName = world.services.config.table;
  const path = `/v1/repos/acme/${repo}/roles/publish`;
  // What the table answers, once asked and then told again: the wire, without what is behind it.
  const keys = [
    { pk: { S: `REPO#acme/${repo}` }, sk: { S: "ROLE#publish" } },
    { pk: { S: `NAMESPACE#acme/${repo}` }, sk: { S: "CLAIM" } },
    { pk: { S: `ECR#123456789012/eu-central-1/acme/${repo}` }, sk: { S: "REPOSITORY" } },
  ];
  const dynamodb = new DynamoDBClient({});
  const all = await dynamodb.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: keys } } }));
  const rows = all.Responses?.[TableName] ?? [];
  const [row] = rows.filter(({ pk }) => pk?.S?.startsWith("REPO#"));
  const answers: Record<string, string> = {
    BatchGetItem: JSON.stringify({ Responses: { [TableName]: rows }, UnprocessedKeys: {} }),
    GetItem: JSON.stringify({ Item: row }),
  };
  const stub = createServer((request, response) => {
    request.resume().on("end", () => {
      const [, action = ""] = String(request.headers["x-amz-target"]).split(".");
      response.writeHead(200, { "content-type": "application/x-amz-json-1.0" }).end(answers[action] ?? "{}");
    });
  });
  await new Promise<void>((resolve) => stub.listen(0, "127.0.0.1", resolve));
  const { port } = stub.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;

  process.env["AWS_ENDPOINT_URL_DYNAMODB"] = endpoint;
  Object.assign(process.env, {
    ROLECALL_OWNERS: "acme",
    ROLECALL_TABLE: TableName,
    ROLECALL_BOUNDARY_ARN: world.services.config.boundaryArn,
    POWERTOOLS_LOG_LEVEL: "SILENT",
  });
  const { handler: ours } = await import("../handlers/api.ts");
  const client = new DynamoDBClient({ endpoint });
  const app = new Hono();
  app.get("/v1/repos/:owner/:repo/roles/:role", async (c) => {
    const { Item } = await client.send(
      new GetItemCommand({ TableName, Key: keys[0] ?? {}, ConsistentRead: true }),
    );
    return c.json(JSON.parse(Item?.["document"]?.S ?? "{}"));
  });
  const floor = handle(app);
  type Handler = ReturnType<typeof handle>;
  const asked: Parameters<Handler>[0] = JSON.parse(JSON.stringify(event("GET", path)));
  const context: NonNullable<Parameters<Handler>[1]> = Object({
    getRemainingTimeInMillis: () => 29_000,
    awsRequestId: "x",
  });
  const one = async (handler: Handler) => {
    const answer = await handler(asked, context);
    if (answer.statusCode !== 200) throw new Error(JSON.stringify(answer).slice(0, 300));
  };
  const many = async (handler: Handler) => {
    for (let request = 0; request < REQUESTS; request++) await one(handler);
  };
  const times: Record<"ours" | "floor", number[]> = { ours: [], floor: [] };
  for (let round = -1; round < rounds; round++) {
    const [a, b] = [await timed(() => many(ours)), await timed(() => many(floor))];
    if (round < 0) continue;
    times.ours.push(a);
    times.floor.push(b);
  }
  delete process.env["AWS_ENDPOINT_URL_DYNAMODB"];
  stub.close();
  stub.closeAllConnections();
  const rate = (milliseconds: number) => (REQUESTS * 1000) / milliseconds;
  return [
    {
      what: "GET of a registration through the Lambda handler",
      ours: rate(median(times.ours)),
      floor: rate(median(times.floor)),
      unit: "a second",
      target: { least: 0.8 },
    },
  ];
}
