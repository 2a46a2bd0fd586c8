/** Stores the histories of registrations and the roll calls. Their items expire. */
import {
  type AttributeValue,
  type DynamoDBClient,
  type PutItemCommandInput,
  QueryCommand,
} from "@aws-sdk/client-dynamodb";
import type { components } from "../generated/contract.ts";
import type { Failure } from "../lib/errors.ts";
import { failed } from "../lib/errors.ts";
import type { AuditTime } from "./audits.ts";
import { conditional } from "./conditional.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { openExpiring } from "./expiring.ts";
import type { Claimant, HistoryEntry, RegistrationItem, RegistrationKey } from "./items.ts";
import type { LastCheck } from "./last-check.ts";

type Schemas = components["schemas"];
type Row = Record<string, AttributeValue>;

/** The item of a roll call. Until the roll call has ended, the item also has the resume state. */
export type RollCallItem = Schemas["RollCall"] & {
  readonly kept?: ResumeState;
  /** The time of the last write (ISO 8601). */
  readonly savedAt: string;
  /** Fields of earlier versions. */
  readonly cursor?: string;
  readonly auditPages?: number;
};
/** A roll call before its end. */
export type UnderWay = RollCallItem & { readonly kept: ResumeState };
export type ResumeState = {
  /** GitHub's turn when the roll call began, which determines the order of its registrations. Missing before. */
  readonly turn?: GitHubTurn;
  /** The position in that order of the last judged registration; missing before the first. */
  readonly cursor?: string;
  /** The registrations that could not be judged so far, in the form of `LastCheck`. */
  readonly missed: LastCheck["missed"];
  /** The place of the last repository that GitHub answered for; missing before the first. */
  readonly told?: string;
  /** The number of registrations about which CloudTrail was asked so far. */
  readonly asked?: number;
  /** The result of the audit; missing until the audit is done. */
  readonly audit?: RollCallAudit;
  /** The time of the audit and its version; missing until the audit is done. */
  readonly auditTime?: AuditTime | undefined;
  /** The share of GitHub's turn that the roll call has in all accounts; missing without member accounts. */
  readonly share?: GitHubShare;
};
/** The repositories that a roll call over several accounts asks GitHub about, from the beginning of the turn. */
export type GitHubShare = {
  /** The place of the last repository of the share; empty if the share is empty. */
  readonly last: string;
  /** The place of the last repository of the share that GitHub answered for; empty if it answered for none. */
  readonly told: string;
};
/** The point in the list at which the next roll call begins to ask GitHub. */
export type GitHubTurn = {
  /** The place in the list of the last repository that GitHub answered for; empty at the beginning. */
  readonly behind: string;
  /** The number of roll calls in a row that got no answer from GitHub. */
  readonly silent: number;
};

/** Returns a roll call as callers see it, without the internal fields. */
export const shownRollCall = ({
  kept: _,
  auditPages: __,
  savedAt: ___,
  cursor: ____,
  ...shown
}: RollCallItem): Schemas["RollCall"] => shown;

/** Tells whether a roll call has finished or failed. */
export const isOver = ({ status }: Pick<RollCallItem, "status">): boolean =>
  status === "finished" || status === "failed";

export type RollCallAudit = Schemas["RollCallAudit"];
type Unsaved = Omit<RollCallItem, "savedAt">;
/**
 * A summary of a finished roll call. It has less than 1 kB, while a roll call may have 300 kB, so many can be read at
 * once.
 */
export type Run = Pick<RollCallItem, "id" | "counts"> & {
  readonly finishedAt: string;
  /** The number of roles in the audit that no registration named. */
  readonly unregistered: number;
};

/** The form of a history entry's sort key: the time at which it was written, and an id. */
const HISTORY_KEY = /^\d{4}-\d\d-\d\dT[\d:.]+Z#[\w-]+$/;
const HISTORY_DAYS = 400;
export const ROLL_CALL_DAYS = 35;

/** The names and values for a condition on the status of a roll call that is not over. */
const UNDER_WAY = {
  ExpressionAttributeNames: { "#status": "status" },
  ExpressionAttributeValues: { ":requested": { S: "requested" }, ":running": { S: "running" } },
};

const TURN = { pk: "TURN", sk: "ROLLCALL" };
const GITHUB_TURN = { pk: "TURN", sk: "GITHUB" };

type HistoryPlace = { readonly at: string; readonly id: string };

/** Opens the journal of a table. @param member the member account whose histories it has; undefined for the home account */
export function openJournal(
  client: DynamoDBClient,
  table: string,
  newId: () => string,
  now: () => number,
  member?: string,
) {
  const account = member === undefined ? "" : `${member}#`;
  const historyKey = ({ owner, repo, role }: RegistrationKey) => ({
    pk: `HISTORY#${account}${owner}/${repo}/${role}`.toLowerCase().replace("history#", "HISTORY#"),
  });

  const { put, get } = openExpiring(client, table, now);

  const historyPlace = ({ revision }: { revision: number }): HistoryPlace => ({
    at: new Date(now()).toISOString(),
    id: `${String(revision).padStart(10, "0")}-${newId()}`,
  });

  const saveRollCall = (rollCall: Unsaved, condition: Partial<PutItemCommandInput> = {}): Promise<void> =>
    put("ROLLCALL", rollCall.id, { ...rollCall, savedAt: new Date(now()).toISOString() }, ROLL_CALL_DAYS, {
      ...condition,
      Item: { status: { S: rollCall.status }, ...condition.Item },
    });

  /**
   * Reads rows of a partition, the newest first. If one read cannot hold the limit, returns fewer rows and sets `more`.
   */
  async function newest(pk: string, limit: number, after?: string): Promise<{ rows: Row[]; more: boolean }> {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": { S: pk } },
        ScanIndexForward: false,
        Limit: limit + 1,
        ...(after !== undefined && { ExclusiveStartKey: { pk: { S: pk }, sk: { S: after } } }),
      }),
    );
    return {
      rows: Items.slice(0, limit),
      more: Items.length > limit || LastEvaluatedKey !== undefined,
    };
  }

  return {
    /**
     * Returns a new entry's place in an item's history. Entries sort by time and, within a millisecond, by revision.
     */
    historyPlace,

    /** Adds an entry to a registration's history. Adding at the same place again overwrites the entry. */
    addHistory: (
      item: Pick<RegistrationItem, "owner" | "repo" | "role" | "claimant" | "revision">,
      entry: Omit<HistoryEntry, "at">,
      { at, id }: HistoryPlace = historyPlace(item),
    ): Promise<void> => {
      const { owner, repo, claimant } = item;
      const document = { owner, repo, claimant, entry: { at, ...entry } };
      return put(historyKey(item).pk, `${at}#${id}`, document, HISTORY_DAYS);
    },

    /**
     * Returns a page of a registration's history, the newest first. Shows only entries with the key's spelling of owner
     * and repository.
     * @param claimant the current claimant of the name. Entries of other claimants are not shown. If it is undefined,
     * because the name was released, no entries are shown.
     */
    async history(
      key: RegistrationKey,
      claimant: Claimant | undefined,
      limit: number,
      cursor: string | undefined,
    ): Promise<{ items: HistoryEntry[]; nextCursor?: string } | Failure> {
      const after = cursor === undefined ? undefined : decodeCursor(cursor, { form: HISTORY_KEY });
      if (failed(after)) return after;
      const { rows, more } = await newest(historyKey(key).pk, limit, after);
      const items = rows.flatMap((row) => {
        const { owner, repo, claimant: by, entry } = JSON.parse(row["document"]?.S ?? "{}");
        const isIts = claimant !== undefined && (by === undefined || by === claimant);
        return owner === key.owner && repo === key.repo && isIts ? [entry] : [];
      });
      const last = rows.at(-1)?.["sk"]?.S;
      return more && last !== undefined ? { items, nextCursor: encodeCursor(last) } : { items };
    },

    /**
     * Saves a roll call. A late save of a roll call that is over changes nothing, so a report stays as it is.
     * @param isHandedOn true if the next invocation shall take it over
     */
    async saveRollCall(rollCall: Unsaved, isHandedOn = false): Promise<void> {
      await conditional(() =>
        saveRollCall(rollCall, {
          ...(isHandedOn && { Item: { handedOn: { BOOL: true } } }),
          ConditionExpression: "attribute_not_exists(#status) OR #status IN (:requested, :running)",
          ...UNDER_WAY,
        }),
      );
    },

    /** Takes over a roll call that was handed on; false if another invocation has done so. */
    async takeOverRollCall(rollCall: RollCallItem): Promise<boolean> {
      // Each save writes the whole item, so this one removes the `handedOn` mark.
      const conflict = await conditional(() =>
        saveRollCall(rollCall, { ConditionExpression: "attribute_exists(handedOn)" }),
      );
      return !conflict;
    },

    /** Marks a roll call as running. Returns false if it has already begun. */
    async beginRollCall(rollCall: RollCallItem): Promise<boolean> {
      const conflict = await conditional(() =>
        saveRollCall(
          { ...rollCall, status: "running" },
          {
            ConditionExpression: "attribute_not_exists(pk) OR #status = :requested",
            ExpressionAttributeNames: { "#status": "status" },
            ExpressionAttributeValues: { ":requested": { S: "requested" } },
          },
        ),
      );
      return !conflict;
    },

    /**
     * Saves the report of a roll call. Returns false if the roll call is over, because another process has saved its
     * report.
     */
    async finishRollCall(rollCall: Unsaved): Promise<boolean> {
      const conflict = await conditional(() =>
        saveRollCall(rollCall, {
          ConditionExpression: "#status IN (:requested, :running)",
          ...UNDER_WAY,
        }),
      );
      return !conflict;
    },

    /** Reads GitHub's turn. */
    readGitHubTurn: async (): Promise<GitHubTurn> =>
      (await get(GITHUB_TURN.pk, GITHUB_TURN.sk)) ?? { behind: "", silent: 0 },

    /** Saves GitHub's turn. */
    saveGitHubTurn: (turn: GitHubTurn): Promise<void> =>
      put(GITHUB_TURN.pk, GITHUB_TURN.sk, turn, ROLL_CALL_DAYS),

    /** Reads the roll call that was requested last; undefined if none was requested. */
    readTurn: (): Promise<RollCallItem | undefined> => get(TURN.pk, TURN.sk),

    /**
     * Saves a request for a roll call if `last` still is the last request. Otherwise returns the roll call of the
     * request that came first.
     */
    async takeTurn(rollCall: RollCallItem, last: RollCallItem | undefined): Promise<RollCallItem> {
      const condition =
        last === undefined
          ? { ConditionExpression: "attribute_not_exists(pk)" }
          : {
              ConditionExpression: "id = :last OR attribute_not_exists(pk)",
              ExpressionAttributeValues: { ":last": { S: last.id } },
            };
      const conflict = await conditional(() =>
        put(TURN.pk, TURN.sk, rollCall, ROLL_CALL_DAYS, { ...condition, Item: { id: { S: rollCall.id } } }),
      );
      const taken = conflict ? await get<RollCallItem>(TURN.pk, TURN.sk) : undefined;
      if (taken !== undefined) return taken;
      await saveRollCall(rollCall);
      return rollCall;
    },

    /** Reads a roll call; undefined if there is none with that id. */
    readRollCall: (id: string): Promise<RollCallItem | undefined> => get("ROLLCALL", id),

    /** Reads the last roll calls, the newest first. Returns fewer than `count` if one read cannot hold them. */
    async rollCalls(count: number): Promise<RollCallItem[]> {
      const { rows } = await newest("ROLLCALL", count);
      return rows.map((row) => JSON.parse(row["document"]?.S ?? "{}"));
    },

    /** Saves the summary of a finished roll call. */
    saveRun: (run: Run): Promise<void> => put("RUN", run.id, run, ROLL_CALL_DAYS),

    /** Reads the summary of a finished roll call; undefined if the roll call has not finished. */
    readRun: (id: string): Promise<Run | undefined> => get("RUN", id),

    /** Reads the summaries of the last finished roll calls, the newest first. */
    async runs(count: number): Promise<Run[]> {
      const { rows } = await newest("RUN", count);
      return rows.map((row) => JSON.parse(row["document"]?.S ?? "{}"));
    },
  };
}
