/**
 * Counts the roles of one repository, and the ECR repositories that Rolecall created for it. These are its share of the
 * caps. The reservation of the repository's namespace stores the share by name, so that the same PUT twice counts once.
 * These functions read and write nothing. The registry writes their results, on the condition that the reservation has
 * not changed since it was read.
 */
import type { Config } from "../config.ts";
import type { Failure } from "../lib/errors.ts";
import { isHeldByOther } from "../lib/lease.ts";
import type { EcrItem, RegistrationItem, Reservation } from "../registry/items.ts";
import { mayOnlyPull } from "./spec.ts";

export type Share = NonNullable<Reservation["share"]>;

export type Caps = { readonly roles: number; readonly ecr: number };

/** The role and the ECR repositories that a PUT adds to its repository's share. */
export type Addition = {
  readonly role: string;
  /** The ECR repositories that the PUT may create, as `region/name`. */
  readonly ecr: readonly string[];
  /**
   * The role and the ECR repositories that the registration already has. No cap refuses those. A role is `begun` if its
   * registration was never ready or is being removed. A `begun` role is exempt from the cap only if the share counts
   * it, because the PUT of its registration may still be refused.
   */
  readonly standing: { readonly role: "ready" | "begun" | "none"; readonly ecr: readonly string[] };
};

export const NO_SHARE: Share = { roles: {}, ecr: {} };

/** The time in milliseconds after which a PUT has ended, because the API function ends after 29 seconds. */
const ENDED_MS = 60_000;

/** Returns what a PUT adds: its role, and the ECR repositories that it may create. */
export function additionOf(
  config: Config,
  key: { readonly owner: string; readonly repo: string; readonly role: string },
  region: string,
  names: readonly string[],
  registration: RegistrationItem | undefined,
): Addition {
  return {
    role: key.role,
    ecr: counted(config, key, region, names),
    standing: {
      role: standingOf(registration),
      ecr: registration === undefined ? [] : ecrOf(config, registration, registration.recorded),
    },
  };
}

/**
 * Returns how far the registration of a role has come. A registration that is being removed is `begun`, because the
 * share may no longer count its role.
 */
function standingOf(registration: RegistrationItem | undefined): Addition["standing"]["role"] {
  if (registration === undefined) return "none";
  return registration.recorded !== undefined && registration.status !== "removing" ? "ready" : "begun";
}

/**
 * Returns the ECR repositories that count for this repository, as `region/name`. ECR repositories from which it may
 * only pull are created by others and count for those.
 */
const counted = (
  config: Config,
  key: { readonly owner: string; readonly repo: string },
  region: string,
  names: readonly string[],
): string[] => names.filter((name) => !mayOnlyPull(config, key, name)).map((name) => `${region}/${name}`);

const ecrOf = (
  config: Config,
  item: RegistrationItem,
  state: Pick<RegistrationItem["desired"], "repositories"> | undefined,
): string[] => counted(config, item, item.region, state?.repositories.map(({ name }) => name) ?? []);

/** Tells whether a PUT adds nothing to what its registration already has. */
export const addsNothing = ({ ecr, standing }: Addition): boolean =>
  standing.role === "ready" && ecr.every((name) => standing.ecr.includes(name));

/**
 * Returns the share with what a PUT adds, or the failure that names the cap which the PUT would pass. If the PUT adds
 * nothing, returns the same object.
 * @param at the time of the addition (ISO 8601)
 * @param since the time when the PUT began to count; another PUT of the role may have counted it since
 */
export function withAddition(
  share: Share,
  { role, ecr, standing }: Addition,
  caps: Caps,
  at: string,
  since = at,
): Share | Failure {
  const countedAt = Object.hasOwn(share.roles, role) ? share.roles[role] : undefined;
  const isCounted = countedAt !== undefined && (standing.role !== "none" || countedAt >= since);
  const more = ecr.filter((name) => !Object.hasOwn(share.ecr, name));
  if (isCounted && more.length === 0) return share;
  const added = {
    roles: isCounted ? share.roles : { ...share.roles, [role]: at },
    ecr: { ...share.ecr, ...Object.fromEntries(more.map((name) => [name, at])) },
  };
  const [roles, repositories] = [Object.keys(added.roles).length, Object.keys(added.ecr).length];
  if (!isCounted && standing.role !== "ready" && roles > caps.roles)
    return { failure: "quota-reached", of: "roles", limit: caps.roles };
  if (more.some((name) => !standing.ecr.includes(name)) && repositories > caps.ecr)
    return { failure: "quota-reached", of: "ecr", limit: caps.ecr };
  return added;
}

/**
 * Returns the share without a role that was deleted, unless a PUT has counted the role again since the DELETE began.
 */
export function withoutRole(share: Share, role: string, since: string): Share {
  const at = Object.hasOwn(share.roles, role) ? share.roles[role] : undefined;
  if (at === undefined || at > since) return share;
  const { [role]: _, ...roles } = share.roles;
  return { ...share, roles };
}

/**
 * Returns the share as the table shows it. A PUT that failed or crashed may have left no registration or no ECR
 * repository; such names no longer count. Names that were added within the last minute still count, because their PUT
 * may be running.
 * @param items the items of the ECR repositories that the share counts, by `region/name`
 */
export function asFound(
  config: Config,
  share: Share,
  registrations: readonly RegistrationItem[],
  items: ReadonlyMap<string, EcrItem>,
  now: number,
): Share {
  const isRecent = (at: string): boolean => now - Date.parse(at) < ENDED_MS;
  const kept = (of: Share["roles"], isThere: (name: string) => boolean) =>
    Object.entries(of).filter(([name, at]) => isThere(name) || isRecent(at));
  // Leave out a registration that is new and was never ready. Its PUT may still be refused; if not, the write of the
  // reservation counts the registration.
  const standing = registrations.filter(
    ({ recorded, createdAt }) => recorded !== undefined || !isRecent(createdAt),
  );
  const begun = new Set(registrations.map(({ role }) => role));
  const roles = standing.map(({ role, createdAt }) => [role, createdAt] as const);
  const used = standing.flatMap((item) =>
    ecrOf(config, item, item.recorded ?? item.desired).map((name) => [name, item.createdAt] as const),
  );
  const isMade = (name: string): boolean => {
    const item = items.get(name);
    return item !== undefined && (item.uri !== undefined || isHeldByOther(item.leases, "", now));
  };
  return {
    roles: Object.fromEntries([...roles, ...kept(share.roles, (name) => begun.has(name))]),
    ecr: Object.fromEntries([...used, ...kept(share.ecr, isMade)]),
  };
}

/** Returns items of ECR repositories by the name under which a share counts them, `region/name`. */
export const byCountedName = (items: readonly (EcrItem | undefined)[]): ReadonlyMap<string, EcrItem> =>
  new Map(items.flatMap((item) => (item === undefined ? [] : [[`${item.region}/${item.name}`, item]])));

/** Returns the key of an ECR repository that a share counts. */
export function ecrKeyOf(
  account: string,
  counted: string,
): { account: string; region: string; name: string } {
  const slash = counted.indexOf("/");
  return { account, region: counted.slice(0, slash), name: counted.slice(slash + 1) };
}
