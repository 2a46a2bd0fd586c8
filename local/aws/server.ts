/**
 * The embedded AWS: IAM, STS, ECR, DynamoDB, EventBridge, SQS and CloudTrail on one port. It speaks AWS's protocols and is
 * as strict as AWS. The SDKs and the aws CLI use it if `AWS_ENDPOINT_URL` has its URL. It refuses unsigned requests, but does
 * not verify signatures.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { JSONWebKeySet } from "jose";
import { partitionOf } from "./account.ts";
import { openAccounts } from "./accounts.ts";
import { type Answering, answer } from "./answer.ts";
import type { RecordedCall } from "./calls.ts";
import { cloudTrailEndpoint } from "./cloudtrail/service.ts";
import type { Trail } from "./cloudtrail/trail.ts";
import { startDynamoDb } from "./dynamodb.ts";
import { ecrEndpoint } from "./ecr/service.ts";
import { eventsEndpoint } from "./events/service.ts";
import type { PutEvent } from "./events/state.ts";
import type { FaultHook } from "./fault.ts";
import { readRequest, requestOf, send } from "./http.ts";
import { iamEndpoint } from "./iam/service.ts";
import { type Answer, listening } from "./in-process.ts";

import { lockDirectory } from "./lock.ts";
import { checkPermission } from "./permissions.ts";
import { defaultQuotas, type Quotas } from "./quotas.ts";
import { type Part, takeSnapshot } from "./snapshot.ts";
import { sqsEndpoint } from "./sqs/service.ts";
import type { DeliveryHook } from "./sqs/state.ts";
import { stsEndpoint } from "./sts/service.ts";
import type { Session } from "./sts/state.ts";

export type { RecordedCall } from "./calls.ts";
export type { PutEvent } from "./events/state.ts";
export type { Fault, FaultHook, FaultPoint, ServiceName } from "./fault.ts";
export type { Quotas } from "./quotas.ts";

export type EmbeddedAws = {
  url: string;
  close(): Promise<void>;
  /** Returns a function that puts a part of the state back to the present one. */
  snapshot(part: Part): () => void;
  /** The last 10,000 calls, in the order of their answers. */
  calls: RecordedCall[];
  /** The last 1,000 events that EventBridge accepted. */
  events: PutEvent[];
  /** The sessions that STS has opened, by access key id. */
  sessions: ReadonlyMap<string, Session>;
  /** Gives an account the IAM and ECR of another one, with its own id in place of the other's. */
  copyAccount(from: string, to: string): void;
};

export type EmbeddedAwsOptions = {
  /** By default a free port. */
  port?: number;
  /** The folder in which the state is stored. By default it is in memory. */
  directory?: string;
  accountId?: string;
  /**
   * The users of the home account who stand for the roles of the hub's functions. By default those of tests and of
   * `npm start`.
   */
  hubUsers?: readonly string[];
  /** The organisation of every account. By default there is none. */
  organization?: string;
  /** The region of requests that name none. By default eu-central-1. */
  region?: string;
  /** By default the partition of the region. */
  partition?: string;
  quotas?: Partial<Quotas>;
  /** Returns the keys that an issuer publishes. STS verifies tokens with them. */
  githubKeys?: (issuer: string) => Promise<JSONWebKeySet>;
  now?: () => number;
  fault?: FaultHook;
  /** Makes SQS deliver a message twice, late or never. By default it delivers each message once, and at once. */
  delivery?: DeliveryHook;
  /**
   * True if IAM demands a condition on the claims that GitHub's issuer needs, as it does since 2025. Roles that were
   * created before 2025 were never checked: while this returns false, such a role can be created. By default true.
   */
  identityProviderControls?: () => boolean;
  /** Returns the time after which CloudTrail shows a call, in milliseconds. By default 0. On AWS it is minutes. */
  trailDelayMs?: () => number;
};

/** The path of the roles of the hub's functions, as in deploy/roles.yml. */
const HUB_PATH = "/rolecall-hub/";

const noKeys = () => Promise.reject(new Error("no issuer's keys are known"));

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
  const setting = { quotas: { ...defaultQuotas, ...options.quotas }, now: () => new Date(clock()) };
  const dynamodb = await startDynamoDb(options.directory, account);

  const closing = new AbortController();
  const calls: RecordedCall[] = [];
  const events: PutEvent[] = [];
  const sessions = new Map<string, Session>();
  const accounts = openAccounts(
    account,
    options.directory,
    {
      ...setting,
      identityProviderControls: options.identityProviderControls ?? (() => true),
      delivery: options.delivery,
    },
    sessions,
  );
  const trail: Trail = {
    account,
    now: setting.now,
    events: [],
    eventsAbout: new Map(),
    sessions,
    delayMs: options.trailDelayMs ?? (() => 0),
  };
  const answering: Answering = {
    endpoints: {
      iam: iamEndpoint(accounts),
      sts: stsEndpoint({ sessions, keysOf: options.githubKeys ?? noKeys }, accounts, account.id, {
        rolePath: HUB_PATH,
        organization: options.organization,
        users: options.hubUsers ?? ["local", "rolecall"],
      }),
      ecr: ecrEndpoint(accounts),
      dynamodb: dynamodb.endpoint,
      events: eventsEndpoint({ events, now: setting.now }),
      cloudtrail: cloudTrailEndpoint(trail),
      sqs: sqsEndpoint(accounts, sessions),
    },
    calls,
    trail,
    authorize: (call, http) => checkPermission(call, http, accounts, sessions),
    fault: options.fault,
    closing: closing.signal,
  };
  const answerOrDrop: Answer = async (received, hungUp) => {
    if (closing.signal.aborted) return undefined;
    try {
      const reply = await answer(requestOf(received, hungUp), answering);
      return closing.signal.aborted ? undefined : reply;
    } catch (error) {
      if (!closing.signal.aborted) console.error(error);
      return undefined;
    }
  };
  const server = createServer(async (incoming, outgoing) => {
    const hungUp = new AbortController();
    outgoing.once("close", () => {
      if (!outgoing.writableFinished) hungUp.abort();
    });
    const received = await readRequest(incoming);
    const reply = received && (await answerOrDrop(received, hungUp.signal));
    if (reply === undefined) incoming.socket.destroy();
    else send(outgoing, reply);
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
  const { port } = address;
  listening.set(port, answerOrDrop);

  return {
    url: `http://127.0.0.1:${port}`,
    snapshot: (part) => takeSnapshot({ accounts, trail, events }, part),
    calls,
    events,
    sessions,
    copyAccount: accounts.copy,
    async close() {
      closing.abort();
      listening.delete(port);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      await dynamodb.close();
      unlock();
    },
  };
}
