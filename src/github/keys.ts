/**
 * Verifies tokens with the keys of an issuer. The keys come from the configured issuer, never from an address in a
 * token. https://docs.github.com/en/actions/concepts/security/openid-connect
 */
import { createLocalJWKSet, decodeJwt, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from "jose";
import type { Issuer } from "../trust/issuer.ts";
import { fetchFromHost, readJsonBody } from "./bounded.ts";

export type Verification = "valid" | "invalid" | "expired" | "unavailable";

/** Returns an issuer's published keys; undefined if they cannot be fetched now. */
export type FetchKeys = (issuer: Issuer) => Promise<JSONWebKeySet | undefined>;

const TIMEOUT_MS = 5_000;
const KEPT_MS = 10 * 60_000;

/** Returns a function that fetches the keys of issuers and keeps them for ten minutes. */
export function keyFetcher(now: () => number): FetchKeys {
  const kept = new Map<string, { keys: JSONWebKeySet; at: number }>();
  return async ({ url }) => {
    const known = kept.get(url);
    if (known !== undefined && now() - known.at < KEPT_MS) return known.keys;
    try {
      const response = await fetchFromHost(`${url}/.well-known/jwks`, {
        method: "GET",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const { keys } = Object(await readJsonBody(response));
      if (!response.ok || !Array.isArray(keys)) return undefined;
      kept.set(url, { keys: { keys }, at: now() });
      return { keys };
    } catch {
      return undefined; // `verifyToken` then answers "unavailable".
    }
  };
}

/** Returns the claims of a token without verifying it; undefined if the text is not a token. */
export function readToken(token: string): JWTPayload | undefined {
  try {
    return decodeJwt(token);
  } catch {
    return undefined;
  }
}

/** Verifies the signature and the expiry of a token. */
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
