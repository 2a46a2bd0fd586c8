import { type Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { RollCallItem } from "../registry/journal.ts";

/**
 * Counts a roll call as CloudWatch metrics, once: by the invocation that has ended it, whoever handed it on and however
 * often it was asked for.
 * @param called what came of the invocation; undefined if nothing
 * @param since when the invocation began (ISO 8601)
 */
export function countRollCall(metrics: Metrics, called: RollCallItem | undefined, since: string): void {
  if (called?.finishedAt === undefined || called.finishedAt < since) return;
  const { counts, awsCalls } = called;
  for (const [name, count] of Object.entries({ ...counts, awsCalls, finished: 1 })) {
    metrics.addMetric(name, MetricUnit.Count, count);
  }
  metrics.publishStoredMetrics();
}
