/**
 * What is written beside the registrations and ends by itself (`expiresAt`, the table's time to live): the history of
 * each, the roll calls, and what they found in the account.
 */
import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
} from "@aws-sdk/client-dynamodb";
import type { components } from "../generated/contract.ts";
import type { Failure } from "../lib/errors.ts";
import { failed } from "../lib/errors.ts";
import { openWork } from "../lib/parallel.ts";
import { conditional } from "./conditional.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import type { Claimant, HistoryEntry, RegistrationItem, RegistrationKey } from "./items.ts";
import type { LastCheck } from "./last-check.ts";
import { SCHEMA } from "./upgrade.ts";

type Schemas = components["schemas"];
type Row = Record<string, AttributeValue>;

/** A roll call; if it had to stop before its end, with what it needs to go on. */
export type RollCallItem = Schemas["RollCall"] & {
  readonly kept?: ResumeState;
  readonly auditPages: number;
  /** When it last was written. */
  readonly savedAt: string;
  /** Of an earlier version. */
  readonly cursor?: string;
};
/** A roll call before its end. */
export type UnderWay = RollCallItem & { readonly kept: ResumeState };
type ResumeState = {
  /** Where GitHub's turn was as it began; it goes through the registrations from there. Missing before. */
  readonly turn?: GitHubTurn;
  /** The last registration that was judged, by its position from there; missing before the first. */
  readonly cursor?: string;
  /** The registrations that could not be judged so far, as `LastCheck` has them. */
  readonly missed: LastCheck["missed"];
  /** The place of the last repository of which GitHub has said something; missing before the first. */
  readonly told?: string;
  /** What came of the audit, once it is done. */
  readonly audited?: Audited;
};
/** Where the next roll call begins to ask GitHub. */
export type GitHubTurn = {
  /** The place in the list of the last repository that GitHub answered for; empty at the beginning. */
  readonly behind: string;
  /** How many roll calls in a row GitHub did not answer at all. */
  readonly silent: number;
};

/** How many pages an audit has, and how many roles in it no registration names. */
export type Audited = { readonly auditPages: number; readonly unregistered: number };

/** A roll call as callers see it. */
export const shownRollCall = ({
  kept: _,
  auditPages: __,
  savedAt: ___,
  cursor: ____,
  ...shown
}: RollCallItem): Schemas["RollCall"] => shown;

type Unsaved = Omit<RollCallItem, "savedAt">;
export type AuditEntry = Schemas["AuditEntry"];
/** What is kept of a finished roll call for a look back over many: less than 1 kB, where a roll call may have 300 kB. */
export type Run = Pick<RollCallItem, "id" | "counts"> & {
  readonly finishedAt: string;
  /** How many roles that trust GitHub no registration named. */
  readonly unregistered: number;
};

/** When an entry was written, and an id. */
const HISTORY_KEY = /^\d{4}-\d\d-\d\dT[\d:.]+Z#[\w-]+$/;
const DAY_SECONDS = 24 * 60 * 60;
const HISTORY_DAYS = 400;
const ROLL_CALL_DAYS = 35;
/** How many entries of an audit one item holds at most, and how many bytes of them: an item has 400 kB. */
const AUDIT_PAGE = 25;
const AUDIT_PAGE_BYTES = 300_000;
/** How many pages of an audit are written at a time. */
const AUDIT_WRITES = 10;

const TURN = { pk: "TURN", sk: "ROLLCALL" };
const GITHUB_TURN = { pk: "TURN", sk: "GITHUB" };

type HistoryPlace = { readonly at: string; readonly id: string };

/** Opens the journal of a table. */
export function openJournal(client: DynamoDBClient, table: string, newId: () => string, now: () => number) {
  const historyKey = ({ owner, repo, role }: RegistrationKey) => ({
    pk: `HISTORY#${owner}/${repo}/${role}`.toLowerCase().replace("history#", "HISTORY#"),
  });

  const historyPlace = ({ revision }: { revision: number }): HistoryPlace => ({
    at: new Date(now()).toISOString(),
    id: `${String(revision).padStart(10, "0")}-${newId()}`,
  });

  async function put(
    pk: string,
    sk: string,
    document: unknown,
    days: number,
    more: Pick<PutItemCommandInput, "Item"> & Partial<PutItemCommandInput> = { Item: {} },
  ): Promise<void> {
    await client.send(
      new PutItemCommand({
        ...more,
        TableName: table,
        Item: {
          pk: { S: pk },
          sk: { S: sk },
          schema: { N: String(SCHEMA) },
          document: { S: JSON.stringify(document) },
          expiresAt: { N: String(Math.floor(now() / 1000) + days * DAY_SECONDS) },
          ...more.Item,
        },
      }),
    );
  }

  const saveRollCall = (rollCall: Unsaved, condition: Partial<PutItemCommandInput> = {}): Promise<void> =>
    put("ROLLCALL", rollCall.id, { ...rollCall, savedAt: new Date(now()).toISOString() }, ROLL_CALL_DAYS, {
      ...condition,
      Item: { status: { S: rollCall.status }, ...condition.Item },
    });

  async function get<T>(pk: string, sk: string): Promise<T | undefined> {
    const { Item } = await client.send(
      new GetItemCommand({ TableName: table, Key: { pk: { S: pk }, sk: { S: sk } }, ConsistentRead: true }),
    );
    return Item?.["document"]?.S === undefined ? undefined : JSON.parse(Item["document"].S);
  }

  /** Rows of a partition, the newest first: fewer than the limit, with more to come, where one read holds no more. */
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
    /** A new entry's place in the history of an item: by time and, within a millisecond, by the item's revision. */
    historyPlace,

    /** Notes who changed what of a registration. The same place again is the same entry. */
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
     * A page of a registration's history, the newest first; of another spelling it has none.
     * @param claimant whose name it is: what another repository did under it before is not shown, and nothing of a name
     * that was released
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
     * Writes a roll call as it stands.
     * @param isHandedOn whether the next invocation is to take it over
     */
    saveRollCall: (rollCall: Unsaved, isHandedOn = false): Promise<void> =>
      saveRollCall(rollCall, isHandedOn ? { Item: { handedOn: { BOOL: true } } } : {}),

    /** Takes over a roll call that was handed on; false if another invocation has done so. */
    async takeOverRollCall(rollCall: RollCallItem): Promise<boolean> {
      // Each save writes the whole item, so this one takes the mark away.
      const conflict = await conditional(() =>
        saveRollCall(rollCall, { ConditionExpression: "attribute_exists(handedOn)" }),
      );
      return !conflict;
    },

    /** Notes that a roll call runs; false if it was noted before. */
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

    /** Where GitHub's turn is. */
    readGitHubTurn: async (): Promise<GitHubTurn> =>
      (await get(GITHUB_TURN.pk, GITHUB_TURN.sk)) ?? { behind: "", silent: 0 },

    /** Notes where GitHub's turn is. */
    saveGitHubTurn: (turn: GitHubTurn): Promise<void> =>
      put(GITHUB_TURN.pk, GITHUB_TURN.sk, turn, ROLL_CALL_DAYS),

    /** The roll call that was asked for last; undefined if none was yet. */
    readTurn: (): Promise<RollCallItem | undefined> => get(TURN.pk, TURN.sk),

    /** Asks for a roll call after the one that was asked for last; of several that do, one is asked for. */
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

    /** A roll call; undefined if there is none of that id. */
    readRollCall: (id: string): Promise<RollCallItem | undefined> => get("ROLLCALL", id),

    /** The last roll calls, the newest first: so many, or as many as one read holds. */
    async rollCalls(count: number): Promise<RollCallItem[]> {
      const { rows } = await newest("ROLLCALL", count);
      return rows.map((row) => JSON.parse(row["document"]?.S ?? "{}"));
    },

    /** Writes how a roll call ended. */
    saveRun: (run: Run): Promise<void> => put("RUN", run.id, run, ROLL_CALL_DAYS),

    /** How a roll call ended; undefined if it has not. */
    readRun: (id: string): Promise<Run | undefined> => get("RUN", id),

    /** How the last roll calls ended, the newest first. */
    async runs(count: number): Promise<Run[]> {
      const { rows } = await newest("RUN", count);
      return rows.map((row) => JSON.parse(row["document"]?.S ?? "{}"));
    },

    /** Writes what a roll call found in the account, page by page as it comes; answers how many pages that makes. */
    async saveAudit(rollCallId: string, entries: AsyncIterable<AuditEntry>): Promise<number> {
      const work = openWork();
      const writes: Promise<void>[] = [];
      let pages = 0;
      let page: AuditEntry[] = [];
      let bytes = 0;
      const write = async () => {
        writes.push(work.start(put(`AUDIT#${rollCallId}`, String(pages++), page, ROLL_CALL_DAYS)));
        [page, bytes] = [[], 0];
        if (writes.length === AUDIT_WRITES) await writes.shift();
      };
      try {
        for await (const entry of entries) {
          const size = Buffer.byteLength(JSON.stringify(entry));
          if (page.length === AUDIT_PAGE || (page.length > 0 && bytes + size > AUDIT_PAGE_BYTES))
            await write();
          page.push(entry);
          bytes += size;
        }
        if (page.length > 0) await write();
        await Promise.all(writes);
        return pages;
      } finally {
        await work.ended();
      }
    },

    /** A page of what a roll call found. */
    readAudit: (rollCallId: string, page: number): Promise<AuditEntry[] | undefined> =>
      get(`AUDIT#${rollCallId}`, String(page)),
  };
}
