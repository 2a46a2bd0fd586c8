import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";
import type { Context } from "aws-lambda";
import profiles from "../profiles.json" with { type: "json" };
import { underDeadline } from "../src/aws/deadline.ts";
import { eventBridge } from "../src/aws/events.ts";
import { openJobs } from "../src/aws/jobs.ts";
import { cloudTrail } from "../src/aws/trail.ts";
import { readConfig } from "../src/config.ts";
import type { RollCallItem } from "../src/registry/journal.ts";
import { answer, type BatchAnswer } from "../src/roll-call/invocation.ts";
import { countRollCall } from "../src/roll-call/metrics.ts";
import { openServices } from "../src/services.ts";

const metrics = new Metrics({ namespace: "Rolecall", serviceName: "rolecall" });
/** The rate limit for IAM writes. Everyone in the account shares the rate limits of IAM, and repairs may be many. */
const PACE = { atOnce: 20, perSecond: 5 };
/** CloudTrail accepts two calls a second in an account and region. */
const TRAIL_PACE = { atOnce: 2, perSecond: 2 };
const services = openServices({
  config: readConfig(process.env, profiles),
  region: process.env["AWS_REGION"] ?? "",
  log: new Logger({ serviceName: "rolecall" }),
  openEvents: eventBridge,
  openTrail: (clients) => cloudTrail(clients, Date.now, TRAIL_PACE),
  openJobs: (clients, queueUrl) => openJobs(clients, queueUrl, Date.now),
  pace: PACE,
});

/** The part of the function's time that is reserved for an orderly end (milliseconds). */
const END_MS = 2_000;

/**
 * Starts or continues a roll call within the function's time, or does the jobs of a roll call that a batch of messages
 * names. Counts a roll call when it finishes.
 */
export const handler = async (
  event: unknown,
  context: Context,
): Promise<RollCallItem | BatchAnswer | undefined> => {
  const time = { remaining: () => context.getRemainingTimeInMillis() };
  const deadline = Date.now() + time.remaining() - END_MS;
  const begunAt = new Date().toISOString();
  return underDeadline(deadline, () =>
    answer(services, time, event, (called) => countRollCall(metrics, called, begunAt)),
  );
};
