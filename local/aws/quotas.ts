/** The quotas of an account; the defaults are those of a new one (IAM and STS quotas, ECR service quotas). */
export type Quotas = {
  rolesPerAccount: number;
  /** Characters of a trust policy, white space not counted. */
  assumeRolePolicySize: number;
  /** Characters of all inline policies of a role together, white space not counted. */
  rolePolicySize: number;
  attachedPoliciesPerRole: number;
  policiesPerAccount: number;
  /** Characters of a managed policy, white space not counted. */
  policySize: number;
  versionsPerPolicy: number;
  instanceProfilesPerAccount: number;
  providersPerAccount: number;
  clientIdsPerProvider: number;
  tagsPerResource: number;
  repositoriesPerRegion: number;
  /** The most that one page of a list holds whatever was asked: AWS may answer fewer than MaxItems too. */
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
