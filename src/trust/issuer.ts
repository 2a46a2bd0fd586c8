/**
 * GitHub's OIDC issuers, and whether AWS evaluates the claims of each one's tokens.
 * https://docs.github.com/en/actions/reference/security/oidc
 */
export type Issuer = {
  /** The value of a token's `iss` claim. */
  readonly url: string;
  /** The URL without `https://`. AWS uses it in the provider's ARN and in condition keys. */
  readonly host: string;
  /**
   * The host of the issuer's repositories, such as `github.com`. Credentials for GitHub are valid for one host only.
   */
  readonly gitHubHost: string;
  /** The URL of the GitHub REST API that belongs to the issuer. */
  readonly apiUrl: string;
  /**
   * True if AWS evaluates claims other than `aud` and `sub`. AWS does so for GitHub's own hosts but not for an
   * Enterprise Server, where a condition on `repository_id` would let nobody in.
   * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
   */
  readonly hasClaims: boolean;
};

export const GITHUB_COM: Issuer = {
  url: "https://token.actions.githubusercontent.com",
  host: "token.actions.githubusercontent.com",
  gitHubHost: "github.com",
  apiUrl: "https://api.github.com",
  hasClaims: true,
};

const LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
const ENTERPRISE = new RegExp(`^token\\.actions\\.githubusercontent\\.com/${LABEL}$`);
const DATA_RESIDENCY = new RegExp(`^token\\.actions\\.(${LABEL})\\.ghe\\.com$`);
const SERVER = new RegExp(`^(${LABEL}(?:\\.${LABEL})+)/_services/token$`);

/** Returns the issuer with this URL; undefined if no issuer of GitHub has a URL of this form. */
export function parseIssuer(url: string): Issuer | undefined {
  if (!url.startsWith("https://")) return undefined;
  const host = url.slice("https://".length);
  if (host === GITHUB_COM.host) return GITHUB_COM;
  // An enterprise can choose to have its own issuer under GitHub's host.
  if (ENTERPRISE.test(host)) return { ...GITHUB_COM, url, host };
  const subdomain = DATA_RESIDENCY.exec(host)?.[1];
  if (subdomain !== undefined)
    return {
      url,
      host,
      gitHubHost: `${subdomain}.ghe.com`,
      apiUrl: `https://api.${subdomain}.ghe.com`,
      hasClaims: true,
    };
  const server = SERVER.exec(host)?.[1];
  if (server !== undefined)
    return { url, host, gitHubHost: server, apiUrl: `https://${server}/api/v3`, hasClaims: false };
  return undefined;
}

/** Tells whether GitHub offers runners to the issuer's repositories. An Enterprise Server has only runners of its own. */
export const hasHostedRunners = ({ gitHubHost }: Issuer): boolean =>
  gitHubHost === GITHUB_COM.gitHubHost || gitHubHost.endsWith(".ghe.com");

/** Returns the audience of STS, which a workflow requests for its token. China has its own. */
export const stsAudience = (partition: string): string =>
  partition === "aws-cn" ? "sts.amazonaws.com.cn" : "sts.amazonaws.com";
