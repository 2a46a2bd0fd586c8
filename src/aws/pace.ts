/**
 * A pace: so many at once, and then so many a second. IAM's own rates are unpublished, low, and shared by the whole
 * account: whoever writes much must not take them from everybody else.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
import { setTimeout as sleep } from "node:timers/promises";

export type Pace = { readonly atOnce: number; readonly perSecond: number };

/**
 * Answers a function that resolves when the next one may go.
 * @param now milliseconds since 1970
 * @param wait for so many milliseconds
 */
export function paced(
  { atOnce, perSecond }: Pace,
  now: () => number,
  wait: (milliseconds: number) => Promise<unknown> = sleep,
): () => Promise<void> {
  const interval = 1000 / perSecond;
  /** When the bucket would be full again, if nobody came. */
  let fullAt = Number.NEGATIVE_INFINITY;
  return async () => {
    const at = now();
    fullAt = Math.max(fullAt, at) + interval;
    const early = fullAt - at - atOnce * interval;
    if (early > 0) await wait(early);
  };
}
