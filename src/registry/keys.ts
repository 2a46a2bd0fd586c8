/** The keys of the items that several writers share, and of those that the operator releases. */
import type { EcrKey, RegistrationKey } from "./items.ts";

export type ItemKey = { readonly pk: string; readonly sk: string };

/** Returns a key as one text. */
export const rowId = ({ pk, sk }: ItemKey): string => `${pk} ${sk}`;

/**
 * Returns the partition key of a repository's registrations, in lower case because GitHub compares names without case.
 */
export const repositoryKey = (owner: string, repo: string): string =>
  `${REPOSITORY_PREFIX}${`${owner}/${repo}`.toLowerCase()}`;

/** The prefix of every registration's partition key. */
export const REPOSITORY_PREFIX = "REPO#";

/** The prefix of every registration's sort key. */
const ROLE_PREFIX = "ROLE#";

/** Returns the prefix of the sort keys of registrations in an account. @param member undefined for the home account */
export const rolePrefix = (member: string | undefined): string =>
  member === undefined ? ROLE_PREFIX : `${ACCOUNT_PREFIX}${member}#${ROLE_PREFIX}`;

const ACCOUNT_PREFIX = "ACCOUNT#";

/** Returns the key of a registration. @param member the member account; undefined for the home account */
export const registrationKey = (
  { owner, repo, role }: RegistrationKey,
  member: string | undefined,
): ItemKey => ({
  pk: repositoryKey(owner, repo),
  sk: `${rolePrefix(member)}${role}`,
});

/** The partition of the member accounts' records. */
export const ACCOUNTS = "ACCOUNTS";

export const accountKey = ({ account }: { account: string }): ItemKey => ({ pk: ACCOUNTS, sk: account });

/** Returns the key of the last check of an account's registrations. */
export const lastCheckKey = (member: string | undefined): ItemKey => ({
  pk: "CHECKED",
  sk: member === undefined ? "LAST" : `${ACCOUNT_PREFIX}${member}`,
});

/** The prefix of the partition key of every ECR repository's item. */
export const ECR_PREFIX = "ECR#";

export const ecrKey = ({ account, region, name }: EcrKey): ItemKey => ({
  pk: `${ECR_PREFIX}${account}/${region}/${name}`,
  sk: "REPOSITORY",
});

export const reservationKey = ({ namespace }: { namespace: string }): ItemKey => ({
  pk: `NAMESPACE#${namespace}`,
  sk: "CLAIM",
});
