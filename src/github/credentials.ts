/**
 * The credentials for requests to GitHub: none, a token, or a GitHub App that is installed at the owner.
 * https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
 */
import { createPrivateKey } from "node:crypto";
import { SignJWT } from "jose";
import { type Failure, failed } from "../errors.ts";
import type { GitHubHttp } from "./http.ts";

/** The credentials in the secret: a token, or an App's id and key. */
export type Credentials =
  | { kind: "none" }
  | { kind: "token"; token: string }
  | { kind: "app"; appId: string; privateKey: string };

/** The authorization for requests about an owner. `seesAll` means that a 404 proves that a repository does not exist. */
export type Access = { authorization?: string; seesAll: boolean };

type Token = { access: Access; expiresAt: number };

const OWNERS = 1_000;

/** Parses the secret's text. @throws Error if it has no known form; the message does not repeat the text */
export function readCredentials(secret: string): Credentials {
  const text = secret.trim();
  if (/^(gh[a-z]_|github_pat_)\w+$/.test(text)) return { kind: "token", token: text };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const { appId, privateKey, token } = Object(value);
  if (typeof token === "string") return { kind: "token", token };
  if ((typeof appId === "string" || typeof appId === "number") && typeof privateKey === "string") {
    return { kind: "app", appId: String(appId), privateKey };
  }
  throw new Error('The GitHub secret is neither a token nor {"token": …} nor {"appId": …, "privateKey": …}');
}

/** Returns a function that gives the access for an owner. It keeps an App's tokens until they are about to expire. */
export function gitHubAccess(http: GitHubHttp, read: () => Promise<Credentials>, now: () => number) {
  const tokens = new Map<string, Token>();

  return async (owner: string): Promise<Access | Failure> => {
    const credentials = await read().catch(unusable);
    if (failed(credentials)) return credentials;
    if (credentials.kind === "none") return { seesAll: false };
    if (credentials.kind === "token") return { authorization: `Bearer ${credentials.token}`, seesAll: false };
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

/** Turns an error of the credentials into a failure. The operator must repair them; GitHub is not asked without them. */
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
  const app = `Bearer ${jwt}`;

  const installation = await http.request("GET", `/users/${encodeURIComponent(owner)}/installation`, app);
  if (failed(installation)) return installation;
  if (installation.status === 404) return { access: { seesAll: false }, expiresAt: now + 60_000 };
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
    access: { authorization: `Bearer ${token}`, seesAll: repository_selection === "all" },
    expiresAt: Date.parse(expires_at) - 5 * 60_000,
  };
}
