/** The start of a PUT, before the first write to AWS: the intent, the lease and the reservation are written. */
import { servicesToRemove } from "../accounts/open.ts";
import { recordOutcome } from "../converge/converge.ts";
import { waitForOthers } from "../converge/wait.ts";
import { type Failure, failed } from "../lib/errors.ts";
import { busy, isHeldByOther, type Lease, newLease, withLease } from "../lib/lease.ts";
import { isSame } from "../lib/same.ts";
import type { RegistrationItem, Reservation } from "../registry/items.ts";
import type { Services } from "../services.ts";
import { intend, isDone, type Put, suspension } from "./intent.ts";
import type { Plan } from "./plan.ts";
import { unmet } from "./precondition.ts";
import { remove } from "./remove.ts";
import { isTakenOver, registrationConflict } from "./reservation.ts";
import { additionBy, reserveNamespace } from "./reserve-namespace.ts";
import { addsNothing, type Share } from "./share.ts";

/**
 * An item with the writer's own lease. The lease is undefined if another writer of the same intent has finished.
 * `hasWaited`: the writer waited for another one before it began.
 */
export type Started = { item: RegistrationItem; lease: Lease | undefined; hasWaited?: true };

/**
 * Begins to write and reserves the namespace. If the reservation is refused, deletes the registration that this PUT
 * created, or records the failure on the registration that existed before.
 */
export async function startReserved(
  services: Services,
  put: Put,
  planned: Plan,
  share: Share | undefined,
): Promise<Started | Failure> {
  const { registry } = services;
  const { applicant, stored } = planned;
  const isTakeover = isTakenOver(stored.reservation, applicant);
  if (isTakeover) {
    const removed = await removeOthers(services, put, planned);
    if (removed !== undefined) return removed;
  }
  // Only an unconfirmed reservation can be taken over. The taker looks for registrations first and then changes the
  // reservation, so an unconfirmed PUT must write its registration first and then the reservation.
  const isAtOnce = applicant.confirmed && !isTakeover;
  // If the registration exists, count first and write its new intent then. Otherwise a repair could carry out an intent
  // that passes a cap.
  const addition = additionBy(services.config, put, planned);
  if (stored.registration !== undefined && !isTakeover && !addsNothing(addition)) {
    const counted = await reserveNamespace(services, put, planned, share);
    return failed(counted) ? counted : start(services, put, planned);
  }
  const reserving = isAtOnce ? reserveNamespace(services, put, planned, share) : undefined;
  // `start` records a workflow's token with the intent. So reserve first, because a refused PUT leaves its token unused.
  const refused = put.guard === undefined ? undefined : await reserving;
  if (refused !== undefined && failed(refused)) return refused;
  const [started, reservedAtOnce] = await Promise.all([start(services, put, planned), reserving]);
  if (failed(started) || started.lease === undefined) return started;
  const { item, lease } = started;
  // Write the history of the takeover before the reservation. If a crash came after the reservation but before the
  // history, the next PUT would find nothing to take over.
  if (isTakeover) await noteTakeover(services, item, put.caller, stored.reservation);
  // A DELETE may have taken the role out of the count while this PUT waited for another writer.
  const isStale = reservedAtOnce === undefined || (started.hasWaited && !failed(reservedAtOnce));
  const reserved = isStale ? await reserveNamespace(services, put, planned, share) : reservedAtOnce;
  if (!failed(reserved)) return started;
  if (item.revision === 1 && (await registry.deleteRegistration(item))) return reserved;
  await recordOutcome(services, item, lease, reserved);
  await withdraw(services, item);
  return reserved;
}

/**
 * Deletes a registration whose namespace was refused, unless a writer still holds the registration. If several PUTs of
 * the same intent are refused at once, the last one deletes it. Nothing was created for it, and no share counts it.
 */
async function withdraw({ registry, now }: Services, { id, ...key }: RegistrationItem): Promise<void> {
  const item = await registry.readRegistration(key);
  const isUnused =
    item?.id === id && item.status === "failed" && item.recorded === undefined && item.roleId === undefined;
  if (isUnused && !isHeldByOther(item.leases, "", now())) await registry.deleteRegistration(item);
}

/**
 * Removes the repository's other registrations that name another claimant, before the reservation is taken over. Their
 * roles trust ids that GitHub contradicts today. If a repository with these ids got the name later, the roles would let
 * it in.
 */
async function removeOthers(
  services: Services,
  { key, caller }: Put,
  { applicant }: Plan,
): Promise<Failure | undefined> {
  for (const item of await services.registry.registrationsOf(key.owner, key.repo, "all")) {
    const isThis = item.role === key.role && item.account === services.config.account;
    if (isThis || item.claimant === applicant.claimant) continue;
    const there = await servicesToRemove(services, item);
    if (failed(there)) return there;
    // Leave the count in the reservation unchanged, because the takeover requires the reservation that was read. A
    // later recount drops the removed roles.
    const removed = await remove(there, item, {}, caller, true);
    if (failed(removed) && removed.failure !== "not-registered") return removed;
  }
  return undefined;
}

/** Writes to a registration's history that its repository has taken a reservation over. */
function noteTakeover(
  { registry }: Services,
  item: RegistrationItem,
  by: string,
  taken: Reservation | undefined,
): Promise<void> {
  const detail = `GitHub confirmed ${item.owner}/${item.repo}, so the reservation of ${taken?.namespace} passed from ${taken?.claimant}, which GitHub had never confirmed, to ${item.claimant}. The registrations of ${taken?.claimant} were removed.`;
  return registry.addHistory(item, { by, action: "taken-over", version: item.specVersion, detail });
}

/** Begins to write. Waits for another writer of the same intent, and joins that writer if it does not finish. */
async function start(services: Services, put: Put, planned: Plan): Promise<Started | Failure> {
  const { registry, now, newId } = services;
  const first = newLease(newId(), now());
  const begun = await begin(services, put, planned, first, "wait");
  if (failed(begun) || begun.leases[first.id] !== undefined)
    return failed(begun) ? begun : { item: begun, lease: first };
  const current = await waitForOthers(
    begun,
    async () => registry.readRegistration(put.key),
    (item) => item?.status === "provisioning" && isSame(item.desired, begun.desired),
    services,
  );
  if (current !== undefined && isDone(current, planned, put)) return { item: current, lease: undefined };
  const lease = newLease(newId(), now());
  const joined = await begin(services, put, planned, lease, "join");
  return failed(joined) ? joined : { item: joined, lease, hasWaited: true };
}

/**
 * Writes the intent and the writer's lease, unless a precondition or the lease of another intent forbids that. If
 * `others` is `wait` and a writer of the same intent is running, leaves the item unchanged; the item then has no lease
 * of this writer.
 */
function begin(
  { registry, now, newId }: Services,
  put: Put,
  planned: Plan,
  lease: Lease,
  others: "wait" | "join",
): Promise<RegistrationItem | Failure> {
  const id = put.id ?? newId();
  return registry.changeRegistration(
    put.key,
    planned.stored.registration,
    (current) => {
      const stale =
        put.guard?.ownershipRefusal(current) ?? unmet(put.precondition, current) ?? suspension(current);
      if (stale !== undefined) return stale;
      // The plan holds only for the registration that was read. If that registration was deleted, its name, share and
      // reservation may be free by now.
      const before = planned.stored.registration;
      if (before !== undefined && before.id !== current?.id) return { failure: "busy", retryAfterSeconds: 1 };
      const conflict = registrationConflict(planned.applicant, current, planned.issuerUrl);
      if (conflict !== undefined) return conflict;
      const intended = intend(put, planned, current, current?.id ?? id, now());
      // Refuse a writer of another intent, which has to try again later. A writer of the same intent waits or joins.
      const isSameIntent =
        current !== undefined &&
        current.status !== "removing" &&
        // Do not join a revocation, because each of two writers would write its own time.
        intended.revoking === undefined &&
        isSame(current.desired, intended.desired);
      const isUnderWay = current?.status === "provisioning" && isHeldByOther(current.leases, lease.id, now());
      if (isSameIntent && isUnderWay && others === "wait") return current;
      const wait = current === undefined || isSameIntent ? undefined : busy(current.leases, lease.id, now());
      return wait ?? { ...intended, leases: withLease(current?.leases ?? {}, lease, now()) };
    },
    put.guard?.used,
  );
}
