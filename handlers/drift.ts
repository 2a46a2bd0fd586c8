import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";
import type { Context } from "aws-lambda";
import { eventBridge } from "../src/aws/events.ts";
import { readConfig } from "../src/config.ts";
import { countRollCall } from "../src/drift/metrics.ts";
import { rollCall } from "../src/drift/roll-call.ts";
import type { RollCallItem } from "../src/registry/journal.ts";
import { openServices } from "../src/services.ts";

const metrics = new Metrics({ namespace: "Rolecall", serviceName: "rolecall" });
const services = openServices(
  readConfig(process.env),
  process.env["AWS_REGION"] ?? "",
  new Logger({ serviceName: "rolecall" }),
  eventBridge,
);

/** What calls the function: the schedule, or an event that asks for a roll call or hands one on. */
type Called = { detail?: { id?: string } };

/** Calls the roll over everything registered, within the function's time, and counts it. */
export const handler = async ({ detail }: Called, context: Context): Promise<RollCallItem> => {
  const time = { remaining: () => context.getRemainingTimeInMillis() };
  const called = await rollCall(services, time, detail?.id);
  countRollCall(metrics, called);
  return called;
};
