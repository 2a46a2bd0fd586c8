import { observeProvider, observeRole } from "../aws/observe.ts";
import { issuerOf } from "../config.ts";
import { REVOCATION_POLICY } from "../desired/names.ts";
import type { ObservedProvider, ObservedRole } from "../desired/state.ts";
import type { components } from "../generated/contract.ts";
import { readToken, verifyToken } from "../github/keys.ts";
import { type Failure, failed, invalid } from "../lib/errors.ts";
import { samePolicy } from "../policy/compare.ts";
import type { ConditionEvaluation, Evaluation } from "../policy/evaluate.ts";
import { parseTrustPolicy } from "../policy/parse.ts";
import type { RegistrationItem, RegistrationKey } from "../registry/items.ts";
import type { Services } from "../services.ts";
import { assumedClaims, type RegisteredTrust } from "../trust/asked.ts";
import type { Claims } from "../trust/claims.ts";
import { evaluateTrust } from "../trust/evaluate-trust.ts";
import { remedyFor } from "../trust/explain.ts";
import { find } from "./read.ts";
import { triedRemedy } from "./try-remedy.ts";
import { TEMPLATE_NOT_READ } from "./warnings.ts";

export type Explanation = components["schemas"]["Explanation"];
export type ExplanationRequest = components["schemas"]["ExplanationRequest"];
type Verification = Explanation["verification"];

/** A question about a run. `verified`: the claims of the verified token with which the run itself asks. */
type Question = ExplanationRequest & { readonly verified?: Claims };

/** Tells whether the role in AWS would let a run in now, which conditions decide, and what to change. */
export async function explain(
  services: Services,
  key: RegistrationKey,
  request: Question,
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
  const explained = await evaluated(services, item, given.claims, request, providerThere, roleThere);
  if (failed(explained)) return explained;
  return {
    ...verified(verification, ofSession(explained, item, roleThere, services.now(), remediesFor(request))),
    verification,
  };
}

/**
 * Corrects an explanation by the role's revocation. The trust policy may let a run in whose session AWS denies
 * everything.
 */
function ofSession(
  explained: Evaluated,
  { revocation, desired }: RegistrationItem,
  role: ObservedRole | undefined,
  now: number,
  { endSuspension, restore }: SessionRemedies,
): Evaluated {
  if (revocation === undefined) return explained;
  const { denied } = revocation;
  if (denied !== "all" && now >= Date.parse(denied.issuedBefore)) return explained;
  if (!explained.allowed) {
    const also =
      denied === "all"
        ? `The role is also suspended. ${endSuspension}`
        : `The role also denies everything to sessions that are issued before ${denied.issuedBefore}. Start the job after that time.`;
    return { ...explained, remedy: `${explained.remedy} ${also}` };
  }
  const [wanted, found] = [desired.role, role].map((one) => one?.inlinePolicies[REVOCATION_POLICY]);
  if (!samePolicy(wanted, found)) {
    const remedy = `The role lets this run in, although its sessions were ended: AWS no longer has the policy that denies them. ${restore}`;
    return { ...explained, remedy };
  }
  const remedy =
    denied === "all"
      ? `AWS lets this run assume the role and then denies it everything, because the role is suspended. ${endSuspension}`
      : `AWS lets this run assume the role and then denies it everything, because sessions that are issued before ${denied.issuedBefore} were ended. Start the job after that time.`;
  return { ...explained, allowed: false, remedy };
}

type SessionRemedies = { readonly endSuspension: string; readonly restore: string };

/** Returns the advice about ended sessions. Only the signed API has the calls, so a workflow has to ask the operator. */
const remediesFor = ({ verified }: Question): SessionRemedies =>
  verified === undefined
    ? {
        endSuspension: 'End the suspension with POST …/revocations {"suspend": false}.',
        restore: "Restore it with POST …/repairs.",
      }
    : {
        endSuspension: "Ask the operator to end the suspension.",
        restore: "Ask the operator to restore it.",
      };

/** The remedy of a run that the role lets in. */
export const NOTHING_TO_CHANGE = "Nothing to change: the role lets this run in.";

type Evaluated = Omit<Explanation, "verification">;

/** Corrects an explanation by the token's signature and expiry. AWS refuses a token that its issuer did not sign. */
function verified(verification: Verification, explained: Evaluated): Evaluated {
  // Without conditions, the explanation already has the first reason, such as another issuer.
  if (verification === "invalid" && explained.conditions.length > 0) {
    const remedy =
      "The issuer did not sign the token, so AWS refuses it. Use a token that GitHub issued to a job.";
    return { ...explained, allowed: false, remedy };
  }
  if (!explained.allowed) return explained;
  if (verification === "expired") {
    return { ...explained, remedy: `The token has expired. For a new token: ${explained.remedy}` };
  }
  return explained;
}

/** Returns the claims of a request. A token's signature is verified with the keys of the owner's configured issuer. */
async function readClaims(
  { config, fetchKeys, now }: Services,
  { owner }: RegistrationItem,
  { token, claims, sub, verified: own }: Question,
): Promise<{ claims: Claims; verification: Verification } | Failure> {
  if (own !== undefined) return { claims: own, verification: "valid" };
  if (token === undefined) return { claims: claims ?? { sub: sub ?? "" }, verification: "none" };
  const payload = readToken(token);
  if (payload === undefined)
    return invalid({
      pointer: "/token",
      detail: "The value is not a JSON Web Token. Send the token that GitHub gave to the job.",
    });
  const entries = Object.entries(payload).filter(
    ([, value]) => ["string", "number", "boolean"].includes(typeof value) || Array.isArray(value),
  );
  const known = Object.fromEntries(entries) as Claims;
  return { claims: known, verification: await verifyToken(token, issuerOf(config, owner), fetchKeys, now()) };
}

async function evaluated(
  services: Services,
  item: RegistrationItem,
  given: Claims,
  { token, verified: own }: Question,
  provider: ObservedProvider | undefined,
  role: ObservedRole | undefined,
): Promise<Evaluated | Failure> {
  const { desired, spec, owner, repo } = item;
  const registered: RegisteredTrust = {
    owner,
    repo,
    provider: desired.provider,
    ids: spec.github,
    trust: spec.trust,
    subjects: desired.subjects,
    isTemplateRead: !item.warnings.some(({ code }) => code === TEMPLATE_NOT_READ),
  };
  // A token has all of its claims. For a plain `sub` or a list of claims, assume the registration's own for the others.
  const isToken = token !== undefined || own !== undefined;
  const asked = isToken ? { assumed: {} } : assumedClaims(registered, given);
  if (asked === undefined)
    return invalid({
      pointer: "/claims/sub",
      detail:
        "The claims do not determine the subject. Send `sub`, or the run's `environment`, or its `ref` (refs/heads/…); for a whole owner also its `repository`.",
    });
  const { assumed, note } = asked;
  const denied = (remedy: string) => ({ allowed: false, conditions: [], remedy, ...(note && { note }) });
  if (role === undefined)
    return denied("The role no longer exists in AWS. Repeat the PUT, which creates it again.");
  if (provider === undefined)
    return denied(
      "The OIDC provider no longer exists in the account. Repeat the PUT, which creates it again.",
    );
  if (!provider.audiences.includes(desired.provider.audience)) {
    return denied(
      `The OIDC provider no longer has the audience ${desired.provider.audience}. Repeat the PUT, which adds it.`,
    );
  }
  const issuer = desired.provider.url;
  if (given["iss"] !== undefined && given["iss"] !== issuer) {
    return denied(`The token comes from the issuer ${given["iss"]}, but the role trusts ${issuer}.`);
  }
  const claims = { ...given, ...assumed };
  const evaluationBy = (policy: unknown): Evaluation | undefined => {
    const parsed = parseTrustPolicy(JSON.stringify(policy));
    if ("error" in parsed) return undefined;
    return evaluateTrust(parsed.policy, {
      principal: { federated: desired.provider.arn },
      action: "sts:AssumeRoleWithWebIdentity",
      issuerHost: issuer.replace("https://", ""),
      claims,
    });
  };
  const evaluation = evaluationBy(role.trustPolicy);
  if (evaluation === undefined)
    return denied("The trust policy in AWS cannot be read. Repeat the PUT to restore it.");
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
    remedy: await remedyOf(evaluation.allowed, evaluationBy(desired.role.trustPolicy), async (failing) => {
      const remedy = remedyFor(registered, claims, failing);
      const { reason, adviceForOwnRole } = remedy;
      return own !== undefined && item.origin === "self" && adviceForOwnRole !== undefined
        ? `${reason} ${adviceForOwnRole}`
        : triedRemedy(services, item, remedy, evaluationBy);
    }),
    ...(note && { note }),
  };
}

/**
 * Returns what to change, so that the role lets the run in.
 * @param asked the evaluation of the run by the registration's own trust policy, not by the policy in AWS
 * @param remedyFor returns the remedy for conditions of the registration's own trust policy that are false
 */
async function remedyOf(
  allowed: boolean,
  asked: Evaluation | undefined,
  remedyFor: (failing: readonly ConditionEvaluation[]) => Promise<string>,
): Promise<string> {
  const failing = asked?.conditions.filter(({ holds }) => !holds) ?? [];
  const putBack = "the trust policy in AWS no longer matches the registration. Repeat the PUT to restore it.";
  if (failing.length === 0) {
    return allowed ? NOTHING_TO_CHANGE : `The registration lets this run in, but ${putBack}`;
  }
  if (allowed) return `The role lets this run in, although the registration does not: ${putBack}`;
  return remedyFor(failing);
}
