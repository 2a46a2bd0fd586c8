/** The shapes of what is wanted and of what is there. */
import type { components } from "../generated/contract.ts";
import type { PolicyDocument } from "../policy/document.ts";
import type { TrustPolicy } from "./trust-policy.ts";

/** The name of a registration, as GitHub spells it; `repo` is `*` for all of an owner's. */
export type RegistrationKey = { owner: string; repo: string; role: string };

export type Spec = components["schemas"]["Spec"];

/** What AWS is to hold for one registration. */
export type DesiredState = {
  readonly provider: DesiredProvider;
  readonly role: DesiredRole;
  /** What the trust policy accepts as `sub`. */
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
  /** In order, so that the same are the same state. */
  readonly attachedPolicyArns: readonly string[];
  /** Of the role that was recorded; known once there was one. */
  readonly roleId?: string;
};

/** An ECR repository of an intent. */
export type DesiredRepository = {
  readonly arn: string;
  readonly name: string;
  /** The settings in the registration's PUT, until the repository's own item has them. If missing, the item's stay. */
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

/** What AWS is expected to hold for one registration: the desired state, with the facts that were recorded since. */
export type ExpectedState = Omit<DesiredState, "repositories"> & {
  readonly repositories: readonly ExpectedRepository[];
};

export type RepositorySettings = components["schemas"]["EcrSettings"];

/** What ECR tells of a repository among others. */
export type RepositoryProperties = Pick<
  RepositorySettings,
  "tagMutability" | "exclusions" | "scanOnPush" | "encryption"
>;

/** What AWS holds; undefined is absent. */
export type ObservedState = {
  readonly provider: ObservedProvider | undefined;
  readonly role: ObservedRole | undefined;
  /** By name. */
  readonly repositories: { readonly [name: string]: ObservedRepository | undefined };
};

export type ObservedProvider = { readonly audiences: readonly string[] };

export type ObservedRole = {
  readonly arn: string;
  /** Another one once the role was deleted and made again. Missing where the state was not read from AWS. */
  readonly roleId?: string;
  readonly description: string;
  readonly maxSessionSeconds: number;
  readonly boundaryArn: string | undefined;
  /** A policy document parsed from JSON, whatever it holds. */
  readonly trustPolicy: unknown;
  readonly inlinePolicies: { readonly [name: string]: unknown };
  readonly attachedPolicyArns: readonly string[];
  readonly tags: { readonly [key: string]: string };
};

export type ObservedRepository = {
  readonly uri: string;
  readonly properties: RepositoryProperties;
  /** What ECR tells of one repository at a time only; missing where it was not asked. */
  readonly details?: RepositoryDetails;
};

/** Documents parsed from JSON; null is none. */
export type RepositoryDetails = {
  readonly lifecyclePolicy: unknown;
  readonly repositoryPolicy: unknown;
  readonly tags: { readonly [key: string]: string };
};
