/**
 * Carries an intent out: observes under the writer's lease, writes what differs, and records how it ended. A PUT does
 * so, and so does a repair.
 */
import { settled } from "../aws/fault.ts";
import { observe } from "../aws/observe.ts";
import { repositoryAsObserved } from "../desired/desired.ts";
import { REVOCATION_POLICY } from "../desired/names.ts";
import { DEFAULT_SETTINGS } from "../desired/settings.ts";
import type { DesiredState, ObservedState } from "../desired/state.ts";
import { type Change, diff, diffRecorded, diffSettings, type Sense, unite } from "../diff/diff.ts";
import { type Failure, failed, toProblem } from "../lib/errors.ts";
import { giveBack, type Lease } from "../lib/lease.ts";
import type { EcrItem, RegistrationItem } from "../registry/items.ts";
import type { Services } from "../services.ts";
import { denySessions, enact, isOurs, isRevocation, lookFor } from "./enact.ts";

/** What a registration shows of an ECR repository besides its own use of it. */
export type UsedRepository = Pick<EcrItem, "name" | "managed" | "settings">;

/** An item as it is once its intent is carried out, with those of its ECR repositories, and what differed before. */
export type CarriedOut = {
  item: RegistrationItem;
  ecr: readonly (UsedRepository | undefined)[];
  changes: readonly Change[];
};

/**
 * Observes under the lease, and writes what differs from the observation or from what was last recorded.
 * @param ecr the items of the ECR repositories, in the order of the desired state
 * @param keep is told what will be changed before anything is
 * @param sense in which the changes are told: a repair looks at ECR's details too, and tells them as drift
 */
export async function carryOut(
  services: Services,
  item: RegistrationItem,
  lease: Lease,
  ecr: readonly (EcrItem | undefined)[],
  sense: Sense = "plan",
  keep: (changes: readonly Change[]) => Promise<Failure | undefined> = async () => undefined,
): Promise<CarriedOut | Failure> {
  const desired = expected(item, ecr);
  const isNew = item.revision === 1;
  // What this registration has never made is taken as absent; if it is not, creating it says so.
  const first = isNew
    ? neverMade(services, desired, ecr)
    : await settled(
        observe(services.clients, desired, { details: sense === "drift" || givesSettings(item.desired) }),
      );
  if (failed(first)) return first;
  // A role that once was there and is taken for gone would be told as such, and not what was done to it.
  const isMissed = first.role === undefined && item.recorded !== undefined;
  const role = isMissed ? await lookFor(services, desired.role.name) : first.role;
  if (role !== undefined && failed(role)) return role;
  const observed = { ...first, role };
  if (observed.role !== undefined && !isOurs(item, observed.role)) {
    return { failure: "role-not-ours", roleArn: observed.role.arn };
  }
  const changes = allChanges(item, desired, observed, ecr, sense);
  const refused = await keep(changes);
  if (refused !== undefined) return refused;
  const enacted = await enact(services, item, desired, lease, changes, ecr);
  if (failed(enacted)) return enacted;
  services.clients.knownProviders.set(desired.provider.arn, services.now());
  const ended = item.revoking ? await denySessions(services, item, lease, observed.role) : item;
  if (failed(ended)) return ended;
  const roleId = enacted.roleId ?? observed.role?.roleId ?? item.roleId;
  return {
    item: { ...ended, ecr: used(item, enacted.ecr), ...(roleId !== undefined && { roleId }) },
    ecr: enacted.ecr,
    changes: changes.map((change) =>
      // The time was taken after the changes were found.
      isRevocation(desired.role, change)
        ? { ...change, expected: ended.desired.role.inlinePolicies[REVOCATION_POLICY] ?? null }
        : change,
    ),
  };
}

/** The changes that the observation shows, and those from what was last written, which an observation may not show yet. */
export function allChanges(
  item: Pick<RegistrationItem, "recorded">,
  desired: DesiredState,
  observed: ObservedState,
  ecr: readonly (EcrItem | undefined)[],
  sense: Sense,
): Change[] {
  const role =
    item.recorded === undefined || observed.role === undefined ? [] : diffRecorded(desired, item.recorded);
  const there = desired.repositories.filter(({ name }) => observed.repositories[name] !== undefined);
  return unite(diff(desired, observed, sense), [...role, ...diffSettings(there, ecr)]);
}

/** Whether an intent says anything of ECR repositories' settings. */
export const givesSettings = ({ repositories }: DesiredState): boolean =>
  repositories.some(({ settings }) => settings !== undefined);

/** The repositories of a registration, as it shows them. */
const used = ({ spec, desired }: RegistrationItem, ecr: readonly EcrItem[]): RegistrationItem["ecr"] =>
  spec.ecr.flatMap(({ repository, access }, index) => {
    const [{ arn } = { arn: "" }, item] = [desired.repositories[index], ecr[index]];
    return item?.uri === undefined ? [] : [{ repository, access, arn, uri: item.uri, managed: item.managed }];
  });

/** How long the provider, once seen, is taken to be there by a registration; checks and repairs ask again. */
const PROVIDER_KNOWN_MS = 5 * 60_000;

/** The state of AWS for a registration that has made nothing yet, from what is known without asking. */
function neverMade(
  { clients, now }: Services,
  desired: DesiredState,
  ecr: readonly (EcrItem | undefined)[],
): ObservedState {
  const seenAt = clients.knownProviders.get(desired.provider.arn);
  const arnOf = (name: string) => desired.repositories.find((one) => one.name === name)?.arn ?? "";
  const isKnown = seenAt !== undefined && now() - seenAt < PROVIDER_KNOWN_MS;
  return {
    provider: isKnown ? { audiences: [desired.provider.audience] } : undefined,
    role: undefined,
    repositories: Object.fromEntries(
      ecr.flatMap((item) =>
        item?.uri === undefined
          ? []
          : [[item.name, repositoryAsObserved({ arn: arnOf(item.name), id: item.id }, item.settings)]],
      ),
    ),
  };
}

/** Records how a change ended and gives the lease back. Without the lease nothing is recorded any more. */
export async function finish(
  { registry, now }: Services,
  begun: RegistrationItem,
  lease: Lease,
  done: CarriedOut | Failure,
): Promise<CarriedOut | Failure> {
  const recorded = await registry.changeRegistration(begun, begun, (current) => {
    if (current?.id !== begun.id || current.leases[lease.id] === undefined) {
      return { failure: "lease-lost", retryAfterSeconds: 1 };
    }
    const leases = giveBack(current.leases, lease, now());
    if (failed(done)) {
      // A writer of the same intent that came to its end is not undone by one that did not.
      return current.status === "ready"
        ? { ...current, leases }
        : { ...failedItem(current, done, now()), leases };
    }
    const { lastError: _, pendingRepair: __, revoking: ___, ...rest } = current;
    const {
      roleId = current.roleId,
      ecr,
      drift,
      repairs,
      announced,
      pendingEvent,
      pendingRepair,
    } = done.item;
    return {
      ...rest,
      leases,
      status: "ready",
      // The settings are the repositories' own from now on: another role's PUT may say otherwise.
      desired: withoutSettings(current.desired),
      recorded: withoutSettings(current.desired),
      ecr,
      drift,
      repairs,
      ...(announced !== undefined && { announced }),
      ...(pendingEvent !== undefined && { pendingEvent }),
      ...(pendingRepair !== undefined && { pendingRepair }),
      ...(roleId !== undefined && { roleId }),
    };
  });
  if (failed(done)) return done;
  return failed(recorded) ? recorded : { ...done, item: recorded };
}

/** The item with why its last change did not end. */
export function failedItem(item: RegistrationItem, failure: Failure, now: number): RegistrationItem {
  const { code, detail, aws } = toProblem(failure);
  const lastError = {
    code: aws?.code ?? code,
    detail,
    ...(aws?.requestId !== undefined && { requestId: aws.requestId }),
    at: new Date(now).toISOString(),
  };
  return { ...item, status: item.status === "removing" ? "removing" : "failed", lastError };
}

/** What is expected of AWS: the desired state, with what the registry knows of the things that were made. */
export function expected(item: RegistrationItem, ecr: readonly (EcrItem | undefined)[]): DesiredState {
  const desired = withSettings(item.desired, ecr);
  return item.roleId === undefined ? desired : { ...desired, role: { ...desired.role, roleId: item.roleId } };
}

/** A desired state with the settings that it gives, or else those that the items of its ECR repositories hold. */
export function withSettings(desired: DesiredState, ecr: readonly (EcrItem | undefined)[]): DesiredState {
  const repositories = desired.repositories.map(({ arn, name, settings: given }) => {
    const item = ecr.find((other) => other?.name === name);
    if (item === undefined) return { arn, name, settings: given ?? DEFAULT_SETTINGS };
    return item.managed ? { arn, name, settings: given ?? item.settings, id: item.id } : { arn, name };
  });
  return { ...desired, repositories };
}

/** A desired state as it is recorded. */
export const withoutSettings = (desired: DesiredState): DesiredState => ({
  ...desired,
  repositories: desired.repositories.map(({ name, arn }) => ({ name, arn })),
});
