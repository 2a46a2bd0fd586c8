import { GetAccountSummaryCommand } from "@aws-sdk/client-iam";
import type { components } from "../generated/contract.ts";
import type { Clients } from "./clients.ts";

export type Quotas = components["schemas"]["Quotas"];

/**
 * The account's own quotas of IAM, and what is used of them. IAM's documented defaults stand in for what an
 * account does not say. https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html
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

/** While there is room for so many roles, how many there are is asked once in so many milliseconds. */
const AMPLE = 100;
const KNOWN_MS = 60_000;

/**
 * The quota of roles of an account that has used it up; undefined while it takes one more. Others make roles too, so it
 * may be full a moment later all the same, and CreateRole is then refused.
 */
export async function fullRoleQuota(clients: Clients, now: number): Promise<number | undefined> {
  const { knownRoles } = clients;
  if (knownRoles.limit - knownRoles.used <= AMPLE || now - knownRoles.seenAt >= KNOWN_MS) {
    Object.assign(knownRoles, (await quotas(clients)).roles, { seenAt: now });
  }
  return knownRoles.used < knownRoles.limit ? undefined : knownRoles.limit;
}
