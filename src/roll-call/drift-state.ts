/** How a registration's drift goes on from one check to the next. */

import { bounded } from "../diff/bounded.ts";
import type { StoredChange } from "../diff/diff.ts";
import type { DriftEvent, DriftStatus, RegistrationItem } from "../registry/items.ts";

const DAY_MS = 24 * 60 * 60_000;

/** After so many scheduled repairs within a day the next drift is contested: somebody else keeps changing the role. */
const REPAIRS_A_DAY = 3;

/** The scheduled repairs of the last day. */
export const recentRepairs = (repairs: readonly string[], now: number): string[] =>
  repairs.filter((at) => now - Date.parse(at) < DAY_MS);

/** Whether a roll call may put the role right: it is asked to, something can be put right, and it is not contested. */
export function mayRepair(item: RegistrationItem, changes: readonly StoredChange[], now: number): boolean {
  return (
    item.spec.onDrift === "repair" &&
    item.drift.status !== "contested" &&
    changes.some(({ repairable }) => repairable) &&
    recentRepairs(item.repairs, now).length < REPAIRS_A_DAY
  );
}

/** The status after a check that repairs nothing. What is contested stays so until a person repairs or registers it. */
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
 * The item with the result of a check and, if its status is another than was last told, the event that tells it. The
 * event's id stands for the change: the item's revision counts on with each.
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
