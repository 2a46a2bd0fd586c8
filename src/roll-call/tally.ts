/** Adds up the results of a roll call in one account, with bounds on what it stores. */
import { listKey } from "../registry/items.ts";
import type { ResumeState, RollCallItem } from "../registry/journal.ts";
import { asLastChecked, type LastCheck } from "../registry/last-check.ts";
import { placeOf } from "./github.ts";
import type { Result } from "./judge.ts";

/** The largest number of registrations that a roll call lists. */
export const LISTED = 500;
/** The largest size of the detail of a listed registration, in bytes of JSON. One table item holds all details. */
const DETAIL = 300;
/**
 * The largest number of registrations that a roll call may miss and still record all others as checked. One table item
 * holds the names of the missed registrations and the listed ones: with the longest names, 360 of its 400 kB.
 */
export const MISSED = 500;

/** The results so far, and the resume state. */
export type Progress = Pick<RollCallItem, "counts" | "drifted"> & { readonly kept: ResumeState };

/** The counts before the first result. */
export const NO_COUNTS: Counts = {
  checked: 0,
  inSync: 0,
  drifted: 0,
  repaired: 0,
  contested: 0,
  failed: 0,
  waiting: 0,
  byOrigin: { self: 0, caller: 0 },
};

type Counts = Progress["counts"];

/** Returns the sums of two counts. */
export const addCounts = (a: Counts, b: Counts): Counts => ({
  checked: a.checked + b.checked,
  inSync: a.inSync + b.inSync,
  drifted: a.drifted + b.drifted,
  repaired: a.repaired + b.repaired,
  contested: a.contested + b.contested,
  failed: a.failed + b.failed,
  waiting: a.waiting + b.waiting,
  byOrigin: {
    self: (a.byOrigin?.self ?? 0) + (b.byOrigin?.self ?? 0),
    caller: (a.byOrigin?.caller ?? 0) + (b.byOrigin?.caller ?? 0),
  },
});

/**
 * Returns the progress with the results of more registrations added.
 * @param cursor the position of the last of these registrations
 * @param last the last check by an earlier roll call, which dates the registrations that this one misses
 */
export function withResults<T extends Progress>(
  progress: T,
  cursor: string | undefined,
  results: readonly Result[],
  last: LastCheck | undefined,
): T {
  const counts = { ...progress.counts };
  const byOrigin = { self: 0, caller: 0, ...counts.byOrigin };
  const drifted = [...progress.drifted];
  const missed = { ...progress.kept.missed };
  for (const { outcome, owner, repo, role, origin, detail, drift, notRepaired } of results) {
    const key = { owner, repo, role };
    if ((outcome === "waiting" || outcome === "failed") && Object.keys(missed).length < MISSED)
      missed[listKey(key)] = asLastChecked(key, drift, last).checkedAt ?? "";
    byOrigin[origin]++;
    if (outcome === "waiting") counts.waiting++;
    else if (outcome === "failed") counts.failed++;
    else counts.checked++;
    if (outcome === "in-sync") counts.inSync++;
    if (outcome === "drifted" || outcome === "repaired" || outcome === "contested") counts[outcome]++;
    if (outcome !== "in-sync" && drifted.length < LISTED)
      drifted.push({
        ...key,
        status: outcome,
        detail: shortened(detail),
        ...(notRepaired !== undefined && { notRepaired }),
      });
  }
  const answered = results.filter(({ isOnGitHub }) => isOnGitHub).at(-1);
  const resumeState = {
    ...progress.kept,
    missed,
    ...(cursor !== undefined && { cursor }),
    ...(answered !== undefined && { told: placeOf(answered) }),
  };
  return { ...progress, counts: { ...counts, byOrigin }, drifted, kept: resumeState };
}

/** Returns the beginning of a text, within the bound. */
export function shortened(detail: string): string {
  let text = detail.slice(0, DETAIL);
  while (Buffer.byteLength(JSON.stringify(text)) > DETAIL) text = text.slice(0, -10);
  return text;
}
