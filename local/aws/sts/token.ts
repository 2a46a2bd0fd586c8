/**
 * Verifies a web identity token as STS does. The token must be a valid JWT at this time, signed with a key that its
 * issuer publishes. Its audience must be one that the account's provider for the issuer lists.
 *
 * The messages are those that users of AWS have reported, or else the sentence of the API reference.
 */
import { createLocalJWKSet, decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { AwsError } from "../errors.ts";
import type { Provider } from "../iam/state.ts";
import type { Sts } from "./state.ts";

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
const algorithms = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"];

export type Verified = { provider: Provider; subject: string; audience: string; claims: JWTPayload };

type Where = Pick<Sts, "keysOf"> & {
  /** Returns the provider that the role's account has for an issuer. IAM names issuers without the scheme. */
  providerOf: (issuer: string) => Provider | undefined;
  now: Date;
};

export async function verifyToken(token: string, { keysOf, providerOf, now }: Where): Promise<Verified> {
  const issuer = issuerOf(token);
  const provider = issuer.startsWith("https://") ? providerOf(issuer.slice("https://".length)) : undefined;
  if (provider === undefined) throw invalid(`No OpenIDConnect provider found in your account for ${issuer}`);
  const keys = await publishedKeys(issuer, keysOf);
  const claims = await verifiedClaims(token, keys, issuer, now);

  const { sub: subject, aud = [], iat = 0 } = claims;
  if (typeof subject !== "string" || iat > secondsOf(now)) throw notValidated();
  const audience = [aud].flat().find((each) => provider.clientIds.includes(each));
  if (audience === undefined) throw invalid("Incorrect token audience");
  return { provider, subject, audience, claims };
}

/** Returns the issuer of an unverified token. It says which keys must verify the token. */
function issuerOf(token: string): string {
  let issuer: unknown;
  try {
    issuer = decodeJwt(token).iss;
  } catch {
    throw noJwt();
  }
  if (issuer === undefined) throw missing("iss");
  if (typeof issuer !== "string") throw noJwt();
  return issuer;
}

async function publishedKeys(issuer: string, keysOf: Sts["keysOf"]): Promise<JWTVerifyGetKey> {
  const keys = await keysOf(issuer).then(createLocalJWKSet, () => {
    throw noKey();
  });
  return (header, token) => {
    // Refuse a token without a key id: any key would match it.
    if (header.kid === undefined) throw noKey();
    return keys(header, token);
  };
}

async function verifiedClaims(
  token: string,
  keys: JWTVerifyGetKey,
  issuer: string,
  now: Date,
): Promise<JWTPayload> {
  const requiredClaims = ["sub", "aud", "exp", "iat"];
  try {
    return (await jwtVerify(token, keys, { algorithms, issuer, requiredClaims, currentDate: now })).payload;
  } catch (error) {
    throw error instanceof errors.JOSEError ? refusalOf(error, now) : error;
  }
}

function refusalOf(error: errors.JOSEError, now: Date): AwsError {
  if (error instanceof errors.JWTExpired)
    return new AwsError(
      "ExpiredTokenException",
      400,
      `Token expired: current date/time ${secondsOf(now)} must be before the expiration date/time ${error.payload.exp}`,
    );
  if (error instanceof errors.JWTClaimValidationFailed)
    return error.reason === "missing" ? missing(error.claim) : notValidated();
  if (error instanceof errors.JWSSignatureVerificationFailed) return notValidated();
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
    return noKey();
  return noJwt();
}

const secondsOf = (date: Date) => Math.floor(date.getTime() / 1000);

function invalid(message: string): AwsError {
  return new AwsError("InvalidIdentityToken", 400, message);
}

/** Refuses a token that is not a JWT, or whose algorithm is not documented, such as `none` or `HS256`. */
const noJwt = () =>
  invalid("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)");

const missing = (claim: string) => invalid(`Missing a required claim: ${claim}`);

const noKey = () =>
  invalid(
    "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
  );

const notValidated = () =>
  invalid(
    "The web identity token that was passed could not be validated by AWS. Get a new identity token from the identity provider and then retry the request.",
  );
