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
  /** Whether the sessions that were issued so far end with the change. */
  revoke?: boolean;
  /** The id that the role carries already, where the table has lost its item. */
  id?: string;
  /** The sessions that the role denies everything already, where the table has lost its item. */
  denied?: DeniedSessions;
};

/** A registration with its ECR repositories, and what a PUT changed for it, or in a dry run would change. */
export type PutResult = Converged & { isNew: boolean };

/**
 * Registers a repository's role, or replaces its registration: plan, write the intent, converge, record.
 * The same request again finds nothing to change and writes nothing; after a crash it goes on where that stopped.
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
  // Write the history while AWS is written to, so that a change which a crash cuts off has its author. Wait for it
  // before the item becomes ready, because the same PUT then finds nothing to do.
  let historyWritten: Promise<unknown> = Promise.resolve();
  const done = await converge(services, begun, lease, ecr, "plan", async (changes) => {
    historyWritten = Promise.all([
      keep({ action: isNew ? "registered" : "updated", changes: bounded(changes) }),
      noteSettings(services, begun, put.caller, changes),
    ]);
    historyWritten.catch(() => {}); // Waited for below.
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
 * Begins to write, and has the namespace reserved. A failure has written no registration, or leaves the one that stood
 * before.
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
  // What stands has no intent beyond a cap, which a repair would carry out: the count comes first.
  const addition = additionBy(services.config, put, planned);
  if (stored.registration !== undefined && !isTakeover && !addsNothing(addition)) {
    const counted = await reserveNamespace(services, put, planned, share);
    return failed(counted) ? counted : start(services, put, planned);
  }
  const reserving = isAtOnce ? reserveNamespace(services, put, planned, share) : undefined;
  const [started, reservedAtOnce] = await Promise.all([start(services, put, planned), reserving]);
  if (failed(started) || started.lease === undefined) return started;
  const { item, lease } = started;
  // Noted first: after a crash in between, the next PUT would find nothing to take over.
  if (isTakeover) await noteTakeover(services, item, put.caller, stored.reservation);
  const reserved = reservedAtOnce ?? (await reserveNamespace(services, put, planned, share));
  if (!failed(reserved)) return started;
  if (item.revision === 1 && (await registry.deleteRegistration(item))) return reserved;
  await recordOutcome(services, item, lease, reserved);
  await withdraw(services, item);
  return reserved;
}

/**
 * Deletes a registration whose namespace was refused, once no writer holds it any more: several of the same intent may
 * have been refused at once. Nothing was made for it, and it counts nowhere.
 */
async function withdraw({ registry, now }: Services, { id, ...key }: RegistrationItem): Promise<void> {
  const item = await registry.readRegistration(key);
  const isUnused =
    item?.id === id && item.status === "failed" && item.recorded === undefined && item.roleId === undefined;
  if (isUnused && !isHeldByOther(item.leases, "", now())) await registry.deleteRegistration(item);
}

/**
 * Writes the reservation if it changes, or if the registration is new: a release at the same moment then fails. The write
 * counts what the PUT adds, so that many PUTs at once pass no cap.
 */
function reserveNamespace(
  { registry, newId, now, config }: Services,
  put: Put,
  planned: Plan,
  found: Share | undefined,
): Promise<Reservation | Failure> {
  const id = newId();
  const { applicant, stored } = planned;
  const { reservation: known, registration } = stored;
  return registry.changeReservation(applicant.namespace, known, (current) => {
    // Another registration may stand under it by now.
    if (isTakenOver(current, applicant) && !isUnchanged(current, known))
      return { failure: "busy", retryAfterSeconds: 1 };
    const reserved = reserve(current, applicant, id);
    if (failed(reserved)) return reserved;
    const before = isUnchanged(current, known) ? found : (current?.share ?? found);
    const at = new Date(now()).toISOString();
    const share = before && withAddition(before, additionBy(config, put, planned), capsOf(config, put), at);
    if (share !== undefined && failed(share)) return share;
    const counted = share === reserved.share || share === undefined ? reserved : { ...reserved, share };
    // If another PUT has just written it, that write is as good.
    if (counted === current && (current !== known || registration !== undefined)) return counted;
    return { ...counted, id: counted.id || id };
  });
}

/** What takes a role back asks for what stands already, so no cap refuses it. */
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
 * The share of the repository before this PUT, or the cap that the PUT would pass. Where the count says so, or there is
 * none, the registrations and ECR repositories themselves are looked at: a PUT that failed may be in the count.
 * Undefined if nothing is counted yet and this PUT adds nothing.
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
 * Removes the other registrations of the claimant from which the reservation is taken over. Their roles trust ids that
 * GitHub contradicts today, and would let a repository in that has these ids and gets the name later.
 */
async function removeOthers(
  services: Services,
  { key, caller }: Put,
  { applicant }: Plan,
): Promise<Failure | undefined> {
  for (const item of await services.registry.registrationsOf(key.owner, key.repo)) {
    if (item.role === key.role || item.claimant === applicant.claimant) continue;
    // A takeover holds the reservation against the one that it has read. A recount drops the removed roles later.
    const removed = await remove(services, item, {}, caller, true);
    if (failed(removed) && removed.failure !== "not-registered") return removed;
  }
  return undefined;
}

/** Notes in a registration's history that its repository has taken a reservation over. */
function noteTakeover(
  { registry }: Services,
  item: RegistrationItem,
  by: string,
  taken: Reservation | undefined,
): Promise<void> {
  const detail = `GitHub confirmed ${item.owner}/${item.repo}, so the reservation of ${taken?.namespace} passed from ${taken?.claimant}, which GitHub had never confirmed, to ${item.claimant}. The registrations of ${taken?.claimant} were removed.`;
  return registry.addHistory(item, { by, action: "taken-over", version: item.specVersion, detail });
}

/** Notes changes of ECR settings in the histories of the other registrations of the repository that owns them. */
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

/** Why a PUT is refused whatever GitHub says of the repository; undefined if it is not. */
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

/** An item with the writer's own lease, or one that another writer of the same intent has brought to its end. */
type Started = { item: RegistrationItem; lease: Lease | undefined };

/** Begins to write. Another writer of the same intent is waited for, and joined if it does not come to its end. */
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
  if (current !== undefined && isAsAsked(current, planned)) return { item: current, lease: undefined };
  const lease = newLease(newId(), now());
  const joined = await begin(services, put, planned, lease, "join");
  return failed(joined) ? joined : { item: joined, lease };
}

/** The failure of a PUT of what is suspended; undefined if it is not. */
function suspension(current: RegistrationItem | undefined): Failure | undefined {
  if (current?.revocation?.denied !== "all") return undefined;
  const { owner, repo, role } = current;
  return { failure: "suspended", owner, repo, role };
}

/** A finding by its code and place: a release that says the same in other words changes no registration. */
const withoutTexts = ({ code, pointer }: Plan["warnings"][number]) => ({ code, pointer });

/** Whether a registration is done and asks for the same as the plan. */
const isAsAsked = (current: RegistrationItem, planned: Plan): boolean =>
  current.status === "ready" &&
  current.claimant === planned.applicant.claimant &&
  planned.reserved === planned.stored.reservation &&
  current.revoking === undefined &&
  // A person's PUT ends a contested state, which is written.
  current.drift.status !== "contested" &&
  isSame(current.spec, planned.spec) &&
  // A PUT that learns more than an earlier one, such as the template, records its warnings.
  isSame(current.warnings.map(withoutTexts), planned.warnings.map(withoutTexts)) &&
  isSame(current.desired, withoutSettings(asPlanned(planned, current)));

/** The desired state of a plan for a registration that stands; sessions that have ended stay ended. */
const asPlanned = (planned: Plan, { id, revocation }: RegistrationItem): DesiredState =>
  planned.desired(id, revocation?.denied);

/** Whether ECR repositories have the settings that are given. */
const hasSettings = ({ repositories }: DesiredState, ecr: EcrItems): boolean =>
  repositories.every(
    ({ name, settings }) =>
      settings === undefined ||
      (isSame(settings, ecr.get(name)?.settings) && ecr.get(name)?.pending === undefined),
  );

/**
 * Writes the intent and the writer's lease, unless a precondition or another intent's lease forbids it. If others of
 * the same intent are to be waited for, the item is left as it is, without the writer's lease.
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
    // What was planned for a registration holds for that one alone: its name, share and reservation may be free by now.
    const before = planned.stored.registration;
    if (before !== undefined && before.id !== current?.id) return { failure: "busy", retryAfterSeconds: 1 };
    const conflict = registrationConflict(planned.applicant, current, planned.issuerUrl);
    if (conflict !== undefined) return conflict;
    const intended = intend(put, planned, current, current?.id ?? id, now());
    // A writer of another intent comes again later; one of the same waits, or joins.
    const isSameIntent =
      current !== undefined &&
      current.status !== "removing" &&
      // Nobody joins a revocation: two writers of it would each write a time of their own.
      intended.revoking === undefined &&
      isSame(current.desired, intended.desired);
    const isUnderWay = current?.status === "provisioning" && isHeldByOther(current.leases, lease.id, now());
    if (isSameIntent && isUnderWay && others === "wait") return current;
    const wait = current === undefined || isSameIntent ? undefined : busy(current.leases, lease.id, now());
    return wait ?? { ...intended, leases: withLease(current?.leases ?? {}, lease, now()) };
  });
}

/** The item that holds the intent of a plan. */
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
    // What it shows is not in another region's registry.
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

/** What a PUT would do: the item as it would be asked for, with the status of what is there. */
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

/** A desired state in which the repositories that exist, and have no item, are used as they are. */
const withUsed = (desired: ExpectedState, ecr: EcrItems, observed: ObservedState): ExpectedState => ({
  ...desired,
  repositories: desired.repositories.map((repository) => {
    const { arn, name } = repository;
    return !ecr.has(name) && observed.repositories[name] !== undefined ? { arn, name } : repository;
  }),
});
