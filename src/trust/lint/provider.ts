/** Tells which federated principals belong to GitHub, in every form that IAM documents or accepts. */
import type { Principal, TrustStatement } from "../../policy/parse.ts";
import { isEveryone } from "../../policy/principal.ts";
import { isGitHubHost } from "../claims.ts";

export type OidcProvider = { readonly partition: string; readonly account: string; readonly host: string };

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns */
export function parseProviderArn(arn: string): OidcProvider | null {
  const match = /^arn:([^:]*):iam::([^:]*):oidc-provider\/(.+)$/s.exec(arn);
  const [, partition, account, host] = match ?? [];
  if (partition === undefined || account === undefined || host === undefined) return null;
  return { partition, account, host };
}

function issuerHost(url: string): string {
  return url.replace(/^https:\/\//i, "").replace(/\/$/, "");
}

/** The issuer of GitHub's first beta. It signs no tokens any more. */
export const DEAD_HOST = "vstoken.actions.githubusercontent.com";

/** Tells whether a host belongs to a GitHub issuer: by its form, or because `issuers` lists the issuer's URL. */
export function isGitHubIssuer(host: string, issuers: readonly string[]): boolean {
  const sameHost = (url: string): boolean => issuerHost(url).toLowerCase() === host.toLowerCase();
  return (
    sameHost(DEAD_HOST) || isGitHubHost(host) || /\/_services\/token$/i.test(host) || issuers.some(sameHost)
  );
}

/**
 * Tells whether a principal is a wildcard or contains one. IAM does not match wildcards inside a provider's name, but
 * the author of such a policy meant several providers.
 */
export function isWildcard(principal: Principal): boolean {
  return isEveryone(principal) || (principal.type === "Federated" && /[*?]/.test(principal.value));
}

const DEFAULT_HOST = "token.actions.githubusercontent.com";

/**
 * Returns the hosts of the GitHub issuers that a statement's principal includes. For a wildcard or NotPrincipal, it
 * returns the issuers that the conditions' keys name, or github.com if the keys name none.
 */
export function gitHubHosts(statement: TrustStatement, issuers: readonly string[]): readonly string[] {
  const { not, values } = statement.principal;
  if (not && values.some(isEveryone)) return [];
  if (not || values.some(isWildcard)) {
    const spokenOf = statement.conditions
      .map(({ key }) => key.slice(0, Math.max(0, key.lastIndexOf(":"))).toLowerCase())
      .filter((host) => host !== DEAD_HOST && isGitHubIssuer(host, issuers));
    return spokenOf.length > 0 ? [...new Set(spokenOf)] : [DEFAULT_HOST];
  }
  const named = values
    .filter(({ type }) => type === "Federated")
    .map(({ value }) => parseProviderArn(value)?.host ?? value)
    .filter((host) => isGitHubIssuer(host, issuers));
  return [...new Set(named)];
}
