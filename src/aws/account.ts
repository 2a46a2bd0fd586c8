import { GetAccountSummaryCommand } from "@aws-sdk/client-iam";
import type { components } from "../generated/contract.ts";
import type { Clients } from "./clients.ts";

export type Quotas = components["schemas"]["Quotas"];

/**
 * Returns the account's IAM quotas and their use. If the account does not report a quota, this is IAM's documented
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

/** While there is room for more than AMPLE roles, their number is read only once in KNOWN_MS milliseconds. */
const AMPLE = 100;
const KNOWN_MS = 60_000;

/**
 * Returns the account's quota of roles if it is used up; undefined if there is room for one more role. Others also
 * create roles, so the account may be full a moment later. CreateRole is then refused.
 */
export async function fullRoleQuota(clients: Clients, now: number): Promise<number | undefined> {
  const { knownRoles } = clients;
  if (knownRoles.limit - knownRoles.used <= AMPLE || now - knownRoles.seenAt >= KNOWN_MS) {
    Object.assign(knownRoles, (await quotas(clients)).roles, { seenAt: now });
  }
  return knownRoles.used < knownRoles.limit ? undefined : knownRoles.limit;
}
