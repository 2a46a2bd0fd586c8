/** The kinds of items of the table: their keys, their documents, and their entries in the list index. */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { components } from "../generated/contract.ts";
import {
  type AccountItem,
  type EcrItem,
  type EcrKey,
  listKey,
  type RegistrationItem,
  type RegistrationKey,
  type Reservation,
} from "./items.ts";
import { accountKey, ecrKey, type ItemKey, registrationKey, reservationKey } from "./keys.ts";
import { asLastChecked, type LastCheck } from "./last-check.ts";
import { readEcrItem, readRegistration, readReservation, SCHEMA } from "./upgrade.ts";

export type Summary = components["schemas"]["RegistrationSummary"];
export type Row = Record<string, AttributeValue>;

/** The partition of the list index. */
export const LIST = "REGISTRATIONS";

/** A kind of item: its key, how its document is read, and its attributes for the list index. */
export type ItemKind<T, K> = {
  key(key: K): ItemKey;
  /** Converts a document that an earlier version may have written to an item. */
  read?(document: T): T;
  /** Converts an item to the document that is stored. */
  write?(item: T): T;
  index?(item: T): Row;
};

/** Returns the kind of the registrations in an account. @param member undefined for the home account */
export const registrationsIn = (member: string | undefined): ItemKind<RegistrationItem, RegistrationKey> => ({
  key: (key) => registrationKey(key, member),
  read: readRegistration,
  index: (item) => ({
    listPk: { S: LIST },
    listSk: { S: member === undefined ? listKey(item) : `${listKey(item)}#${member}` },
    status: { S: item.status },
    drift: { S: item.drift.status },
    summary: { S: JSON.stringify(summary(item)) },
    // Only registrations in member accounts are in the index by account.
    ...(member !== undefined && { account: { S: member } }),
  }),
});

/**
 * Returns the kind of the reservations as an account sees them. A reservation holds in all accounts, and the repository
 * has a share of the caps in each. `share` is the share in this account.
 */
export const reservationsIn = (member: string | undefined): ItemKind<Reservation, { namespace: string }> => {
  const none = { roles: {}, ecr: {} };
  if (member === undefined)
    return {
      key: reservationKey,
      read(document) {
        const read = readReservation(document);
        // A reservation that a member account's PUT made first has no share at home.
        return read.share === undefined && read.shares !== undefined ? { ...read, share: none } : read;
      },
    };
  return {
    key: reservationKey,
    read(document) {
      const { share: atHome, shares, ...rest } = readReservation(document);
      const all: Reservation["shares"] = { ...shares, ...(atHome && { [HOME]: atHome }) };
      return { ...rest, share: all[member] ?? none, shares: all };
    },
    write({ share, shares = {}, ...rest }) {
      const { [HOME]: atHome, ...members } = shares;
      return {
        ...rest,
        ...(atHome && { share: atHome }),
        shares: { ...members, ...(share && { [member]: share }) },
      };
    },
  };
};
/** The name of the home account's share while a member account's registry holds a reservation in memory. */
const HOME = "home";

/** The kinds of the home account, for what reads every item of the table. */
export const REGISTRATION = registrationsIn(undefined);
export const RESERVATION = reservationsIn(undefined);
export const ECR: ItemKind<EcrItem, EcrKey> = { key: ecrKey, read: readEcrItem };
export const ACCOUNT: ItemKind<AccountItem, { account: string }> = { key: accountKey };

/**
 * A registration's summary in the list index. The ARN of its role names the account. Only the origin `self` is stored. It
 * may have a field of an earlier version.
 */
export type Listed = Omit<Summary, "account" | "origin"> & { origin?: "self"; gitHubCheckedAt?: string };

function summary(item: RegistrationItem): Listed {
  const { status, checkedAt } = item.drift;
  return {
    owner: item.owner,
    repo: item.repo,
    role: item.role,
    status: item.status,
    version: item.specVersion,
    drift: checkedAt === undefined ? { status } : { status, checkedAt },
    roleArn: item.desired.role.arn,
    ...(item.origin && { origin: item.origin }),
    updatedAt: item.updatedAt,
    updatedBy: item.updatedBy,
  };
}

export const toSummary = (
  { gitHubCheckedAt: _, owner, repo, role, ...shown }: Listed,
  last: LastCheck | undefined,
): Summary => ({
  owner,
  repo,
  role,
  account: accountOf(shown),
  ...shown,
  origin: shown.origin ?? "caller",
  drift: asLastChecked({ owner, repo, role }, shown.drift, last),
});

export const accountOf = ({ roleArn }: Pick<Listed, "roleArn">): string => roleArn.split(":")[4] ?? "";

/** Reads the item of a row that any version up to this one wrote. @throws if a later version wrote it */
export function itemIn<T, K>(kind: ItemKind<T, K>, row: Row | undefined): T | undefined {
  const [text, schema = SCHEMA] = [row?.["document"]?.S, row?.["schema"]?.N];
  if (text === undefined) return undefined;
  if (Number(schema) > SCHEMA) throw new Error(`An item of schema ${schema} is of a later version`);
  const document: T = JSON.parse(text);
  return kind.read?.(document) ?? document;
}
