/** What the table holds; how it is laid out stands in docs/storage.md. */
import type { DeniedSessions } from "../desired/revocation.ts";
import type { DesiredState, RegistrationKey, RepositorySettings, Spec } from "../desired/state.ts";
import type { components } from "../generated/contract.ts";
import type { Leases } from "../lib/lease.ts";

export type { RegistrationKey } from "../desired/state.ts";

type Schemas = components["schemas"];

/**
 * A registration's place in the list of all. GitHub compares names without case; `#` sorts before every character of a
 * name, so the order is by owner, then repository, then role.
 */
export const listKey = ({ owner, repo, role }: RegistrationKey): string =>
  `${owner}#${repo}#${role}`.toLowerCase();

/** A registration's name and the ARN of its role. */
export type RegisteredRole = RegistrationKey & { readonly roleArn: string };

/** An item whose every write names the id and the revision that its writer read. */
export type Versioned = {
  /** Made with the item, so that a writer of an earlier item of the same key is told apart. */
  readonly id: string;
  /** Counts the writes of the item; every write names the one that it read. */
  readonly revision: number;
};

/** What every item that writers share has. */
export type Item = Versioned & { readonly leases: Leases };

export type RegistrationItem = Item &
  RegistrationKey & {
    readonly account: string;
    readonly region: string;
    /** Whom the registration is for; it does not change while the registration stands. */
    readonly claimant: Claimant;
    /** Whether GitHub has confirmed the repository; else its ids are the caller's. */
    readonly confirmed: boolean;
    readonly status: Schemas["RegistrationStatus"];
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
    /** When the schedule repaired the role within the last day (ISO 8601). */
    readonly repairs: readonly string[];
    /** The drift status that was last told by an event; in sync before the first. */
    readonly announced?: DriftStatus;
    /** An event that is to be put: kept until it is, so that none is lost. */
    readonly pendingEvent?: DriftEvent;
    /** What a repair has begun to put right: kept until its history and its event are sure, whatever happens. */
    readonly pendingRepair?: PendingRepair;
    /** The sessions that are denied everything, which `desired` says too; missing while none are. */
    readonly revocation?: Revocation;
    /** True while a revocation is written, and after a crash in between: AWS may not deny yet what `revocation` says. */
    readonly revoking?: true;
    readonly createdAt: string;
    readonly updatedAt: string;
    readonly updatedBy: string;
  };

/** Which sessions have ended, who ended them, and when that was asked for (ISO 8601). */
export type Revocation = { readonly denied: DeniedSessions; readonly at: string; readonly by: string };

export type EcrKey = { readonly account: string; readonly region: string; readonly name: string };

export type DriftStatus = Schemas["DriftStatus"];

/** A change of a registration's drift status. The id is the same for the same change, however often it is put. */
export type DriftEvent = RegistrationKey & {
  readonly id: string;
  readonly roleArn: string;
  readonly from: DriftStatus;
  readonly to: DriftStatus;
  readonly at: string;
  readonly changes: readonly { resource: string; path: string; effect: string }[];
};

export type PendingRepair = {
  readonly id: string;
  readonly by: string;
  readonly at: string;
  readonly changes: readonly Schemas["Change"][];
};

/** Who changed what of a registration, when. */
export type HistoryEntry = Schemas["HistoryEntry"];

/** One ECR repository. It outlives the roles that use it, and says whose it is. */
export type EcrItem = Item &
  EcrKey & {
    readonly claimant: Claimant;
    /** What ECR is to hold: the last that a PUT has said, the same for every role. Of one not managed, what was found. */
    readonly settings: RepositorySettings;
    /** While the settings are written, and after a crash in between: ECR may hold any that were before. */
    readonly pending?: PendingSettings;
    /** False if the repository existed before and carries no id of ours: it is used and never changed. */
    readonly managed: boolean;
    /** When its policies and tags were last looked at; ECR tells them one repository at a time only. */
    readonly detailsCheckedAt?: string;
    /** Whether something differed then: until nothing does, each role's check looks again. */
    readonly detailsDiffer?: boolean;
    /** As ECR answered it; missing until it has answered once. */
    readonly uri?: string;
  };

/** Settings that ECR was perhaps not given yet. */
type PendingSettings = {
  /** Keys of tags that it may still carry and is to lose. */
  readonly dropped: readonly string[];
};

/** Whose a name is: ids survive a rename, so whoever takes a name over does not take over what it claims. */
export type Claimant = `repository:${number}` | `owner:${number}` | `name:${string}` | "operator";

/**
 * The reservation of an ECR namespace by one repository on GitHub, or of `{owner}/*` by all repositories of an owner.
 * `src/registration/reservation.ts` decides who may use and change it; only the operator deletes it. What the operator
 * grants has no reservation: its ECR item names `operator` as its claimant.
 */
export type Reservation = Versioned & {
  readonly namespace: string;
  /** The repository that holds the reservation, `owner/repo` as it was spelled in its last PUT. */
  readonly name: string;
  readonly claimant: Claimant;
  /** Whether GitHub has ever confirmed the claimant under this name. A caller has written an unconfirmed one's ids. */
  readonly confirmed: boolean;
  /** The repository's id by GitHub's word, where the claimant is a name. Another id is another repository. */
  readonly confirmedId?: number;
  /** Unconfirmed claimants that a confirmed repository took the reservation over from, with the ECR items that name them. */
  readonly former: readonly Claimant[];
  /** What counts against the repository's caps, by name, with when it was added; an older reservation has not counted. */
  readonly share?: {
    readonly roles: { readonly [role: string]: string };
    /** By `region/name`. They count as long as their items stand, which only the operator deletes. */
    readonly ecr: { readonly [repository: string]: string };
  };
};
