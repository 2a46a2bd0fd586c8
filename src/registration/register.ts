import { countRole } from "../aws/account.ts";
import { settled } from "../aws/fault.ts";
import { observe } from "../aws/observe.ts";
import { type Converged, converge, recordOutcome, type UsedRepository } from "../converge/converge.ts";
import {
  diffObservedAndRecorded,
  type EcrItems,
  givesSettings,
  withoutSettings,
  withSettings,
} from "../converge/expected.ts";
import { isRoleOf } from "../converge/role.ts";
import { waitForOthers } from "../converge/wait.ts";
import { type DeniedSessions, sessionsEnd } from "../desired/revocation.ts";
import type { DesiredState, ExpectedState, ObservedState } from "../desired/state.ts";
import { bounded } from "../diff/bounded.ts";
import { type Change, diff } from "../diff/diff.ts";
import { type Failure, failed, toProblem } from "../lib/errors.ts";
import { busy, isHeldByOther, type Lease, newLease, withLease } from "../lib/lease.ts";
import { isSame } from "../lib/same.ts";
import type { HistoryEntry, RegistrationItem, RegistrationKey, Reservation } from "../registry/items.ts";
import type { Services } from "../services.ts";
import { type Plan, plan } from "./plan.ts";
import { type Precondition, unmet } from "./precondition.ts";
import { readEcrItems } from "./read.ts";
import { remove } from "./remove.ts";
import { isTakenOver, registrationConflict, reserve } from "./reservation.ts";
import {
  type Addition,
  additionOf,
  addsNothing,
  asFound,
  byCountedName,
  type Caps,
  ecrKeyOf,
  NO_SHARE,
  type Share,
  withAddition,
} from "./share.ts";
import type { RegistrationRequest } from "./spec.ts";

export type Put = {
  key: RegistrationKey;
  request: RegistrationRequest;
  precondition: Precondition;
  dryRun: boolean;
  /** The caller's ARN. */
  caller: string;
  /** True if the change ends the sessions that were issued so far. */
  revoke?: boolean;
  /** The id that the role already has as a tag, if the table has lost the role's item. */
  id?: string;
  /** The sessions to which the role already denies everything, if the table has lost the role's item. */
  denied?: DeniedSessions;
};

/** A registration with its ECR repositories, and the changes that a PUT made or, in a dry run, would make. */
export type PutResult = Converged & { isNew: boolean };

/**
 * Registers a repository's role, or replaces its registration: plan, write the intent, converge, record. If nothing
 * differs, the same request again writes nothing. After a crash, the same request continues where the first one
 * stopped.
 */
export async function register(services: Services, put: Put): Promise<PutResult | Failure> {
  const planned = await plan(services, put.key, put.request, ({ registration }) =>
    refusal(services, put, registration),
  );
  if (failed(planned)) return planned;
  const { registration: current } = planned.stored;
  const share = await shareOf(services, put, planned);
  if (failed(share)) return share;

  if (put.dryRun) return dryRun(services, put, planned);
  const { ecr } = planned.stored;
  const isNothingNew = current !== undefined && !put.revoke && isAsAsked(current, planned);
  if (isNothingNew && hasSettings(asPlanned(planned, current), ecr)) {
    const desired = withSettings(current.desired, ecr);
    const differences = diff(desired, await observe(services.clients, desired), "plan");
    if (differences.length === 0) return { item: current, ecr, changes: [], isNew: false };
  }

  const started = await startReserved(services, put, planned, share);
  if (failed(started)) return started;
  const { item: begun, lease } = started;
  if (lease === undefined) {
    const done = await readEcrItems(services.registry, begun);
    return { item: begun, ecr: done, changes: [], isNew: false };
  }
  const isNew = begun.revision === 1;
  const place = services.registry.historyPlace(begun);
  const keep = (entry: Pick<HistoryEntry, "action" | "changes" | "detail">): Promise<void> =>
    services.registry.addHistory(begun, { by: put.caller, version: begun.specVersion, ...entry }, place);
  // Write the history while AWS is written to, so that the history names the author of a change even after a crash.
  // Finish the history before the item becomes ready, because the same PUT then finds nothing to do.
  let historyWritten: Promise<unknown> = Promise.resolve();
  const done = await converge(services, begun, lease, ecr, "plan", async (changes) => {
    historyWritten = Promise.all([
      keep({ action: isNew ? "registered" : "updated", changes: bounded(changes) }),
      noteSettings(services, begun, put.caller, changes),
    ]);
    historyWritten.catch(() => {}); // Awaited below.
    return undefined;
  });
  await historyWritten;
  // The time before which sessions end is known only after `converge`.
  if (!failed(done) && begun.revoking)
    await keep({ action: isNew ? "registered" : "updated", changes: bounded(done.changes) });
  if (failed(done)) await keep({ action: "failed", detail: toProblem(done).detail });
  const finished = await recordOutcome(services, begun, lease, done);
  return failed(finished) ? finished : { ...finished, isNew };
}

/**
 * Begins to write and reserves the namespace. If the reservation is refused, deletes the registration that this PUT
 * created, or records the failure on the registration that existed before.
 */
async function startReserved(
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
 * Writes the reservation if it changes, or if the registration is new. The write for a new registration makes a release
 * of the reservation at the same moment fail. Each write counts what the PUT adds, so that many PUTs at once pass no
 * cap.
 */
function reserveNamespace(
  { registry, newId, now, config }: Services,
  put: Put,
  planned: Plan,
  found: Share | undefined,
): Promise<Reservation | Failure> {
  const id = newId();
  const since = new Date(now()).toISOString();
  const { applicant, stored } = planned;
  const { reservation: known, registration } = stored;
  return registry.changeReservation(applicant.namespace, known, (current) => {
    // If the reservation has changed since it was read, do not take it over. Another registration may use it by now.
    if (isTakenOver(current, applicant) && !isUnchanged(current, known))
      return { failure: "busy", retryAfterSeconds: 1 };
    const reserved = reserve(current, applicant, id);
    if (failed(reserved)) return reserved;
    const before = isUnchanged(current, known) ? found : (current?.share ?? found);
    const at = new Date(now()).toISOString();
    const share =
      before && withAddition(before, additionBy(config, put, planned), capsOf(config, put), at, since);
    if (share !== undefined && failed(share)) return share;
    const counted = share === reserved.share || share === undefined ? reserved : { ...reserved, share };
    // If the reservation is unchanged, write nothing. A new registration needs the write, unless another PUT has just
    // written the reservation.
    if (counted === current && (current !== known || registration !== undefined)) return counted;
    return { ...counted, id: counted.id || id };
  });
}

/** Returns the caps of a PUT. A PUT that takes a role back asks for what exists already, so no cap refuses it. */
const capsOf = ({ rolesPerRepository, ecrPerRepository }: Services["config"], { id }: Put): Caps =>
  id === undefined
    ? { roles: rolesPerRepository, ecr: ecrPerRepository }
    : { roles: Number.POSITIVE_INFINITY, ecr: Number.POSITIVE_INFINITY };

const additionBy = (config: Services["config"], { key }: Put, { place, spec, stored }: Plan): Addition =>
  additionOf(
    config,
    key,
    place.region,
    spec.ecr.map(({ repository }) => repository),
    stored.registration,
  );

/**
 * Returns the share of the repository before this PUT, or the cap that the PUT would pass. If the stored share would
 * pass a cap, or no share is stored, counts the registrations and ECR repositories themselves: the stored share may
 * include a PUT that failed. Returns undefined if no share is stored and this PUT adds nothing.
 */
async function shareOf(services: Services, put: Put, planned: Plan): Promise<Share | undefined | Failure> {
  const { config, registry, now } = services;
  const { reservation } = planned.stored;
  const addition = additionBy(config, put, planned);
  const share = reservation === undefined ? NO_SHARE : reservation.share;
  if (addsNothing(addition)) return share;
  const [caps, at] = [capsOf(config, put), new Date(now()).toISOString()];
  if (share !== undefined && !failed(withAddition(share, addition, caps, at))) return share;
  const { account } = planned.place;
  const names = Object.keys(share?.ecr ?? {});
  const [registrations, items] = await Promise.all([
    registry.registrationsOf(put.key.owner, put.key.repo),
    registry.readEcr(names.map((name) => ecrKeyOf(account, name))),
  ]);
  const found = asFound(config, share ?? NO_SHARE, registrations, byCountedName(items), now());
  const added = withAddition(found, addition, caps, at);
  return failed(added) ? added : found;
}

const isUnchanged = (a: Reservation | undefined, b: Reservation | undefined): boolean =>
  a?.id === b?.id && a?.revision === b?.revision;

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
  for (const item of await services.registry.registrationsOf(key.owner, key.repo)) {
    if (item.role === key.role || item.claimant === applicant.claimant) continue;
    // Leave the count in the reservation unchanged, because the takeover requires the reservation that was read. A
    // later recount drops the removed roles.
    const removed = await remove(services, item, {}, caller, true);
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

/** Writes changes of ECR settings to the histories of the other registrations of the repository that owns them. */
async function noteSettings(
  { registry }: Services,
  item: RegistrationItem,
  by: string,
  changes: readonly Change[],
): Promise<void> {
  const given = item.desired.repositories.filter(({ settings }) => settings !== undefined);
  const arns = new Set(given.map(({ arn }) => arn));
  // An empty path is the repository's creation.
  const settings = changes.filter(({ resource, path }) => arns.has(resource) && path !== "");
  if (settings.length === 0) return;
  const others = (await registry.registrationsOf(item.owner, item.repo)).filter(
    ({ role, claimant }) => role !== item.role && claimant === item.claimant,
  );
  const detail = `A PUT of the role ${item.role} changed the settings of the repository's ECR repositories.`;
  await Promise.all(
    others.map((other) =>
      registry.addHistory(other, {
        by,
        action: "settings-changed",
        version: other.specVersion,
        detail,
        changes: bounded(settings),
      }),
    ),
  );
}

/** Returns why a PUT is refused before GitHub is asked; undefined if it is not refused. */
async function refusal(
  services: Services,
  put: Put,
  current: RegistrationItem | undefined,
): Promise<Failure | undefined> {
  const stale = unmet(put.precondition, current) ?? suspension(current);
  if (stale !== undefined) return stale;
  // Skip the quota check when the role may already exist: it is registered, or it is being restored.
  if (current !== undefined || put.id !== undefined) return undefined;
  const full = await settled(countRole(services.clients, services.config.reservedRoles, services.now()));
  // If the quota cannot be read, continue. CreateRole enforces it.
  if (full?.failure === "quota-reached") return full;
  if (full !== undefined) services.log.warn("quota not known", { ...full });
  return undefined;
}

/**
 * An item with the writer's own lease. The lease is undefined if another writer of the same intent has finished.
 * `hasWaited`: the writer waited for another one before it began.
 */
type Started = { item: RegistrationItem; lease: Lease | undefined; hasWaited?: true };

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
    now,
  );
  if (current !== undefined && isDone(current, planned)) return { item: current, lease: undefined };
  const lease = newLease(newId(), now());
  const joined = await begin(services, put, planned, lease, "join");
  return failed(joined) ? joined : { item: joined, lease, hasWaited: true };
}

/** Returns the failure of a PUT to a suspended role; undefined if the role is not suspended. */
function suspension(current: RegistrationItem | undefined): Failure | undefined {
  if (current?.revocation?.denied !== "all") return undefined;
  const { owner, repo, role } = current;
  return { failure: "suspended", owner, repo, role };
}

/**
 * Returns the code and the pointer of a finding. A release that only words a finding differently changes no
 * registration.
 */
const withoutTexts = ({ code, pointer }: Plan["warnings"][number]) => ({ code, pointer });

/** Tells whether a registration is ready, asks for the same as the plan, and its reservation needs no change either. */
const isAsAsked = (current: RegistrationItem, planned: Plan): boolean =>
  planned.reserved === planned.stored.reservation && isDone(current, planned);

/**
 * Tells whether a registration is ready and asks for the same as the plan. Another writer may have brought it there since
 * the plan was made, the reservation included.
 */
const isDone = (current: RegistrationItem, planned: Plan): boolean =>
  current.status === "ready" &&
  current.claimant === planned.applicant.claimant &&
  current.revoking === undefined &&
  // A PUT ends the contested state, so the item has to be written.
  current.drift.status !== "contested" &&
  isSame(current.spec, planned.spec) &&
  // A PUT that learns more than an earlier one, for example the subject template, records its warnings.
  isSame(current.warnings.map(withoutTexts), planned.warnings.map(withoutTexts)) &&
  isSame(current.desired, withoutSettings(asPlanned(planned, current)));

/** Returns the desired state of a plan for a registration that exists. Sessions that have ended stay ended. */
const asPlanned = (planned: Plan, { id, revocation }: RegistrationItem): DesiredState =>
  planned.desired(id, revocation?.denied);

/** Tells whether ECR repositories have the settings that a desired state gives, according to their items. */
const hasSettings = ({ repositories }: DesiredState, ecr: EcrItems): boolean =>
  repositories.every(
    ({ name, settings }) =>
      settings === undefined ||
      (isSame(settings, ecr.get(name)?.settings) && ecr.get(name)?.pending === undefined),
  );

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
  return registry.changeRegistration(put.key, planned.stored.registration, (current) => {
    const stale = unmet(put.precondition, current) ?? suspension(current);
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
  });
}

/** Returns the item that holds the intent of a plan. */
function intend(
  { key, caller, revoke = false, denied }: Put,
  planned: Plan,
  current: RegistrationItem | undefined,
  id: string,
  now: number,
): RegistrationItem {
  const at = new Date(now).toISOString();
  // A new registration has no sessions that could end.
  const revokes = revoke && current !== undefined;
  const ended = revokes ? sessionsEnd(now) : current === undefined ? denied : undefined;
  const revocation = ended === undefined ? current?.revocation : { denied: ended, at, by: caller };
  const desired = planned.desired(id, revocation?.denied);
  const { account, region } = planned.place;
  const { lastError: _, ...before } = current ?? {};
  return {
    revision: 0,
    leases: {},
    createdAt: at,
    ecr: [],
    ...before,
    // If the region changes, drop the ECR repositories that the item shows, because they are in the registry of the
    // former region.
    ...(current !== undefined && current.region !== region && { ecr: [] }),
    ...key,
    id,
    account,
    region,
    claimant: planned.applicant.claimant,
    confirmed: planned.applicant.confirmed,
    status: "provisioning",
    spec: planned.spec,
    specVersion: (current?.specVersion ?? 0) + (isSame(current?.spec, planned.spec) ? 0 : 1),
    desired,
    warnings: planned.warnings,
    drift: { status: "unknown" },
    repairs: [],
    updatedAt: at,
    updatedBy: caller,
    ...(revocation !== undefined && { revocation }),
    ...(revokes && { revoking: true }),
  };
}

/**
 * Returns the result that a PUT would have: the item with the new intent, with the status of the registration if that
 * exists.
 */
async function dryRun(services: Services, put: Put, planned: Plan): Promise<PutResult | Failure> {
  const { registration: current, ecr } = planned.stored;
  const { revoking: _, ...intended } = intend(
    put,
    planned,
    current,
    current?.id ?? put.id ?? "",
    services.now(),
  );
  const observed = await observe(services.clients, intended.desired, {
    details: givesSettings(intended.desired),
  });
  const desired = withUsed(withSettings(intended.desired, ecr), ecr, observed);
  if (observed.role !== undefined && !isRoleOf(intended, observed.role)) {
    return { failure: "role-not-ours", roleArn: observed.role.arn };
  }
  const changes = diffObservedAndRecorded(intended, desired, observed, ecr, "plan");
  const {
    status = "provisioning",
    specVersion = 0,
    drift = intended.drift,
    updatedAt,
    updatedBy,
  } = current ?? intended;
  return {
    item: {
      ...intended,
      status,
      specVersion: current === undefined ? 0 : specVersion,
      drift,
      updatedAt,
      updatedBy,
    },
    ecr: new Map<string, UsedRepository>([
      ...ecr,
      ...desired.repositories.flatMap(({ name, settings }) =>
        settings === undefined ? [] : [[name, { name, managed: true, settings }] as const],
      ),
    ]),
    changes,
    isNew: false,
  };
}

/** Returns a desired state in which repositories that exist in ECR, and have no item, are unmanaged. */
const withUsed = (desired: ExpectedState, ecr: EcrItems, observed: ObservedState): ExpectedState => ({
  ...desired,
  repositories: desired.repositories.map((repository) => {
    const { arn, name } = repository;
    return !ecr.has(name) && observed.repositories[name] !== undefined ? { arn, name } : repository;
  }),
});
