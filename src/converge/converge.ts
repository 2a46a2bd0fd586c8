/**
 * Brings one registration to its desired state. A PUT and a repair do so. There are three layers:
 * - `converge` observes under the writer's lease, finds the changes, and writes them. `recordOutcome` records the result.
 * - `writeRole` and `writeRepository` write one part each, until AWS has answered their last attempt.
 * - `applyProvider`, `applyRole` and `applyRepository` in `src/aws/apply.ts` turn changes into calls of AWS.
 */
import { applyProvider } from "../aws/apply.ts";
import { underLease } from "../aws/clients.ts";
import { settled } from "../aws/fault.ts";
import { observe } from "../aws/observe.ts";
import { asOneChange } from "../aws/sessions.ts";
import { repositoryAsObserved } from "../desired/desired.ts";
import { REVOCATION_POLICY } from "../desired/names.ts";
import type { ExpectedState, ObservedState } from "../desired/state.ts";
import type { Change, StoredChange } from "../diff/diff.ts";
import type { Sense } from "../diff/part.ts";
import { type Failure, failed, toProblem } from "../lib/errors.ts";
import { giveBack, type Lease } from "../lib/lease.ts";
import { isSame } from "../lib/same.ts";
import type { EcrItem, PendingRepair, RegistrationItem } from "../registry/items.ts";
import type { Services } from "../services.ts";
import {
  byName,
  diffObservedAndRecorded,
  type EcrItems,
  expectedState,
  givesSettings,
  withoutSettings,
} from "./expected.ts";
import { writeRepository } from "./repository.ts";
import { denySessions, isRevocation, recordRevocation } from "./revocation.ts";
import { findRole, isRoleOf, writeRole } from "./role.ts";
import { scopeOf } from "./scope.ts";

/** The part of an ECR repository that a registration shows, except for the registration's own access to it. */
export type UsedRepository = Pick<EcrItem, "name" | "managed" | "settings">;

/** A registration whose desired state was written, the items of its ECR repositories, and the changes that were found. */
export type Converged = {
  item: RegistrationItem;
  ecr: ReadonlyMap<string, UsedRepository>;
  changes: readonly StoredChange[];
};

/** The role's id if an answer has shown it, and the registration with the time of its revocation, if it has one. */
type WrittenRole = { roleId?: string; item: RegistrationItem };

/** The results of writing the parts: those of the role, and the items of the ECR repositories. */
type WrittenParts = WrittenRole & { ecr: EcrItems };

/**
 * Observes AWS under the lease, and writes the changes since the observation and since the last recorded state.
 * @param sense the sense of the returned changes. In the sense of `drift`, the details of ECR repositories are read too
 * @param beforeWriting is called with the changes before anything is written; its failure prevents the writes
 */
export async function converge(
  services: Services,
  item: RegistrationItem,
  lease: Lease,
  ecr: EcrItems,
  sense: Sense = "plan",
  beforeWriting: (changes: readonly Change[]) => Promise<Failure | undefined> = async () => undefined,
): Promise<Converged | Failure> {
  const expected = expectedState(item, ecr);
  const observed = await observeFor(services, item, expected, ecr, sense);
  if (failed(observed)) return observed;
  if (observed.role !== undefined && !isRoleOf(item, observed.role)) {
    return { failure: "role-not-ours", roleArn: observed.role.arn };
  }
  const changes = diffObservedAndRecorded(item, expected, observed, ecr, sense);
  const refused = await beforeWriting(changes);
  if (refused !== undefined) return refused;
  const written = await asOneChange(lease.id, scopeOf(services, item), () =>
    writeParts(services, item, expected, lease, changes, ecr),
  );
  if (failed(written)) return written;
  const { item: timed } = written;
  const roleId = written.roleId ?? observed.role?.roleId ?? item.roleId;
  return {
    item: { ...timed, ecr: shownRepositories(item, written.ecr), ...(roleId !== undefined && { roleId }) },
    ecr: written.ecr,
    changes: changes.map((change) =>
      // `denySessions` took the time after the changes were found.
      isRevocation(expected.role, change)
        ? { ...change, expected: timed.desired.role.inlinePolicies[REVOCATION_POLICY] ?? null }
        : change,
    ),
  };
}

/**
 * Observes AWS. Reads nothing for a new registration, which has created nothing yet. If its role exists all the same,
 * CreateRole fails and says so.
 */
async function observeFor(
  services: Services,
  item: RegistrationItem,
  expected: ExpectedState,
  ecr: EcrItems,
  sense: Sense,
): Promise<ObservedState | Failure> {
  const isNew = item.revision === 1;
  const details = sense === "drift" || givesSettings(item.desired);
  const observed = isNew
    ? stateOfNew(services, expected, ecr)
    : await settled(observe(services.clients, expected, { details }));
  if (failed(observed)) return observed;
  // IAM reads lag. Look again before reporting a recorded role as deleted; otherwise the report would hide what really
  // changed.
  if (observed.role !== undefined || item.recorded === undefined) return observed;
  const role = await findRole(services, expected.role.name);
  return role !== undefined && failed(role) ? role : { ...observed, role };
}

/** For how long a new registration assumes that a provider still exists. Checks and repairs always read it. */
const PROVIDER_KNOWN_MS = 5 * 60_000;

/** Returns the state of AWS for a registration that has created nothing yet, without reading AWS. */
function stateOfNew({ clients, now }: Services, expected: ExpectedState, ecr: EcrItems): ObservedState {
  const seenAt = clients.knownProviders.get(expected.provider.arn);
  const isKnown = seenAt !== undefined && now() - seenAt < PROVIDER_KNOWN_MS;
  return {
    provider: isKnown ? { audiences: [expected.provider.audience] } : undefined,
    role: undefined,
    repositories: Object.fromEntries(
      expected.repositories.flatMap(({ name, arn }) => {
        const item = ecr.get(name);
        return item?.uri === undefined
          ? []
          : [[name, repositoryAsObserved({ arn, id: item.id }, item.settings)]];
      }),
    ),
  };
}

/**
 * Writes the changes of the role and of the ECR repositories at the same time. A revocation ends its sessions even if ECR
 * refuses a write.
 */
async function writeParts(
  services: Services,
  item: RegistrationItem,
  expected: ExpectedState,
  lease: Lease,
  changes: readonly Change[],
  ecr: EcrItems,
): Promise<WrittenParts | Failure> {
  const [role, ...ecrDone] = await Promise.all([
    writeProviderAndRole(services, item, expected, lease, changes),
    ...item.desired.repositories.map((repository) =>
      settled(writeRepository(services, item, repository, changes, ecr.get(repository.name))),
    ),
  ]);
  if (failed(role)) return role;
  const refused = ecrDone.find(failed);
  if (refused !== undefined) {
    const unrecorded = item.revoking ? await recordRevocation(services, role.item, lease) : undefined;
    return unrecorded ?? refused;
  }
  return { ...role, ecr: byName(ecrDone.flatMap((done) => (failed(done) ? [] : [done]))) };
}

/**
 * Writes the changes of the provider and of the role. If a revocation has begun, then writes the policy that denies the
 * sessions: its time must not be before the other writes.
 */
async function writeProviderAndRole(
  services: Services,
  item: RegistrationItem,
  { provider, role }: ExpectedState,
  lease: Lease,
  changes: readonly Change[],
): Promise<WrittenRole | Failure> {
  const isForNow = (change: Change) => !(item.revoking && isRevocation(role, change));
  const [providerDone, roleDone] = await Promise.all([
    underLease(lease, () => applyProvider(services.clients, provider, changes)),
    underLease(lease, () => writeRole(services, item, role, changes, isForNow)),
  ]);
  if (failed(providerDone)) return providerDone;
  if (failed(roleDone)) return roleDone;
  services.clients.knownProviders.set(provider.arn, services.now());
  const timed = item.revoking ? await denySessions(services, item, lease) : item;
  return failed(timed) ? timed : { ...roleDone, item: timed };
}

/** Returns the ECR repositories of a registration in the form that its item stores. */
const shownRepositories = ({ spec, desired }: RegistrationItem, ecr: EcrItems): RegistrationItem["ecr"] =>
  spec.ecr.flatMap(({ repository, access }) => {
    const { arn = "" } = desired.repositories.find(({ name }) => name === repository) ?? {};
    const item = ecr.get(repository);
    return item?.uri === undefined ? [] : [{ repository, access, arn, uri: item.uri, managed: item.managed }];
  });

/** The result of a repair: the pending repair that it has finished, and the drift status that it leaves. */
export type RepairResult = {
  readonly finished: PendingRepair | undefined;
  /** Returns the item with the drift status after the repair. */
  withStatus(current: RegistrationItem): RegistrationItem;
};

/**
 * Records the result of `converge` on the item and gives the lease back. Records nothing if the lease was lost. Another
 * writer of the same intent may have changed the item since `begun` was read, so everything else stays as it is now.
 */
export async function recordOutcome(
  { registry, now }: Services,
  begun: RegistrationItem,
  lease: Lease,
  done: Converged | Failure,
  repair?: RepairResult,
): Promise<Converged | Failure> {
  const recorded = await registry.changeRegistration(begun, begun, (current) => {
    if (current?.id !== begun.id || current.leases[lease.id] === undefined) {
      return { failure: "lease-lost", retryAfterSeconds: 1 };
    }
    const leases = giveBack(current.leases, lease, now());
    if (failed(done)) {
      // If another writer of the same intent has succeeded, this writer's failure does not count.
      return current.status === "ready"
        ? { ...current, leases }
        : { ...withFailure(current, done, now()), leases };
    }
    const { lastError: _, revoking: __, pendingRepair, ...rest } = repair?.withStatus(current) ?? current;
    const { roleId = current.roleId, ecr } = done.item;
    // A pending repair of another writer, or with more changes, stays until that writer finishes it.
    const isPending = pendingRepair !== undefined && !isSame(pendingRepair, repair?.finished);
    return {
      ...rest,
      leases,
      status: "ready",
      // From now on the items of the ECR repositories hold the settings, because another role's PUT may change them.
      desired: withoutSettings(current.desired),
      recorded: withoutSettings(current.desired),
      ecr,
      ...(isPending && { pendingRepair }),
      ...(roleId !== undefined && { roleId }),
    };
  });
  if (failed(done)) return done;
  return failed(recorded) ? recorded : { ...done, item: recorded };
}

/** Returns the item with the failure of its last change. */
export function withFailure(item: RegistrationItem, failure: Failure, now: number): RegistrationItem {
  const { code, detail, aws } = toProblem(failure);
  const lastError = {
    code: aws?.code ?? code,
    detail,
    ...(aws?.requestId !== undefined && { requestId: aws.requestId }),
    at: new Date(now).toISOString(),
  };
  return { ...item, status: item.status === "removing" ? "removing" : "failed", lastError };
}
