import { type Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { RollCallItem } from "../registry/journal.ts";

/**
 * Counts a finished roll call as CloudWatch metrics. Only the invocation that finished the roll call counts it.
 * @param called the roll call after the invocation; undefined if the event was ignored
 * @param since the time at which the invocation began (ISO 8601)
 */
export function countRollCall(metrics: Metrics, called: RollCallItem | undefined, since: string): void {
  if (called?.finishedAt === undefined || called.finishedAt < since) return;
  const { awsCalls, accounts } = called;
  // Each metric costs money every month, and no alarm needs the origins.
  const { byOrigin: _, ...counts } = called.counts;
  const ofAccounts = accounts && { accountsFailed: accounts.failed, accountsMissed: accounts.missed };
  for (const [name, count] of Object.entries({ ...counts, awsCalls, ...ofAccounts, finished: 1 })) {
    metrics.addMetric(name, MetricUnit.Count, count);
  }
  metrics.publishStoredMetrics();
}
