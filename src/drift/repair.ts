import { type Failure, failed, toProblem } from "../errors.ts";
import { type CarriedOut, carryOut, finish } from "../registration/carry-out.ts";
import { find } from "../registration/read.ts";
import type { RegistrationItem, RegistrationKey } from "../registry/items.ts";
import { busy, type Lease, newLease, withLease } from "../registry/lease.ts";
import type { Services } from "../services.ts";
import { announce } from "./announce.ts";
import { ecrKeysOf, previousGitHubChanges } from "./check.ts";
import type { Change } from "./diff.ts";
import { recentRepairs, withDrift } from "./state.ts";

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
  onGitHub: readonly Change[] = previousGitHubChanges(item),
): Promise<RegistrationItem | Failure> {
  const { registry, now, newId } = services;
  // An event that was not put yet would give way to the next one.
  const told = await announce(services, item);
  const lease = newLease(newId(), now());
  const begun = await begin(services, told, lease);
  if (failed(begun)) return begun;
  const ecr = await registry.readEcr(ecrKeysOf(begun));
  const done = await carryOut(services, begun, lease, ecr, "drift");
  const result = failed(done) ? done : repairedItem(begun, done, onGitHub, by, now());
  const repairedBy = by === "schedule" ? "schedule" : by.caller;
  const isSilent = !failed(done) && done.changes.length === 0;
  const [finished] = await Promise.all([
    finish(services, begun, lease, result),
    isSilent
      ? undefined
      : registry.addHistory(begun, {
          by: repairedBy,
          action: failed(done) ? "failed" : "repaired",
          version: begun.specVersion,
          ...(failed(done) ? { detail: toProblem(done).detail } : { changes: [...done.changes] }),
        }),
  ]);
  return failed(finished) ? finished : announce(services, finished.item);
}

/** Takes a lease on the item as it is registered; a writer of the same intent is joined, any other waited for. */
function begin(
  { registry, now }: Services,
  item: RegistrationItem,
  lease: Lease,
): Promise<RegistrationItem | Failure> {
  return registry.changeRegistration(item, item, (current) => {
    if (current === undefined || current.id !== item.id) return { failure: "not-ready", status: "removed" };
    if (current.status === "removing") return { failure: "not-ready", status: current.status };
    const isSameIntent = JSON.stringify(current.desired) === JSON.stringify(item.desired);
    const wait = isSameIntent ? undefined : busy(current.leases, lease.id, now());
    return wait ?? { ...current, leases: withLease(current.leases, lease, now()) };
  });
}

/** The result of a repair on the item: what differed and how it now stands. */
function repairedItem(
  begun: RegistrationItem,
  { item, changes: inAws }: CarriedOut,
  onGitHub: readonly Change[],
  by: RepairedBy,
  now: number,
): CarriedOut {
  const at = new Date(now).toISOString();
  const changes = [...inAws, ...onGitHub];
  const lasting = changes.filter(({ repairable }) => !repairable);
  const wasRepaired = changes.length > lasting.length;
  const status =
    lasting.length > 0 ? "drifted" : wasRepaired && begun.recorded !== undefined ? "repaired" : "in-sync";
  const scheduled = by === "schedule" && wasRepaired ? [at] : [];
  const repairs = by === "schedule" ? [...recentRepairs(begun.repairs, now), ...scheduled] : [];
  return { item: { ...withDrift(item, status, changes, at), repairs }, changes: inAws };
}
