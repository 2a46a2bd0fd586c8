/** The types of the desired, expected and observed state. */
import type { components } from "../generated/contract.ts";
import type { PolicyDocument } from "../policy/document.ts";
import type { TrustPolicy } from "./trust-policy.ts";

/** The name of a registration, as GitHub spells it. `repo` is `*` for all repositories of an owner. */
export type RegistrationKey = { owner: string; repo: string; role: string };

export type Spec = components["schemas"]["Spec"];

/** The desired state of AWS for one registration. */
export type DesiredState = {
  readonly provider: DesiredProvider;
  readonly role: DesiredRole;
  /** The values and patterns of `sub` that the trust policy accepts. */
  readonly subjects: readonly string[];
  readonly repositories: readonly DesiredRepository[];
};

export type DesiredProvider = {
  readonly arn: string;
  /** The issuer, with `https://`. */
  readonly url: string;
  readonly audience: string;
};

export type DesiredRole = {
  readonly arn: string;
  readonly name: string;
  readonly path: string;
  readonly description: string;
  readonly maxSessionSeconds: number;
  readonly boundaryArn: string;
  readonly trustPolicy: TrustPolicy;
  readonly inlinePolicies: { readonly [name: string]: PolicyDocument };
  readonly tags: { readonly [key: string]: string };
  /** The ARNs in sorted order, so that the same policies give the same state. */
  readonly attachedPolicyArns: readonly string[];
  /** The id of the recorded role; missing until a role was recorded. */
  readonly roleId?: string;
};

/** An ECR repository of a desired state. */
export type DesiredRepository = {
  readonly arn: string;
  readonly name: string;
  /**
   * The settings in the registration's PUT, until the repository's own item has them. If missing, the settings of the
   * item stay.
   */
  readonly settings?: RepositorySettings;
};

/** An ECR repository that AWS is expected to hold. An unmanaged repository has no settings and is used as it is. */
export type ExpectedRepository = ManagedRepository | UnmanagedRepository;

type ManagedRepository = {
  readonly arn: string;
  readonly name: string;
  readonly settings: RepositorySettings;
  /** The id of the repository's item, which the repository has as a tag; missing if there is no item yet. */
  readonly id?: string;
};

type UnmanagedRepository = { readonly arn: string; readonly name: string; readonly settings?: undefined };

/** The expected state of AWS for one registration: the desired state, with the facts that were recorded since. */
export type ExpectedState = Omit<DesiredState, "repositories"> & {
  readonly repositories: readonly ExpectedRepository[];
};

export type RepositorySettings = components["schemas"]["EcrSettings"];

/** The settings that ECR returns for many repositories at once. */
export type RepositoryProperties = Omit<RepositorySettings, "lifecycle" | "pull" | "tags">;

/** The observed state of AWS. Anything that does not exist is undefined. */
export type ObservedState = {
  readonly provider: ObservedProvider | undefined;
  readonly role: ObservedRole | undefined;
  /** The ECR repositories, by name. */
  readonly repositories: { readonly [name: string]: ObservedRepository | undefined };
};

export type ObservedProvider = { readonly audiences: readonly string[] };

export type ObservedRole = {
  readonly arn: string;
  /**
   * The role's id. It changes when the role is deleted and created again. Missing if the state was not read from AWS.
   */
  readonly roleId?: string;
  readonly description: string;
  readonly maxSessionSeconds: number;
  readonly boundaryArn: string | undefined;
  /** A policy document parsed from JSON. It may have any content. */
  readonly trustPolicy: unknown;
  readonly inlinePolicies: { readonly [name: string]: unknown };
  readonly attachedPolicyArns: readonly string[];
  readonly tags: { readonly [key: string]: string };
};

export type ObservedRepository = {
  readonly uri: string;
  readonly properties: RepositoryProperties;
  /** The details that ECR returns for one repository at a time; missing if ECR was not asked. */
  readonly details?: RepositoryDetails;
};

/** The policies are parsed from JSON, and null if there is none. */
export type RepositoryDetails = {
  readonly lifecyclePolicy: unknown;
  readonly repositoryPolicy: unknown;
  readonly tags: { readonly [key: string]: string };
};
