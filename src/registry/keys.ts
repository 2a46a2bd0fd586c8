/** The keys of the items that several writers share, and of those that the operator releases. */
import type { EcrKey, RegistrationKey } from "./items.ts";

export type ItemKey = { readonly pk: string; readonly sk: string };

/**
 * Returns the partition key of a repository's registrations, in lower case because GitHub compares names without case.
 */
export const repositoryKey = (owner: string, repo: string): string =>
  `${REPOSITORY_PREFIX}${`${owner}/${repo}`.toLowerCase()}`;

/** The prefix of every registration's partition key. */
export const REPOSITORY_PREFIX = "REPO#";

/** The prefix of every registration's sort key. */
export const ROLE_PREFIX = "ROLE#";

export const registrationKey = ({ owner, repo, role }: RegistrationKey): ItemKey => ({
  pk: repositoryKey(owner, repo),
  sk: `${ROLE_PREFIX}${role}`,
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
