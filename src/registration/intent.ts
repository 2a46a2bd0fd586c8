/** The intent of a PUT: the item that it writes, and whether a registration already has what it asks for. */
import { type EcrItems, withoutSettings } from "../converge/expected.ts";
import { type DeniedSessions, sessionsEnd } from "../desired/revocation.ts";
import type { DesiredState } from "../desired/state.ts";
import type { Failure } from "../lib/errors.ts";
import { isSame } from "../lib/same.ts";
import type { RegistrationItem, RegistrationKey } from "../registry/items.ts";
import type { UsedToken } from "../registry/tokens.ts";
import type { Plan } from "./plan.ts";
import type { Precondition } from "./precondition.ts";
import type { RegistrationRequest } from "./spec.ts";

export type Put = {
  key: RegistrationKey;
  request: RegistrationRequest;
  precondition: Precondition;
  dryRun: boolean;
  /** The caller's ARN. */
  caller: string;
  /** True if the change ends the sessions that were issued so far. */
  revoke?: boolean;
  /** `self` if the registration then belongs to workflows, which may change it with their own token. */
  origin?: "self";
  /** The limits of a workflow that writes with its own token. */
  guard?: Guard;
  /** The id that the role already has as a tag, if the table has lost the role's item. */
  id?: string;
  /** The sessions to which the role already denies everything, if the table has lost the role's item. */
  denied?: DeniedSessions;
};

/** The limits of a caller who may not write everything. */
export type Guard = {
  /** The caller's token, which is recorded with the intent. A registration names the token of its last PUT. */
  readonly used: UsedToken;
  /** Returns why the caller may not change a registration. */
  ownershipRefusal(current: RegistrationItem | undefined): Failure | undefined;
  /** Returns why the caller may not have what was planned. */
  planRefusal(planned: Plan): Promise<Failure | undefined>;
  /** Returns why the caller may not write what was planned now, after every other check. */
  writeRefusal(planned: Plan): Promise<Failure | undefined>;
};

/** Returns the failure of a PUT to a suspended role; undefined if the role is not suspended. */
export function suspension(current: RegistrationItem | undefined): Failure | undefined {
  if (current?.revocation?.denied !== "all") return undefined;
  const { owner, repo, role } = current;
  return { failure: "suspended", owner, repo, role };
}

/** Tells whether a registration is ready, asks for the same as the plan, and its reservation needs no change either. */
export const isAsAsked = (current: RegistrationItem, planned: Plan, put: Pick<Put, "origin">): boolean =>
  planned.reserved === planned.stored.reservation && isDone(current, planned, put);

/**
 * Tells whether a registration is ready and asks for the same as the plan. Another writer may have brought it there since
 * the plan was made, the reservation included.
 */
export const isDone = (current: RegistrationItem, planned: Plan, { origin }: Pick<Put, "origin">): boolean =>
  current.status === "ready" &&
  current.origin === origin &&
  current.claimant === planned.applicant.claimant &&
  current.revoking === undefined &&
  // A PUT ends the contested state, so the item has to be written.
  current.drift.status !== "contested" &&
  isSame(current.spec, planned.spec) &&
  // A PUT that learns more than an earlier one, for example the subject template, records its warnings.
  isSame(current.warnings.map(withoutTexts), planned.warnings.map(withoutTexts)) &&
  isSame(current.desired, withoutSettings(asPlanned(planned, current)));

/**
 * Returns the code and the pointer of a finding. A release that only words a finding differently changes no
 * registration.
 */
const withoutTexts = ({ code, pointer }: Plan["warnings"][number]) => ({ code, pointer });

/** Returns the desired state of a plan for a registration that exists. Sessions that have ended stay ended. */
export const asPlanned = (planned: Plan, { id, revocation }: RegistrationItem): DesiredState =>
  planned.desired(id, revocation?.denied);

/** Tells whether ECR repositories have the settings that a desired state gives, according to their items. */
export const hasSettings = ({ repositories }: DesiredState, ecr: EcrItems): boolean =>
  repositories.every(
    ({ name, settings }) =>
      settings === undefined ||
      (isSame(settings, ecr.get(name)?.settings) && ecr.get(name)?.pending === undefined),
  );

/** Returns the item that holds the intent of a plan. */
export function intend(
  { key, caller, revoke = false, denied, origin, guard }: Put,
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
  const { lastError: _, origin: __, token: ___, ...before } = current ?? {};
  return {
    revision: 0,
    leases: {},
    createdAt: at,
    ecr: [],
    ...before,
    // If the region changes, drop the ECR repositories that the item shows, because they are in the registry of the
    // former region.
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
    ...(origin !== undefined && { origin }),
    ...(guard !== undefined && { token: guard.used.jti }),
    ...(revocation !== undefined && { revocation }),
    ...(revokes && { revoking: true }),
  };
}
