/**
 * DynamoDB is dynalite, on a loopback port of its own: requests pass through, so that they are recorded and can
 * be made to fail like all others.
 */
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import dynalite from "dynalite";
import type { Account } from "./account.ts";
import type { Endpoint, HttpRequest, Reply } from "./endpoint.ts";
import { jsonError, parseJson, targetOf } from "./wire/json.ts";

export type DynamoDb = { endpoint: Endpoint; close(): Promise<void> };

export async function startDynamoDb(directory: string | undefined, account: Account): Promise<DynamoDb> {
  const path = directory === undefined ? undefined : join(directory, "dynamodb");
  if (path !== undefined) mkdirSync(path, { recursive: true });
  const immediately = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };
  const server = dynalite(path === undefined ? immediately : { ...immediately, path });
  // A connection that it ends as idle may be about to be used.
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("dynalite listens on no port");
  const { port } = address;
  const agent = new Agent({ keepAlive: true });

  const endpoint: Endpoint = {
    service: "dynamodb",
    read: (http) => ({ action: targetOf(http), request: parseJson(http.body) ?? {} }),
    perform: async (_, http) => ownArns(await forward(http, port, agent), account),
    renderError: jsonError("application/x-amz-json-1.0", "com.amazonaws.dynamodb.v20120810#"),
  };
  return {
    endpoint,
    async close() {
      agent.destroy();
      const closed = new Promise<void>((resolve, reject) =>
        server.close((error) => (error == null ? resolve() : reject(error))),
      );
      server.closeAllConnections();
      await closed;
    },
  };
}

async function forward(http: HttpRequest, port: number, agent: Agent): Promise<Reply> {
  const { connection: _, "transfer-encoding": __, ...headers } = http.headers;
  const outgoing = httpRequest({
    host: "127.0.0.1",
    port,
    agent,
    method: http.method,
    path: http.path,
    headers: { ...headers, "content-length": http.body.length },
  });
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once("response", resolve).once("error", reject);
    outgoing.end(http.body);
  });
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const status = incoming.statusCode ?? 500;
  const type = status < 400 ? undefined : parseJson(body)?.["__type"];
  return {
    status,
    headers: headersOf(incoming),
    body,
    ...(typeof type === "string" ? { errorCode: type.slice(type.indexOf("#") + 1) } : {}),
  };
}

function headersOf(incoming: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(incoming.headers).flatMap(([name, value]) =>
      typeof value === "string" &&
      !["connection", "keep-alive", "transfer-encoding", "content-length"].includes(name)
        ? [[name, value]]
        : [],
    ),
  );
}

/** dynalite takes account and region from its own environment; an answer names ours. */
function ownArns(reply: Reply, { partition, region, id }: Account): Reply {
  const text = reply.body.toString();
  const own = text.replace(
    /"arn:aws:dynamodb:[a-z0-9-]+:\d+:table\//g,
    `"arn:${partition}:dynamodb:${region}:${id}:table/`,
  );
  if (own === text) return reply;
  return { ...reply, body: own, headers: { ...reply.headers, "x-amz-crc32": String(crc32(own)) } };
}
