import { type Converged, converge, recordOutcome } from "../converge/converge.ts";
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
import { recentRepairs, withDrift } from "./drift-state.ts";
import { publishPending } from "./publish.ts";

/** Who asks for a repair: a person, whose word ends a contested state, or the schedule, whose repairs are counted. */
export type RepairedBy = { caller: string } | "schedule";

/** Puts a registration's role right, as a person asks for it, and answers what differed. */
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
 * Carries a registration's intent out once more: the same steps as a PUT of what is registered already, whether it is
 * to be put right or never came to its end.
 * @param onGitHub what has changed on GitHub, which no repair puts right; what was last noted without it
 */
export async function repairItem(
  services: Services,
  item: RegistrationItem,
  by: RepairedBy,
  onGitHub: readonly StoredChange[] = previousGitHubChanges(item),
): Promise<RegistrationItem | Failure> {
  const { registry, now, newId } = services;
  if (item.status !== "ready" && !(await isGranted(registry, item)))
    return { failure: "not-ready", status: item.status };
  // An event that was not put yet would give way to the next one.
  const published = await publishPending(services, item);
  const lease = newLease(newId(), now());
  const begun = await begin(services, published, lease, by);
  if (failed(begun)) return begun;
  const ecr = await readEcrItems(registry, begun);
  let latest = begun;
  const done = await converge(services, begun, lease, ecr, "drift", async (changes) => {
    if (changes.length === 0) return undefined;
    const noted = await recordRepair(services, begun, lease, by, changes);
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
  // What an earlier repair has put right before it was cut off is this one's result as well.
  const { pendingRepair, ...rest } = latest;
  if (pendingRepair !== undefined) {
    const { by: repairedBy, changes } = pendingRepair;
    await registry.addHistory(
      begun,
      { by: repairedBy, action: "repaired", version: begun.specVersion, changes: [...changes] },
      pendingRepair,
    );
  }
  const { ecr: repositories, roleId } = done.item;
  const put = { ...rest, ecr: repositories, ...(roleId !== undefined && { roleId }) };
  const repaired = repairedItem(put, pendingRepair, onGitHub, by, now());
  const result = { ...repaired, ecr: done.ecr };
  const finished = await recordOutcome(services, latest, lease, result);
  return failed(finished) ? finished : publishPending(services, finished.item);
}

const nameOf = (by: RepairedBy): string => (by === "schedule" ? "schedule" : by.caller);

/** Writes on the item what the repair is about to put right, so that neither its history nor its event can be lost. */
function recordRepair(
  { registry }: Services,
  begun: RegistrationItem,
  lease: Lease,
  by: RepairedBy,
  changes: readonly StoredChange[],
): Promise<RegistrationItem | Failure> {
  const fresh: PendingRepair = { ...registry.historyPlace(begun), by: nameOf(by), changes: bounded(changes) };
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
 * Takes a lease on the item as it is registered; a writer of the same intent is joined, any other waited for. What was
 * registered anew since it was compared is not what the schedule has to repair.
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
    // Nobody joins a revocation: two writers of it would each write a time of their own.
    const joins = isSameIntent && current.revoking === undefined;
    const wait = joins ? undefined : busy(current.leases, lease.id, now());
    return wait ?? { ...current, leases: withLease(current.leases, lease, now()) };
  });
}

/** The result of a repair on the item: what differed and how it now stands. */
function repairedItem(
  item: RegistrationItem,
  pending: PendingRepair | undefined,
  onGitHub: readonly StoredChange[],
  by: RepairedBy,
  now: number,
): Omit<Converged, "ecr"> {
  const at = new Date(now).toISOString();
  const inAws = pending?.changes ?? [];
  const changes = [...inAws, ...onGitHub];
  const lasting = changes.filter(({ repairable }) => !repairable);
  const wasRepaired = changes.length > lasting.length;
  const status =
    lasting.length > 0 ? "drifted" : wasRepaired && item.recorded !== undefined ? "repaired" : "in-sync";
  // Several roll calls that put the same thing right at once are one repair.
  const scheduled = by === "schedule" && wasRepaired ? [pending?.at ?? at] : [];
  const repairs = by === "schedule" ? [...new Set([...recentRepairs(item.repairs, now), ...scheduled])] : [];
  return { item: { ...withDrift(item, status, changes, at), repairs }, changes: inAws };
}
