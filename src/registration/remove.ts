import { removeRole } from "../aws/apply.ts";
import { underLease } from "../aws/clients.ts";
import { refusedWith, settled } from "../aws/fault.ts";
import { observeRole } from "../aws/observe.ts";
import { asOneChange } from "../aws/sessions.ts";
import { withFailure } from "../converge/converge.ts";
import { findRole, isRoleOf, pauseMs, ROLE_READS } from "../converge/role.ts";
import { scopeOf } from "../converge/scope.ts";
import { asObserved } from "../desired/desired.ts";
import { namespaceOf } from "../desired/names.ts";
import type { components } from "../generated/contract.ts";
import { type Failure, failed } from "../lib/errors.ts";
import { busy, giveBack, type Lease, newLease, withLease } from "../lib/lease.ts";
import type { RegistrationItem, RegistrationKey } from "../registry/items.ts";
import type { Services } from "../services.ts";
import { type Precondition, unmet } from "./precondition.ts";
import { find } from "./read.ts";
import { withoutRole } from "./share.ts";

export type Removal = components["schemas"]["Removal"];

/**
 * Removes a registration and its role. ECR repositories and the provider always stay. After a crash, the same request
 * continues where the first one stopped.
 * @param keepsCount true if the reservation must not change here, because the caller is about to change it
 */
export async function remove(
  services: Services,
  key: RegistrationKey,
  precondition: Precondition,
  caller: string,
  keepsCount = false,
): Promise<Removal | Failure> {
  const current = await find(services.registry, key);
  if (failed(current)) return current;
  const since = new Date(services.now()).toISOString();
  const lease = newLease(services.newId(), services.now());
  const begun = await begin(services, current, precondition, caller, lease);
  if (failed(begun)) return begun;

  const { role, provider, repositories } = begun.desired;
  const done = await asOneChange(lease.id, scopeOf(services, begun), () =>
    underLease(lease, () => removeOurs(services, begun)),
  );
  if (failed(done)) return giveBackLease(services, begun, lease, done);
  // An attempt that AWS has not answered may still take effect. Keep the item until such an attempt can hit no new
  // role.
  if (lease.unsettled) {
    const retryAfterSeconds = Math.max(1, Math.ceil((lease.expiresAt - services.now()) / 1000));
    return giveBackLease(services, begun, lease, { failure: "busy", retryAfterSeconds });
  }
  const { specVersion: version } = begun;
  // Delete the item last. Until then the same DELETE can be repeated.
  const [uncounted] = await Promise.all([
    keepsCount ? undefined : uncount(services, begun, since),
    services.registry.addHistory(begun, { by: caller, action: "removed", version }),
  ]);
  if (failed(uncounted)) return uncounted;
  const deleted = await forget(services, begun, lease);
  if (failed(deleted)) return deleted;
  return {
    removed: done === "removed" ? [role.arn] : [],
    stays: [...repositories.map(({ arn }) => arn), provider.arn],
  };
}

/** Writes the intent to remove and the writer's lease. */
function begin(
  { registry, now }: Services,
  known: RegistrationItem,
  precondition: Precondition,
  caller: string,
  lease: Lease,
): Promise<RegistrationItem | Failure> {
  return registry.changeRegistration(known, known, (current) => {
    if (current === undefined) return { failure: "not-registered", ...keyOf(known) };
    const stale = unmet(precondition, current);
    if (stale !== undefined) return stale;
    // Wait for another DELETE, too. It could delete the role of a registration that is created after the item is gone.
    const wait = busy(current.leases, lease.id, now());
    if (wait !== undefined) return wait;
    // The token of the last PUT may not repeat that PUT.
    const { token: _, ...item } = current;
    return {
      ...item,
      status: "removing",
      leases: withLease(current.leases, lease, now()),
      updatedAt: new Date(now()).toISOString(),
      updatedBy: caller,
    };
  });
}

const keyOf = ({ owner, repo, role }: RegistrationKey): RegistrationKey => ({ owner, repo, role });

/**
 * Deletes the role if it belongs to the registration. Deletes a recorded role even if a read does not show it, because
 * reads lag. Accepts only after several reads that there is no role, because nobody would find the role again without
 * the item. If IAM refuses because something is still attached to the role, reads the role again.
 */
async function removeOurs(
  services: Services,
  item: RegistrationItem,
): Promise<"removed" | "absent" | Failure> {
  const { clients } = services;
  const { role } = item.desired;
  const isRecorded = item.recorded !== undefined;
  const observed = await (isRecorded
    ? settled(observeRole(clients, role.name))
    : findRole(services, role.name));
  if (observed !== undefined && failed(observed)) return observed;
  if (observed === undefined && !isRecorded) return "absent";
  let seen = observed;
  for (let look = 1; look <= ROLE_READS; look++) {
    if (seen !== undefined && !isRoleOf(item, seen)) return "absent";
    const removed = await removeRole(
      clients,
      role,
      seen ?? asObserved(item.desired).role,
      seen !== undefined,
    );
    if (removed === "deleted") return "removed";
    const isConflict = failed(removed) && refusedWith(removed, "DeleteConflict");
    if (failed(removed) && !(isConflict && look < ROLE_READS)) return removed;
    if (isConflict) await services.wait(pauseMs(look));
    const again = await findRole(services, role.name);
    // A conflict proves that the role exists, so a read that does not show it lags.
    if (again === undefined) return isConflict ? removed : observed === undefined ? "absent" : "removed";
    if (failed(again)) return again;
    seen = again;
  }
  const aws = { service: "iam", action: "DeleteRole", code: "NoSuchEntity" };
  return {
    failure: "aws-unavailable",
    aws,
    retryAfterSeconds: 5,
    internal: "IAM shows a role and misses it",
  };
}

/** Records on the item why the removal failed, and gives the lease back. Returns the failure. */
async function giveBackLease(
  { registry, now }: Services,
  begun: RegistrationItem,
  lease: Lease,
  failure: Failure,
): Promise<Failure> {
  const released = await registry.changeRegistration(begun, begun, (current) => {
    if (current?.id !== begun.id) return { failure: "lease-lost", retryAfterSeconds: 1 };
    return { ...withFailure(current, failure, now()), leases: giveBack(current.leases, lease, now()) };
  });
  return failed(released) ? released : failure;
}

/** Deletes the item, as long as the writer still holds its lease. */
async function forget(
  { registry }: Services,
  begun: RegistrationItem,
  lease: Lease,
): Promise<Failure | undefined> {
  for (let item: RegistrationItem | undefined = begun; item !== undefined; ) {
    if (item.id !== begun.id) return undefined; // Another writer deleted it, and the name is registered again.
    if (item.leases[lease.id] === undefined) return { failure: "lease-lost", retryAfterSeconds: 1 };
    if (await registry.deleteRegistration(item)) return undefined;
    item = await registry.readRegistration(begun);
  }
  return undefined;
}

/** Removes a deleted role from its repository's share. */
async function uncount(
  { registry }: Services,
  { owner, repo, role }: RegistrationKey,
  since: string,
): Promise<Failure | undefined> {
  const namespace = namespaceOf(owner, repo);
  const known = await registry.readReservation(namespace);
  if (known === undefined) return undefined;
  const changed = await registry.changeReservation(namespace, known, (current) => {
    // The reservation was released meanwhile, so no share counts the role any more. A repeated DELETE finds that out.
    if (current === undefined) return { failure: "busy", retryAfterSeconds: 1 };
    const share = current.share && withoutRole(current.share, role, since);
    return share === current.share || share === undefined ? current : { ...current, share };
  });
  return failed(changed) ? changed : undefined;
}
