/** Reads the audits of all accounts, in pages that need a bounded number of reads. */
import { auditCodes } from "../audit/codes.ts";
import { type Failure, failed, invalid } from "../lib/errors.ts";
import { nearest } from "../lib/nearest.ts";
import type { AuditEntry, AuditHead, AuditVersion } from "../registry/audits.ts";
import { decodeCursor, encodeCursor } from "../registry/cursor.ts";
import type { Services } from "../services.ts";
import { codes as lintCodes } from "../trust/lint/codes.ts";

export type AuditFilter = {
  /** The id of an account. */
  readonly account?: string | undefined;
  /** The codes of findings. An entry is shown if it has one of them. */
  readonly codes?: readonly string[] | undefined;
};

/** @param auditedAt the time of the account's last audit (ISO 8601); null if it has none */
export type AuditedAccount = { readonly account: string; readonly auditedAt: string | null };
export type AuditPage = { items: AuditEntry[]; accounts: AuditedAccount[]; nextCursor?: string };

/** The number of entries, and their size in bytes, from which on a page ends. It has whole pages of the table. */
const ENTRIES = 25;
const BYTES = 2_000_000;
/**
 * The same for an HTML page, in which escaped text is up to five times as long. A page of the table has at most 400 kB,
 * and a Lambda function's answer 6 MB.
 */
export const SHOWN_BYTES = 500_000;
/** The number of accounts' records that are read for a page. With two more, one request reads all heads, and one all times. */
const ACCOUNTS = 98;

/** The place at which a page begins: behind an account or, with a version, at a page of its audit. */
type Position = { readonly account: string; readonly version?: string | undefined; readonly page: number };
const POSITION = /^(\d{12})(?:#([0-9a-f]{32})#(\d{1,5}))?$/;

/** The audit of one account, of which a page shows entries. */
type Part = { readonly account: string; readonly version: string; readonly first: number };

/**
 * Returns a page of the audits, ordered by account. Returns a failure if the filter or the cursor is not valid.
 * @param most the size from which on the page ends, in bytes
 */
export async function readAudit(
  services: Services,
  filter: AuditFilter,
  cursor: string | undefined,
  most = BYTES,
): Promise<AuditPage | Failure> {
  const { registry } = services;
  const from = positionOf(cursor, filter);
  if (failed(from)) return from;
  const fault = codesFault(filter) ?? (await accountFault(services, filter));
  if (fault !== undefined) return fault;
  const listed = await accountsFrom(services, filter, from);
  if (failed(listed)) return listed;
  const { accounts, isMore } = listed;
  const heads = await registry.readAuditHeads(accounts, services.config.account);

  const { parts, passed } = partsOf(accounts, heads, filter, from);
  const versions = await registry.readAuditVersions(parts);
  const { pages, end } = pagesOf(parts, versions, filter, most);
  const found = await registry.readAuditPages(pages);
  if (versions.includes(undefined) || found.includes(undefined)) return ended(from);

  const shown = accounts.slice(0, end === undefined ? passed : accounts.indexOf(end.account) + end.isBegun);
  const hasMore = shown.length < accounts.length || isMore;
  const next = end?.isBegun === 1 ? `${end.account}#${end.version}#${end.page}` : hasMore && shown.at(-1);
  return {
    items: found.flatMap((entries = []) => entries.filter((entry) => isWanted(entry, filter))),
    accounts: shown.map((account, index) => {
      const head = heads[index];
      // The cursor may continue an audit after which another one has found something else.
      const isBefore = account === from?.account && from.version !== head?.version;
      return { account, auditedAt: (isBefore ? versions[0]?.at : head?.at) ?? null };
    }),
    ...(next && { nextCursor: encodeCursor(next) }),
  };
}

/** A finding, and the number of roles that have it. */
export type FoundRoles = { code: string; severity: "error" | "warning" | "info"; roles: number };
/** @param isPart true if there are more accounts than one read can count */
export type AuditOverview = {
  accounts: number;
  roles: number;
  unregistered: number;
  found: FoundRoles[];
  isPart: boolean;
};

/** Counts what the last audits found, in one account or in all. Only the first hundred accounts are counted. */
export async function auditOverview(services: Services, account: string | undefined): Promise<AuditOverview> {
  const listed = await accountsFrom(services, { account }, undefined);
  if (failed(listed)) throw new Error("the list of accounts refused to begin");
  const read = await services.registry.readAuditHeads(listed.accounts, services.config.account);
  const heads = read.filter((head) => head !== undefined);
  const severities: Readonly<Record<string, { severity: FoundRoles["severity"] }>> = {
    ...lintCodes,
    ...auditCodes,
  };
  const codes = [...new Set(heads.flatMap(({ findings }) => Object.keys(findings)))].sort();
  return {
    accounts: listed.accounts.length,
    roles: sum(heads.map(({ roles }) => roles)),
    unregistered: sum(heads.map(({ unregistered }) => unregistered)),
    found: codes.map((code) => ({
      code,
      severity: severities[code]?.severity ?? "info",
      roles: sum(heads.map(({ findings }) => findings[code] ?? 0)),
    })),
    isPart: listed.isMore,
  };
}

/** Returns the position in a cursor; undefined at the beginning. */
function positionOf(
  cursor: string | undefined,
  { account: wanted }: AuditFilter,
): Position | undefined | Failure {
  if (cursor === undefined) return undefined;
  const text = decodeCursor(cursor, { form: POSITION, prefix: wanted ?? "" });
  if (failed(text)) return text;
  const [, account = "", version, page = "0"] = POSITION.exec(text) ?? [];
  if (wanted !== undefined && version === undefined) return { failure: "cursor-invalid" };
  return { account, version, page: Number(page) };
}

/** Returns the fault of the codes in a filter. */
function codesFault({ codes = [] }: AuditFilter): Failure | undefined {
  const known = [...Object.keys(auditCodes), ...Object.keys(lintCodes)];
  const unknown = codes.find((code) => !known.includes(code));
  if (unknown === undefined) return undefined;
  const meant = nearest(unknown, known);
  const remedy =
    meant === undefined
      ? "docs/operating.md (The audit) and docs/misconfigurations.md list the codes"
      : `Send ${meant}, if that is meant`;
  return invalid({ pointer: "/finding", detail: `No finding has the code ${unknown}. ${remedy}.` });
}

/** Returns the fault of the account in a filter. */
async function accountFault(services: Services, { account }: AuditFilter): Promise<Failure | undefined> {
  if (account === undefined || (await isServed(services, account))) return undefined;
  return invalid({
    pointer: "/account",
    detail: `Account ${account} has no record, so it is not audited. GET /v1/accounts lists those that have one; PUT /v1/accounts/${account} adds it.`,
  });
}

const isServed = async ({ config, registry }: Services, account: string): Promise<boolean> =>
  account === config.account || (await registry.readAccount(account)) !== undefined;

/** Returns the accounts from a position on, in the order of their ids, and tells whether there are more. */
async function accountsFrom(
  services: Services,
  { account }: AuditFilter,
  from: Position | undefined,
): Promise<{ accounts: string[]; isMore: boolean } | Failure> {
  if (account !== undefined) return { accounts: [account], isMore: false };
  const { registry, config } = services;
  const page = await registry.accounts(ACCOUNTS, from && encodeCursor(from.account));
  if (failed(page)) return page;
  const members = page.items.map((item) => item.account);
  const isMore = page.nextCursor !== undefined;
  const isHome =
    config.account > (from?.account ?? "") && !(isMore && config.account > (members.at(-1) ?? ""));
  const isContinued = from?.version !== undefined && (await isServed(services, from.account));
  return {
    accounts: [
      ...(isContinued ? [from.account] : []),
      ...[...members, ...(isHome ? [config.account] : [])].sort(),
    ],
    isMore,
  };
}

/** Returns the audits that can fill a page, and the number of accounts up to the last of them. */
function partsOf(
  accounts: readonly string[],
  heads: readonly (AuditHead | undefined)[],
  filter: AuditFilter,
  from: Position | undefined,
): { parts: Part[]; passed: number } {
  const parts: Part[] = [];
  let entries = 0;
  for (const [index, account] of accounts.entries()) {
    if (entries >= ENTRIES) return { parts, passed: index };
    const head = heads[index];
    if (account === from?.account && from.version !== undefined) {
      parts.push({ account, version: from.version, first: from.page });
      entries++;
    } else if (head !== undefined && rolesIn(head, filter) > 0) {
      parts.push({ account, version: head.version, first: 0 });
      entries += rolesIn(head, filter);
    }
  }
  return { parts, passed: accounts.length };
}

const rolesIn = ({ roles, findings }: AuditHead, { codes }: AuditFilter): number =>
  codes === undefined ? roles : sum(codes.map((code) => findings[code] ?? 0));

/**
 * Returns the pages of the table that have wanted entries, up to the limits of a page.
 * @returns `end` says where the next page begins: in an account that has begun (1), or with one that has not (0)
 */
function pagesOf(
  parts: readonly Part[],
  versions: readonly (AuditVersion | undefined)[],
  { codes }: AuditFilter,
  most: number,
) {
  const pages: { account: string; digest: string }[] = [];
  let [entries, size] = [0, 0];
  for (const [index, { account, version, first }] of parts.entries()) {
    const { codes: counted = [], pages: all = [] } = versions[index] ?? {};
    const places = codes?.map((code) => counted.indexOf(code));
    for (const [page, { digest, bytes, roles, counts }] of all.entries()) {
      const number = places === undefined ? roles : sum(places.map((place) => counts[place] ?? 0));
      if (page < first || number === 0) continue;
      if (entries >= ENTRIES || size >= most) {
        const isBegun = pages.at(-1)?.account === account ? 1 : 0;
        return { pages, end: { account, version, page, isBegun } };
      }
      pages.push({ account, digest });
      entries += number;
      size += bytes;
    }
  }
  return { pages };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

const isWanted = ({ findings }: AuditEntry, { codes }: AuditFilter): boolean =>
  codes === undefined || findings.some(({ code }) => codes.includes(code));

/** Handles an audit that is not in the table any more: a cursor can be older than the audit is kept. */
function ended(from: Position | undefined): Failure {
  if (from?.version === undefined) throw new Error("the table lacks a part of the last audit of an account");
  return { failure: "cursor-invalid" };
}
