/**
 * Stores the last audit of each account in three kinds of items, which expire:
 * - a page has the entries of some roles. The digest of its content is a part of its key.
 * - a version lists the pages of one audit. The digest of the pages' digests is its key.
 * - the head of an account names the version that the last audit found.
 *
 * So an audit writes only the pages that the audit before did not have, and a reader never takes pages of two audits for
 * one. An audit that found the same writes nothing here: the account's last check has its time. A page or version that no
 * head names any more expires.
 */
import { createHash } from "node:crypto";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { components } from "../generated/contract.ts";
import { openWork, together } from "../lib/parallel.ts";
import { conditional } from "./conditional.ts";
import { expiryAfter, openExpiring } from "./expiring.ts";
import { type ItemKey, lastCheckKey, rowId } from "./keys.ts";
import type { Row } from "./kinds.ts";

type Schemas = components["schemas"];
export type AuditEntry = Schemas["AuditEntry"];

/** The last audit of an account. */
export type AuditHead = {
  /** The time of the audit (ISO 8601). A later audit that found the same does not write the head. */
  readonly at: string;
  /** The id of the roll call. */
  readonly rollCall: string;
  readonly version: string;
  /** The time since which every page and the version were written, or later (ISO 8601). */
  readonly renewedAt: string;
  /** The number of roles. */
  readonly roles: number;
  /** The number of roles that no registration names. */
  readonly unregistered: number;
  /** The number of roles with each finding, by code. */
  readonly findings: Readonly<Record<string, number>>;
};

/** The last audit of an account, and its version; undefined if the account has none, or if the version has ended. */
export type LastAudit = { readonly head: AuditHead; readonly version: AuditVersion } | undefined;

/** The time of an audit (ISO 8601), and the version that it found. */
export type AuditTime = Pick<AuditHead, "at" | "version">;

/** The pages of an audit, in the order of its roles. */
export type AuditVersion = {
  /** The time of the audit that wrote it (ISO 8601). */
  readonly at: string;
  /** The codes of all findings, for the counts of the pages. */
  readonly codes: readonly string[];
  readonly pages: readonly AuditPageSummary[];
};
type AuditPageSummary = {
  readonly digest: string;
  readonly bytes: number;
  readonly roles: number;
  /** The number of roles with each finding, in the order of the version's codes. */
  readonly counts: readonly number[];
};

/** The limits of a page. Their size is limited too, because an item has at most 400 kB. */
const PAGE = 25;
const PAGE_BYTES = 300_000;
/** The number of roles from which on a page may end before its limit. */
const SHORT_PAGE = 13;
/** The number of pages that are written at a time. */
const WRITES = 10;
/** The days after which an audit is written again although nothing changed. */
const RENEWED_DAYS = 14;
/** The days for which an item is kept. So an audit is shown for at least 36 days after the last one. */
const KEPT_DAYS = 50;
const DAY_MS = 24 * 60 * 60_000;
/** The attributes of a last check that say when its audit was made. A check's document has up to 360 kB. */
const AUDITED = ["auditedAt", "auditVersion"];

/** Returns the attributes of a last check that say when its audit was made. */
export const auditAttributes = (audit: AuditTime | undefined): Row =>
  audit === undefined ? {} : { auditedAt: { S: audit.at }, auditVersion: { S: audit.version } };

/**
 * Opens the audits of a table.
 * @param getMany reads the rows of keys, or some attributes of them, and returns them by `rowId`
 */
export function openAudits(
  client: DynamoDBClient,
  table: string,
  now: () => number,
  getMany: (keys: readonly ItemKey[], attributes?: readonly string[]) => Promise<ReadonlyMap<string, Row>>,
) {
  const { put } = openExpiring(client, table, now);

  /** Reads documents in the order of their keys; undefined for one that does not exist or has expired. */
  async function read<T>(keys: readonly ItemKey[]): Promise<(T | undefined)[]> {
    const rows = await getMany(keys);
    return keys.map((key) => {
      const row = rows.get(rowId(key));
      // DynamoDB deletes an item some days after it has expired.
      const isKept = Number(row?.["expiresAt"]?.N ?? 0) * 1000 > now();
      const document = row?.["document"]?.S;
      return isKept && document !== undefined ? JSON.parse(document) : undefined;
    });
  }

  const readHeads = (accounts: readonly string[]) => read<AuditHead>(accounts.map(headKey));
  const readVersions = (versions: readonly { account: string; version: string }[]) =>
    read<AuditVersion>(versions.map(versionKey));

  async function readLastAudit(account: string): Promise<LastAudit> {
    const [head] = await readHeads([account]);
    const [version] = head === undefined ? [] : await readVersions([{ account, version: head.version }]);
    return head && version && { head, version };
  }

  return {
    /** Reads what `saveAudit` compares an audit with. */
    readLastAudit,

    /**
     * Saves the audit of an account, page by page as its entries arrive. Writes nothing if nothing has changed; then the
     * caller must store the audit's time with the last check. Until all pages are written, readers see the audit before.
     * @param before the last audit, for a caller that has begun to read it
     */
    async saveAudit(
      account: string,
      rollCall: string,
      entries: AsyncIterable<AuditEntry>,
      before: Promise<LastAudit> = readLastAudit(account),
    ): Promise<AuditHead> {
      const startedAt = now();
      const at = new Date(startedAt).toISOString();
      const last = await before;
      const kept = isOld(last?.head, startedAt) ? undefined : last?.head;
      const { renewedAt } = kept ?? { renewedAt: at };
      const stored = new Set(kept && last?.version.pages.map(({ digest }) => digest));
      const expiry = { Item: { expiresAt: { N: expiryAfter(KEPT_DAYS, Date.parse(renewedAt)) } } };

      const work = openWork();
      try {
        const writes: Promise<void>[] = [];
        const pages: (Omit<AuditPageSummary, "counts"> & { found: Map<string, number> })[] = [];
        let unregistered = 0;
        for await (const page of inPages(entries)) {
          const text = JSON.stringify(page);
          const digest = digestOf(text);
          pages.push({ digest, bytes: Buffer.byteLength(text), roles: page.length, found: countsOf(page) });
          unregistered += page.filter(({ registered }) => registered === null).length;
          if (stored.has(digest)) continue;
          const { pk, sk } = pageKey({ account, digest });
          writes.push(work.start(put(pk, sk, page, KEPT_DAYS)));
          if (writes.length === WRITES) await writes.shift();
        }
        const codes = [...new Set(pages.flatMap(({ found }) => [...found.keys()]))].sort();
        const version = digestOf(pages.map(({ digest }) => digest).join());
        if (version !== kept?.version) {
          const summaries = pages.map(({ found, ...page }) => ({
            ...page,
            counts: codes.map((code) => found.get(code) ?? 0),
          }));
          const { pk, sk } = versionKey({ account, version });
          writes.push(work.start(put(pk, sk, { at, codes, pages: summaries }, KEPT_DAYS, expiry)));
        }
        await Promise.all(writes);
        const head: AuditHead = {
          at,
          rollCall,
          version,
          renewedAt,
          roles: pages.reduce((sum, { roles }) => sum + roles, 0),
          unregistered,
          findings: Object.fromEntries(
            codes.map((code) => [code, pages.reduce((sum, { found }) => sum + (found.get(code) ?? 0), 0)]),
          ),
        };
        if (version !== kept?.version) await putHead(account, head, expiry);
        return head;
      } finally {
        await work.ended();
      }
    },

    /** Stores the time of an audit in the head, for an account whose last check could not be saved. */
    async saveAuditTime(account: string, { at, version }: AuditTime): Promise<void> {
      const [head] = await readHeads([account]);
      if (head?.version !== version || head.at >= at) return;
      const expiresAt = { N: expiryAfter(KEPT_DAYS, Date.parse(head.renewedAt)) };
      await putHead(account, { ...head, at }, { Item: { expiresAt } });
    },

    /**
     * Reads the heads of accounts, with the times of the audits that have confirmed them since; undefined for an account
     * without an audit.
     */
    async readAuditHeads(accounts: readonly string[], home: string): Promise<(AuditHead | undefined)[]> {
      const keys = accounts.map((account) => lastCheckKey(account === home ? undefined : account));
      const [heads, checks] = await together([readHeads(accounts), getMany(keys, AUDITED)]);
      return heads.map((head, index) => {
        const key = keys[index];
        const row = key && checks.get(rowId(key));
        const at = row?.["auditedAt"]?.S ?? "";
        const isConfirmed = head !== undefined && row?.["auditVersion"]?.S === head.version && at > head.at;
        return isConfirmed ? { ...head, at } : head;
      });
    },

    /** Reads versions; undefined for one that has ended. */
    readAuditVersions: readVersions,

    /** Reads pages; undefined for one that has ended. */
    readAuditPages: (pages: readonly { account: string; digest: string }[]) =>
      read<AuditEntry[]>(pages.map(pageKey)),
  };

  /** Puts a head, unless the account has a later one. */
  async function putHead(account: string, head: AuditHead, { Item }: { Item: Row }): Promise<void> {
    const { pk, sk } = headKey(account);
    await conditional(() =>
      put(pk, sk, head, KEPT_DAYS, {
        ConditionExpression: "attribute_not_exists(pk) OR #at <= :at",
        ExpressionAttributeNames: { "#at": "at" },
        ExpressionAttributeValues: { ":at": { S: head.at } },
        Item: { ...Item, at: { S: head.at } },
      }),
    );
  }
}

const partition = (account: string): string => `AUDIT#${account}`;
const headKey = (account: string): ItemKey => ({ pk: partition(account), sk: "HEAD" });
const versionKey = ({ account, version }: { account: string; version: string }): ItemKey => ({
  pk: partition(account),
  sk: `VERSION#${version}`,
});
const pageKey = ({ account, digest }: { account: string; digest: string }): ItemKey => ({
  pk: partition(account),
  sk: `PAGE#${digest}`,
});

const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 32);

const isOld = (head: AuditHead | undefined, at: number): boolean =>
  head !== undefined && at - Date.parse(head.renewedAt) >= RENEWED_DAYS * DAY_MS;

/**
 * Groups entries into pages. The roles decide where a page ends. So if a role comes or goes, the pages change only as
 * far as the next place where a page ended before.
 */
async function* inPages(entries: AsyncIterable<AuditEntry>): AsyncGenerator<AuditEntry[]> {
  let page: AuditEntry[] = [];
  let bytes = 0;
  for await (const entry of entries) {
    const size = Buffer.byteLength(JSON.stringify(entry));
    if (page.length > 0 && bytes + size > PAGE_BYTES) {
      yield page;
      [page, bytes] = [[], 0];
    }
    page.push(entry);
    bytes += size;
    if (page.length === PAGE || (page.length >= SHORT_PAGE && endsPage(entry))) {
      yield page;
      [page, bytes] = [[], 0];
    }
  }
  if (page.length > 0) yield page;
}

/** True for every eighth role. */
const endsPage = ({ roleArn }: AuditEntry): boolean => /^[01]/.test(digestOf(roleArn));

/** Returns the number of roles with each finding, by code. */
function countsOf(page: readonly AuditEntry[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { findings } of page)
    for (const code of new Set(findings.map((finding) => finding.code)))
      counts.set(code, (counts.get(code) ?? 0) + 1);
  return counts;
}
