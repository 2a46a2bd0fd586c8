/**
 * The credentials for requests to GitHub: none, a token, or a GitHub App that is installed at the owner.
 * https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
 */
import { createPrivateKey } from "node:crypto";
import { SignJWT } from "jose";
import { type Failure, failed } from "../lib/errors.ts";
import { GITHUB_COM } from "../trust/issuer.ts";
import type { GitHubHttp, Identity } from "./http.ts";

/** One host's credentials: a token, or an App. */
export type Credentials =
  | { kind: "none" }
  | { kind: "token"; token: string }
  | { kind: "app"; appId: string; privateKey: string };

/**
 * The authorization for requests about an owner. `seesAll` means that a 404 proves that a repository does not exist.
 */
export type Access = Identity & { readonly seesAll: boolean };

type Token = { access: Access; expiresAt: number };

const OWNERS = 1_000;
const TOKEN = /^(gh[a-z]_|github_pat_)\w+$/;
const HOST = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/;

/**
 * Reads the credentials of a host from the secret's text. The text is one credential for github.com, or a JSON object
 * with one credential for each host. Requests to a host without an entry have no credentials.
 * @param host the host of GitHub, such as `github.com` or `github.corp.example`
 * @throws Error if the text has neither form; the message does not repeat the text
 */
export function readCredentials(secret: string, host: string): Credentials {
  const text = secret.trim();
  const value: unknown = TOKEN.test(text) ? text : Object(parsed(text));
  const entries = typeof value === "string" ? [] : Object.entries(Object(value));
  const byHost = entries.some(([name]) => HOST.test(name))
    ? // Read all entries, so that a mistake in one is found before its host gets requests without credentials.
      entries.map(([name, one]) => [name, HOST.test(name) ? credential(one) : malformed()] as const)
    : [[GITHUB_COM.gitHubHost, credential(value)] as const];
  return new Map<string, Credentials>(byHost).get(host) ?? { kind: "none" };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One credential: a token, or an object with a token or an App. */
function credential(value: unknown): Credentials {
  if (typeof value === "string" && TOKEN.test(value)) return { kind: "token", token: value };
  const { appId, privateKey, token } = Object(value);
  if (typeof token === "string" && token !== "") return { kind: "token", token };
  if ((typeof appId === "string" || typeof appId === "number") && typeof privateKey === "string") {
    return { kind: "app", appId: String(appId), privateKey };
  }
  return malformed();
}

function malformed(): never {
  throw new Error(
    'The GitHub secret is neither a token nor {"token": …} nor {"appId": …, "privateKey": …} nor {"HOST": one of these}',
  );
}

/** Returns a function that gives the access for an owner. It keeps an App's tokens until they are about to expire. */
export function gitHubAccess(http: GitHubHttp, read: () => Promise<Credentials>, now: () => number) {
  const tokens = new Map<string, Token>();

  return async (owner: string): Promise<Access | Failure> => {
    const credentials = await read().catch(unusable);
    if (failed(credentials)) return credentials;
    if (credentials.kind === "none") return NOBODY;
    if (credentials.kind === "token")
      return { name: "token", authorization: `Bearer ${credentials.token}`, seesAll: false };
    const key = owner.toLowerCase();
    const known = tokens.get(key);
    if (known !== undefined && known.expiresAt > now()) return known.access;
    const made = await installationToken(http, credentials, owner, now()).catch(unusable);
    if (failed(made)) return made;
    if (tokens.size >= OWNERS) tokens.clear();
    tokens.set(key, made);
    return made.access;
  };
}

const NOBODY: Access = { name: "nobody", seesAll: false };

/** Turns an error of the credentials into a failure. Without usable credentials, Rolecall does not ask GitHub. */
const unusable = (error: unknown): Failure => ({
  failure: "github-unavailable",
  retryAfterSeconds: 30,
  internal: `GitHub's credentials: ${error instanceof Error ? error.message : String(error)}`,
});

/** Gets a token for the App's installation at an owner. If the App is not installed there, the access has no token. */
async function installationToken(
  http: GitHubHttp,
  { appId, privateKey }: Extract<Credentials, { kind: "app" }>,
  owner: string,
  now: number,
): Promise<Token | Failure> {
  const seconds = Math.floor(now / 1000);
  const jwt = await new SignJWT()
    .setProtectedHeader({ alg: "RS256" })
    .setIssuer(appId)
    .setIssuedAt(seconds - 60) // GitHub's clock may be slow.
    .setExpirationTime(seconds + 540)
    .sign(createPrivateKey(privateKey));
  const app: Identity = { name: "app", authorization: `Bearer ${jwt}` };

  const installation = await http.request("GET", `/users/${encodeURIComponent(owner)}/installation`, app);
  if (failed(installation)) return installation;
  if (installation.status === 404) return { access: NOBODY, expiresAt: now + 60_000 };
  const { id, repository_selection } = Object(installation.body);
  const made = await http.request("POST", `/app/installations/${Number(id)}/access_tokens`, app);
  if (failed(made)) return made;
  const { token, expires_at } = Object(made.body);
  if (made.status !== 201 || typeof token !== "string" || typeof expires_at !== "string") {
    return {
      failure: "github-unavailable",
      retryAfterSeconds: 30,
      internal: `GitHub answered ${made.status} to the request for the App's token`,
    };
  }
  return {
    access: {
      name: `installation ${Number(id)}`,
      authorization: `Bearer ${token}`,
      seesAll: repository_selection === "all",
    },
    expiresAt: Date.parse(expires_at) - 5 * 60_000,
  };
}
