import { type Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { RollCallItem } from "../registry/journal.ts";

/** Counts a roll call as CloudWatch metrics, once: one that was handed on is counted by the invocation that ends it. */
export function countRollCall(metrics: Metrics, { status, counts, awsCalls }: RollCallItem): void {
  if (status !== "finished") return;
  for (const [name, count] of Object.entries({ ...counts, awsCalls, finished: 1 })) {
    metrics.addMetric(name, MetricUnit.Count, count);
  }
  metrics.publishStoredMetrics();
}
