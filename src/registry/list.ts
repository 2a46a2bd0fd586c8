/** The lists of registrations: of all accounts, read from an index, and of one repository. */
import { type DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";
import { type Failure, failed } from "../lib/errors.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import type { RegisteredRole } from "./items.ts";
import { registrationKey, repositoryKey, rolePrefix } from "./keys.ts";
import { accountOf, LIST, type Listed, type Row, type Summary, toSummary } from "./kinds.ts";
import type { LastCheck } from "./last-check.ts";

export type Filter = {
  owner?: string;
  repository?: string;
  account?: string;
  status?: string;
  drift?: string;
};
export type Page<T> = { items: T[]; nextCursor?: string };

/** The number of registrations that a walk over all of them reads at a time. */
const PAGE = 1000;
const LIST_INDEX = "list";
const ACCOUNT_INDEX = "account";

/** Opens the lists of a table. @param member the member account whose registry asks; undefined for the home account */
export function openList(
  client: DynamoDBClient,
  table: string,
  member: string | undefined,
  readLastCheck: () => Promise<LastCheck | undefined>,
) {
  const OWN_ROLES = rolePrefix(member);
  return {
    /** Returns a page of all registrations in the order of their names, read from the index, filled up to `limit`. */
    list: (filter: Filter, limit: number, cursor: string | undefined): Promise<Page<Summary> | Failure> =>
      shown(filter, limit, cursor, everything(filter)),

    /**
     * Returns the role of every registration in the account, ordered by `listKey`.
     * @param onOther receives the registrations in other accounts, in the same order. Only the home account's registry
     * reads them
     */
    async registeredRoles(onOther?: (role: RegisteredRole) => void): Promise<RegisteredRole[]> {
      const range = member === undefined ? everything({}) : inAccount(member);
      const roles: RegisteredRole[] = [];
      let after: string | undefined;
      do {
        const { items, last } = await page({}, PAGE, after, range);
        for (const { item, sk } of items) {
          const { owner, repo, role, roleArn } = item;
          const registered = { owner, repo, role, roleArn };
          if (memberIn(sk) === member) roles.push(registered);
          else onOther?.(registered);
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
    /** Tells whether an account has registrations. */
    async hasRegistrations(account: string): Promise<boolean> {
      const { items } = await page({ account }, 1, undefined, everything({}));
      return items.length > 0;
    },
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
    const lastCheck = await readLastCheck();
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

  /** Returns the range of a member account's registrations, from an index that has no others. */
  function inAccount(account: string): Range {
    return {
      index: ACCOUNT_INDEX,
      pk: account,
      prefix: "",
      names: { pk: "account", sk: "listSk" },
      form: /^[^#]+#[^#]+#[^#]+#\d{12}$/,
      key: (sk) => ({ ...tableKey(sk), account: { S: account }, listSk: { S: sk } }),
      shows: () => true,
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
}

/** Returns the member account in a sort key of the list; undefined for the home account. */
const memberIn = (listSk: string): string | undefined => listSk.split("#")[3];
