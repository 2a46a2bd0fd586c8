import { converge, recordOutcome } from "../converge/converge.ts";
import { isGranted } from "../converge/namespace-holder.ts";
import { bounded } from "../diff/bounded.ts";
import { type StoredChange, unite } from "../diff/diff.ts";
import { type Failure, failed, toProblem } from "../lib/errors.ts";
import { busy, type Lease, newLease, withLease } from "../lib/lease.ts";
import { isSame } from "../lib/same.ts";
import { find, readEcrItems } from "../registration/read.ts";
import type { PendingRepair, RegistrationItem, RegistrationKey } from "../registry/items.ts";
import type { Services } from "../services.ts";
import { previousGitHubChanges } from "./check.ts";
import { type CausesAnswer, recentRepairs, withDrift } from "./drift-state.ts";
import { publishPending } from "./publish.ts";

/**
 * The origin of a repair. A caller's repair ends a contested state. The repairs of the schedule are counted, and too
 * many of them make the drift contested.
 */
export type RepairedBy = { caller: string } | "schedule";

/** Repairs a registration at a caller's request. Returns the drift with the differences that the repair found. */
export async function repair(
  services: Services,
  key: RegistrationKey,
  caller: string,
): Promise<RegistrationItem["drift"] | Failure> {
  const item = await find(services.registry, key);
  if (failed(item)) return item;
  const repaired = await repairItem(services, item, { caller });
  return failed(repaired) ? repaired : repaired.drift;
}

/**
 * Applies a registration's intent again, with the same steps as an identical PUT. Does so for a registration that has
 * drifted and for one whose last change did not finish.
 * @param onGitHub the changes on GitHub, which no repair can undo; by default those that the item records
 * @param causes CloudTrail's answer about the drift; by default the one that the item records
 */
export async function repairItem(
  services: Services,
  item: RegistrationItem,
  by: RepairedBy,
  onGitHub: readonly StoredChange[] = previousGitHubChanges(item),
  causes: CausesAnswer | undefined = recordedAnswer(item),
): Promise<RegistrationItem | Failure> {
  const { registry, now, newId } = services;
  if (item.status !== "ready" && !(await isGranted(registry, item)))
    return { failure: "not-ready", status: item.status };
  // Publish a pending event first: the item holds one, and the next would overwrite it.
  const published = await publishPending(services, item);
  const lease = newLease(newId(), now());
  const begun = await begin(services, published, lease, by);
  if (failed(begun)) return begun;
  const ecr = await readEcrItems(registry, begun);
  let latest = begun;
  const done = await converge(services, begun, lease, ecr, "drift", async (changes) => {
    if (changes.length === 0) return undefined;
    const noted = await recordRepair(services, begun, lease, by, changes, causes);
    if (failed(noted)) return noted;
    latest = noted;
    return undefined;
  });
  if (failed(done)) {
    const refused = {
      by: nameOf(by),
      action: "failed",
      version: begun.specVersion,
      detail: toProblem(done).detail,
    } as const;
    const [finished] = await Promise.all([
      recordOutcome(services, latest, lease, done),
      registry.addHistory(begun, refused),
    ]);
    return failed(finished) ? finished : finished.item;
  }
  // The result also covers the changes of an earlier repair that was cut off.
  const { pendingRepair } = latest;
  if (pendingRepair !== undefined) {
    const { by: repairedBy, changes, causes } = pendingRepair;
    await registry.addHistory(
      begun,
      {
        by: repairedBy,
        action: "repaired",
        version: begun.specVersion,
        changes: [...changes],
        ...(causes && { causes: [...causes] }),
      },
      pendingRepair,
    );
  }
  const finished = await recordOutcome(services, latest, lease, done, {
    finished: pendingRepair,
    withStatus: (current) => repairedItem(current, pendingRepair, onGitHub, by, now(), causes),
  });
  return failed(finished) ? finished : publishPending(services, finished.item);
}

/** Returns the answer of CloudTrail that an item records about its drift; undefined if there is none. */
function recordedAnswer({ drift }: RegistrationItem): CausesAnswer | undefined {
  const { causesStatus: status, causes = [], causesReadAt: readAt } = drift;
  if (status === undefined || status === "not-yet" || readAt === undefined) return undefined;
  return { status, causes, readAt };
}

const nameOf = (by: RepairedBy): string => (by === "schedule" ? "schedule" : by.caller);

/**
 * Records on the item the changes that the repair is about to make, so that a crash loses neither history nor event.
 */
function recordRepair(
  { registry }: Services,
  begun: RegistrationItem,
  lease: Lease,
  by: RepairedBy,
  changes: readonly StoredChange[],
  answer: CausesAnswer | undefined,
): Promise<RegistrationItem | Failure> {
  const fresh: PendingRepair = {
    ...registry.historyPlace(begun),
    by: nameOf(by),
    changes: bounded(changes),
    ...(answer && answer.causes.length > 0 && { causes: answer.causes }),
  };
  return registry.changeRegistration(begun, begun, (current) => {
    if (current?.id !== begun.id || current.leases[lease.id] === undefined) {
      return { failure: "lease-lost", retryAfterSeconds: 1 };
    }
    const before = current.pendingRepair;
    const pendingRepair =
      before === undefined ? fresh : { ...before, changes: bounded(unite(before.changes, changes)) };
    return { ...current, pendingRepair };
  });
}

/**
 * Takes a lease on the registration. Joins other writers of the same intent; while a writer of another intent holds a
 * lease, returns a failure. If the intent changed after the comparison, the schedule does not repair it.
 */
function begin(
  { registry, now }: Services,
  item: RegistrationItem,
  lease: Lease,
  by: RepairedBy,
): Promise<RegistrationItem | Failure> {
  return registry.changeRegistration(item, item, (current) => {
    if (current === undefined || current.id !== item.id) return { failure: "not-ready", status: "removed" };
    if (current.status === "removing") return { failure: "not-ready", status: current.status };
    const isSameIntent = isSame(current.desired, item.desired);
    if (!isSameIntent && by === "schedule") return { failure: "busy", retryAfterSeconds: 1 };
    // A repair does not join a revocation in progress: two writers would each write their own time.
    const joins = isSameIntent && current.revoking === undefined;
    const wait = joins ? undefined : busy(current.leases, lease.id, now());
    return wait ?? { ...current, leases: withLease(current.leases, lease, now()) };
  });
}

/** Returns the item with the result of a repair: the differences that it found and the new drift status. */
function repairedItem(
  item: RegistrationItem,
  pending: PendingRepair | undefined,
  onGitHub: readonly StoredChange[],
  by: RepairedBy,
  now: number,
  causes: CausesAnswer | undefined,
): RegistrationItem {
  const at = new Date(now).toISOString();
  const changes = [...(pending?.changes ?? []), ...onGitHub];
  const lasting = changes.filter(({ repairable }) => !repairable);
  const wasRepaired = changes.length > lasting.length;
  const status =
    lasting.length > 0 ? "drifted" : wasRepaired && item.recorded !== undefined ? "repaired" : "in-sync";
  // Count it once when several roll calls make the same repair at once: the pending repair has one time for all of
  // them.
  const scheduled = by === "schedule" && wasRepaired ? [pending?.at ?? at] : [];
  const repairs = by === "schedule" ? [...new Set([...recentRepairs(item.repairs, now), ...scheduled])] : [];
  return { ...withDrift(item, status, changes, at, causes), repairs };
}
