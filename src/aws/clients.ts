/**
 * Creates the clients of AWS and sets the rules for every call: time-outs, retries, the lease that a write needs, and the
 * `AwsFault` that an error becomes. `trail.ts` and `jobs.ts` create
 * the clients that only the drift function has, by the same rules.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ECRClient } from "@aws-sdk/client-ecr";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { IAMClient } from "@aws-sdk/client-iam";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { HttpRequest } from "@smithy/core/protocols";
import { AdaptiveRetryStrategy, DefaultRateLimiter } from "@smithy/core/retry";
import { getSchemaSerdePlugin } from "@smithy/core/schema";
import type { Pluggable, RequestSigner } from "@smithy/types";
import type { Hub } from "../desired/member.ts";
import type { Place } from "../desired/names.ts";
import type { Lease } from "../lib/lease.ts";
import { openConnections } from "./connections.ts";
import { inTime } from "./deadline.ts";
import { type Answered, AwsFault, faultOf } from "./fault.ts";
import { type Pace, paced } from "./pace.ts";
import { openSessions, sessionCredentials, signedBy } from "./sessions.ts";
import { Sha256 } from "./sha256.ts";

/** The longest that one attempt may take, in milliseconds. */
const ATTEMPT_MS = 5_000;

const ATTEMPTS = 4;
/** Changes to AWS end this long before the deadline, to leave time for recording the result (milliseconds). */
const RECORD_MS = 3_000;
/** The lowest rate of a client, in calls per second. At a lower one, a throttled request would run out of time. */
const SLOWEST = { minFillRate: 4, minCapacity: 4 };

/** The settings of every client. */
export const SETTINGS = {
  maxAttempts: ATTEMPTS,
  sha256: Sha256,
  requestHandler: {
    connectionTimeout: 1_000,
    requestTimeout: ATTEMPT_MS,
    socketTimeout: ATTEMPT_MS,
    throwOnRequestTimeout: true,
  },
};

/**
 * The steps of the SDK to leave out. The log writes nowhere by default, but copies every request and answer. The user
 * agent's step builds the same text at each call.
 */
const LEFT_OUT = ["loggerMiddleware", "getUserAgentMiddleware"];

/** The user agent of every call. CloudTrail shows it. */
const USER_AGENT = "rolecall";

/** The clients that all accounts share. */
type Shared = ReturnType<typeof connectShared>;

/** The deployment that serves a member account, and the clients of the home account. */
type Member = { readonly hub: Hub; readonly home: Shared };

export type Clients = ReturnType<typeof connect>;

const leases = new AsyncLocalStorage<Lease>();

/** Runs work in which calls may write to AWS, while the lease is valid. */
export const underLease = <T>(lease: Lease, work: () => Promise<T>): Promise<T> => leases.run(lease, work);

/**
 * Creates the clients for the service's own region, and for ECR in any region. The SDK reads endpoints and credentials
 * from its environment.
 * @param place the account that the clients for IAM and ECR act in, and their region
 * @param pace the rate limit for IAM writes. Set it in processes that change many roles
 * @param member the deployment that serves the account, if the account is a member
 */
export function connect(place: Place, now: () => number, pace?: Pace, member?: Member) {
  const { region } = place;
  const settings = { ...SETTINGS, region };
  const { dynamodb, events } = member?.home ?? connectShared(region, now);
  const sts = new STSClient({ ...settings, retryStrategy: adaptive() });
  const sessions = member && openSessions(sts, member.hub, place.account, now);
  // The clients of a member account sign each call with one of its sessions. So their calls share no context.
  const signing = member === undefined ? { cacheMiddleware: true } : { credentials: sessionCredentials };
  const iam = new IAMClient({ ...settings, ...signing, retryStrategy: adaptive() });
  if (sessions !== undefined) iam.middlewareStack.use(signedBy(sessions, isRead));
  const calls = { count: 0 };
  for (const { middlewareStack } of [iam, sts]) middlewareStack.use(asRolecall());
  prepareForCalls(iam);
  if (pace !== undefined) iam.middlewareStack.use(writesPaced(paced(pace, now)));
  iam.middlewareStack.use(leaseGuard(now));
  iam.middlewareStack.use(counted(calls));
  iam.middlewareStack.use(inTime("iam", RECORD_MS, now, leaveUnsettled));
  sts.middlewareStack.use(inTime("sts", RECORD_MS, now));
  iam.middlewareStack.use(faults("iam"));
  sts.middlewareStack.use(faults("sts"));
  const connections = openConnections();
  connections.add(iam);
  connections.add(sts);
  const ecrs = new Map<string, ECRClient>();
  let identity: Promise<string> | undefined;
  /** Returns the ARN of these clients' caller. STS is asked once. */
  const callerArn = (): Promise<string> => {
    identity ??= sts.send(new GetCallerIdentityCommand({})).then(
      ({ Arn = "" }) => Arn,
      (error) => {
        identity = undefined; // Ask again after a failure.
        throw error;
      },
    );
    return identity;
  };
  const knownRoles: { used: number; limit: number; seenAt: number } = {
    used: 0,
    limit: 0,
    seenAt: Number.NEGATIVE_INFINITY,
  };

  return {
    /** The account, partition and region of these clients. */
    place,
    iam,
    /** The sessions in a member account; undefined for the home account, whose clients have the functions' credentials. */
    sessions,
    /** Returns the ECR client of a region. The first call creates it, with the same rules as for IAM. */
    ecr(of: string): ECRClient {
      const known = ecrs.get(of);
      if (known !== undefined) return known;
      const ecr = new ECRClient({ ...SETTINGS, ...signing, region: of, retryStrategy: adaptive() });
      if (sessions !== undefined) ecr.middlewareStack.use(signedBy(sessions, isRead));
      ecr.middlewareStack.use(asRolecall());
      prepareForCalls(ecr);
      ecr.middlewareStack.use(leaseGuard(now));
      ecr.middlewareStack.use(counted(calls));
      ecr.middlewareStack.use(inTime("ecr", RECORD_MS, now, leaveUnsettled));
      ecr.middlewareStack.use(faults("ecr"));
      connections.add(ecr);
      ecrs.set(of, ecr);
      return ecr;
    },
    dynamodb,
    events,
    /** The connections of these clients, beside those of the table and the event bus. */
    connections,
    /** The number of calls to IAM and ECR. A roll call reports it. */
    calls,
    /** Creates a client only on demand, because most deployments have no secret. */
    secrets() {
      const secrets = new SecretsManagerClient(settings);
      secrets.middlewareStack.use(asRolecall());
      return secrets;
    },
    /** The time when each provider was last seen, by ARN (milliseconds since 1970). */
    knownProviders: new Map<string, number>(),
    /** The account's number of roles and its limit, and the time when they were read (milliseconds since 1970). */
    knownRoles,
    callerArn,
  };
}

/** Creates the clients of the table and of the event bus, which are in the home account. */
function connectShared(region: string, now: () => number) {
  const settings = { ...SETTINGS, region };
  const events = new EventBridgeClient({ ...settings, retryStrategy: adaptive() });
  // Nobody else uses the table, and it scales with its load. So a throttled item is no reason to slow down all calls.
  const dynamodb = new DynamoDBClient({ ...settings, cacheMiddleware: true });
  // Let the SDK read its configuration files now and not on the first request. It reads them once in a process. The
  // first call reports errors in them.
  dynamodb.config.useFipsEndpoint().catch(() => {});
  prepareForCalls(dynamodb);
  dynamodb.middlewareStack.use(unleasedRules("dynamodb", now, 0));
  events.middlewareStack.use(unleasedRules("events", now, 0));
  return { dynamodb, events };
}

/**
 * Returns the rules for a client whose calls need no lease.
 * @param reserveMs ends the calls this long before the deadline
 */
export const unleasedRules = <I extends object, O extends object>(
  service: string,
  now: () => number,
  reserveMs = RECORD_MS,
): Pluggable<I, O> => ({
  applyToStack: (stack) => {
    stack.use(asRolecall());
    stack.use(inTime(service, reserveMs, now));
    stack.use(faults(service));
  },
});

/** Sends a client's calls with Rolecall's user agent, and without the steps to leave out. */
const asRolecall = <I extends object, O extends object>(): Pluggable<I, O> => ({
  applyToStack: (stack) => {
    for (const name of LEFT_OUT) stack.remove(name);
    stack.add(
      (next) => (args) => {
        if (HttpRequest.isInstance(args.request)) args.request.headers["user-agent"] = USER_AGENT;
        return next(args);
      },
      { step: "build", name: "userAgent" },
    );
  },
});

/**
 * Prepares a client for many calls. Keeps its signer: by default the SDK makes one at each call, although each signature asks
 * for the credentials anyway. Gives the steps that find the endpoint, serialize and deserialize a plain copy of the
 * client's configuration. Each of these steps copies the configuration, and V8 copies a plain object many times faster than
 * one with an accessor. All other steps keep the SDK's object, which also holds the offset of the clock. So change no
 * setting of a client after this call, except those that `send` reads.
 */
function prepareForCalls(client: {
  readonly config: Parameters<typeof getSchemaSerdePlugin>[0] & { signer: () => Promise<RequestSigner> };
  readonly middlewareStack: { use(plugin: ReturnType<typeof getSchemaSerdePlugin>): void };
}): void {
  const { config } = client;
  const make = config.signer;
  let signer: Promise<RequestSigner> | undefined;
  config.signer = () => (signer ??= make());
  const plain = { ...config };
  client.middlewareStack.use(getSchemaSerdePlugin(plain));
  Object.assign(client, { config: plain });
}

/** Tells whether a command only reads. */
const isRead = (commandName: string): boolean => /^(Get|List|Describe)/.test(commandName);

/** Records on the lease that a write may still take effect. Such a lease is not released but expires. */
function leaveUnsettled(commandName: string): void {
  const lease = leases.getStore();
  if (lease !== undefined && !isRead(commandName)) lease.unsettled = true;
}

/** Retries with growing random pauses, at a rate that falls when AWS throttles. Each client has its own rate. */
const adaptive = () => new AdaptiveRetryStrategy(ATTEMPTS, { rateLimiter: new DefaultRateLimiter(SLOWEST) });

/** Delays a client's writes, so that they keep the pace. */
function writesPaced<I extends object, O extends object>(next: () => Promise<void>): Pluggable<I, O> {
  return {
    applyToStack: (stack) =>
      stack.add(
        (handle, { commandName = "" }) =>
          async (args) => {
            if (!isRead(commandName)) await next();
            return handle(args);
          },
        { step: "finalizeRequest", priority: "normal", name: "writesPaced" },
      ),
  };
}

/**
 * Lets a write through only under a lease that outlives the attempt's time-out. If the outcome of an attempt is
 * unknown, the guard records that on the lease. The guard runs inside the SDK's retries, so it sees every attempt.
 */
function leaseGuard<I extends object, O extends object>(now: () => number): Pluggable<I, O> {
  return {
    applyToStack: (stack) =>
      stack.add(
        (next, { commandName = "" }) =>
          async (args) => {
            if (isRead(commandName)) return next(args);
            const lease = leases.getStore();
            if (lease === undefined) throw new Error(`${commandName} was sent without a lease`);
            if (lease.expiresAt - now() <= ATTEMPT_MS) {
              throw new AwsFault({ failure: "lease-lost", retryAfterSeconds: 1 }, "LeaseLost", undefined);
            }
            try {
              return await next(args);
            } catch (error) {
              if (!wasRefused(error)) lease.unsettled = true;
              throw error;
            }
          },
        { step: "finalizeRequest", priority: "low", name: "leaseGuard" },
      ),
  };
}

/** Tells whether AWS refused an attempt, so that the attempt cannot take effect later. */
function wasRefused(error: unknown): boolean {
  const { status } = answered(error);
  return status !== undefined && status < 500;
}

/** Returns the status and the request id of an SDK error, from its `$metadata`. */
function answered(error: unknown): Answered {
  if (!(error instanceof Error) || !("$metadata" in error)) return {};
  const { $metadata } = error;
  if (typeof $metadata !== "object" || $metadata === null) return {};
  const known: Answered = {};
  if ("httpStatusCode" in $metadata && typeof $metadata.httpStatusCode === "number")
    known.status = $metadata.httpStatusCode;
  if ("requestId" in $metadata && typeof $metadata.requestId === "string")
    known.requestId = $metadata.requestId;
  return known;
}

/** Counts the calls of a client. Retries of a call do not count. */
function counted<I extends object, O extends object>(calls: { count: number }): Pluggable<I, O> {
  return {
    applyToStack: (stack) =>
      stack.add(
        (next) => (args) => {
          calls.count++;
          return next(args);
        },
        { step: "initialize", name: "counted" },
      ),
  };
}

/**
 * Turns an error of a client into an `AwsFault` after the last retry. The SDK would also retry when a quota is used up,
 * as if AWS had throttled the call. Here such an error ends the call at the first attempt.
 */
function faults<I extends object, O extends object>(service: string): Pluggable<I, O> {
  const action = (commandName = "") => commandName.replace(/Command$/, "");
  return {
    applyToStack: (stack) => {
      stack.add(
        (next, { commandName }) =>
          async (args) => {
            try {
              return await next(args);
            } catch (error) {
              throw faultOf(error, service, action(commandName), answered(error));
            }
          },
        { step: "initialize", priority: "high", name: "faults" },
      );
      stack.add(
        (next, { commandName }) =>
          async (args) => {
            try {
              return await next(args);
            } catch (error) {
              const isQuota = error instanceof Error && error.name.startsWith("LimitExceeded");
              throw isQuota ? faultOf(error, service, action(commandName), answered(error)) : error;
            }
          },
        { step: "finalizeRequest", priority: "low", name: "quotas" },
      );
    },
  };
}
