/**
 * Carries changes out in AWS: provider, role and ECR repositories at the same time, each until AWS has answered
 * its last attempt.
 */

import { setTimeout as sleep } from "node:timers/promises";
import {
  applyProvider,
  applyRepository,
  applyRole,
  createRepository,
  EVERY_PART,
  type MadeRepository,
} from "../aws/apply.ts";
import { underLease } from "../aws/clients.ts";
import { refusedWith, settled } from "../aws/fault.ts";
import { observeRole } from "../aws/observe.ts";
import { isInNamespace, REVOCATION_POLICY } from "../desired/names.ts";
import { sessionsEnd, withDenied } from "../desired/revocation.ts";
import { DEFAULT_SETTINGS } from "../desired/settings.ts";
import type {
  DesiredRepository,
  DesiredRole,
  DesiredState,
  ObservedRole,
  RepositorySettings,
} from "../desired/state.ts";
import { type Change, diffRole, diffSettings } from "../diff/diff.ts";
import { type Failure, failed } from "../lib/errors.ts";
import { busy, giveBack, isHeldByOther, type Lease, newLease, withLease } from "../lib/lease.ts";
import { pointerToken } from "../lib/pointer.ts";
import type { Claimant, EcrItem, EcrKey, RegistrationItem } from "../registry/items.ts";
import type { Services } from "../services.ts";
import { mayUseItem, namespaceHolder } from "./namespace-holder.ts";
import { waitForOthers } from "./wait.ts";

/** What came of the role, and the items of the ECR repositories, in the order of the desired state. */
export type Enacted = { roleId?: string; ecr: readonly EcrItem[] };

/** How often a role is looked at again after AWS contradicted what was observed; IAM's reads lag behind. */
export const LOOKS = 4;

/**
 * Carries out the changes that lead to an item's desired state, without the policy of a revocation that is being
 * written: `denySessions` writes it after all others.
 * @param expected that state, with what the registry knows of the things that were made
 * @param changes from `diff`, in the sense of a plan
 * @param known the items of the ECR repositories, in the order of the desired state
 */
export async function enact(
  services: Services,
  item: RegistrationItem,
  { provider, role, repositories }: DesiredState,
  lease: Lease,
  changes: readonly Change[],
  known: readonly (EcrItem | undefined)[],
): Promise<Enacted | Failure> {
  const [providerDone, roleDone, ...ecrDone] = await Promise.all([
    underLease(lease, () => applyProvider(services.clients, provider, changes)),
    underLease(lease, () =>
      enactRole(services, item, role, changes, (change) => !(item.revoking && isRevocation(role, change))),
    ),
    ...repositories.map((repository, index) =>
      enactRepository(
        services,
        item,
        repository,
        item.desired.repositories[index]?.settings,
        changes,
        known[index],
      ),
    ),
  ]);
  if (failed(providerDone)) return providerDone;
  if (failed(roleDone)) return roleDone;
  const refused = ecrDone.find(failed);
  if (refused !== undefined) return refused;
  return { ...roleDone, ecr: ecrDone.flatMap((done) => (failed(done) ? [] : [done])) };
}

/**
 * Whether a role is the registration's: a record that once was ready names it, or it carries the registration's
 * id; and it is under our path (its ARN is the desired one). Other tags prove nothing.
 */
export const isOurs = (
  item: Pick<RegistrationItem, "id" | "recorded" | "desired">,
  role: ObservedRole,
): boolean =>
  role.arn === item.desired.role.arn && (item.recorded !== undefined || role.tags["rolecall:id"] === item.id);

/** Whether a change is one of the policy that denies sessions everything. */
export const isRevocation = ({ arn }: DesiredRole, { resource, path }: Change): boolean =>
  resource === arn && path === `/inlinePolicies/${pointerToken(REVOCATION_POLICY)}`;

/**
 * Writes the policy that denies sessions everything, after every other write of the change has been answered. The time
 * before which sessions end is taken now and recorded first, so that it is 60 seconds after the last write to IAM. A
 * writer that goes on after a crash takes a later time.
 * @param item holds the lease; its desired state may have an earlier time
 * @param observed the role as it was last seen; undefined where it is being made
 */
export async function denySessions(
  services: Services,
  item: RegistrationItem,
  lease: Lease,
  observed: ObservedRole | undefined,
): Promise<RegistrationItem | Failure> {
  const { registry, now } = services;
  const timed = await registry.changeRegistration(item, item, (current) => {
    if (current?.id !== item.id || current.leases[lease.id] === undefined)
      return { failure: "lease-lost", retryAfterSeconds: 1 };
    const { revocation } = current;
    if (revocation === undefined || revocation.denied === "all") return current;
    const denied = sessionsEnd(now());
    if (isSame(denied, revocation.denied)) return current;
    return {
      ...current,
      revocation: { ...revocation, denied },
      desired: withDenied(current.desired, denied),
    };
  });
  if (failed(timed)) return timed;
  const { role } = timed.desired;
  const missing: Change = {
    resource: role.arn,
    path: `/inlinePolicies/${pointerToken(REVOCATION_POLICY)}`,
    expected: role.inlinePolicies[REVOCATION_POLICY] ?? null,
    actual: null,
    effect: "narrows",
    repairable: true,
  };
  const changes = observed === undefined ? [missing] : diffRole(role, observed, "plan");
  const concerns = (change: Change) => isRevocation(role, change);
  const done = await underLease(lease, () => enactRole(services, timed, role, changes, concerns));
  return failed(done) ? done : timed;
}

/** @param concerns the changes of the role that are carried out; the others are left */
async function enactRole(
  { clients }: Services,
  item: RegistrationItem,
  role: DesiredRole,
  changes: readonly Change[],
  concerns: (change: Change) => boolean,
): Promise<{ roleId?: string } | Failure> {
  let pending = changes.filter(concerns);
  let seen: { roleId?: string } = {};
  for (let look = 1; ; look++) {
    const done = await applyRole(clients, role, pending);
    // A role whose making was not answered, or that was made before an earlier look, is known by its observation.
    if (!failed(done)) return { ...seen, ...done };
    if (isFull(done)) return { failure: "quota-reached", of: "account", limit: clients.knownRoles.limit };
    const contradicted =
      refusedWith(done, "EntityAlreadyExists") ||
      refusedWith(done, "NoSuchEntity") ||
      // While IAM lags it knows no path of a new role, and a policy for our path alone then denies.
      (refusedWith(done, "AccessDenied") &&
        done.failure === "aws-refused" &&
        done.aws.action !== "CreateRole");
    if (!contradicted || look === LOOKS) return done;
    const observed = await settled(observeRole(clients, role.name));
    if (failed(observed)) return observed;
    if (observed !== undefined && !isOurs(item, observed))
      return { failure: "role-not-ours", roleArn: observed.arn };
    if (observed?.roleId !== undefined) seen = { roleId: observed.roleId };
    const seenNow = diffRole(role, observed, "plan").filter(concerns);
    // A role that is not seen yet differs as a whole, which may not be what is to be carried out.
    pending = observed === undefined && seenNow.length === 0 ? pending : seenNow;
    await pause(look);
  }
}

/** Whether IAM made no role because the account has as many as its quota allows. Other quotas have the same code. */
const isFull = (failure: Failure): boolean =>
  failure.failure === "aws-refused" &&
  failure.aws.action === "CreateRole" &&
  failure.aws.code === "LimitExceeded" &&
  failure.internal.includes("RolesPerAccount");

/** Between two looks at a role, longer each time. */
const pause = (look: number): Promise<void> => sleep(100 * 2 ** look * (0.5 + Math.random()));

/**
 * Looks for a role that may well be there. One that is not seen is looked for again before that is believed: IAM's
 * reads lag behind.
 */
export async function lookFor(
  { clients }: Services,
  name: string,
): Promise<ObservedRole | undefined | Failure> {
  for (let look = 1; ; look++) {
    const observed = await settled(observeRole(clients, name));
    if (observed !== undefined || look === LOOKS) return observed;
    await pause(look);
  }
}

/**
 * Makes an ECR repository or changes its settings, under a lease on its own item: several roles may use it. If
 * its item says that it is ready and nothing differs, neither AWS nor the table is asked.
 * @param given the settings that the registration's PUT has said; without any, the item's stay
 */
async function enactRepository(
  { clients, registry, now, newId }: Services,
  { account, region, owner, repo, claimant: registrant, confirmed }: RegistrationItem,
  { name, arn }: DesiredRepository,
  given: RepositorySettings | undefined,
  changes: readonly Change[],
  known: EcrItem | undefined,
): Promise<EcrItem | Failure> {
  // A name outside of the repository's own namespace is the operator's, who has granted it and may grant it to several,
  // until the repository of that namespace registers it: then it is that one's, and the others go on using it.
  const isOwn = isInNamespace(owner, repo, name);
  const isOthers = isOwn && known !== undefined && known.claimant !== registrant;
  const holder = isOthers
    ? await namespaceHolder(registry, owner, repo, registrant)
    : { claimant: registrant, former: [] };
  const mayUse = (current: EcrItem): boolean => !isOwn || mayUseItem(holder, confirmed, current);
  const claimantOf = (current: EcrItem | undefined): Claimant =>
    isOwn ? holder.claimant : (current?.claimant ?? "operator");
  const differs = changes
    .filter(({ resource, repairable }) => resource === arn && repairable)
    .map(({ path }) => path);
  const isMissing = differs.includes("");
  /** Whether the item says that ECR has what is asked for, or that it is not ours to give. */
  const isDone = (item: EcrItem): boolean =>
    item.uri !== undefined &&
    (!item.managed || given === undefined || (item.pending === undefined && isSame(item.settings, given)));
  const isToBeClaimed = known !== undefined && mayUse(known) && known.claimant !== claimantOf(known);
  if (known !== undefined && differs.length === 0 && isDone(known) && !isToBeClaimed) return known;

  const key: EcrKey = { account, region, name };
  /** The item as it was before this writer began. */
  let before: EcrItem | undefined;
  const begin = (lease: Lease, from: EcrItem | undefined, others: "wait" | "join") =>
    registry.changeEcr(key, from, (current) => {
      before = current;
      if (current !== undefined && !mayUse(current)) {
        return { failure: "ecr-claimed", repository: name, internal: `reserved by ${current.claimant}` };
      }
      // Another role's writer has made it meanwhile, or is about to.
      if (current !== undefined && known?.uri === undefined && isDone(current)) return current;
      const isHeld = current !== undefined && isHeldByOther(current.leases, lease.id, now());
      // What never came to be made is nobody's word: another role's PUT may have failed by it.
      const stands = current !== undefined && (current.uri !== undefined || isHeld);
      const settings = given ?? (stands ? current.settings : DEFAULT_SETTINGS);
      const isSameIntent = current !== undefined && isSame(current.settings, settings);
      if (isHeld && isSameIntent && current.uri === undefined && others === "wait") return current;
      const wait = isHeld && !isSameIntent ? busy(current.leases, lease.id, now()) : undefined;
      if (wait !== undefined) return wait;
      const dropped = [...(current?.pending?.dropped ?? []), ...Object.keys(current?.settings.tags ?? {})];
      return {
        ...(current ?? { ...key, id: newId(), revision: 0, managed: true }),
        claimant: claimantOf(current),
        settings,
        pending: { dropped: [...new Set(dropped)].filter((tag) => settings.tags[tag] === undefined) },
        leases: withLease(current?.leases ?? {}, lease, now()),
      };
    });
  let lease = newLease(newId(), now());
  let begun = await begin(lease, known, "wait");
  if (!failed(begun) && begun.leases[lease.id] === undefined) {
    const current = await waitForOthers(
      begun,
      async () => registry.readEcrItem(key),
      (item) => item?.uri === undefined,
      now,
    );
    lease = newLease(newId(), now());
    begun = await begin(lease, current, "join");
  }
  if (failed(begun)) return begun;
  if (begun.leases[lease.id] === undefined) return begun;

  const { id, settings, uri, managed, pending } = begun;
  const done = await underLease(lease, async (): Promise<MadeRepository | Failure> => {
    const made =
      uri === undefined || isMissing
        ? await createRepository(clients, { name, arn }, settings, id)
        : { uri, managed, isNew: false };
    if (failed(made) || !made.managed) return made;
    // What the changes were found against may have changed since: the item tells what ECR was given last.
    const last = made.isNew ? asCreated(settings) : before?.settings;
    const since = diffSettings([{ name, arn, settings, id }], [last && { name, settings: last }]);
    const isUnsure = !made.isNew && (before?.uri === undefined || before.pending !== undefined);
    const paths = isUnsure ? EVERY_PART : [...(made.isNew ? [] : differs), ...since.map(({ path }) => path)];
    const dropped = made.isNew ? [] : (pending?.dropped ?? []);
    return (await applyRepository(clients, { name, arn }, settings, id, paths, dropped, made.isNew)) ?? made;
  });
  const finished = await registry.changeEcr(key, begun, (current) => {
    if (current?.id !== begun.id || current.leases[lease.id] === undefined)
      return { failure: "lease-lost", retryAfterSeconds: 1 };
    const leases = giveBack(current.leases, lease, now());
    if (failed(done)) return { ...current, leases };
    const { pending: _, ...rest } = current;
    const { uri, managed, found } = done;
    // Of what was there already the encryption is a fact; of another's, everything.
    const fact = managed ? found && { encryption: found.encryption } : found;
    return { ...rest, uri, managed, settings: { ...current.settings, ...fact }, leases };
  });
  return failed(done) ? done : finished;
}

/** What a repository has of its settings when it is made: the policies come after. */
const asCreated = (settings: RepositorySettings): RepositorySettings => ({
  ...settings,
  lifecycle: [],
  pull: { accounts: [] },
});

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
