/**
 * The one place where clients of AWS are made, for an account and a region. What holds for every call stands
 * here: time-outs, retries, the lease that a write needs, and how an error becomes an `AwsFault`.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ECRClient } from "@aws-sdk/client-ecr";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { IAMClient } from "@aws-sdk/client-iam";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { AdaptiveRetryStrategy, DefaultRateLimiter } from "@smithy/core/retry";
import type { Pluggable } from "@smithy/types";
import type { Place } from "../desired/names.ts";
import type { Lease } from "../registry/lease.ts";
import { inTime } from "./deadline.ts";
import { type Answered, AwsFault, faultOf } from "./fault.ts";
import { type Pace, paced } from "./pace.ts";

/** The longest that one attempt may take, in milliseconds. */
const ATTEMPT_MS = 5_000;

const ATTEMPTS = 4;
/** What changes AWS ends so long before the deadline, so that how it ended can be recorded (milliseconds). */
const RECORD_MS = 3_000;
/** However often AWS throttles, a client sends as much a second: less would let a request run out of its time. */
const SLOWEST = { minFillRate: 4, minCapacity: 4 };

/** What holds for every client. */
const SETTINGS = {
  maxAttempts: ATTEMPTS,
  requestHandler: {
    connectionTimeout: 1_000,
    requestTimeout: ATTEMPT_MS,
    socketTimeout: ATTEMPT_MS,
    throwOnRequestTimeout: true,
  },
};

/** The SDK's log of each call, which goes nowhere unless told, but copies all that was sent and answered first. */
const OWN_LOG = "loggerMiddleware";

export type Clients = ReturnType<typeof connect>;

const leases = new AsyncLocalStorage<Lease>();

/** Does work in which calls may write to AWS, for as long as the lease lives. */
export const underLease = <T>(lease: Lease, work: () => Promise<T>): Promise<T> => leases.run(lease, work);

/**
 * Makes the clients of the service's own region, and those of ECR in any; endpoints and credentials come from the SDK's
 * own environment.
 * @param pace at which IAM is written to; without it as fast as it comes, for a process that serves one request a time
 */
export function connect(region: string, now: () => number, pace?: Pace) {
  const settings = { ...SETTINGS, region };
  const iam = new IAMClient({ ...settings, retryStrategy: adaptive() });
  const sts = new STSClient({ ...settings, retryStrategy: adaptive() });
  const events = new EventBridgeClient({ ...settings, retryStrategy: adaptive() });
  // The table is ours alone and grows with its load: a throttle of one item is no reason to slow down all others.
  const dynamodb = new DynamoDBClient(settings);
  // The SDK looks for its configuration files once in a process: now, not on the first request. The first call says what
  // is wrong with them.
  dynamodb.config.useFipsEndpoint().catch(() => {});
  const calls = { count: 0 };
  for (const { middlewareStack } of [iam, sts, events, dynamodb]) middlewareStack.remove(OWN_LOG);
  if (pace !== undefined) iam.middlewareStack.use(writesPaced(paced(pace, now)));
  iam.middlewareStack.use(leaseGuard(now));
  iam.middlewareStack.use(counted(calls));
  iam.middlewareStack.use(inTime("iam", RECORD_MS, now, leaveUnsettled));
  sts.middlewareStack.use(inTime("sts", RECORD_MS, now));
  dynamodb.middlewareStack.use(inTime("dynamodb", 0, now));
  events.middlewareStack.use(inTime("events", 0, now));
  iam.middlewareStack.use(faults("iam"));
  sts.middlewareStack.use(faults("sts"));
  dynamodb.middlewareStack.use(faults("dynamodb"));
  events.middlewareStack.use(faults("events"));
  const ecrs = new Map<string, ECRClient>();
  let place: Promise<Place> | undefined;
  const knownRoles: { used: number; limit: number; seenAt: number } = {
    used: 0,
    limit: 0,
    seenAt: Number.NEGATIVE_INFINITY,
  };

  return {
    region,
    iam,
    /** ECR in a region; made when it is first asked for, with what holds for IAM too. */
    ecr(of: string): ECRClient {
      const known = ecrs.get(of);
      if (known !== undefined) return known;
      const ecr = new ECRClient({ ...SETTINGS, region: of, retryStrategy: adaptive() });
      ecr.middlewareStack.remove(OWN_LOG);
      ecr.middlewareStack.use(leaseGuard(now));
      ecr.middlewareStack.use(counted(calls));
      ecr.middlewareStack.use(inTime("ecr", RECORD_MS, now, leaveUnsettled));
      ecr.middlewareStack.use(faults("ecr"));
      ecrs.set(of, ecr);
      return ecr;
    },
    dynamodb,
    events,
    /** How many calls of IAM and ECR were made; a roll call reports it. */
    calls,
    /** Made when it is first asked for: most deployments keep no secret. */
    secrets: () => new SecretsManagerClient(settings),
    /** Providers that are there, by ARN, and when that was seen (milliseconds since 1970). */
    knownProviders: new Map<string, number>(),
    /** How many roles the account has and may have, and when that was seen (milliseconds since 1970). */
    knownRoles,
    /** Where these clients work: asked of STS once, from the ARN, which knows the partition too. */
    place(): Promise<Place> {
      place ??= sts.send(new GetCallerIdentityCommand({})).then(
        ({ Arn = "" }) => {
          const [, partition = "", , , account = ""] = Arn.split(":");
          return { account, partition, region };
        },
        (error) => {
          place = undefined; // A failure is not remembered.
          throw error;
        },
      );
      return place;
    },
  };
}

/** Whether a command changes nothing. */
const isRead = (commandName: string): boolean => /^(Get|List|Describe)/.test(commandName);

/** Notes that a write may still take effect: its lease is not given back. */
function leaveUnsettled(commandName: string): void {
  const lease = leases.getStore();
  if (lease !== undefined && !isRead(commandName)) lease.unsettled = true;
}

/** Attempts with pauses that grow and are random, and a rate that falls when AWS throttles. Each client has its own. */
const adaptive = () => new AdaptiveRetryStrategy(ATTEMPTS, { rateLimiter: new DefaultRateLimiter(SLOWEST) });

/** Sends a client's writes no faster than their pace. */
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
 * Lets a write through only under a lease that outlives the attempt's time-out, and notes on the lease when an
 * attempt's outcome is unknown. It stands inside of the SDK's retries, so it sees every attempt.
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

/** Whether AWS answered an attempt and said no, so that it will not take effect later. */
function wasRefused(error: unknown): boolean {
  const { status } = answered(error);
  return status !== undefined && status < 500;
}

/** What an SDK error knows of the answer: status and request id, from its `$metadata`. */
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

/** Counts the calls of a client. */
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
 * Turns every error of a client, once its retries are over, into an `AwsFault`. A quota is no throttle, though the SDK
 * takes it for one: it ends the call at its first attempt.
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
