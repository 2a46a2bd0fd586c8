/**
 * Brings one ECR repository to its desired state. Several roles may use the repository, so a writer holds a lease on the
 * repository's own item.
 */
import { applyRepository, createRepository, type MadeRepository } from "../aws/apply.ts";
import { underLease } from "../aws/clients.ts";
import { WRITABLE_PARTS } from "../aws/repository-settings.ts";
import { isInNamespace } from "../desired/names.ts";
import { DEFAULT_SETTINGS, settingsOnCreation } from "../desired/settings.ts";
import type { DesiredRepository, RepositorySettings } from "../desired/state.ts";
import { type Change, diffSettings } from "../diff/diff.ts";
import type { Path } from "../diff/path.ts";
import { type Failure, failed } from "../lib/errors.ts";
import { busy, giveBack, isHeldByOther, type Lease, newLease, withLease } from "../lib/lease.ts";
import { isSame } from "../lib/same.ts";
import type { Claimant, EcrItem, EcrKey, RegistrationItem } from "../registry/items.ts";
import type { Services } from "../services.ts";
import { mayUseItem, namespaceHolder } from "./namespace-holder.ts";
import { waitForOthers } from "./wait.ts";

/** One ECR repository that a registration uses, and what the registration asks of it. */
type Task = {
  readonly key: EcrKey;
  readonly arn: string;
  /** The settings in the registration's PUT. If undefined, the repository keeps the settings of its item. */
  readonly given: RepositorySettings | undefined;
  /** The repository's item as it was read before the intent was written. */
  readonly known: EcrItem | undefined;
  /** The paths of the changes that were found; an empty path means that the repository does not exist. */
  readonly differing: readonly Path[];
  readonly right: Right;
};

/** A registration's right to an ECR repository. */
type Right = {
  /** Tells whether the registration may use the repository of this item. */
  mayUse(item: EcrItem): boolean;
  /** Returns the claimant that the item names once the registration uses the repository. */
  claimantOf(item: EcrItem | undefined): Claimant;
};

/** The item with the writer's lease, and the item as it was before. */
type Begun = { readonly item: EcrItem; readonly lease: Lease; readonly before: EcrItem | undefined };

/**
 * Creates an ECR repository or changes its settings, and records the result on its item. If the item says that the
 * repository is ready and nothing differs, calls neither AWS nor the table.
 * @param repository as the registration's intent has it. Without settings, the settings of the repository's item stay
 * @param known the repository's item as it was read before
 */
export async function writeRepository(
  services: Services,
  registration: RegistrationItem,
  { name, arn, settings: given }: DesiredRepository,
  changes: readonly Change[],
  known: EcrItem | undefined,
): Promise<EcrItem | Failure> {
  const { account, region } = registration;
  const task: Task = {
    key: { account, region, name },
    arn,
    given,
    known,
    differing: changes
      .filter(({ resource, repairable }) => resource === arn && repairable)
      .map(({ path }) => path),
    right: await rightTo(services, registration, name, known),
  };
  if (known !== undefined && isUpToDate(task, known)) return known;
  const begun = await begin(services, task);
  if (failed(begun)) return begun;
  if (begun.lease === undefined) return begun.item;
  return write(services, task, begun);
}

/**
 * Finds out which right a registration has to an ECR repository. A repository outside of the registration's namespace
 * belongs to the operator, who grants it to one or more registrations. Once the repository on GitHub that has that
 * namespace registers it, the repository belongs to that registration, and the others continue to use it.
 */
async function rightTo(
  { registry }: Services,
  { owner, repo, claimant: registrant, confirmed }: RegistrationItem,
  name: string,
  known: EcrItem | undefined,
): Promise<Right> {
  const isInOwnNamespace = isInNamespace(owner, repo, name);
  const isOfAnother = isInOwnNamespace && known !== undefined && known.claimant !== registrant;
  const holder = isOfAnother
    ? await namespaceHolder(registry, owner, repo, registrant)
    : { claimant: registrant, former: [] };
  return {
    mayUse: (item) => !isInOwnNamespace || mayUseItem(holder, confirmed, item),
    claimantOf: (item) => (isInOwnNamespace ? holder.claimant : (item?.claimant ?? "operator")),
  };
}

/** Tells whether neither ECR nor the item needs a write. */
const isUpToDate = (task: Task, item: EcrItem): boolean =>
  task.differing.length === 0 && isDone(task, item) && !isToBeClaimed(task, item);

/** Tells whether the item says that ECR has the settings that are asked for, or that the repository is unmanaged. */
const isDone = ({ given }: Task, item: EcrItem): boolean =>
  item.uri !== undefined &&
  (!item.managed || given === undefined || (item.pending === undefined && isSame(item.settings, given)));

const isToBeClaimed = ({ right }: Task, item: EcrItem): boolean =>
  right.mayUse(item) && item.claimant !== right.claimantOf(item);

/**
 * Writes the intent and a lease on the item. Waits for a writer of the same intent, and joins that writer if it does not
 * finish.
 * @returns the item without a lease if another writer has finished the repository
 */
async function begin(
  services: Services,
  task: Task,
): Promise<Begun | { item: EcrItem; lease?: undefined } | Failure> {
  const { registry, now, newId } = services;
  const first = newLease(newId(), now());
  const begun = await takeLease(services, task, task.known, first, "wait");
  if (failed(begun) || begun.item.leases[first.id] !== undefined)
    return failed(begun) ? begun : { ...begun, lease: first };
  const current = await waitForOthers<EcrItem | undefined>(
    begun.item,
    async () => registry.readEcrItem(task.key),
    (item) => item?.uri === undefined,
    services,
  );
  const second = newLease(newId(), now());
  const joined = await takeLease(services, task, current, second, "join");
  if (failed(joined)) return joined;
  return joined.item.leases[second.id] === undefined ? { item: joined.item } : { ...joined, lease: second };
}

/**
 * Writes the intent and the lease on the item. Leaves the item as it is if another writer has finished the repository,
 * or has the same intent and `others` is `wait`.
 * @param known the item as it was read last
 */
async function takeLease(
  { registry, now, newId }: Services,
  task: Task,
  known: EcrItem | undefined,
  lease: Lease,
  others: "wait" | "join",
): Promise<{ item: EcrItem; before: EcrItem | undefined } | Failure> {
  const { key, given, right } = task;
  let before: EcrItem | undefined;
  const item = await registry.changeEcr(key, known, (current) => {
    before = current;
    if (current !== undefined && !right.mayUse(current)) {
      return { failure: "ecr-claimed", repository: key.name, internal: `reserved by ${current.claimant}` };
    }
    // Another role's writer has created the repository meanwhile.
    if (current !== undefined && task.known?.uri === undefined && isDone(task, current)) return current;
    const isHeld = current !== undefined && isHeldByOther(current.leases, lease.id, now());
    // Ignore the settings of a repository that was never created and that no writer holds. They may be the reason why
    // another PUT failed.
    const counts = current !== undefined && (current.uri !== undefined || isHeld);
    const settings = given ?? (counts ? current.settings : DEFAULT_SETTINGS);
    const isSameIntent = current !== undefined && isSame(current.settings, settings);
    if (isHeld && isSameIntent && current.uri === undefined && others === "wait") return current;
    const wait = isHeld && !isSameIntent ? busy(current.leases, lease.id, now()) : undefined;
    if (wait !== undefined) return wait;
    const dropped = [...(current?.pending?.dropped ?? []), ...Object.keys(current?.settings.tags ?? {})];
    return {
      ...(current ?? { ...key, id: newId(), revision: 0, managed: true }),
      claimant: right.claimantOf(current),
      settings,
      pending: { dropped: [...new Set(dropped)].filter((tag) => settings.tags[tag] === undefined) },
      leases: withLease(current?.leases ?? {}, lease, now()),
    };
  });
  return failed(item) ? item : { item, before };
}

/** Writes to ECR under the lease, records the result on the item, and gives the lease back. */
async function write(services: Services, task: Task, begun: Begun): Promise<EcrItem | Failure> {
  const { registry, now } = services;
  const { item, lease } = begun;
  const done = await underLease(lease, () => writeToEcr(services, task, begun));
  const finished = await registry.changeEcr(task.key, item, (current) => {
    if (current?.id !== item.id || current.leases[lease.id] === undefined)
      return { failure: "lease-lost", retryAfterSeconds: 1 };
    const leases = giveBack(current.leases, lease, now());
    if (failed(done)) return { ...current, leases };
    const { pending: _, ...rest } = current;
    const { uri, managed, found } = done;
    // If the repository already existed, record its real encryption. If Rolecall does not manage it, record all
    // settings as found.
    const fact = managed ? found && { encryption: found.encryption } : found;
    return { ...rest, uri, managed, settings: { ...current.settings, ...fact }, leases };
  });
  return failed(done) ? done : finished;
}

/** Creates the repository if it does not exist, then writes the parts of its settings that differ. */
async function writeToEcr(
  { clients }: Services,
  { key: { name }, arn, differing }: Task,
  { item, before }: Begun,
): Promise<MadeRepository | Failure> {
  const { id, settings, uri, managed, pending } = item;
  const made =
    uri === undefined || differing.includes("")
      ? await createRepository(clients, { name, arn }, settings, id)
      : { uri, managed, isNew: false };
  if (failed(made) || !made.managed) return made;
  // Another writer may have changed the settings since the changes were found. So compare with the last settings, too.
  const last = made.isNew ? settingsOnCreation(settings) : before?.settings;
  const since = diffSettings([{ name, arn, settings, id }], [last && { name, settings: last }]);
  const isUnsure = !made.isNew && (before?.uri === undefined || before.pending !== undefined);
  const paths = isUnsure
    ? WRITABLE_PARTS
    : [...(made.isNew ? [] : differing), ...since.map(({ path }) => path)];
  const dropped = made.isNew ? [] : (pending?.dropped ?? []);
  const written = { name, arn, settings, id, isNew: made.isNew };
  return (await applyRepository(clients, written, paths, dropped)) ?? made;
}
