/**
 * Carries changes out in AWS: provider, role and ECR repositories at the same time, each until AWS has answered
 * its last attempt.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { applyProvider, applyRepository, applyRole, createRepository } from "../aws/apply.ts";
import { underLease } from "../aws/clients.ts";
import { refusedWith, settled } from "../aws/fault.ts";
import { observeRole } from "../aws/observe.ts";
import { DEFAULT_SETTINGS } from "../desired/desired.ts";
import type { DesiredRepository, DesiredRole, ObservedRole } from "../desired/state.ts";
import { type Change, diffRole } from "../drift/diff.ts";
import { type Failure, failed } from "../errors.ts";
import type { EcrItem, EcrKey, RegistrationItem } from "../registry/items.ts";
import {
  busy,
  giveBack,
  isHeldByOther,
  type Lease,
  newLease,
  waitForOthers,
  withLease,
} from "../registry/lease.ts";
import type { Services } from "../services.ts";
import { isInNamespace } from "./spec.ts";

export type Enacted = { roleId?: string; ecr: RegistrationItem["ecr"] };

/** How often a role is looked at again after AWS contradicted what was observed; IAM's reads lag behind. */
export const LOOKS = 4;

/**
 * Carries out the changes that lead to an item's desired state.
 * @param changes from `diff`, in the sense of a plan
 * @param known the items of the ECR repositories, in the order of the desired state
 */
export async function enact(
  services: Services,
  item: RegistrationItem,
  lease: Lease,
  changes: readonly Change[],
  known: readonly (EcrItem | undefined)[],
): Promise<Enacted | Failure> {
  const { provider, role, repositories } = item.desired;
  const [providerDone, roleDone, ...ecrDone] = await Promise.all([
    underLease(lease, () => applyProvider(services.clients, provider, changes)),
    underLease(lease, () => enactRole(services, item, role, changes)),
    ...repositories.map((repository, index) =>
      enactRepository(services, item, repository, changes, known[index]),
    ),
  ]);
  if (failed(providerDone)) return providerDone;
  if (failed(roleDone)) return roleDone;
  const refused = ecrDone.find(failed);
  if (refused !== undefined) return refused;
  const ecr = item.spec.ecr.flatMap(({ repository, access }, index) => {
    const [desired, done] = [repositories[index], ecrDone[index]];
    if (desired === undefined || done === undefined || failed(done)) return [];
    return [{ repository, access, arn: desired.arn, uri: done.uri, managed: done.managed }];
  });
  return { ...roleDone, ecr };
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

async function enactRole(
  { clients }: Services,
  item: RegistrationItem,
  role: DesiredRole,
  changes: readonly Change[],
): Promise<{ roleId?: string } | Failure> {
  let pending = changes;
  let seen: { roleId?: string } = {};
  for (let look = 1; ; look++) {
    const done = await applyRole(clients, role, pending);
    // A role whose making was not answered, or that was made before an earlier look, is known by its observation.
    if (!failed(done)) return { ...seen, ...done };
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
    pending = diffRole(role, observed, "plan");
    await pause(look);
  }
}

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

type UsedRepository = { uri: string; managed: boolean };

/**
 * Makes an ECR repository or changes its settings, under a lease on its own item: several roles may use it. If
 * its item says that it is ready and nothing differs, neither AWS nor the table is asked.
 */
async function enactRepository(
  { clients, registry, now, newId }: Services,
  { account, region, owner, repo, claimant: registrant }: RegistrationItem,
  { name, arn, settings = DEFAULT_SETTINGS }: DesiredRepository,
  changes: readonly Change[],
  known: EcrItem | undefined,
): Promise<UsedRepository | Failure> {
  // A name outside of the repository's own namespace is the operator's, who has granted it and may grant it to several.
  const claimant = isInNamespace(owner, repo, name) ? registrant : "operator";
  const differs = changes
    .filter(({ resource, repairable }) => resource === arn && repairable)
    .map(({ path }) => path);
  if (known?.uri !== undefined && differs.length === 0) return { uri: known.uri, managed: known.managed };

  const key: EcrKey = { account, region, name };
  const begin = (lease: Lease, from: EcrItem | undefined, others: "wait" | "join") =>
    registry.changeEcr(key, from, (current) => {
      if (current !== undefined && current.claimant !== claimant) {
        return { failure: "ecr-claimed", repository: name, internal: `claimed by ${current.claimant}` };
      }
      // Another role's writer has made it meanwhile, or is about to.
      if (current?.uri !== undefined && known?.uri === undefined) return current;
      const isHeld = current !== undefined && isHeldByOther(current.leases, lease.id, now());
      const isSameIntent = current !== undefined && isSame(current.settings, settings);
      if (isHeld && isSameIntent && current.uri === undefined && others === "wait") return current;
      const wait = isHeld && !isSameIntent ? busy(current.leases, lease.id, now()) : undefined;
      if (wait !== undefined) return wait;
      return {
        ...(current ?? { ...key, id: newId(), revision: 0, claimant, managed: true }),
        settings,
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
  if (begun.uri !== undefined && begun.leases[lease.id] === undefined)
    return { uri: begun.uri, managed: begun.managed };

  const done = await underLease(lease, async (): Promise<UsedRepository | Failure> => {
    if (begun.uri === undefined || differs.includes("")) {
      return createRepository(clients, { name, arn, settings }, begun.id);
    }
    const put = await applyRepository(clients, { name, arn }, settings, begun.id, changes);
    return put ?? { uri: begun.uri, managed: begun.managed };
  });
  const finished = await registry.changeEcr(key, begun, (current) => {
    if (current?.id !== begun.id || current.leases[lease.id] === undefined)
      return { failure: "lease-lost", retryAfterSeconds: 1 };
    return { ...current, ...(failed(done) ? {} : done), leases: giveBack(current.leases, lease, now()) };
  });
  return failed(done) ? done : failed(finished) ? finished : done;
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
