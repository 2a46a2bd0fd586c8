import { GetAccountSummaryCommand } from "@aws-sdk/client-iam";
import type { components } from "../generated/contract.ts";
import type { Failure } from "../lib/errors.ts";
import type { Clients } from "./clients.ts";

export type Quotas = components["schemas"]["Quotas"];

/**
 * Returns the account's IAM quotas and their use. If the account does not report a quota, returns IAM's documented
 * default. https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html
 */
export async function quotas({ iam }: Clients): Promise<Quotas> {
  const { SummaryMap = {} } = await iam.send(new GetAccountSummaryCommand({}));
  return {
    roles: { used: SummaryMap["Roles"] ?? 0, limit: SummaryMap["RolesQuota"] ?? 1000 },
    providers: { used: SummaryMap["Providers"] ?? 0, limit: 100 },
    trustPolicyCharacters: SummaryMap["AssumeRolePolicySizeQuota"] ?? 2048,
    rolePolicyCharacters: SummaryMap["RolePolicySizeQuota"] ?? 10_240,
    attachedPoliciesPerRole: SummaryMap["AttachedPoliciesPerRoleQuota"] ?? 10,
  };
}

/** While more than AMPLE roles are free, the number of roles is read at most once in KNOWN_MS milliseconds. */
const AMPLE = 100;
const KNOWN_MS = 60_000;

/** Tells whether the last read of the quota found few free roles. Returns false if the quota was never read. */
export const isNearlyFull = ({ knownRoles: { limit, used } }: Clients, reserved: number): boolean =>
  limit > 0 && limit - used <= reserved + AMPLE;

/**
 * Counts one more role against the account's quota of roles. Returns a failure if no more than `reserved` roles are
 * free. Other principals of the account also create roles, so the account may be full a moment later. CreateRole then
 * fails.
 */
export async function countRole(
  clients: Clients,
  reserved: number,
  now: number,
): Promise<Extract<Failure, { failure: "quota-reached" }> | undefined> {
  const { knownRoles } = clients;
  if (isNearlyFull(clients, reserved) || now - knownRoles.seenAt >= KNOWN_MS) {
    Object.assign(knownRoles, (await quotas(clients)).roles, { seenAt: now });
  }
  const { used, limit } = knownRoles;
  if (used >= limit) return { failure: "quota-reached", of: "account", limit };
  if (used >= limit - reserved) return { failure: "quota-reached", of: "reserved", limit: reserved };
  knownRoles.used++;
  return undefined;
}
