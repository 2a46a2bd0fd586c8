/**
 * The operator's ceiling (`self.json`): what workflows may register with nothing but their own token. Without a rule
 * that matches, a token may do nothing.
 */
export type Access = "push" | "pull";
export type OnDrift = "report" | "repair";

export type Rule = {
  /** `owner/repo`; a `*` in the repository's name stands for any characters. */
  readonly repositories: readonly string[];
  /** GitHub's ids of the repositories. If empty, any repository of these names. */
  readonly repositoryIds: readonly number[];
  /** GitHub's ids of the repositories' owners. If empty, any owner of these names. */
  readonly ownerIds: readonly number[];
  /** Names of roles; a `*` stands for any characters. */
  readonly roles: readonly string[];
  /** The access to ECR repositories. */
  readonly access: readonly Access[];
  /** Accounts of 12 digits, and `home` for the service's own. */
  readonly accounts: readonly string[];
  /** Full refs, such as `refs/heads/main`; a `*` stands for any characters. If empty, the default branch. */
  readonly refs: readonly string[];
  /** True if any ref that GitHub calls protected may register, too. */
  readonly protectedRefs: boolean;
  /** The accepted values of `runner_environment`. If empty, any runner. */
  readonly runnerEnvironments: readonly string[];
  /** The reusable workflows that the job must come from, each with its ref. If empty, any workflow. */
  readonly jobWorkflowRefs: readonly string[];
  readonly may: Allowance;
};

/** The requests that a rule allows beyond the run's own subject. */
export type Allowance = {
  readonly branches: readonly string[];
  readonly tags: readonly string[];
  readonly environments: readonly string[];
  readonly pullRequests: boolean;
  readonly profiles: readonly string[];
  readonly managedPolicies: readonly string[];
  readonly onDrift: readonly OnDrift[];
  readonly maxSessionSeconds: number;
};

export type Ceiling = { readonly rules: readonly Rule[] };

export const ALLOWS_NOTHING_MORE: Allowance = {
  branches: [],
  tags: [],
  environments: [],
  pullRequests: false,
  profiles: [],
  managedPolicies: [],
  onDrift: ["report"],
  maxSessionSeconds: 3600,
};
