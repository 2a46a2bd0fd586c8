/** Writes the policy that denies a role's sessions everything. */
import { underLease } from "../aws/clients.ts";
import { REVOCATION_POLICY } from "../desired/names.ts";
import { sessionsEnd, withDenied } from "../desired/revocation.ts";
import type { DesiredRole } from "../desired/state.ts";
import { bounded } from "../diff/bounded.ts";
import type { Change } from "../diff/diff.ts";
import { type Failure, failed } from "../lib/errors.ts";
import type { Lease } from "../lib/lease.ts";
import { pointerToken } from "../lib/pointer.ts";
import { isSame } from "../lib/same.ts";
import type { RegistrationItem } from "../registry/items.ts";
import type { Services } from "../services.ts";
import { writeRole } from "./role.ts";

/** Tells whether a change is about the policy that denies a role's sessions everything. */
export const isRevocation = ({ arn }: DesiredRole, { resource, path }: Change): boolean =>
  resource === arn && path === `/inlinePolicies/${pointerToken(REVOCATION_POLICY)}`;

/**
 * Writes the policy that denies sessions everything. Call it after IAM has answered every other write of the change.
 * The function sets the time before which sessions end to 60 seconds from now, because IAM reads lag. It records that
 * time, and then writes the policy to IAM. A writer that continues after a crash takes a later time.
 * @param item holds the lease; its desired state may have an earlier time
 * @returns the item with the recorded time
 */
export async function denySessions(
  services: Services,
  item: RegistrationItem,
  lease: Lease,
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
  // Write the policy whatever the last read showed: reads lag, and the policy may be another one by now.
  const concerns = (change: Change) => isRevocation(role, change);
  const done = await underLease(lease, () => writeRole(services, timed, role, [denial(role)], concerns));
  return failed(done) ? done : timed;
}

/** Returns the change that adds the policy of a revocation to a role. */
const denial = (role: DesiredRole): Change => ({
  resource: role.arn,
  path: `/inlinePolicies/${pointerToken(REVOCATION_POLICY)}`,
  expected: role.inlinePolicies[REVOCATION_POLICY] ?? null,
  actual: null,
  effect: "narrows",
  repairable: true,
});

/**
 * Records that a revocation is complete although its change failed in another part. Otherwise the next writer would take a
 * later time, and end sessions that nobody asked to end. The history of the change says only that it failed, so the
 * revocation gets an entry of its own. Returns a failure if the lease was lost.
 */
export async function recordRevocation(
  { registry }: Services,
  item: RegistrationItem,
  lease: Lease,
): Promise<Failure | undefined> {
  const { denied, by = "" } = item.revocation ?? {};
  await registry.addHistory(item, {
    by,
    action: denied === "all" ? "suspended" : "revoked",
    version: item.specVersion,
    changes: bounded([denial(item.desired.role)]),
  });
  const recorded = await registry.changeRegistration(item, item, (current) =>
    current?.id !== item.id || current.leases[lease.id] === undefined
      ? { failure: "lease-lost", retryAfterSeconds: 1 }
      : withRevocationDone(current),
  );
  return failed(recorded) ? recorded : undefined;
}

/** Returns the item with its revocation complete. */
export function withRevocationDone({ revoking: _, ...item }: RegistrationItem): RegistrationItem {
  const denied = item.revocation?.denied;
  const recorded = denied && item.recorded && withDenied(item.recorded, denied);
  return { ...item, ...(recorded && { recorded }) };
}
