/**
 * Verifies tokens with the keys of an issuer. The keys come from the configured issuer, never from an address in a
 * token. https://docs.github.com/en/actions/concepts/security/openid-connect
 */
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  jwtVerify,
} from "jose";
import type { Issuer } from "../trust/issuer.ts";
import { fetchFromHost, readJsonBody } from "./bounded.ts";

export type Verification = "valid" | "invalid" | "expired" | "unavailable";

/**
 * Returns an issuer's published keys; undefined if they cannot be fetched now. `kid` is the id of the key that signed
 * the token, according to the token.
 */
export type FetchKeys = (issuer: Issuer, kid: string | undefined) => Promise<JSONWebKeySet | undefined>;

const TIMEOUT_MS = 5_000;
const KEPT_MS = 10 * 60_000;
/** The least time between two requests to one issuer. Everybody can send tokens that name unknown keys. */
const COOLDOWN_MS = 30_000;

type Kept = {
  /** The last keys that the issuer returned, and the time of that answer. */
  readonly keys: JSONWebKeySet | undefined;
  readonly keysAt: number;
  /** The last request, which may still be under way or may have failed, and its time. */
  readonly request: Promise<JSONWebKeySet | undefined>;
  readonly requestAt: number;
};

/**
 * Returns a function that fetches the keys of issuers and keeps them for ten minutes. It fetches them again for a key
 * that it does not know, but sends each issuer at most one request in 30 seconds. `createRemoteJWKSet` of jose has no
 * such limit while the issuer fails.
 */
export function keyFetcher(now: () => number): FetchKeys {
  const kept = new Map<string, Kept>();
  return async ({ url }, kid) => {
    const known = kept.get(url);
    const at = now();
    if (known !== undefined) {
      if (at - known.keysAt < KEPT_MS && hasKey(known.keys, kid)) return known.keys;
      if (at - known.requestAt < COOLDOWN_MS) return known.request;
    }
    const request = requestKeys(url);
    const asked = { keys: known?.keys, keysAt: known?.keysAt ?? 0, request, requestAt: at };
    kept.set(url, asked);
    const keys = await request;
    if (keys !== undefined) kept.set(url, { ...asked, keys, keysAt: at });
    return keys;
  };
}

const hasKey = (known: JSONWebKeySet | undefined, kid: string | undefined): boolean =>
  known !== undefined && (kid === undefined || known.keys.some((key) => key.kid === kid));

async function requestKeys(issuerUrl: string): Promise<JSONWebKeySet | undefined> {
  try {
    const response = await fetchFromHost(`${issuerUrl}/.well-known/jwks`, {
      method: "GET",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const { keys } = Object(await readJsonBody(response));
    return response.ok && Array.isArray(keys) ? { keys } : undefined;
  } catch {
    return undefined; // `verifyToken` then answers "unavailable".
  }
}

/** Returns the id of the key that signed a token, according to the token; undefined if the token names none. */
export function keyIdOf(token: string): string | undefined {
  try {
    const { kid } = decodeProtectedHeader(token);
    return typeof kid === "string" ? kid : undefined;
  } catch {
    return undefined;
  }
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
  const keys = await fetchKeys(issuer, keyIdOf(token));
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
