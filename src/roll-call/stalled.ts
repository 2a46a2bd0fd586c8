/** Closes roll calls that have stalled, because messages of their jobs were lost or their process was killed. */
import { isOver, type RollCallItem } from "../registry/journal.ts";
import type { Services } from "../services.ts";
import { putReport } from "./finish.ts";

/** The time-out of the drift function (milliseconds). A roll call that was not saved for this long was cut off. */
export const UNDER_WAY_MS = 15 * 60_000;
/** The time after which a roll call without progress in any account has stalled (milliseconds): two time-outs. */
const STALLED_MS = 30 * 60_000;
/** The number of the latest roll calls among which a roll call looks for stalled ones. */
const LATEST = 5;

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
 * Closes every roll call that has stalled. Its report says which accounts it missed.
 * @param by the roll call that closes them
 * @returns the closed roll calls, and the id of one over several accounts that still makes progress
 */
export async function closeStalled(
  services: Services,
  by: string,
): Promise<{ closed: NonNullable<RollCallItem["closed"]>; underWay?: string | undefined }> {
  const { registry, log } = services;
  const closed: { id: string; missed: number }[] = [];
  let underWay: string | undefined;
  const [open, latest] = await Promise.all([registry.openRollCalls(), registry.rollCalls(LATEST)]);
  // A roll call of the home account alone is in no list of open ones.
  const ids = new Set([...open, ...latest.filter((called) => !isOver(called)).map(({ id }) => id)]);
  for (const id of [...ids].sort()) {
    if (id === by) continue;
    const known = await registry.readRollCall(id);
    if (known !== undefined && !isOver(known) && (await makesProgress(services, known))) {
      if (open.includes(id)) underWay = id;
      continue;
    }
    const groups = await registry.jobGroups(id);
    await registry.closeGroups(id, groups.length);
    const report = await putReport(services, id, by);
    if (report === undefined) continue;
    const missed = report.accounts?.missed ?? 1;
    log.warn("stalled roll call closed", { id, by, missed });
    closed.push({ id, missed });
  }
  return { closed, underWay };
}
