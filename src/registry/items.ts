/** What the table holds; how it is laid out stands in docs/storage.md. */
import type { DesiredState, RepositorySettings, Spec } from "../desired/state.ts";
import type { components } from "../generated/contract.ts";
import type { Leases } from "./lease.ts";

type Schemas = components["schemas"];

/** The name of a registration, as GitHub spells it. */
export type RegistrationKey = { owner: string; repo: string; role: string };

/** What every item that writers share has. */
export type Item = {
  /** Made with the item, so that a writer of an earlier item of the same key is told apart. */
  readonly id: string;
  /** Counts the writes of the item; every write names the one that it read. */
  readonly revision: number;
  readonly leases: Leases;
};

export type RegistrationItem = Item &
  RegistrationKey & {
    readonly account: string;
    readonly region: string;
    readonly status: Schemas["Status"];
    readonly lastError?: Schemas["LastError"];
    readonly spec: Spec;
    readonly specVersion: number;
    /** The intent: what AWS is to hold. */
    readonly desired: DesiredState;
    /** What AWS held when the registration last was ready; missing if it never was. */
    readonly recorded?: DesiredState;
    /** Of the role that was recorded. */
    readonly roleId?: string;
    readonly ecr: readonly Schemas["EcrRepository"][];
    readonly warnings: readonly Schemas["Finding"][];
    readonly drift: Schemas["Drift"];
    readonly createdAt: string;
    readonly updatedAt: string;
    readonly updatedBy: string;
  };

export type EcrKey = { readonly account: string; readonly region: string; readonly name: string };

/** One ECR repository. It outlives the roles that use it, and says whose it is. */
export type EcrItem = Item &
  EcrKey & {
    readonly repositoryId: number;
    readonly settings: RepositorySettings;
    /** False if the repository existed before and carries no id of ours: it is used and never changed. */
    readonly managed: boolean;
    /** As ECR answered it; missing until it has answered once. */
    readonly uri?: string;
  };

/** Whose a namespace in ECR is, and with it the repository's name. Only the operator releases it. */
export type ClaimItem = { readonly namespace: string; readonly repository: string; readonly repositoryId: number };
