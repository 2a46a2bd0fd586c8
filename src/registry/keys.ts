/** The keys of the items that several writers share, and of those that the operator releases. */
import type { EcrKey, RegistrationKey } from "./items.ts";

export type ItemKey = { readonly pk: string; readonly sk: string };

/** The partition of a repository's registrations. GitHub compares names without case, so the key is folded. */
export const repositoryKey = (owner: string, repo: string): string =>
  `${REPOSITORY_PREFIX}${`${owner}/${repo}`.toLowerCase()}`;

/** What the partition key of every registration begins with. */
export const REPOSITORY_PREFIX = "REPO#";

/** What the sort key of a registration begins with. */
export const ROLE_PREFIX = "ROLE#";

export const registrationKey = ({ owner, repo, role }: RegistrationKey): ItemKey => ({
  pk: repositoryKey(owner, repo),
  sk: `${ROLE_PREFIX}${role}`,
});

/** What the partition key of an ECR repository's item begins with. */
export const ECR_PREFIX = "ECR#";

export const ecrKey = ({ account, region, name }: EcrKey): ItemKey => ({
  pk: `${ECR_PREFIX}${account}/${region}/${name}`,
  sk: "REPOSITORY",
});

export const reservationKey = ({ namespace }: { namespace: string }): ItemKey => ({
  pk: `NAMESPACE#${namespace}`,
  sk: "CLAIM",
});
