/**
 * Verifies the token with which a workflow calls Rolecall itself. The cheap checks come first, so that a token for
 * another audience costs no request for keys.
 * https://docs.github.com/en/actions/reference/security/oidc
 */
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JWTPayload, jwtVerify } from "jose";
import type { Claims } from "../trust/claims.ts";
import type { Issuer } from "../trust/issuer.ts";
import { type FetchKeys, keyIdOf } from "./keys.ts";

/** A verified token of a run. */
export type RunToken = {
  readonly claims: Claims;
  /** The token's own id. GitHub makes one for each request. */
  readonly jti: string;
  /** The time from which on the token is refused, in seconds since 1970. */
  readonly refusedFrom: number;
};

/** Why a token is not valid. `keys-unavailable`: the issuer does not publish its keys now. */
export type TokenFault =
  | { readonly fault: "form" | "signature" | "keys-unavailable" }
  | { readonly fault: "algorithm" | "issuer" | "audience"; readonly was: string; readonly accepts: string }
  | { readonly fault: "missing"; readonly claim: string }
  | { readonly fault: "age"; readonly claim: "iat" | "exp" | "nbf"; readonly was: number };

/** The expected parts of a token. */
export type Expected = { readonly issuer: Issuer; readonly audience: string };

/** GitHub's tokens were seen to live for six hours, so the time of issue bounds their age. */
const OLDEST_S = 600;
/** The difference of clocks that is accepted. */
const SKEW_S = 60;

/** The claims that every decision needs. */
const NEEDED = ["jti", "sub", "repository", "repository_id", "repository_owner_id", "ref", "event_name"];

export async function verifyRunToken(
  token: string,
  { issuer, audience }: Expected,
  fetchKeys: FetchKeys,
  now: number,
): Promise<RunToken | TokenFault> {
  const read = decoded(token);
  if (read === undefined) return { fault: "form" };
  const { payload, algorithm } = read;
  if (algorithm !== "RS256") return { fault: "algorithm", was: algorithm, accepts: "RS256" };
  if (payload.iss !== issuer.url) return { fault: "issuer", was: textsIn(payload.iss), accepts: issuer.url };
  if (payload.aud !== audience) return { fault: "audience", was: textsIn(payload.aud), accepts: audience };
  const claims = textClaims(payload);
  const missing = NEEDED.find((claim) => !claims[claim]);
  if (missing !== undefined) return { fault: "missing", claim: missing };
  const seconds = Math.floor(now / 1000);
  const tooOld = ageFault(payload, seconds);
  if (tooOld !== undefined) return tooOld;
  const keys = await fetchKeys(issuer, keyIdOf(token));
  if (keys === undefined) return { fault: "keys-unavailable" };
  try {
    const currentDate = new Date(now);
    await jwtVerify(token, createLocalJWKSet(keys), {
      issuer: issuer.url,
      audience,
      algorithms: ["RS256"],
      clockTolerance: SKEW_S,
      currentDate,
    });
  } catch {
    // The claims were checked above, so only the signature or its key can be wrong. Any other error refuses, too.
    return { fault: "signature" };
  }
  return { claims, jti: claims["jti"] ?? "", refusedFrom: Number(payload.iat) + OLDEST_S };
}

function decoded(token: string): { payload: JWTPayload; algorithm: string } | undefined {
  try {
    return { payload: decodeJwt(token), algorithm: String(decodeProtectedHeader(token).alg) };
  } catch {
    return undefined;
  }
}

/** Returns the texts of a claim that nobody has verified. Any other JSON in it may not even have a text. */
const textsIn = (claim: unknown): string =>
  [claim]
    .flat()
    .filter((one) => typeof one === "string")
    .join();

/** Returns the fault of a token's times; undefined if the token is valid now and young. */
function ageFault({ iat, exp, nbf }: JWTPayload, now: number): TokenFault | undefined {
  const isTime = (time: unknown): time is number => typeof time === "number" && Number.isFinite(time);
  if (!isTime(iat)) return { fault: "missing", claim: "iat" };
  if (!isTime(exp)) return { fault: "missing", claim: "exp" };
  if (nbf === undefined) return { fault: "missing", claim: "nbf" };
  if (iat < now - OLDEST_S || iat > now + SKEW_S) return { fault: "age", claim: "iat", was: iat };
  if (exp <= now) return { fault: "age", claim: "exp", was: exp };
  if (!(isTime(nbf) && nbf <= now + SKEW_S))
    return { fault: "age", claim: "nbf", was: isTime(nbf) ? nbf : Number.NaN };
  return undefined;
}

/** Returns the claims that are texts. GitHub sends every claim but the times as a text. */
const textClaims = (payload: JWTPayload): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(payload).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
