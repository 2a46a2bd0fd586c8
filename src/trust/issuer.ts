/**
 * GitHub's OIDC issuers, and what AWS can tell of each one's tokens.
 * https://docs.github.com/en/actions/reference/security/oidc
 */
export type Issuer = {
  /** As it stands in the token's `iss`. */
  readonly url: string;
  /** What AWS names the provider and its condition keys by: the URL without `https://`. */
  readonly host: string;
  /** GitHub's REST API of the same host. */
  readonly apiUrl: string;
  /**
   * Whether AWS evaluates claims besides `aud` and `sub`. It does so for GitHub's own hosts, not for an Enterprise
   * Server: a condition on `repository_id` would let nobody in there.
   * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
   */
  readonly hasClaims: boolean;
};

export const GITHUB_COM: Issuer = {
  url: "https://token.actions.githubusercontent.com",
  host: "token.actions.githubusercontent.com",
  apiUrl: "https://api.github.com",
  hasClaims: true,
};

const LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
const ENTERPRISE = new RegExp(`^token\\.actions\\.githubusercontent\\.com/${LABEL}$`);
const DATA_RESIDENCY = new RegExp(`^token\\.actions\\.(${LABEL})\\.ghe\\.com$`);
const SERVER = new RegExp(`^(${LABEL}(?:\\.${LABEL})+)/_services/token$`);

/** The issuer with that URL; undefined if it is none of GitHub's forms. */
export function parseIssuer(url: string): Issuer | undefined {
  if (!url.startsWith("https://")) return undefined;
  const host = url.slice("https://".length);
  if (host === GITHUB_COM.host) return GITHUB_COM;
  // An enterprise that opted in has an issuer of its own at GitHub's host.
  if (ENTERPRISE.test(host)) return { ...GITHUB_COM, url, host };
  const subdomain = DATA_RESIDENCY.exec(host)?.[1];
  if (subdomain !== undefined)
    return { url, host, apiUrl: `https://api.${subdomain}.ghe.com`, hasClaims: true };
  const server = SERVER.exec(host)?.[1];
  if (server !== undefined) return { url, host, apiUrl: `https://${server}/api/v3`, hasClaims: false };
  return undefined;
}

/** The audience for which a workflow asks its token: STS's. China's STS has its own. */
export const stsAudience = (partition: string): string =>
  partition === "aws-cn" ? "sts.amazonaws.com.cn" : "sts.amazonaws.com";
