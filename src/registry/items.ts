/** The items of the table. See docs/storage.md for its layout. */
import type { DeniedSessions } from "../desired/revocation.ts";
import type { DesiredState, RegistrationKey, RepositorySettings, Spec } from "../desired/state.ts";
import type { components } from "../generated/contract.ts";
import type { Leases } from "../lib/lease.ts";

export type { RegistrationKey } from "../desired/state.ts";

type Schemas = components["schemas"];

/**
 * Returns a registration's sort key in the list of all registrations, in lower case because GitHub compares names
 * without case. `#` sorts before every character of a name, so the order is by owner, then repository, then role.
 */
export const listKey = ({ owner, repo, role }: RegistrationKey): string =>
  `${owner}#${repo}#${role}`.toLowerCase();

/** A registration's name and the ARN of its role. */
export type RegisteredRole = RegistrationKey & { readonly roleArn: string };

/** An item with optimistic locking: each write is conditional on the id and the revision that its writer read. */
export type Versioned = {
  /** The item's own id. It tells the item from an earlier one with the same key. */
  readonly id: string;
  /** The number of writes of the item. */
  readonly revision: number;
};

/** The common fields of items whose writers take a lease. */
export type Item = Versioned & { readonly leases: Leases };

export type RegistrationItem = Item &
  RegistrationKey & {
    readonly account: string;
    readonly region: string;
    /** The repository or owner that the registration is for. It does not change while the registration exists. */
    readonly claimant: Claimant;
    /** True if GitHub has confirmed the repository; otherwise the caller supplied its ids. */
    readonly confirmed: boolean;
    readonly status: Schemas["RegistrationStatus"];
    readonly lastError?: Schemas["LastError"];
    readonly spec: Spec;
    readonly specVersion: number;
    /** The desired state: what AWS shall hold. */
    readonly desired: DesiredState;
    /** The state in AWS when the registration was last ready; missing if it never was ready. */
    readonly recorded?: DesiredState;
    /** IAM's unique id of the recorded role. */
    readonly roleId?: string;
    readonly ecr: readonly Schemas["EcrRepository"][];
    readonly warnings: readonly Schemas["Finding"][];
    readonly drift: Schemas["Drift"];
    /** The times of the schedule's recent repairs (ISO 8601). A caller's repair empties the list. */
    readonly repairs: readonly string[];
    /** The drift status of the last event; missing before the first. A missing status counts as `in-sync`. */
    readonly announced?: DriftStatus;
    /** The event to publish. It stays on the item until it is published, so that no event is lost. */
    readonly pendingEvent?: DriftEvent;
    /** The changes that a repair has begun. They stay on the item until its history and its event are stored. */
    readonly pendingRepair?: PendingRepair;
    /** The revoked sessions, which `desired` also denies; missing if no sessions are revoked. */
    readonly revocation?: Revocation;
    /** True while a revocation is being written, and after a crash during it. AWS may not deny the sessions yet. */
    readonly revoking?: true;
    readonly createdAt: string;
    readonly updatedAt: string;
    readonly updatedBy: string;
    /** `self` if a workflow registered it with its own token; missing if a caller with AWS credentials did. */
    readonly origin?: "self";
    /** The id (`jti`) of the token that the last PUT was sent with; missing if a caller with AWS credentials sent it. */
    readonly token?: string;
  };

/** The revoked sessions, the caller who revoked them, and the time of the request (ISO 8601). */
export type Revocation = { readonly denied: DeniedSessions; readonly at: string; readonly by: string };

export type EcrKey = { readonly account: string; readonly region: string; readonly name: string };

export type DriftStatus = Schemas["DriftStatus"];
/** A write by somebody else to a resource that has drifted. */
export type Cause = Schemas["Cause"];

/** A change of a registration's drift status. Its id stays the same when the event is published more than once. */
export type DriftEvent = RegistrationKey & {
  readonly id: string;
  readonly roleArn: string;
  readonly from: DriftStatus;
  readonly to: DriftStatus;
  readonly at: string;
  readonly changes: readonly Pick<Schemas["Change"], "resource" | "path" | "effect" | "gains" | "loses">[];
  readonly causes?: readonly Cause[];
  readonly causesStatus?: Schemas["CausesStatus"];
  /** The changes, their effect on access, and who wrote last, in words that can stand inside quotes. */
  readonly differences: string;
  readonly effectInWords: string;
  readonly lastWritten: string;
};

export type PendingRepair = {
  readonly id: string;
  readonly by: string;
  readonly at: string;
  readonly changes: readonly Schemas["Change"][];
  readonly causes?: readonly Cause[];
};

/** An entry of a registration's history: the time, the caller, the action and its changes. */
export type HistoryEntry = Schemas["HistoryEntry"];

/** One ECR repository and its claimant. The item outlives the roles that use the ECR repository. */
export type EcrItem = Item &
  EcrKey & {
    readonly claimant: Claimant;
    /**
     * The desired settings, from the last PUT; all roles share them. If Rolecall does not manage the ECR repository,
     * the settings as found.
     */
    readonly settings: RepositorySettings;
    /** Set while the settings are being written, and after a crash during it. ECR may still hold earlier settings. */
    readonly pending?: PendingSettings;
    /**
     * False if the ECR repository existed before and has no id from Rolecall. Rolecall uses it and never changes it.
     */
    readonly managed: boolean;
    /** The time of the last look at its policies and tags. ECR returns them for one repository at a time only. */
    readonly detailsCheckedAt?: string;
    /** True if that look found a difference. Every roll call looks again until there is none. */
    readonly detailsDiffer?: boolean;
    /** The URI that ECR returned; missing until ECR has returned it. */
    readonly uri?: string;
  };

/** The settings that may not have been written to ECR yet. */
type PendingSettings = {
  /** The keys of tags that the ECR repository may still have and that shall be removed. */
  readonly dropped: readonly string[];
};

/**
 * The holder of a name. GitHub's ids survive a rename, so a repository that takes over a name does not take over the
 * registrations and reservations of that name.
 */
export type Claimant = `repository:${number}` | `owner:${number}` | `name:${string}` | "operator";

/**
 * The reservation of an ECR namespace by one repository on GitHub, or of `{owner}/*` by all repositories of an owner.
 * `src/registration/reservation.ts` decides which callers may use and change it; only the operator deletes it. A
 * namespace that the operator grants has no reservation: its ECR items name `operator` as their claimant.
 */
export type Reservation = Versioned & {
  readonly namespace: string;
  /** The repository that holds the reservation, `owner/repo` as it was spelled in its last PUT. */
  readonly name: string;
  readonly claimant: Claimant;
  /** True if GitHub has ever confirmed the claimant under this name; otherwise a caller supplied its ids. */
  readonly confirmed: boolean;
  /** The repository's id from GitHub, if the claimant is a name. Another id means another repository. */
  readonly confirmedId?: number;
  /**
   * Unconfirmed claimants that a confirmed repository took the reservation over from, with the ECR items that name
   * them.
   */
  readonly former: readonly Claimant[];
  /**
   * The roles and ECR repositories that count against the repository's limits, each with the time at which it was
   * added. Missing on reservations that an older version wrote.
   */
  readonly share?: Share;
  /** The shares in the member accounts, by account. A registry that is opened for one shows its share as `share`. */
  readonly shares?: { readonly [account: string]: Share };
};

/** The roles and the ECR repositories of one repository in one account. */
type Share = {
  readonly roles: { readonly [role: string]: string };
  /** Keyed by `region/name`. Each counts while its ECR item exists; only the operator deletes that item. */
  readonly ecr: { readonly [repository: string]: string };
};

/** The operator's record of a member account, with the state that was last seen. */
export type AccountItem = Versioned & {
  readonly account: string;
  readonly name: string;
  readonly repositories: readonly string[];
  readonly regions: readonly string[];
  readonly writes: boolean;
  readonly profiles: readonly string[];
  readonly managedPolicies: readonly string[];
  readonly state: Schemas["MemberState"];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly updatedBy: string;
};
