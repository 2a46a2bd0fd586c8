/**
 * The embedded AWS: IAM, STS, ECR and DynamoDB on one port, in the protocols that AWS speaks, as strict as it is.
 * `AWS_ENDPOINT_URL` set to its URL serves the SDKs and the aws CLI. Signatures are not verified; their absence is.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { JSONWebKeySet } from "jose";
import { partitionOf } from "./account.ts";
import { type RecordedCall, record } from "./calls.ts";
import { startDynamoDb } from "./dynamodb.ts";
import { ecrEndpoint } from "./ecr/service.ts";
import { openEcr } from "./ecr/state.ts";
import type { Endpoint, HttpRequest, Reply } from "./endpoint.ts";
import { AwsError } from "./errors.ts";
import { Dropped, type FaultHook, type ServiceName, suffer } from "./fault.ts";
import { iamEndpoint, iamVersion } from "./iam/service.ts";
import { openIam } from "./iam/state.ts";
import { lockDirectory } from "./lock.ts";
import { defaultQuotas, type Quotas } from "./quotas.ts";
import { stsEndpoint, stsVersion } from "./sts.ts";

export type { RecordedCall } from "./calls.ts";
export type { Fault, FaultHook, FaultPoint, ServiceName } from "./fault.ts";
export type { Quotas } from "./quotas.ts";

export type EmbeddedAws = {
  url: string;
  close(): Promise<void>;
  /** The last 10,000 calls, in the order of their answers. */
  calls: RecordedCall[];
};

export type EmbeddedAwsOptions = {
  /** A free one without it. */
  port?: number;
  /** Where the state is kept; in memory without it. */
  directory?: string;
  accountId?: string;
  /** The region of requests that name none. */
  region?: string;
  /** That of the region without it. */
  partition?: string;
  quotas?: Partial<Quotas>;
  /** The keys that an issuer publishes, for tokens that are exchanged for credentials. */
  githubKeys?: (issuer: string) => Promise<JSONWebKeySet>;
  now?: () => number;
  fault?: FaultHook;
  /**
   * Whether IAM asks a trust policy for the claims that GitHub's issuer needs, as it does since 2025. Roles
   * from before were never asked: while this answers false, such a role can be made.
   */
  identityProviderControls?: () => boolean;
};

export async function startEmbeddedAws(options: EmbeddedAwsOptions = {}): Promise<EmbeddedAws> {
  const unlock = options.directory === undefined ? () => {} : lockDirectory(options.directory);
  try {
    return await started(options, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

async function started(options: EmbeddedAwsOptions, unlock: () => void): Promise<EmbeddedAws> {
  const region = options.region ?? "eu-central-1";
  const account = {
    id: options.accountId ?? "123456789012",
    region,
    partition: options.partition ?? partitionOf(region),
  };
  const clock = options.now ?? Date.now;
  const setting = { account, quotas: { ...defaultQuotas, ...options.quotas }, now: () => new Date(clock()) };
  const iam = openIam(options.directory, {
    ...setting,
    identityProviderControls: options.identityProviderControls ?? (() => true),
  });
  const dynamodb = await startDynamoDb(options.directory, account);
  const endpoints: Readonly<Record<ServiceName, Endpoint>> = {
    iam: iamEndpoint(iam),
    sts: stsEndpoint({ iam }),
    ecr: ecrEndpoint(openEcr(options.directory, setting)),
    dynamodb: dynamodb.endpoint,
  };

  const calls: RecordedCall[] = [];
  const closing = new AbortController();
  const server = createServer((incoming, outgoing) => {
    answer(incoming, endpoints, calls, options.fault, closing.signal).then(
      (reply) => (reply === undefined ? incoming.socket.destroy() : send(outgoing, reply)),
      (error: unknown) => {
        console.error(error);
        incoming.socket.destroy();
      },
    );
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (error) {
    await dynamodb.close();
    throw error;
  }
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the embedded AWS listens on no port");

  return {
    url: `http://127.0.0.1:${address.port}`,
    calls,
    async close() {
      closing.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      await dynamodb.close();
      unlock();
    },
  };
}

/** Undefined when the caller is to hear nothing. */
async function answer(
  incoming: IncomingMessage,
  endpoints: Readonly<Record<ServiceName, Endpoint>>,
  calls: RecordedCall[],
  fault: FaultHook | undefined,
  closing: AbortSignal,
): Promise<Reply | undefined> {
  const http = await readRequest(incoming);
  const service = serviceOf(http);
  if (service === undefined) return notOurs;
  const endpoint = endpoints[service];
  const { action, request } = endpoint.read(http);
  const point = { service, action, request };
  try {
    const reply = await performed();
    const { status, errorCode } = reply;
    record(calls, { ...point, status, ...(errorCode === undefined ? {} : { errorCode }) });
    return reply;
  } catch (error) {
    if (!(error instanceof Dropped)) throw error;
    record(calls, { ...point, status: 0, errorCode: "ConnectionDropped" });
    return undefined;
  }

  async function performed(): Promise<Reply> {
    try {
      await suffer(fault, { ...point, phase: "before" }, closing);
      const reply = await tried();
      await suffer(fault, { ...point, phase: "after" }, closing);
      return reply;
    } catch (error) {
      if (error instanceof AwsError) return endpoint.renderError(error);
      throw error;
    }
  }

  async function tried(): Promise<Reply> {
    try {
      return await endpoint.perform({ action, request }, http);
    } catch (error) {
      if (error instanceof AwsError) return endpoint.renderError(error);
      throw error;
    }
  }
}

const notOurs: Reply = {
  status: 404,
  headers: { "content-type": "text/xml" },
  body: "<UnknownOperationException/>\n",
};

async function readRequest(incoming: IncomingMessage): Promise<HttpRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const path = incoming.url ?? "/";
  return {
    method: incoming.method ?? "GET",
    path,
    query: new URL(path, "http://localhost").searchParams,
    headers: incoming.headers,
    body: Buffer.concat(chunks),
    scope: scopeOf(incoming.headers.authorization),
  };
}

/** `AWS4-HMAC-SHA256 Credential=AKID/20261123/eu-central-1/ecr/aws4_request, …` */
function scopeOf(authorization: string | undefined): HttpRequest["scope"] {
  const [, region, service] =
    /\bCredential=[^/,]+\/\d{8}\/([^/,]+)\/([^/,]+)\/aws4_request/.exec(authorization ?? "") ?? [];
  return region === undefined || service === undefined ? undefined : { region, service };
}

/** By the target of the JSON protocols, else by the signature's scope, else by the Query protocol's version. */
function serviceOf(http: HttpRequest): ServiceName | undefined {
  const target = http.headers["x-amz-target"];
  if (typeof target === "string") {
    if (/^DynamoDB_\d{8}\./.test(target)) return "dynamodb";
    if (target.startsWith("AmazonEC2ContainerRegistry_V20150921.")) return "ecr";
  }
  const scoped = http.scope?.service;
  if (scoped === "iam" || scoped === "sts" || scoped === "ecr" || scoped === "dynamodb") return scoped;
  const version = http.query.get("Version") ?? new URLSearchParams(http.body.toString()).get("Version");
  if (version === iamVersion) return "iam";
  if (version === stsVersion) return "sts";
  return undefined;
}

function send(outgoing: ServerResponse, { status, headers, body }: Reply): void {
  outgoing.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) }).end(body);
}
