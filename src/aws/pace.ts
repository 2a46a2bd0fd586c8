/**
 * A pace is a rate limit: a number of calls at once, then a number of calls per second. IAM's own limits are low, not
 * published, and shared by the whole account. A process with many writes must leave room for others.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
import { setTimeout as sleep } from "node:timers/promises";

export type Pace = { readonly atOnce: number; readonly perSecond: number };

/**
 * Returns a function that resolves when the next call may be sent.
 * @param now returns milliseconds since 1970
 * @param wait waits for a number of milliseconds
 */
export function paced(
  { atOnce, perSecond }: Pace,
  now: () => number,
  wait: (milliseconds: number) => Promise<unknown> = sleep,
): () => Promise<void> {
  const interval = 1000 / perSecond;
  /** The time at which the bucket will be full, if no more calls come (milliseconds since 1970). */
  let fullAt = Number.NEGATIVE_INFINITY;
  return async () => {
    const at = now();
    fullAt = Math.max(fullAt, at) + interval;
    const early = fullAt - at - atOnce * interval;
    if (early > 0) await wait(early);
  };
}
