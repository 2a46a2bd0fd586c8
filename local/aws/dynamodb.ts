/**
 * DynamoDB is dynalite in this process. Requests pass through this file, so that they are recorded and can fail like
 * those to every other service.
 */
import { EventEmitter, once } from "node:events";
import { mkdirSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import dynalite from "dynalite";
import type { Account } from "./account.ts";
import type { Endpoint, HttpRequest, Reply } from "./endpoint.ts";
import { transactWriteItems, turns } from "./transaction.ts";
import { jsonError, parseJson, targetOf } from "./wire/json.ts";

export type DynamoDb = { endpoint: Endpoint; close(): Promise<void> };

export async function startDynamoDb(directory: string | undefined, account: Account): Promise<DynamoDb> {
  const path = directory === undefined ? undefined : join(directory, "dynamodb");
  if (path !== undefined) mkdirSync(path, { recursive: true });
  const immediately = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };
  const server = dynalite(path === undefined ? immediately : { ...immediately, path });
  // The server must listen although nobody connects to it: only a listening server closes its database when it is
  // closed.
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  const { together, alone } = turns();
  const sendAs = (http: HttpRequest) => (action: string, input: object) =>
    handOver(
      {
        ...http,
        headers: { ...http.headers, "x-amz-target": `DynamoDB_20120810.${action}` },
        body: Buffer.from(JSON.stringify(input)),
      },
      server,
    );
  const endpoint: Endpoint = {
    service: "dynamodb",
    read: (http) => ({ action: targetOf(http), request: parseJson(http.body) ?? {} }),
    perform: async ({ action, request }, http) =>
      action === "TransactWriteItems"
        ? alone(() => transactWriteItems(request, sendAs(http)))
        : ownArns(await together(() => handOver(http, server)), account),
    renderError: jsonError("application/x-amz-json-1.0", "com.amazonaws.dynamodb.v20120810#"),
  };
  return {
    endpoint,
    close: () =>
      new Promise<void>((resolve, reject) =>
        server.close((error) => (error == null ? resolve() : reject(error))),
      ),
  };
}

/** Gives a request to the server's handler as Node's HTTP parser would, without a connection. */
function handOver({ method, path, headers, body }: HttpRequest, server: Server): Promise<Reply> {
  return new Promise((resolve) => {
    const incoming = Object.assign(new EventEmitter(), { method, url: path, headers });
    const answered: Record<string, string> = {};
    const outgoing = {
      statusCode: 200,
      setHeader(name: string, value: unknown) {
        // Skip the headers that belong to a connection.
        if (!/^(content-length|transfer-encoding)$/i.test(name)) answered[name.toLowerCase()] = String(value);
      },
      end: (text = "") => resolve(replyOf(outgoing.statusCode, answered, text)),
    };
    server.emit("request", incoming, outgoing);
    if (body.length > 0) incoming.emit("data", body);
    incoming.emit("end");
  });
}

function replyOf(status: number, headers: Record<string, string>, body: string): Reply {
  const type = status < 400 ? undefined : parseJson(Buffer.from(body))?.["__type"];
  return {
    status,
    headers,
    body,
    ...(typeof type === "string" ? { errorCode: type.slice(type.indexOf("#") + 1) } : {}),
  };
}

/** Replaces the ARNs of an answer: dynalite takes the account and region from its own environment. */
function ownArns(reply: Reply, { partition, region, id }: Account): Reply {
  const text = reply.body.toString();
  const own = text.replace(
    /"arn:aws:dynamodb:[a-z0-9-]+:\d+:table\//g,
    `"arn:${partition}:dynamodb:${region}:${id}:table/`,
  );
  if (own === text) return reply;
  return { ...reply, body: own, headers: { ...reply.headers, "x-amz-crc32": String(crc32(own)) } };
}
