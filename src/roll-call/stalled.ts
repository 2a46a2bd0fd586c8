/** Closes roll calls over several accounts that have stalled, because messages of their jobs were lost. */
import type { ResumeState } from "../registry/journal.ts";
import type { Services } from "../services.ts";
import { putReport } from "./finish.ts";

/** The timeout of the drift function (milliseconds). A roll call that was not saved for this long was cut off. */
export const UNDER_WAY_MS = 15 * 60_000;
/** The time after which a roll call without progress in any account has stalled (milliseconds): two time-outs. */
const STALLED_MS = 30 * 60_000;

/**
 * Tells whether a roll call that is not over still makes progress. One that has no jobs yet is just being planned.
 * @param savedAt the time at which the roll call itself was last saved (ISO 8601)
 */
export async function makesProgress(
  { registry, now }: Services,
  { id, savedAt }: { id: string; savedAt: string },
): Promise<boolean> {
  const groups = await registry.jobGroups(id);
  if (groups.length === 0) return now() - Date.parse(savedAt) < UNDER_WAY_MS;
  const times = groups.filter(({ isClosed }) => !isClosed).map((group) => group.savedAt);
  const latest = times.sort().at(-1);
  return latest !== undefined && now() - Date.parse(latest) < STALLED_MS;
}

/**
 * Closes every roll call over several accounts that has stalled. Its report says which accounts it missed.
 * @param by the roll call that closes them
 * @returns the closed roll calls, and the id of one that still makes progress
 */
export async function closeStalled(
  services: Services,
  by: string,
): Promise<{ closed: NonNullable<ResumeState["closed"]>; underWay?: string }> {
  const { registry, log } = services;
  const closed: { id: string; missed: number }[] = [];
  let underWay: string | undefined;
  for (const id of await registry.openRollCalls()) {
    if (id === by) continue;
    const known = await registry.readRollCall(id);
    if (known?.status === "running" && (await makesProgress(services, known))) {
      underWay = id;
      continue;
    }
    const groups = await registry.jobGroups(id);
    await registry.closeGroups(id, groups.length);
    const report = await putReport(services, id, by);
    if (report === undefined) continue;
    const missed = report.accounts?.missed ?? 0;
    log.warn("stalled roll call closed", { id, by, missed });
    closed.push({ id, missed });
  }
  return { closed, ...(underWay !== undefined && { underWay }) };
}
