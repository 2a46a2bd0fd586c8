/**
 * The keys with which an issuer signs its tokens. They come from the configured issuer, never from where a token
 * says. https://docs.github.com/en/actions/concepts/security/openid-connect
 */
import { createLocalJWKSet, decodeJwt, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from "jose";
import type { Issuer } from "../trust/issuer.ts";

export type Verification = "valid" | "invalid" | "expired" | "unavailable";

/** An issuer's published keys; undefined if they cannot be had now. */
export type FetchKeys = (issuer: Issuer) => Promise<JSONWebKeySet | undefined>;

const TIMEOUT_MS = 5_000;
const KEPT_MS = 10 * 60_000;

/** Fetches the keys of issuers and keeps them for minutes. */
export function keyFetcher(now: () => number): FetchKeys {
  const kept = new Map<string, { keys: JSONWebKeySet; at: number }>();
  return async ({ url }) => {
    const known = kept.get(url);
    if (known !== undefined && now() - known.at < KEPT_MS) return known.keys;
    try {
      const response = await fetch(`${url}/.well-known/jwks`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      const { keys } = Object(await response.json());
      if (!response.ok || !Array.isArray(keys)) return undefined;
      kept.set(url, { keys: { keys }, at: now() });
      return { keys };
    } catch {
      return undefined; // That they cannot be had is part of the answer.
    }
  };
}

/** The claims of a token, unverified; undefined if it is none. */
export function readToken(token: string): JWTPayload | undefined {
  try {
    return decodeJwt(token);
  } catch {
    return undefined;
  }
}

/** Whether the issuer has signed the token, and it has not ended. */
export async function verifyToken(
  token: string,
  issuer: Issuer,
  fetchKeys: FetchKeys,
  now: number,
): Promise<Verification> {
  const keys = await fetchKeys(issuer);
  if (keys === undefined) return "unavailable";
  try {
    await jwtVerify(token, createLocalJWKSet(keys), {
      issuer: issuer.url,
      algorithms: ["RS256"],
      currentDate: new Date(now),
    });
    return "valid";
  } catch (error) {
    if (error instanceof errors.JWTExpired) return "expired";
    if (error instanceof errors.JOSEError) return "invalid";
    throw error;
  }
}
