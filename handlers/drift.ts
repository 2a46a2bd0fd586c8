import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { Context } from "aws-lambda";
import { eventBridge } from "../src/aws/events.ts";
import { readConfig } from "../src/config.ts";
import { rollCall } from "../src/drift/roll-call.ts";
import type { RollCallItem } from "../src/registry/journal.ts";
import { openServices } from "../src/services.ts";

const region = process.env["AWS_REGION"] ?? "";
const log = new Logger({ serviceName: "rolecall" });
const metrics = new Metrics({ namespace: "Rolecall", serviceName: "rolecall" });
const services = openServices(readConfig(process.env), region, log, eventBridge(region));

/** What calls the function: the schedule, or an event that asks for a roll call or hands one on. */
type Called = { detail?: { id?: string } };

/** Calls the roll over everything registered, within the function's time, and counts it as CloudWatch metrics. */
export async function handler({ detail }: Called, context: Context): Promise<RollCallItem> {
  const time = { remaining: () => context.getRemainingTimeInMillis() };
  const finished = await rollCall(services, time, detail?.id);
  const { counts, awsCalls } = finished;
  for (const [name, count] of Object.entries({ ...counts, awsCalls }))
    metrics.addMetric(name, MetricUnit.Count, count);
  if (finished.status === "finished") metrics.addMetric("finished", MetricUnit.Count, 1);
  metrics.publishStoredMetrics();
  return finished;
}
