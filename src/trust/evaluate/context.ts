import type { Context } from "./evaluate.ts";

/**
 * The condition keys that AWS fills from a token of a GitHub issuer, and no others.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 */
export type Claims = Readonly<Record<string, string | readonly string[] | boolean | number>>;

const EVERY_ISSUER = ["aud", "sub"];
const GITHUB_COM = [
  ...EVERY_ISSUER,
  "amr",
  "actor",
  "actor_id",
  "enterprise_id",
  "environment",
  "job_workflow_ref",
  "ref",
  "repository",
  "repository_id",
  "repository_owner_id",
  "workflow",
];

/** github.com, an enterprise's slug under it, or ghe.com; a GitHub Enterprise Server is any other host. */
const GITHUB_HOST = /^token\.actions\.(?:githubusercontent\.com(?:\/[^/]+)?|[^./]+\.ghe\.com)$/i;

export function isGitHubHost(issuerHost: string): boolean {
  return GITHUB_HOST.test(issuerHost);
}

/** The claims of this issuer that conditions can see. */
export function evaluatedClaims(issuerHost: string): readonly string[] {
  return isGitHubHost(issuerHost) ? GITHUB_COM : EVERY_ISSUER;
}

/** Keys are `issuerHost:claim`, without regard to case. */
export function requestContext(issuerHost: string, claims: Claims): Context {
  const values = new Map<string, readonly string[]>();
  for (const claim of evaluatedClaims(issuerHost)) {
    const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
    if (value === undefined || value === null) continue;
    const list: readonly (string | number | boolean)[] = Array.isArray(value) ? value : [value];
    values.set(`${issuerHost}:${claim}`.toLowerCase(), list.map(String));
  }
  return (key) => values.get(key.toLowerCase()) ?? null;
}
