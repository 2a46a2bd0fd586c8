/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
import { parseTrustPolicy } from "../../../src/policy/parse.ts";
import type { Claims } from "../../../src/trust/claims.ts";
import { evaluateTrust } from "../../../src/trust/evaluate-trust.ts";
import { type Action, action } from "../action.ts";
import { AwsError } from "../errors.ts";
import { putRole } from "../iam/role.ts";
import { type Iam, providerArn, type Role, roleArn } from "../iam/state.ts";
import type { Input } from "../input.ts";
import type { Xml } from "../wire/xml.ts";
import * as rules from "./rules.ts";
import { checkSessionPolicies, readSessionPolicies } from "./session-policies.ts";
import { openSession, type StsCall } from "./state.ts";
import { type Verified, verifyToken } from "./token.ts";

const read = (input: Input) => ({
  arn: input.text("RoleArn", rules.arn),
  sessionName: input.text("RoleSessionName", rules.roleSessionName),
  token: input.text("WebIdentityToken", rules.clientToken),
  oauthProvider: input.optionalText("ProviderId", rules.providerId),
  policies: readSessionPolicies(input),
  seconds: input.optionalInteger("DurationSeconds", rules.durationSeconds) ?? 3600,
});

/** Opens a session. A refused caller learns nothing about the role, not even that it exists. */
export const AssumeRoleWithWebIdentity: Action<StsCall, Xml> = action(
  read,
  async (sts, { arn, sessionName, token, oauthProvider, policies, seconds }) => {
    const { iam, keysOf, region } = sts;
    const account = accountOf(arn, iam);
    if (oauthProvider !== undefined) throw rejectedByProvider();
    const verified = await verifyToken(token, {
      keysOf,
      providerOf: (issuer) => (account === iam.account.id ? iam.providers.get(issuer) : undefined),
      now: iam.now(),
    });

    const role = iam.roles.values().find((each) => roleArn(iam, each) === arn);
    if (role === undefined || !letsIn(iam, role, verified))
      throw new AwsError("AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithWebIdentity");
    if (seconds > role.maxSessionDuration)
      throw validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
    const packedSize = checkSessionPolicies(iam, policies);

    putRole(iam, { ...role, lastUsed: { at: iam.now().toISOString(), region } });
    const session = openSession(sts, role, sessionName, seconds);
    return {
      SubjectFromWebIdentityToken: verified.subject,
      Audience: verified.audience,
      AssumedRoleUser: { Arn: session.arn, AssumedRoleId: session.id },
      Credentials: {
        AccessKeyId: session.accessKeyId,
        SecretAccessKey: session.secretAccessKey,
        SessionToken: session.token,
        Expiration: session.expiresAt,
      },
      // The API reference says that this is the token's `iss`, but AWS returns the provider's ARN.
      Provider: providerArn(iam, verified.provider),
      PackedPolicySize: packedSize,
    };
  },
);

function accountOf(arn: string, { account: { partition } }: Iam): string {
  const [, of, account] = /^arn:([a-z-]+):iam::(\d{12}):role\/.+$/.exec(arn) ?? [];
  if (account === undefined || of !== partition) throw validation("Request ARN is invalid");
  return account;
}

/**
 * Returns true if the trust policy lets the token in. A condition that the token does not decide, such as one on
 * `aws:SourceIp`, counts as a refusal.
 */
function letsIn(iam: Iam, role: Role, { provider, audience, claims }: Verified): boolean {
  const parsed = parseTrustPolicy(role.trust);
  if ("error" in parsed) return false;
  const { allowed, decided } = evaluateTrust(parsed.policy, {
    principal: { federated: providerArn(iam, provider) },
    action: "sts:AssumeRoleWithWebIdentity",
    issuerHost: provider.url,
    claims: { ...plainClaims(claims), aud: audience },
  });
  return allowed && decided;
}

function plainClaims(claims: Readonly<Record<string, unknown>>): Claims {
  const plain: Record<string, Claims[string]> = {};
  for (const [name, value] of Object.entries(claims)) if (isPlain(value)) plain[name] = value;
  return plain;
}

function isPlain(value: unknown): value is Claims[string] {
  if (Array.isArray(value)) return value.every((each) => typeof each === "string");
  return typeof value === "string" || typeof value === "boolean" || typeof value === "number";
}

function validation(message: string): AwsError {
  return new AwsError("ValidationError", 400, message);
}

/** Refuses a `ProviderId`. It announces an OAuth 2.0 access token, and no such provider is here to accept one. */
function rejectedByProvider(): AwsError {
  return new AwsError(
    "IDPRejectedClaim",
    403,
    "The identity provider (IdP) reported that authentication failed. This might be because the claim is invalid.",
  );
}
