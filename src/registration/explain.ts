import { observeProvider, observeRole } from "../aws/observe.ts";
import { issuerOf } from "../config.ts";
import type { ObservedProvider, ObservedRole } from "../desired/state.ts";
import { type Failure, failed, invalid } from "../errors.ts";
import type { components } from "../generated/contract.ts";
import { readToken, verifyToken } from "../github/keys.ts";
import type { RegistrationItem, RegistrationKey } from "../registry/items.ts";
import type { Services } from "../services.ts";
import { parsePolicy } from "../trust/document.ts";
import type { Claims } from "../trust/evaluate/context.ts";
import { evaluateTrust } from "../trust/evaluate/evaluate.ts";
import { assumedClaims, type Registered, remedyFor } from "../trust/explain.ts";
import { find } from "./read.ts";

export type Explanation = components["schemas"]["Explanation"];
export type ExplanationRequest = components["schemas"]["ExplanationRequest"];
type Verification = Explanation["verification"];

/** Says whether a run would be let in by what AWS holds now, which conditions decide, and what to change. */
export async function explain(
  services: Services,
  key: RegistrationKey,
  request: ExplanationRequest,
): Promise<Explanation | Failure> {
  const item = await find(services.registry, key);
  if (failed(item)) return item;
  const given = await readClaims(services, item, request);
  if (failed(given)) return given;
  const { clients } = services;
  const { provider, role } = item.desired;
  const [providerThere, roleThere] = await Promise.all([
    observeProvider(clients, provider.arn),
    observeRole(clients, role.name),
  ]);
  return {
    ...evaluated(item, given.claims, request, providerThere, roleThere),
    verification: given.verification,
  };
}

/** The claims of a request; a token's are checked against the keys of the owner's configured issuer. */
async function readClaims(
  { config, fetchKeys, now }: Services,
  { owner }: RegistrationItem,
  { token, claims, sub }: ExplanationRequest,
): Promise<{ claims: Claims; verification: Verification } | Failure> {
  if (token === undefined) return { claims: claims ?? { sub: sub ?? "" }, verification: "none" };
  const payload = readToken(token);
  if (payload === undefined) return invalid({ pointer: "/token", detail: "It is no JSON Web Token." });
  const entries = Object.entries(payload).filter(
    ([, value]) => ["string", "number", "boolean"].includes(typeof value) || Array.isArray(value),
  );
  const known = Object.fromEntries(entries) as Claims;
  return { claims: known, verification: await verifyToken(token, issuerOf(config, owner), fetchKeys, now()) };
}

function evaluated(
  item: RegistrationItem,
  given: Claims,
  { token }: ExplanationRequest,
  provider: ObservedProvider | undefined,
  role: ObservedRole | undefined,
): Omit<Explanation, "verification"> {
  const { desired, spec, owner, repo } = item;
  const denied = (remedy: string) => ({ allowed: false, conditions: [], remedy });
  if (role === undefined) return denied("The role is gone from AWS; repeat the PUT, which makes it again.");
  if (provider === undefined)
    return denied("The OIDC provider is gone from the account; repeat the PUT, which makes it again.");
  if (!provider.audiences.includes(desired.provider.audience)) {
    return denied(
      `The OIDC provider has lost the audience ${desired.provider.audience}; repeat the PUT, which adds it.`,
    );
  }
  const issuer = desired.provider.url;
  if (given["iss"] !== undefined && given["iss"] !== issuer) {
    return denied(`The token is of the issuer ${given["iss"]}, and the role trusts ${issuer}.`);
  }
  const policy = parsePolicy(JSON.stringify(role.trustPolicy));
  if ("error" in policy)
    return denied("The trust policy in AWS cannot be read; repeat the PUT to put it back.");

  const registered: Registered = {
    owner,
    repo,
    provider: desired.provider,
    ids: spec.github,
    trust: spec.trust,
    subjects: desired.subjects,
  };
  // A token says all that it says; what a bare sub or claims leave out is the registration's own.
  const assumed = token === undefined ? assumedClaims(registered, given) : {};
  const claims = { ...assumed, ...given };
  const { allowed, conditions } = evaluateTrust(policy.document, {
    principal: { federated: desired.provider.arn },
    action: "sts:AssumeRoleWithWebIdentity",
    issuerHost: issuer.replace("https://", ""),
    claims,
  });
  return {
    allowed,
    conditions: conditions.map(({ key, operator, expected, actual, holds }) => ({
      key,
      operator,
      expected: [...expected],
      actual: actual && [...actual],
      holds,
      assumed: Object.hasOwn(assumed, key.slice(key.lastIndexOf(":") + 1)),
    })),
    remedy: allowed
      ? "Nothing: the role lets this run in."
      : remedyFor(
          registered,
          claims,
          conditions.filter(({ holds }) => !holds),
        ),
  };
}
