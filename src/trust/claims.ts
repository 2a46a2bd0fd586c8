import type { Context } from "../policy/evaluate.ts";

/**
 * The condition keys that AWS fills from a token of a GitHub issuer. Conditions see no other claim.
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

/**
 * Matches the issuer of github.com, of an enterprise under it (`/slug`) and of ghe.com.
 * A GitHub Enterprise Server may have any other host.
 */
const GITHUB_HOST = /^token\.actions\.(?:githubusercontent\.com(?:\/[^/]+)?|[^./]+\.ghe\.com)$/i;

export function isGitHubHost(issuerHost: string): boolean {
  return GITHUB_HOST.test(issuerHost);
}

/** Returns the claims that AWS evaluates for this issuer. */
export function evaluatedClaims(issuerHost: string): readonly string[] {
  return isGitHubHost(issuerHost) ? GITHUB_COM : EVERY_ISSUER;
}

/** Makes the request context from a token's claims. Keys are `issuerHost:claim`; their letter case does not matter. */
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
