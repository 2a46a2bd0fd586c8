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
