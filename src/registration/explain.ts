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
import type { Evaluation } from "../trust/evaluate/evaluate.ts";
import { evaluateTrust } from "../trust/evaluate-trust.ts";
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
  const { verification } = given;
  return {
    ...verified(verification, evaluated(item, given.claims, request, providerThere, roleThere)),
    verification,
  };
}

type Evaluated = Omit<Explanation, "verification">;

/** What the token's signature makes of it: AWS takes none that its issuer has not signed, whatever it claims. */
function verified(verification: Verification, explained: Evaluated): Evaluated {
  if (!explained.allowed) return explained;
  if (verification === "invalid") {
    const remedy = "The issuer has not signed the token, so AWS refuses it; take one that a job was given.";
    return { ...explained, allowed: false, remedy };
  }
  if (verification === "expired") {
    return { ...explained, remedy: `The token has expired; with a new one: ${explained.remedy}` };
  }
  return explained;
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
): Evaluated {
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
  const evaluationBy = (policy: unknown): Evaluation | undefined => {
    const parsed = parsePolicy(JSON.stringify(policy));
    if ("error" in parsed) return undefined;
    return evaluateTrust(parsed.document, {
      principal: { federated: desired.provider.arn },
      action: "sts:AssumeRoleWithWebIdentity",
      issuerHost: issuer.replace("https://", ""),
      claims,
    });
  };
  const evaluation = evaluationBy(role.trustPolicy);
  if (evaluation === undefined)
    return denied("The trust policy in AWS cannot be read; repeat the PUT to put it back.");
  return {
    allowed: evaluation.allowed,
    conditions: evaluation.conditions.map(({ key, operator, expected, actual, holds }) => ({
      key,
      operator,
      expected: [...expected],
      actual: actual && [...actual],
      holds,
      assumed: Object.hasOwn(assumed, key.slice(key.lastIndexOf(":") + 1).toLowerCase()),
    })),
    remedy: remedyOf(evaluation.allowed, evaluationBy(desired.role.trustPolicy), registered, claims),
  };
}

/** @param asked what the registration's own trust policy makes of the run, whatever AWS holds */
function remedyOf(
  allowed: boolean,
  asked: Evaluation | undefined,
  registered: Registered,
  claims: Claims,
): string {
  const failing = asked?.conditions.filter(({ holds }) => !holds) ?? [];
  const putBack =
    "the trust policy in AWS is not the registration's any more; repeat the PUT to put it back.";
  if (failing.length === 0) {
    return allowed
      ? "Nothing: the role lets this run in."
      : `The registration lets this run in, but ${putBack}`;
  }
  if (allowed) return `The role lets this run in, which the registration does not: ${putBack}`;
  return remedyFor(registered, claims, failing);
}
