/** Reads requests and finds the service that they are for. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { HttpRequest, Reply } from "./endpoint.ts";
import type { ServiceName } from "./fault.ts";
import { iamVersion } from "./iam/service.ts";
import type { Received } from "./in-process.ts";
import { stsVersion } from "./sts/service.ts";

/** Reads a whole request. Returns undefined if the caller hung up before the end. */
export async function readRequest(incoming: IncomingMessage): Promise<Received | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of incoming) chunks.push(chunk);
  } catch {
    return undefined;
  }
  const { method = "GET", url = "/", headers } = incoming;
  return { method, path: url, headers, body: Buffer.concat(chunks) };
}

/** Reads the query and the scope of the signature. */
export const requestOf = (received: Received, hungUp: AbortSignal): HttpRequest => ({
  ...received,
  query: new URL(received.path, "http://localhost").searchParams,
  scope: scopeOf(received.headers.authorization),
  hungUp,
});

/** `AWS4-HMAC-SHA256 Credential=AKID/20261123/eu-central-1/ecr/aws4_request, …` */
function scopeOf(authorization: string | undefined): HttpRequest["scope"] {
  const [, accessKeyId, region, service] =
    /\bCredential=([^/,]+)\/\d{8}\/([^/,]+)\/([^/,]+)\/aws4_request/.exec(authorization ?? "") ?? [];
  return accessKeyId === undefined || region === undefined || service === undefined
    ? undefined
    : { accessKeyId, region, service };
}

const SERVICES: readonly ServiceName[] = ["iam", "sts", "ecr", "dynamodb", "events", "cloudtrail", "sqs"];

/**
 * Finds the service from the target of the JSON protocols. Without one it uses the scope of the signature, or else
 * the version of the Query protocol.
 */
export function serviceOf(http: HttpRequest): ServiceName | undefined {
  const target = http.headers["x-amz-target"];
  if (typeof target === "string") {
    if (/^DynamoDB_\d{8}\./.test(target)) return "dynamodb";
    if (target.startsWith("AmazonEC2ContainerRegistry_V20150921.")) return "ecr";
    if (target.startsWith("AWSEvents.")) return "events";
    if (target.startsWith("AmazonSQS.")) return "sqs";
    // The SDKs send the short form, and the aws CLI sends the long one.
    if (/^(com\.amazonaws\.cloudtrail\.v20131101\.)?CloudTrail_20131101\./.test(target)) return "cloudtrail";
  }
  const scoped = http.scope?.service;
  const known = SERVICES.find((service) => service === scoped);
  if (known !== undefined) return known;
  const version = http.query.get("Version") ?? new URLSearchParams(http.body.toString()).get("Version");
  if (version === iamVersion) return "iam";
  if (version === stsVersion) return "sts";
  return undefined;
}

export function send(outgoing: ServerResponse, { status, headers, body }: Reply): void {
  outgoing.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) }).end(body);
}
