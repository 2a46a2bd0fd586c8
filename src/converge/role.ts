/** Brings the role of one registration to its desired state. */
import { applyRole } from "../aws/apply.ts";
import { refusedWith, settled } from "../aws/fault.ts";
import { observeRole } from "../aws/observe.ts";
import type { DesiredRole, ObservedRole } from "../desired/state.ts";
import { type Change, diffRole } from "../diff/diff.ts";
import { type Failure, failed } from "../lib/errors.ts";
import type { RegistrationItem } from "../registry/items.ts";
import type { Services } from "../services.ts";

/** The number of times to read a role that IAM does not show yet, or that contradicts an earlier read. IAM reads lag. */
export const ROLE_READS = 4;

/**
 * Tells whether a role in AWS is the role of this registration. The role must have the desired ARN, which includes
 * Rolecall's path. In addition, the registration must have been ready once, or the role must have the registration's id
 * as its tag `rolecall:id`. Other tags prove nothing.
 */
export const isRoleOf = (
  item: Pick<RegistrationItem, "id" | "recorded" | "desired">,
  role: ObservedRole,
): boolean =>
  role.arn === item.desired.role.arn && (item.recorded !== undefined || role.tags["rolecall:id"] === item.id);

/**
 * Applies the changes of a role. If IAM contradicts the changes, reads the role again and applies what differs then.
 * @param concerns selects the changes to apply
 * @returns the role's id if an IAM answer has shown it
 */
export async function writeRole(
  { clients, wait }: Services,
  item: RegistrationItem,
  role: DesiredRole,
  changes: readonly Change[],
  concerns: (change: Change) => boolean,
): Promise<{ roleId?: string } | Failure> {
  let pending = changes.filter(concerns);
  let seen: { roleId?: string } = {};
  for (let read = 1; ; read++) {
    const done = await applyRole(clients, role, pending);
    // If the answer to CreateRole was lost, or an earlier round created the role, only the read knows its id.
    if (!failed(done)) return { ...seen, ...done };
    if (isAccountFull(done)) {
      return { failure: "quota-reached", of: "account", limit: clients.knownRoles.limit };
    }
    if (!isContradiction(done) || read === ROLE_READS) return done;
    const observed = await settled(observeRole(clients, role.name));
    if (failed(observed)) return observed;
    if (observed !== undefined && !isRoleOf(item, observed))
      return { failure: "role-not-ours", roleArn: observed.arn };
    if (observed?.roleId !== undefined) seen = { roleId: observed.roleId };
    const differing = diffRole(role, observed, "plan").filter(concerns);
    // If IAM does not show the role, the only change is its creation. If `concerns` excludes that, keep the changes.
    pending = observed === undefined && differing.length === 0 ? pending : differing;
    await wait(pauseMs(read));
  }
}

/** Reads a role that probably exists. If IAM does not show it, reads again, because IAM reads lag. */
export async function findRole(
  { clients, wait }: Services,
  name: string,
): Promise<ObservedRole | undefined | Failure> {
  for (let read = 1; ; read++) {
    const observed = await settled(observeRole(clients, name));
    if (observed !== undefined || read === ROLE_READS) return observed;
    await wait(pauseMs(read));
  }
}

/** Tells whether IAM's answer shows that the last read of the role was out of date. */
const isContradiction = (failure: Failure): boolean =>
  refusedWith(failure, "EntityAlreadyExists") ||
  refusedWith(failure, "NoSuchEntity") ||
  // IAM may not know the path of a new role yet. A policy that allows only Rolecall's path then denies the write.
  (refusedWith(failure, "AccessDenied") &&
    failure.failure === "aws-refused" &&
    failure.aws.action !== "CreateRole");

/** Tells whether CreateRole failed because of the account's quota of roles. Other quotas have the same error code. */
const isAccountFull = (failure: Failure): boolean =>
  failure.failure === "aws-refused" &&
  failure.aws.action === "CreateRole" &&
  failure.aws.code === "LimitExceeded" &&
  failure.internal.includes("RolesPerAccount");

/** Returns the time to wait before the next read of a role (milliseconds). It grows with each read. */
export const pauseMs = (read: number): number => 100 * 2 ** read * (0.5 + Math.random());
