/** Decides a registration's drift status after each check. */

import { bounded } from "../diff/bounded.ts";
import type { StoredChange } from "../diff/diff.ts";
import { isSame } from "../lib/same.ts";
import { EFFECTS, inOneLine, plain } from "../page/in-words.ts";
import { lastWritten } from "../page/last-written.ts";
import type { Cause, DriftEvent, DriftStatus, RegistrationItem } from "../registry/items.ts";

const DAY_MS = 24 * 60 * 60_000;

/**
 * The number of scheduled repairs within a day after which the next drift is contested. Something else keeps changing
 * the role.
 */
const REPAIRS_A_DAY = 3;

/** Returns the scheduled repairs of the last day. */
export const recentRepairs = (repairs: readonly string[], now: number): string[] =>
  repairs.filter((at) => now - Date.parse(at) < DAY_MS);

/**
 * Tells whether a roll call may repair a role. The registration asks for repairs, a change is repairable, the drift is
 * not contested, and the day's limit of repairs is not reached.
 */
export function mayRepair(item: RegistrationItem, changes: readonly StoredChange[], now: number): boolean {
  return (
    item.spec.onDrift === "repair" &&
    item.drift.status !== "contested" &&
    changes.some(({ repairable }) => repairable) &&
    recentRepairs(item.repairs, now).length < REPAIRS_A_DAY
  );
}

/**
 * Returns the drift status after a check that repairs nothing. A contested registration stays contested until a person
 * repairs or registers it.
 */
export function checkedStatus(
  item: RegistrationItem,
  changes: readonly StoredChange[],
  now: number,
): DriftStatus {
  if (item.drift.status === "contested") return "contested";
  if (changes.length === 0) return "in-sync";
  const isContested =
    item.spec.onDrift === "repair" &&
    changes.some(({ repairable }) => repairable) &&
    recentRepairs(item.repairs, now).length >= REPAIRS_A_DAY;
  return isContested ? "contested" : "drifted";
}

type Drift = RegistrationItem["drift"];

/** The longest time that a write takes to appear in CloudTrail (milliseconds). It usually takes a few minutes. */
const TRAIL_DELAY_MS = 15 * 60_000;

/** CloudTrail's answer about a drift. `readAt` is missing if CloudTrail was not asked. */
export type CausesAnswer = {
  readonly status: Exclude<NonNullable<Drift["causesStatus"]>, "not-yet">;
  readonly causes: readonly Cause[];
  readonly readAt?: string;
};

const isOngoing = ({ status }: Drift): boolean => status === "drifted" || status === "contested";

/** Tells whether a check finds the differences that the drift already records. */
export const isSameDrift = (drift: Drift, changes: readonly StoredChange[]): boolean =>
  isOngoing(drift) &&
  drift.since !== undefined &&
  isSame(withoutWords(drift.changes ?? []), withoutWords(bounded(changes)));

/** Returns changes without their words. An earlier release stored none. */
const withoutWords = (changes: readonly StoredChange[]) =>
  changes.map(({ gains: _, loses: __, ...change }) => change);

/** Tells whether a later answer of CloudTrail would say the same: it was asked when it had every write. */
export function isSettled({ since, causesStatus, causesReadAt }: Drift): boolean {
  if (causesStatus !== "found" && causesStatus !== "none-found") return false;
  return Date.parse(causesReadAt ?? "") - Date.parse(since ?? "") >= TRAIL_DELAY_MS;
}

/** Returns the last time at which AWS matched the registration, as far as the item shows. */
export function inSyncBefore({ drift, updatedAt }: RegistrationItem): string {
  const { inSyncAt, checkedAt, changes = [] } = drift;
  if (isOngoing(drift) && changes.length > 0) return inSyncAt ?? updatedAt;
  return checkedAt ?? updatedAt;
}

/** Returns when a drift was first found, and who wrote last to what differs. */
function foundSince(
  item: RegistrationItem,
  changes: readonly StoredChange[],
  at: string,
  answer: CausesAnswer | undefined,
): Omit<Drift, "status"> {
  if (changes.length === 0) return {};
  const before = isSameDrift(item.drift, changes) ? item.drift : undefined;
  const since = before?.since ?? at;
  return { since, inSyncAt: inSyncBefore(item), ...causesOf(before, changes, since, answer) };
}

/** Returns CloudTrail's answer about a drift. @param before the same drift as an earlier check recorded it, if one did */
function causesOf(
  before: Drift | undefined,
  changes: readonly StoredChange[],
  since: string,
  answer: CausesAnswer | undefined,
): Pick<Drift, "causes" | "causesStatus" | "causesReadAt"> {
  // CloudTrail knows nothing of changes on GitHub.
  if (!changes.some(({ resource }) => resource.startsWith("arn:"))) return {};
  const { causes, causesStatus = "not-asked", causesReadAt } = before ?? {};
  const isBetter = answer?.readAt !== undefined && (answer.causes.length > 0 || causes === undefined);
  if (!isBetter)
    return { ...(causes && { causes }), causesStatus, ...(causesReadAt !== undefined && { causesReadAt }) };
  const isEarly = Date.parse(answer.readAt) - Date.parse(since) < TRAIL_DELAY_MS;
  return {
    ...(answer.causes.length > 0 && { causes: [...answer.causes] }),
    causesStatus: answer.status === "none-found" && isEarly ? "not-yet" : answer.status,
    causesReadAt: answer.readAt,
  };
}

/** Returns the effect of several changes together: one that widens access counts most. */
const strongest = (changes: readonly StoredChange[]): StoredChange["effect"] =>
  (["widens", "narrows"] as const).find((effect) => changes.some((change) => change.effect === effect)) ??
  "none";

/**
 * Returns the item with the result of a check. If the drift status differs from the last one that got an event, the
 * item also gets a pending event. The event's id contains the revision of the write, so each status change has its own
 * id.
 * @param answer CloudTrail's answer about the changes; by default the one that the item records for them
 */
export function withDrift(
  item: RegistrationItem,
  status: DriftStatus,
  changes: readonly StoredChange[],
  at: string,
  answer?: CausesAnswer,
): RegistrationItem {
  const found = foundSince(item, changes, at, answer);
  const drift: Drift = { status, checkedAt: at, changes: bounded(changes), ...found };
  const next: RegistrationItem = { ...item, drift };
  const from = item.announced ?? "in-sync";
  if (status === from) return next;
  const { id, revision, owner, repo, role, desired } = item;
  const pendingEvent: DriftEvent = {
    id: `${id}:${revision + 1}`,
    owner,
    repo,
    role,
    roleArn: desired.role.arn,
    from,
    to: status,
    at,
    changes: changes.map(({ resource, path, effect, gains, loses }) => ({
      resource,
      path,
      effect,
      ...(gains && { gains }),
      ...(loses && { loses }),
    })),
    ...(drift.causes && { causes: drift.causes }),
    ...(drift.causesStatus && { causesStatus: drift.causesStatus }),
    differences: inOneLine(changes),
    effectInWords: EFFECTS[strongest(changes)],
    lastWritten: plain(lastWritten(drift) ?? ""),
  };
  return { ...next, announced: status, pendingEvent };
}
