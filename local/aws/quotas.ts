/** The quotas of an account. The defaults are those of a new account (IAM and STS quotas, ECR service quotas). */
export type Quotas = {
  rolesPerAccount: number;
  /** Characters of a trust policy, without white space. */
  assumeRolePolicySize: number;
  /** Characters of all inline policies of a role together, without white space. */
  rolePolicySize: number;
  attachedPoliciesPerRole: number;
  policiesPerAccount: number;
  /** Characters of a managed policy, without white space. */
  policySize: number;
  versionsPerPolicy: number;
  instanceProfilesPerAccount: number;
  providersPerAccount: number;
  clientIdsPerProvider: number;
  tagsPerResource: number;
  repositoriesPerRegion: number;
  /**
   * The maximum that one page of a list holds, whatever the request asks for. AWS may also return fewer items than
   * MaxItems.
   */
  itemsPerPage: number;
};

export const defaultQuotas: Quotas = {
  rolesPerAccount: 1000,
  assumeRolePolicySize: 2048,
  rolePolicySize: 10240,
  attachedPoliciesPerRole: 10,
  policiesPerAccount: 1500,
  policySize: 6144,
  versionsPerPolicy: 5,
  instanceProfilesPerAccount: 1000,
  providersPerAccount: 100,
  clientIdsPerProvider: 100,
  tagsPerResource: 50,
  repositoriesPerRegion: 100_000,
  itemsPerPage: 1000,
};
