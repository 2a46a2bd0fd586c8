/**
 * Stores the jobs of a roll call, one for each account. A group item names up to a hundred accounts and collects those
 * that are done in a string set, so adding an account twice changes nothing. One more item collects the complete groups.
 */
import {
  type AttributeValue,
  BatchGetItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { inParallel } from "../lib/parallel.ts";
import { conditional } from "./conditional.ts";
import type { GitHubTurn, ResumeState, RollCallItem } from "./journal.ts";
import { ROLL_CALL_DAYS } from "./journal.ts";
import { SCHEMA } from "./upgrade.ts";

type Row = Record<string, AttributeValue>;

/** The name of a job: an account in a group of a roll call. */
export type JobName = { readonly rollCall: string; readonly group: number; readonly account: string };

/** Up to a hundred accounts of a roll call, and the facts of the roll call that every job needs. */
export type JobGroup = {
  readonly startedAt: string;
  readonly accounts: readonly string[];
  /** GitHub's turn when the roll call began, which determines the order of the registrations. */
  readonly turn: GitHubTurn;
};

/** The result of a job: the check of one account. */
export type JobResult = Pick<RollCallItem, "counts" | "drifted" | "awsCalls" | "audit"> & {
  readonly account: string;
  /** The reason why the account was not checked; missing if it was checked. */
  readonly failure?: string;
  readonly finishedAt: string;
};

/** A job that a consumer has taken. It has the resume state until it has the result. */
export type Job = {
  readonly account: string;
  readonly progress?: JobProgress;
  readonly result?: JobResult;
};
export type JobProgress = Pick<RollCallItem, "counts" | "drifted" | "awsCalls"> & {
  readonly kept: ResumeState;
};

/** A consumer's right to work on a job, and the time until which no other may (milliseconds since 1970). */
export type JobLease = { readonly id: string; readonly until: number };

/** The state of a group: its accounts, those that are done, and the time of the last write (ISO 8601). */
export type GroupState = JobGroup & {
  readonly group: number;
  readonly done: ReadonlySet<string>;
  readonly savedAt: string;
  /** True once a later roll call has closed this one. No job of a closed roll call begins. */
  readonly isClosed: boolean;
};

const GROUPS = "GROUPS";
const OPEN = { pk: { S: "TURN" }, sk: { S: "OPEN" } };
/** The number of group items that are written at a time. */
const AT_ONCE = 10;
const DAY_SECONDS = 24 * 60 * 60;

const rollCallKey = (rollCall: string): string => `ROLLCALL#${rollCall}`;
const groupKey = (group: number): string => `GROUP#${String(group).padStart(4, "0")}`;
const accountSk = (account: string): string => `ACCOUNT#${account}`;

/** Opens the jobs of a table. */
export function openJobItems(client: DynamoDBClient, table: string, now: () => number) {
  const at = (): string => new Date(now()).toISOString();
  const expiresAt = (): AttributeValue => ({
    N: String(Math.floor(now() / 1000) + ROLL_CALL_DAYS * DAY_SECONDS),
  });

  const put = (
    rollCall: string,
    sk: string,
    document: unknown,
    more: Partial<PutItemCommandInput> = {},
  ): Promise<unknown> =>
    client.send(
      new PutItemCommand({
        ...more,
        TableName: table,
        Item: {
          pk: { S: rollCallKey(rollCall) },
          sk: { S: sk },
          schema: { N: String(SCHEMA) },
          document: { S: JSON.stringify(document) },
          savedAt: { S: at() },
          expiresAt: expiresAt(),
          ...more.Item,
        },
      }),
    );

  /** Updates an item. Returns its attributes after the update; undefined if the condition failed. */
  async function update(Key: Row, input: Partial<UpdateItemCommandInput>): Promise<Row | undefined> {
    let row: Row | undefined;
    const conflict = await conditional(async () => {
      const { Attributes } = await client.send(
        new UpdateItemCommand({ TableName: table, ReturnValues: "ALL_NEW", ...input, Key }),
      );
      row = Attributes;
    });
    return conflict ? undefined : (row ?? {});
  }

  /**
   * Returns the attributes of a lease. A job that is done has no end of the lease, so no consumer can take it again. It has
   * the id, so that a write whose answer was lost can be repeated.
   */
  const leaseOf = ({ result }: Job, { id, until }: JobLease): Row => ({
    lease: { S: id },
    ...(result === undefined ? { leaseUntil: { N: String(until) } } : { done: { BOOL: true } }),
  });

  const groupRow = ({ rollCall, group }: Pick<JobName, "rollCall" | "group">): Row => ({
    pk: { S: rollCallKey(rollCall) },
    sk: { S: groupKey(group) },
  });

  async function* rowsOf(rollCall: string, prefix: string): AsyncGenerator<Row[]> {
    let start: Row | undefined;
    do {
      const answer = await client.send(
        new QueryCommand({
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
          ExpressionAttributeValues: { ":pk": { S: rollCallKey(rollCall) }, ":prefix": { S: prefix } },
          ...(start !== undefined && { ExclusiveStartKey: start }),
        }),
      );
      yield answer.Items ?? [];
      start = answer.LastEvaluatedKey;
    } while (start !== undefined);
  }

  return {
    /** Adds a roll call to the open ones. */
    async addOpenRollCall(rollCall: string): Promise<void> {
      await update(OPEN, {
        UpdateExpression: "ADD rollCalls :id",
        ExpressionAttributeValues: { ":id": { SS: [rollCall] } },
      });
    },

    /** Saves the groups of a roll call. */
    async planJobs(rollCall: string, groups: readonly JobGroup[]): Promise<void> {
      await inParallel(AT_ONCE, [...groups.entries()], ([group, document]) =>
        put(rollCall, groupKey(group), document),
      );
      await put(rollCall, GROUPS, { groups: groups.length });
    },

    /** Returns the roll calls over several accounts that have no report yet, the oldest first. */
    async openRollCalls(): Promise<string[]> {
      const { Responses } = await client.send(
        new BatchGetItemCommand({ RequestItems: { [table]: { Keys: [OPEN], ConsistentRead: true } } }),
      );
      return [...(Responses?.[table]?.[0]?.["rollCalls"]?.SS ?? [])].sort();
    },

    /** Removes a roll call from the open ones. */
    async removeOpenRollCall(rollCall: string): Promise<void> {
      await update(OPEN, {
        UpdateExpression: "DELETE rollCalls :id",
        ExpressionAttributeValues: { ":id": { SS: [rollCall] } },
      });
    },

    /**
     * Reads a job and its group; undefined if the table has no such group or the group does not name the account.
     * `isTaken` tells whether a consumer's lease on the job lives.
     */
    async readJob(
      name: JobName,
    ): Promise<{ group: GroupState; job: Job | undefined; isTaken: boolean } | undefined> {
      const { pk, sk } = { pk: { S: rollCallKey(name.rollCall) }, sk: { S: accountSk(name.account) } };
      const { Responses } = await client.send(
        new BatchGetItemCommand({
          RequestItems: { [table]: { Keys: [groupRow(name), { pk, sk }], ConsistentRead: true } },
        }),
      );
      const rows = Responses?.[table] ?? [];
      const [group, job] = [groupKey(name.group), sk.S].map((key) =>
        rows.find((row) => row["sk"]?.S === key),
      );
      if (group === undefined) return undefined;
      const state = groupIn(group);
      if (!state.accounts.includes(name.account)) return undefined;
      const isTaken = Number(job?.["leaseUntil"]?.N ?? 0) > now();
      return { group: state, job: job && documentIn<Job>(job), isTaken };
    },

    /** Takes a job. Returns false if it is done, or if another consumer's lease on it still lives. */
    async takeJob({ rollCall, account }: JobName, job: Job, lease: JobLease): Promise<boolean> {
      return !(await conditional(() =>
        put(rollCall, accountSk(account), job, {
          Item: leaseOf(job, lease),
          // The last part lets a repeated attempt through. One that takes effect late must not replace the result.
          ConditionExpression:
            "attribute_not_exists(pk) OR leaseUntil <= :now OR (lease = :lease AND attribute_not_exists(done))",
          ExpressionAttributeValues: { ":now": { N: String(now()) }, ":lease": { S: lease.id } },
        }),
      ));
    },

    /**
     * Saves a job that the lease's holder works on. Returns false if another consumer has it.
     * @param lease the lease with its new end
     */
    async saveJob({ rollCall, account }: JobName, job: Job, lease: JobLease): Promise<boolean> {
      return !(await conditional(() =>
        put(rollCall, accountSk(account), job, {
          Item: leaseOf(job, lease),
          ConditionExpression: "lease = :lease",
          ExpressionAttributeValues: { ":lease": { S: lease.id } },
        }),
      ));
    },

    /**
     * Adds an account to those of its group that are done. Returns the group; undefined if the table does not have it.
     */
    async addDone(name: JobName): Promise<GroupState | undefined> {
      const row = await update(groupRow(name), {
        UpdateExpression: "ADD done :account SET savedAt = :at",
        ConditionExpression: "attribute_exists(pk)",
        ExpressionAttributeValues: { ":account": { SS: [name.account] }, ":at": { S: at() } },
      });
      return row && groupIn(row);
    },

    /** Records that a group still makes progress, for a job that takes more than one invocation. */
    async touchGroup(name: JobName): Promise<void> {
      await update(groupRow(name), {
        UpdateExpression: "SET savedAt = :at",
        ConditionExpression: "attribute_exists(pk)",
        ExpressionAttributeValues: { ":at": { S: at() } },
      });
    },

    /** Marks a group as complete. Returns true if all groups of the roll call are. */
    async addComplete({ rollCall, group }: JobName): Promise<boolean> {
      const row = await update(
        { pk: { S: rollCallKey(rollCall) }, sk: { S: GROUPS } },
        {
          UpdateExpression: "ADD complete :group",
          ConditionExpression: "attribute_exists(pk)",
          ExpressionAttributeValues: { ":group": { SS: [groupKey(group)] } },
        },
      );
      if (row === undefined) return false;
      return (row["complete"]?.SS ?? []).length === documentIn<{ groups: number }>(row).groups;
    },

    /** Closes the groups of a roll call, so that no job of it begins later. */
    async closeGroups(rollCall: string, groups: number): Promise<void> {
      await inParallel(AT_ONCE, [...Array(groups).keys()], (group) =>
        update(groupRow({ rollCall, group }), {
          UpdateExpression: "SET closed = :yes",
          ConditionExpression: "attribute_exists(pk)",
          ExpressionAttributeValues: { ":yes": { BOOL: true } },
        }),
      );
    },

    /** Reads the groups of a roll call, in their order; empty if it has no jobs. */
    async jobGroups(rollCall: string): Promise<GroupState[]> {
      const groups: GroupState[] = [];
      for await (const rows of rowsOf(rollCall, "GROUP#")) groups.push(...rows.map(groupIn));
      return groups;
    },

    /** Reads the results of a roll call's jobs, in the order of the accounts. */
    async *jobResults(rollCall: string): AsyncGenerator<JobResult> {
      for await (const rows of rowsOf(rollCall, accountSk("")))
        for (const row of rows) {
          const { result } = documentIn<Job>(row);
          if (result !== undefined) yield result;
        }
    },

    /** Reads the results of some accounts' jobs, at most a hundred. */
    async readJobResults(rollCall: string, accounts: readonly string[]): Promise<Map<string, JobResult>> {
      const found = new Map<string, JobResult>();
      let Keys: Row[] = accounts.map((one) => ({
        pk: { S: rollCallKey(rollCall) },
        sk: { S: accountSk(one) },
      }));
      while (Keys.length > 0) {
        const answer = await client.send(
          new BatchGetItemCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } }),
        );
        for (const row of answer.Responses?.[table] ?? []) {
          const { result } = documentIn<Job>(row);
          if (result !== undefined) found.set(result.account, result);
        }
        Keys = answer.UnprocessedKeys?.[table]?.Keys ?? [];
      }
      return found;
    },

    /** Saves GitHub's answers about a part of a roll call's repositories, by the repository's place in the list. */
    async saveGitHubAnswers(rollCall: string, part: string, answers: Readonly<Record<string, unknown>>) {
      await put(rollCall, `GITHUB#${part}`, answers);
    },

    /** Reads GitHub's answers in some parts, at most a hundred. */
    async readGitHubAnswers<T>(rollCall: string, parts: readonly string[]): Promise<Map<string, T>> {
      const found = new Map<string, T>();
      let Keys: Row[] = parts.map((part) => ({
        pk: { S: rollCallKey(rollCall) },
        sk: { S: `GITHUB#${part}` },
      }));
      while (Keys.length > 0) {
        const answer = await client.send(
          new BatchGetItemCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } }),
        );
        for (const row of answer.Responses?.[table] ?? [])
          for (const [place, one] of Object.entries(documentIn<Record<string, T>>(row)))
            found.set(place, one);
        Keys = answer.UnprocessedKeys?.[table]?.Keys ?? [];
      }
      return found;
    },

    /** Reads the ids of the member accounts, each with the time of its last check (ISO 8601; empty if never). */
    async accountsByLastCheck(): Promise<{ account: string; at: string }[]> {
      const accounts: string[] = [];
      for await (const sk of keysOf("ACCOUNTS", "sk")) accounts.push(sk["sk"]?.S ?? "");
      // Without members this read would only cost time.
      if (accounts.length === 0) return [];
      const checked = new Map<string, string>();
      for await (const { sk, at } of keysOf("CHECKED", "sk, #at")) checked.set(sk?.S ?? "", at?.S ?? "");
      return accounts.map((account) => ({ account, at: checked.get(accountSk(account)) ?? "" }));
    },
  };

  /** Reads attributes of all items of a partition. */
  async function* keysOf(pk: string, ProjectionExpression: string): AsyncGenerator<Row> {
    let start: Row | undefined;
    do {
      const answer = await client.send(
        new QueryCommand({
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": { S: pk } },
          ProjectionExpression,
          ...(ProjectionExpression.includes("#at") && { ExpressionAttributeNames: { "#at": "at" } }),
          ...(start !== undefined && { ExclusiveStartKey: start }),
        }),
      );
      yield* answer.Items ?? [];
      start = answer.LastEvaluatedKey;
    } while (start !== undefined);
  }
}

function groupIn(row: Row): GroupState {
  const sk = row["sk"]?.S ?? "";
  return {
    ...documentIn<JobGroup>(row),
    group: Number(sk.slice("GROUP#".length)),
    done: new Set(row["done"]?.SS ?? []),
    savedAt: row["savedAt"]?.S ?? "",
    isClosed: row["closed"]?.BOOL === true,
  };
}

const documentIn = <T>(row: Row): T => JSON.parse(row["document"]?.S ?? "{}");
