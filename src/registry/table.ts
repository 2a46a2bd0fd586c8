/**
 * The DynamoDB table. Every change of a versioned item is conditional on the item's id and revision. A change is a pure
 * function of the item; if another writer was faster, the function runs again on the current item.
 */
import { setTimeout as sleep } from "node:timers/promises";
import {
  type AttributeValue,
  BatchGetItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
} from "@aws-sdk/client-dynamodb";
import type { components } from "../generated/contract.ts";
import { type Failure, failed } from "../lib/errors.ts";
import { inChunks, together } from "../lib/parallel.ts";
import { conditional } from "./conditional.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import {
  type AccountItem,
  type EcrItem,
  type EcrKey,
  listKey,
  type RegisteredRole,
  type RegistrationItem,
  type RegistrationKey,
  type Reservation,
  type Versioned,
} from "./items.ts";
import { openJournal } from "./journal.ts";
import {
  ACCOUNTS,
  accountKey,
  ecrKey,
  type ItemKey,
  lastCheckKey,
  registrationKey,
  repositoryKey,
  reservationKey,
  rolePrefix,
} from "./keys.ts";
import { asLastChecked, type LastCheck } from "./last-check.ts";
import { readEcrItem, readRegistration, readReservation, SCHEMA } from "./upgrade.ts";

type Summary = components["schemas"]["RegistrationSummary"];
export type Row = Record<string, AttributeValue>;

export type Filter = {
  owner?: string;
  repository?: string;
  account?: string;
  status?: string;
  drift?: string;
};
export type Page<T> = { items: T[]; nextCursor?: string };

/** The number of attempts to change an item that others are changing, which is enough for 64 writers at once. */
const ATTEMPTS = 100;
/** The largest number of items in one BatchGetItem request. */
const BATCH = 100;
/** The number of registrations that a walk over all of them reads at a time. */
const PAGE = 1000;
const LIST = "REGISTRATIONS";
const LIST_INDEX = "list";

/** A kind of item: its key, how its document is read, and its attributes for the list index. */
type ItemKind<T, K> = {
  key(key: K): ItemKey;
  /** Converts a document that an earlier version may have written to an item. */
  read?(document: T): T;
  /** Converts an item to the document that is stored. */
  write?(item: T): T;
  index?(item: T): Row;
};

/** Returns the kind of the registrations in an account. @param member undefined for the home account */
const registrationsIn = (member: string | undefined): ItemKind<RegistrationItem, RegistrationKey> => ({
  key: (key) => registrationKey(key, member),
  read: readRegistration,
  index: (item) => ({
    listPk: { S: LIST },
    listSk: { S: member === undefined ? listKey(item) : `${listKey(item)}#${member}` },
    status: { S: item.status },
    drift: { S: item.drift.status },
    summary: { S: JSON.stringify(summary(item)) },
  }),
});

/**
 * Returns the kind of the reservations as an account sees them. A reservation holds in all accounts, and the repository
 * has a share of the caps in each. `share` is the share in this account.
 */
const reservationsIn = (member: string | undefined): ItemKind<Reservation, { namespace: string }> => {
  const kind = { key: reservationKey, read: readReservation };
  if (member === undefined) return kind;
  return {
    key: reservationKey,
    read(document) {
      const { share: atHome, shares, ...rest } = readReservation(document);
      const all: Reservation["shares"] = { ...shares, ...(atHome && { [HOME]: atHome }) };
      return { ...rest, share: all[member] ?? { roles: {}, ecr: {} }, shares: all };
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
const ACCOUNT: ItemKind<AccountItem, { account: string }> = { key: accountKey };

/** A registration's summary in the list index. The ARN of its role names the account. It may have a field of an earlier version. */
type Listed = Omit<Summary, "account"> & { gitHubCheckedAt?: string };

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
    updatedAt: item.updatedAt,
    updatedBy: item.updatedBy,
  };
}

const toSummary = (
  { gitHubCheckedAt: _, owner, repo, role, ...shown }: Listed,
  last: LastCheck | undefined,
): Summary => ({
  owner,
  repo,
  role,
  account: accountOf(shown),
  ...shown,
  drift: asLastChecked({ owner, repo, role }, shown.drift, last),
});

const accountOf = ({ roleArn }: Pick<Listed, "roleArn">): string => roleArn.split(":")[4] ?? "";

/** Reads the item of a row that any version up to this one wrote. @throws if a later version wrote it */
export function itemIn<T, K>(kind: ItemKind<T, K>, row: Row | undefined): T | undefined {
  const [text, schema = SCHEMA] = [row?.["document"]?.S, row?.["schema"]?.N];
  if (text === undefined) return undefined;
  if (Number(schema) > SCHEMA) throw new Error(`An item of schema ${schema} is of a later version`);
  const document: T = JSON.parse(text);
  return kind.read?.(document) ?? document;
}

export type Registry = ReturnType<typeof openRegistry>;

/** A change of an item: its next state, the same object to leave it, or why it cannot be changed. */
type Next<T> = (current: T | undefined) => T | Failure;

/**
 * Opens the table. `newId` returns a unique id on each call.
 * @param member the member account whose registrations it reads and changes; undefined for those of the home account
 */
export function openRegistry(
  client: DynamoDBClient,
  table: string,
  newId: () => string,
  now: () => number,
  member?: string,
) {
  const [REGISTRATION, RESERVATION] = [registrationsIn(member), reservationsIn(member)];
  const LAST_CHECK: ItemKind<LastCheck, void> = { key: () => lastCheckKey(member) };
  const OWN_ROLES = rolePrefix(member);

  async function get<T, K>(
    kind: ItemKind<T, K>,
    key: K,
  ): Promise<{ item: T | undefined; stamp: string | undefined }> {
    const { pk, sk } = kind.key(key);
    const answer = await client.send(
      new GetItemCommand({ TableName: table, Key: { pk: { S: pk }, sk: { S: sk } }, ConsistentRead: true }),
    );
    return { item: itemIn(kind, answer.Item), stamp: answer.Item?.["stamp"]?.S };
  }

  /** Returns the attributes that every item has. */
  function row<T, K>(kind: ItemKind<T, K>, key: K, document: T): Row {
    const { pk, sk } = kind.key(key);
    return {
      pk: { S: pk },
      sk: { S: sk },
      schema: { N: String(SCHEMA) },
      document: { S: JSON.stringify(kind.write?.(document) ?? document) },
    };
  }

  /** Changes an item by `next`, which gets the caller's item first and, after a conflict, the current item. */
  async function change<T extends Versioned, K>(
    kind: ItemKind<T, K>,
    key: K,
    known: T | undefined,
    next: Next<T>,
  ): Promise<T | Failure> {
    // A write that timed out may have taken effect. The stamp tells this call's write from another writer's.
    const stamp = newId();
    let current = known;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const wanted = next(current);
      if (failed(wanted) || wanted === current) return wanted;
      const item: T = { ...wanted, revision: (current?.revision ?? 0) + 1 };
      const conflict = await conditional(() =>
        client.send(
          new PutItemCommand({
            TableName: table,
            Item: {
              ...row(kind, key, item),
              id: { S: item.id },
              revision: { N: String(item.revision) },
              stamp: { S: stamp },
              ...kind.index?.(item),
            },
            ...unchanged(current),
          }),
        ),
      );
      if (!conflict) return item;
      const there = await get(kind, key);
      if (there.stamp === stamp && there.item !== undefined) return there.item;
      current = there.item;
      await sleep(Math.random() * Math.min(10 * 2 ** attempt, 200));
    }
    return { failure: "busy", retryAfterSeconds: 1 };
  }

  const rowId = ({ pk, sk }: ItemKey): string => `${pk} ${sk}`;

  /** Reads the rows of several keys, a hundred in each request. Returns them by `rowId`. */
  async function getMany(keys: readonly ItemKey[]): Promise<Map<string, Row>> {
    const rows = new Map<string, Row>();
    // Remove duplicates: DynamoDB refuses a request that names a key twice.
    const distinct = new Map(keys.map((key) => [rowId(key), key]));
    const all: Row[] = [...distinct.values()].map(({ pk, sk }) => ({ pk: { S: pk }, sk: { S: sk } }));
    await together(
      inChunks(all, BATCH).map(async (batch) => {
        for (let Keys = batch; Keys.length > 0; ) {
          const answer = await client.send(
            new BatchGetItemCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } }),
          );
          for (const row of answer.Responses?.[table] ?? []) {
            rows.set(rowId({ pk: row["pk"]?.S ?? "", sk: row["sk"]?.S ?? "" }), row);
          }
          Keys = answer.UnprocessedKeys?.[table]?.Keys ?? [];
        }
      }),
    );
    return rows;
  }

  return {
    ...openJournal(client, table, newId, now, member),

    /** Reads a member account's record; undefined if there is none. */
    readAccount: async (account: string) => (await get(ACCOUNT, { account })).item,

    /** Changes a member account's record, from the one that the caller has read. */
    changeAccount: (account: string, known: AccountItem | undefined, next: Next<AccountItem>) =>
      change(ACCOUNT, { account }, known, next),

    /** Deletes a member account's record. Returns false if it changed after the caller read it. */
    async deleteAccount(item: AccountItem): Promise<boolean> {
      return !(await deleteUnlessChanged(ACCOUNT.key(item), item));
    },

    /** Returns a page of the member accounts' records, ordered by account. */
    async accounts(limit: number, cursor: string | undefined): Promise<Page<AccountItem> | Failure> {
      const after = cursor === undefined ? undefined : decodeCursor(cursor, { form: /^\d{12}$/ });
      if (failed(after)) return after;
      const answer = await client.send(
        new QueryCommand({
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: "pk = :pk AND sk > :after",
          ExpressionAttributeValues: { ":pk": { S: ACCOUNTS }, ":after": { S: after ?? "0" } },
          Limit: limit + 1,
        }),
      );
      const items = (answer.Items ?? []).flatMap((one) => itemIn(ACCOUNT, one) ?? []);
      const last = items.length > limit ? items[limit - 1] : undefined;
      return {
        items: items.slice(0, limit),
        ...(last !== undefined && { nextCursor: encodeCursor(last.account) }),
      };
    },

    /** Tells whether an account has registrations. */
    async hasRegistrations(account: string): Promise<boolean> {
      const { items } = await page({ account }, 1, undefined, everything({}));
      return items.length > 0;
    },

    /**
     * Reads registrations, in the order of the keys; undefined for those that no longer exist. The same requests also
     * read the items of ECR repositories that the registrations probably use.
     */
    async readMany(
      keys: readonly RegistrationKey[],
      repositories: readonly EcrKey[] = [],
    ): Promise<{ items: (RegistrationItem | undefined)[]; ecr: (EcrItem | undefined)[] }> {
      const [wanted, ecr] = [keys.map(REGISTRATION.key), repositories.map(ECR.key)];
      const rows = await getMany([...wanted, ...ecr]);
      return {
        items: wanted.map((key) => itemIn(REGISTRATION, rows.get(rowId(key)))),
        ecr: ecr.map((key) => itemIn(ECR, rows.get(rowId(key)))),
      };
    },

    /**
     * Reads a registration with its last check, the items of ECR repositories and, if a namespace is given, its
     * reservation.
     */
    async readAll(key: RegistrationKey, repositories: readonly EcrKey[], namespace?: string) {
      const [registration, ecr] = [REGISTRATION.key(key), repositories.map(ECR.key)];
      const reservation = namespace === undefined ? [] : [RESERVATION.key({ namespace })];
      const lastCheck = LAST_CHECK.key();
      const rows = await getMany([registration, lastCheck, ...reservation, ...ecr]);
      const item = itemIn(REGISTRATION, rows.get(rowId(registration)));
      const last = itemIn(LAST_CHECK, rows.get(rowId(lastCheck)));
      return {
        registration: item && { ...item, drift: asLastChecked(item, item.drift, last) },
        reservation: reservation.map((one) => itemIn(RESERVATION, rows.get(rowId(one)))).at(0),
        ecr: ecr.map((key) => itemIn(ECR, rows.get(rowId(key)))),
      };
    },

    /** Reads the items of ECR repositories, in the order of the keys. */
    async readEcr(repositories: readonly EcrKey[]): Promise<(EcrItem | undefined)[]> {
      const keys = repositories.map(ECR.key);
      const rows = await getMany(keys);
      return keys.map((key) => itemIn(ECR, rows.get(rowId(key))));
    },

    /** Reads a registration; undefined if there is none. */
    readRegistration: async (key: RegistrationKey) => (await get(REGISTRATION, key)).item,

    /** Reads an ECR repository's item; undefined if there is none. */
    readEcrItem: async (key: EcrKey) => (await get(ECR, key)).item,

    /** Changes a registration, from the item that the caller has read. */
    changeRegistration: (
      key: RegistrationKey,
      known: RegistrationItem | undefined,
      next: Next<RegistrationItem>,
    ) => change(REGISTRATION, key, known, next),

    /** Changes an ECR repository's item, from the item that the caller has read. */
    changeEcr: (key: EcrKey, known: EcrItem | undefined, next: Next<EcrItem>) =>
      change(ECR, key, known, next),

    /** Deletes a registration. Returns false if it changed after the caller read it. */
    async deleteRegistration(item: RegistrationItem): Promise<boolean> {
      return !(await deleteUnlessChanged(REGISTRATION.key(item), item));
    },

    /** Reads the last check of all registrations; undefined if no roll call has gone through all of them. */
    readLastCheck: async () => (await get(LAST_CHECK, undefined)).item,

    /** Saves the last check of all registrations, unless the table has a later one. */
    async saveLastCheck(check: LastCheck): Promise<void> {
      await conditional(() =>
        client.send(
          new PutItemCommand({
            TableName: table,
            Item: { ...row(LAST_CHECK, undefined, check), at: { S: check.at } },
            ConditionExpression: "attribute_not_exists(pk) OR #at < :at",
            ExpressionAttributeNames: { "#at": "at" },
            ExpressionAttributeValues: { ":at": { S: check.at } },
          }),
        ),
      );
    },

    /** Reads the reservation of a namespace; undefined if there is none. */
    readReservation: async (namespace: string) => (await get(RESERVATION, { namespace })).item,

    /** Changes the reservation of a namespace, from the one that the caller has read. */
    changeReservation: (namespace: string, known: Reservation | undefined, next: Next<Reservation>) =>
      change(RESERVATION, { namespace }, known, next),

    /**
     * Reads the registrations of a repository, regardless of the letter case of its name.
     * @param accounts `all` also reads those in other accounts than this registry's
     */
    async registrationsOf(
      owner: string,
      repo: string,
      accounts: "own" | "all" = "own",
    ): Promise<RegistrationItem[]> {
      const found: RegistrationItem[] = [];
      let start: Row | undefined;
      do {
        const answer: QueryCommandOutput = await client.send(
          new QueryCommand({
            TableName: table,
            ConsistentRead: true,
            KeyConditionExpression: accounts === "all" ? "pk = :pk" : "pk = :pk AND begins_with(sk, :role)",
            ExpressionAttributeValues: {
              ":pk": { S: repositoryKey(owner, repo) },
              ...(accounts === "own" && { ":role": { S: OWN_ROLES } }),
            },
            ...(start !== undefined && { ExclusiveStartKey: start }),
          }),
        );
        for (const one of answer.Items ?? []) {
          const item = itemIn(REGISTRATION, one);
          if (item !== undefined) found.push(item);
        }
        start = answer.LastEvaluatedKey;
      } while (start !== undefined);
      return found;
    },

    /** Returns a page of all registrations in the order of their names, read from the index, filled up to `limit`. */
    list: (filter: Filter, limit: number, cursor: string | undefined): Promise<Page<Summary> | Failure> =>
      shown(filter, limit, cursor, everything(filter)),

    /** Returns the role of every registration in the account, ordered by `listKey`. */
    async registeredRoles(): Promise<RegisteredRole[]> {
      const roles: RegisteredRole[] = [];
      let after: string | undefined;
      do {
        const { items, last } = await page({}, PAGE, after, everything({}));
        for (const { item, sk } of items) {
          const { owner, repo, role, roleArn } = item;
          if (memberIn(sk) === member) roles.push({ owner, repo, role, roleArn });
        }
        after = last;
      } while (after !== undefined);
      return roles;
    },

    /** Returns a page of one repository's registrations, filled up to `limit`. */
    listRepository: (
      owner: string,
      repo: string,
      filter: Filter,
      limit: number,
      cursor: string | undefined,
    ) =>
      shown(filter, limit, cursor, {
        pk: repositoryKey(owner, repo),
        prefix: OWN_ROLES,
        names: { pk: "pk", sk: "sk" },
        form: /^(?:ACCOUNT#\d{12}#)?ROLE#[^#]+$/,
        key: (sk) => ({ pk: { S: repositoryKey(owner, repo) }, sk: { S: sk } }),
        shows: (item) => item.owner === owner && item.repo === repo,
      }),
  };

  /** Returns a page as callers see it: each registration with its last check. */
  async function shown(
    filter: Filter,
    limit: number,
    cursor: string | undefined,
    range: Range,
  ): Promise<Page<Summary> | Failure> {
    const after = cursor === undefined ? undefined : decodeCursor(cursor, range);
    if (failed(after)) return after;
    // Read the last check before the page. By a later check, a registration on the page could count as confirmed
    // although it has drifted since.
    const { item: lastCheck } = await get(LAST_CHECK, undefined);
    const { items, last } = await page(filter, limit, after, range);
    return {
      // The last check is about the registrations of this registry's account.
      items: items.map(({ item, sk }) => {
        const isOwn = range.index === undefined || memberIn(sk) === member;
        return toSummary(item, isOwn ? lastCheck : undefined);
      }),
      ...(last !== undefined && { nextCursor: encodeCursor(last) }),
    };
  }

  function everything({ owner, repository, account }: Filter): Range {
    const [ownerOf, repo] = repository?.split("/") ?? [owner];
    const isWanted = (item: Listed) =>
      (owner === undefined || item.owner === owner) &&
      (repository === undefined || `${item.owner}/${item.repo}` === repository) &&
      (account === undefined || accountOf(item) === account);
    return {
      index: LIST_INDEX,
      pk: LIST,
      prefix: ownerOf === undefined ? "" : `${ownerOf}#${repo === undefined ? "" : `${repo}#`}`.toLowerCase(),
      names: { pk: "listPk", sk: "listSk" },
      form: /^[^#]+#[^#]+#[^#]+(?:#\d{12})?$/,
      key: (sk) => ({ ...tableKey(sk), listPk: { S: LIST }, listSk: { S: sk } }),
      // The key is in lower case, so compare the spelling here. Another spelling is another name.
      shows: isWanted,
    };
  }

  /** Returns the table key of an entry in the list index. A start key for the index must contain it. */
  function tableKey(listSk: string): Row {
    const [owner = "", repo = "", role = ""] = listSk.split("#");
    const { pk, sk } = registrationKey({ owner, repo, role }, memberIn(listSk));
    return { pk: { S: pk }, sk: { S: sk } };
  }

  type Range = {
    index?: string;
    pk: string;
    prefix: string;
    names: { pk: string; sk: string };
    /** The form of a sort key in the range. A cursor that holds any other key is refused. */
    form: RegExp;
    /** Returns the start key for the items after the one with this sort key. */
    key(sk: string): Row;
    shows(item: Listed): boolean;
  };

  /** Reads the page after a sort key. Also returns the page's own last sort key if there are more items. */
  async function page(
    filter: Filter,
    limit: number,
    after: string | undefined,
    range: Range,
  ): Promise<{ items: { item: Listed; sk: string }[]; last?: string }> {
    const equal = (["status", "drift"] as const).filter((name) => filter[name] !== undefined);
    const conditions = equal.map((name) => `#${name} = :${name}`);
    // A role's ARN names the account, and the index has the ARN as a part of the summary.
    if (filter.account !== undefined) conditions.push("contains(summary, :account)");
    const found: { item: Listed; sk: string }[] = [];
    let start = after === undefined ? undefined : range.key(after);
    do {
      const answer = await client.send(
        new QueryCommand({
          TableName: table,
          ...(range.index === undefined ? { ConsistentRead: true } : { IndexName: range.index }),
          KeyConditionExpression: `#pk = :pk${range.prefix === "" ? "" : " AND begins_with(#sk, :prefix)"}`,
          ...(conditions.length > 0 && {
            FilterExpression: conditions.join(" AND "),
          }),
          ProjectionExpression: "#sk, summary",
          ExpressionAttributeNames: {
            "#pk": range.names.pk,
            "#sk": range.names.sk,
            ...Object.fromEntries(equal.map((name) => [`#${name}`, name])),
          },
          ExpressionAttributeValues: {
            ":pk": { S: range.pk },
            ...(range.prefix !== "" && { ":prefix": { S: range.prefix } }),
            ...Object.fromEntries(equal.map((name) => [`:${name}`, { S: filter[name] ?? "" }])),
            ...(filter.account !== undefined && { ":account": { S: `:iam::${filter.account}:role/` } }),
          },
          // Read one more than asked for, to know whether there is a next page. With a filter, read without a limit.
          ...(conditions.length === 0 && { Limit: limit + 1 - found.length }),
          ...(start !== undefined && { ExclusiveStartKey: start }),
        }),
      );
      for (const row of answer.Items ?? []) {
        const text = row["summary"]?.S;
        if (text === undefined) continue;
        const item: Listed = JSON.parse(text);
        if (range.shows(item)) found.push({ item, sk: row[range.names.sk]?.S ?? "" });
      }
      start = answer.LastEvaluatedKey;
    } while (found.length <= limit && start !== undefined);

    const within = found.slice(0, limit);
    const last = within.at(-1);
    return found.length > limit && last !== undefined ? { items: within, last: last.sk } : { items: within };
  }

  /** Deletes an item. Returns true if it changed after the caller read it. */
  function deleteUnlessChanged({ pk, sk }: ItemKey, item: Versioned): Promise<boolean> {
    return conditional(() =>
      client.send(
        new DeleteItemCommand({
          TableName: table,
          Key: { pk: { S: pk }, sk: { S: sk } },
          ...unchanged(item),
        }),
      ),
    );
  }
}

/** Returns the member account in a sort key of the list; undefined for the home account. */
const memberIn = (listSk: string): string | undefined => listSk.split("#")[3];

/** Returns the condition that an item is unchanged since it was read, or that it still does not exist. */
export function unchanged(item: Versioned | undefined) {
  if (item === undefined) return { ConditionExpression: "attribute_not_exists(pk)" };
  // Schema 3 wrote reservations without an id, and no version has changed one since.
  if (item.revision === 0)
    return { ConditionExpression: "attribute_exists(pk) AND attribute_not_exists(revision)" };
  return {
    ConditionExpression: "id = :id AND revision = :revision",
    ExpressionAttributeValues: { ":id": { S: item.id }, ":revision": { N: String(item.revision) } },
  };
}
