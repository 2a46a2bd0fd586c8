/**
 * Ends the sessions of a role. Writes only the policy that denies the sessions, so a revocation works even if other
 * parts of the role differ from the registration.
 */

import { settled } from "../aws/fault.ts";
import { observeRole } from "../aws/observe.ts";
import { asOneChange } from "../aws/sessions.ts";
import { denySessions, isRevocation, withRevocationDone } from "../converge/revocation.ts";
import { findRole, isRoleOf } from "../converge/role.ts";
import { scopeOf } from "../converge/scope.ts";
import { waitForOthers } from "../converge/wait.ts";
import { type DeniedSessions, sessionsEnd, withDenied } from "../desired/revocation.ts";
import { bounded } from "../diff/bounded.ts";
import { diffRole } from "../diff/diff.ts";
import type { components } from "../generated/contract.ts";
import { type Failure, failed, toProblem } from "../lib/errors.ts";
import { busy, giveBack, type Lease, newLease, withLease } from "../lib/lease.ts";
import type { HistoryEntry, RegistrationItem, RegistrationKey } from "../registry/items.ts";
import type { Services } from "../services.ts";
import { find } from "./read.ts";

export type RevocationRequest = components["schemas"]["RevocationRequest"];

/**
 * Ends every session of a role that was issued so far, suspends the role, or ends its suspension. Waits a moment for a
 * writer that is running. After a crash or a failure, the same request continues, with a later time.
 * @returns the registration after the revocation
 */
export async function revoke(
  services: Services,
  key: RegistrationKey,
  { suspend }: RevocationRequest,
  caller: string,
): Promise<RegistrationItem | Failure> {
  const { registry, now, newId } = services;
  const found = await find(registry, key);
  if (failed(found)) return found;
  const free = await waitForOthers<RegistrationItem | undefined>(
    found,
    async () => registry.readRegistration(key),
    () => true,
    services,
  );
  const lease = newLease(newId(), now());
  let isNew = false;
  const begun = await registry.changeRegistration(key, free, (current) => {
    if (current?.id !== found.id) return { failure: "not-registered", ...keyOf(found) };
    if (current.status === "removing") return { failure: "not-ready", status: current.status };
    const denied = next(current, suspend, now());
    if (denied === undefined) return current;
    const wait = busy(current.leases, lease.id, now());
    if (wait !== undefined) return wait;
    const isAsBefore = denied === "all" && current.revocation?.denied === "all";
    // Write the history also if a crash cut the last revocation off, because that may have left no history.
    isNew = !isAsBefore || current.revoking === true;
    const asked = { denied, at: new Date(now()).toISOString(), by: caller };
    return {
      ...current,
      revocation: isAsBefore ? current.revocation : asked,
      desired: withDenied(current.desired, denied),
      revoking: true,
      leases: withLease(current.leases, lease, now()),
    };
  });
  if (failed(begun) || begun.leases[lease.id] === undefined) return begun;
  const action = suspend === true ? "suspended" : suspend === false ? "resumed" : "revoked";
  return finishRevocation(services, begun, lease, { by: caller, action }, isNew);
}

const keyOf = ({ owner, repo, role }: RegistrationKey): RegistrationKey => ({ owner, repo, role });

/** Returns the sessions to deny from now on; undefined if the request changes nothing. */
function next(
  { revocation, revoking }: RegistrationItem,
  suspend: boolean | undefined,
  now: number,
): DeniedSessions | undefined {
  const isSuspended = revocation?.denied === "all";
  if (suspend === true || (suspend === undefined && isSuspended)) return "all";
  // When a suspension ends, still deny the sessions that were issued before that time. Do the same after a crash, which
  // may have left the suspension in AWS.
  return suspend === undefined || isSuspended || revoking ? sessionsEnd(now) : undefined;
}

/**
 * Continues a revocation that was cut off. The schedule does so after a crash.
 * @returns the registration after the revocation
 */
export async function resumeRevocation(
  services: Services,
  item: RegistrationItem,
): Promise<RegistrationItem | Failure> {
  const { registry, now, newId } = services;
  const lease = newLease(newId(), now());
  const begun = await registry.changeRegistration(item, item, (current) => {
    // Resume nothing if the registration has changed since it was read. Another writer may have finished or replaced
    // the revocation.
    if (current?.id !== item.id || current.revision !== item.revision)
      return { failure: "busy", retryAfterSeconds: 1 };
    const wait = busy(current.leases, lease.id, now());
    return wait ?? { ...current, leases: withLease(current.leases, lease, now()) };
  });
  if (failed(begun)) return begun;
  const { denied, by } = begun.revocation ?? {};
  return finishRevocation(services, begun, lease, {
    by: by ?? "schedule",
    action: denied === "all" ? "suspended" : "revoked",
  });
}

/**
 * Writes the policy of a revocation that has begun, then its history, then records that the revocation is complete.
 * @param isNew false if the request confirms a suspension. Its history exists already, so the function adds an entry
 * only if AWS had lost the policy
 */
async function finishRevocation(
  services: Services,
  begun: RegistrationItem,
  lease: Lease,
  who: Pick<HistoryEntry, "by" | "action">,
  isNew = true,
): Promise<RegistrationItem | Failure> {
  const { registry, now } = services;
  const place = registry.historyPlace(begun);
  const done = await asOneChange(lease.id, scopeOf(services, begun), () => deny(services, begun, lease));
  const { specVersion: version } = begun;
  if (failed(done)) {
    const { by } = who;
    await registry.addHistory(
      begun,
      { by, action: "failed", version, detail: toProblem(done).detail },
      place,
    );
  } else if (isNew || done.changes.length > 0) {
    await registry.addHistory(begun, { ...who, version, changes: bounded(done.changes) }, place);
  }
  const finished = await registry.changeRegistration(begun, failed(done) ? begun : done.item, (current) => {
    if (current?.id !== begun.id || current.leases[lease.id] === undefined)
      return { failure: "lease-lost", retryAfterSeconds: 1 };
    const leases = giveBack(current.leases, lease, now());
    return failed(done) ? { ...current, leases } : { ...withRevocationDone(current), leases };
  });
  return failed(done) ? done : finished;
}

/** Writes the policy if the role exists. If the role is gone, its sessions have ended with the role. */
async function deny(
  services: Services,
  item: RegistrationItem,
  lease: Lease,
): Promise<{ item: RegistrationItem; changes: ReturnType<typeof diffRole> } | Failure> {
  const { name } = item.desired.role;
  const seen = await settled(observeRole(services.clients, name));
  // IAM reads lag. Look again, because IAM may not show a role that was created a moment ago.
  const observed = seen ?? (await findRole(services, name));
  if (observed === undefined) return { item, changes: [] };
  if (failed(observed)) return observed;
  if (!isRoleOf(item, observed)) return { failure: "role-not-ours", roleArn: observed.arn };
  const denied = await denySessions(services, item, lease);
  if (failed(denied)) return denied;
  const { role } = denied.desired;
  const changes = diffRole(role, observed, "plan").filter((change) => isRevocation(role, change));
  return { item: denied, changes };
}
