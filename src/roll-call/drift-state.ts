/** Decides a registration's drift status after each check. */

import { bounded } from "../diff/bounded.ts";
import type { StoredChange } from "../diff/diff.ts";
import type { DriftEvent, DriftStatus, RegistrationItem } from "../registry/items.ts";

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

/**
 * Returns the item with the result of a check. If the drift status differs from the last one that got an event, the
 * item also gets a pending event. The event's id contains the revision of the write, so each status change has its own
 * id.
 */
export function withDrift(
  item: RegistrationItem,
  status: DriftStatus,
  changes: readonly StoredChange[],
  at: string,
): RegistrationItem {
  const next: RegistrationItem = { ...item, drift: { status, checkedAt: at, changes: bounded(changes) } };
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
    changes: changes.map(({ resource, path, effect }) => ({ resource, path, effect })),
  };
  return { ...next, announced: status, pendingEvent };
}
