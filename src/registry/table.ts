/**
 * The DynamoDB table. Every change of a versioned item is conditional on the item's id and revision. A change is a pure
 * function of the item; if another writer was faster, the function runs again on the current item.
 */
import {
  BatchGetItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  type Put,
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { type Failure, failed } from "../lib/errors.ts";
import { inChunks, together } from "../lib/parallel.ts";
import { type AuditTime, auditAttributes, openAudits } from "./audits.ts";
import { conditional } from "./conditional.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import type {
  AccountItem,
  EcrItem,
  EcrKey,
  RegistrationItem,
  RegistrationKey,
  Reservation,
  Versioned,
} from "./items.ts";
import { openJobItems } from "./jobs.ts";
import { openJournal } from "./journal.ts";
import { ACCOUNTS, type ItemKey, lastCheckKey, repositoryKey, rolePrefix, rowId } from "./keys.ts";
import { ACCOUNT, ECR, type ItemKind, itemIn, type Row, registrationsIn, reservationsIn } from "./kinds.ts";
import { asLastChecked, type LastCheck } from "./last-check.ts";
import { openList, type Page } from "./list.ts";
import { openTokens, type UsedToken } from "./tokens.ts";
import { SCHEMA } from "./upgrade.ts";

/** The number of attempts to change an item that others are changing, which is enough for 64 writers at once. */
const ATTEMPTS = 100;
/** The largest number of items in one BatchGetItem request. */
const BATCH = 100;

export type Registry = ReturnType<typeof openRegistry>;

/** A change of an item: its next state, the same object to leave it, or why it cannot be changed. */
type Next<T> = (current: T | undefined) => T | Failure;

/** A record that one transaction writes with a change of an item. */
type Beside<T> = {
  put(current: T | undefined): Put;
  /** Returns why the record cannot be written; undefined if it can. */
  refusal(): Promise<Failure | undefined>;
};

/**
 * Opens the table. `newId` returns a unique id on each call, and `wait` waits for a number of milliseconds.
 * @param member the member account whose registrations it reads and changes; undefined for those of the home account
 */
export function openRegistry(
  client: DynamoDBClient,
  table: string,
  newId: () => string,
  now: () => number,
  wait: (milliseconds: number) => Promise<unknown>,
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
    beside?: Beside<T>,
  ): Promise<T | Failure> {
    // A write that timed out may have taken effect. The stamp tells this call's write from another writer's.
    const stamp = newId();
    let current = known;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const wanted = next(current);
      if (failed(wanted) || wanted === current) return wanted;
      const item: T = { ...wanted, revision: (current?.revision ?? 0) + 1 };
      const put = {
        TableName: table,
        Item: {
          ...row(kind, key, item),
          id: { S: item.id },
          revision: { N: String(item.revision) },
          stamp: { S: stamp },
          ...kind.index?.(item),
        },
        ...unchanged(current),
      };
      const conflict = await conditional(() =>
        beside === undefined
          ? client.send(new PutItemCommand(put))
          : client.send(
              new TransactWriteItemsCommand({ TransactItems: [{ Put: put }, { Put: beside.put(current) }] }),
            ),
      );
      if (!conflict) return item;
      const there = await get(kind, key);
      if (there.stamp === stamp && there.item !== undefined) return there.item;
      const refused = await beside?.refusal();
      if (refused !== undefined) return refused;
      current = there.item;
      await wait(Math.random() * Math.min(10 * 2 ** attempt, 200));
    }
    return { failure: "busy", retryAfterSeconds: 1 };
  }

  /**
   * Reads the rows of several keys, a hundred in each request. Returns them by `rowId`.
   * @param attributes the attributes to read besides the key, by default all
   */
  async function getMany(
    keys: readonly ItemKey[],
    attributes?: readonly string[],
  ): Promise<Map<string, Row>> {
    const projection = attributes && { ProjectionExpression: ["pk", "sk", ...attributes].join() };
    const rows = new Map<string, Row>();
    // Remove duplicates: DynamoDB refuses a request that names a key twice.
    const distinct = new Map(keys.map((key) => [rowId(key), key]));
    const all: Row[] = [...distinct.values()].map(({ pk, sk }) => ({ pk: { S: pk }, sk: { S: sk } }));
    await together(
      inChunks(all, BATCH).map(async (batch) => {
        for (let Keys = batch; Keys.length > 0; ) {
          const answer = await client.send(
            new BatchGetItemCommand({
              RequestItems: { [table]: { Keys, ConsistentRead: true, ...projection } },
            }),
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

  const readRegistration = async (key: RegistrationKey) => (await get(REGISTRATION, key)).item;
  const tokens = openTokens(client, table, readRegistration);

  return {
    ...openJournal(client, table, newId, now, member),
    ...openAudits(client, table, now, getMany),
    ...openJobItems(client, table, now),
    ...openList(client, table, member, async () => (await get(LAST_CHECK, undefined)).item),

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
      const found = (answer.Items ?? []).flatMap((one) => itemIn(ACCOUNT, one) ?? []);
      const items = found.slice(0, limit);
      const last = items.at(-1);
      // One read returns at most 1 MB, which may be less than the page.
      const isMore = found.length > limit || answer.LastEvaluatedKey !== undefined;
      return { items, ...(isMore && last !== undefined && { nextCursor: encodeCursor(last.account) }) };
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
    readRegistration,

    /** Returns why a workflow's token may not write a registration; undefined if it may. */
    tokenRefusal: tokens.refusal,

    /** Reads an ECR repository's item; undefined if there is none. */
    readEcrItem: async (key: EcrKey) => (await get(ECR, key)).item,

    /**
     * Changes a registration, from the item that the caller has read.
     * @param used the workflow's token that the change uses up. One transaction writes both items
     */
    changeRegistration: (
      key: RegistrationKey,
      known: RegistrationItem | undefined,
      next: Next<RegistrationItem>,
      used?: UsedToken,
    ) => {
      const beside = used && {
        put: (current: RegistrationItem | undefined) => tokens.put(used, current),
        refusal: () => tokens.refusal(key, used),
      };
      return change(REGISTRATION, key, known, next, beside);
    },

    /** Changes an ECR repository's item, from the item that the caller has read. */
    changeEcr: (key: EcrKey, known: EcrItem | undefined, next: Next<EcrItem>) =>
      change(ECR, key, known, next),

    /** Deletes a registration. Returns false if it changed after the caller read it. */
    async deleteRegistration(item: RegistrationItem): Promise<boolean> {
      return !(await deleteUnlessChanged(REGISTRATION.key(item), item));
    },

    /** Reads the last check of all registrations; undefined if no roll call has gone through all of them. */
    readLastCheck: async () => (await get(LAST_CHECK, undefined)).item,

    /**
     * Saves the last check of all registrations, unless the table has a later one.
     * @param audit the time of the audit that belongs to the check
     */
    async saveLastCheck(check: LastCheck, audit?: AuditTime): Promise<void> {
      await conditional(() =>
        client.send(
          new PutItemCommand({
            TableName: table,
            Item: { ...row(LAST_CHECK, undefined, check), at: { S: check.at }, ...auditAttributes(audit) },
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
  };

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
