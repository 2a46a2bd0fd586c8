/**
 * The calls of a workflow with its own GitHub token: register its role within the operator's ceiling, read it, and ask
 * why AWS refuses the job.
 */
import { issuerOf } from "../config.ts";
import type { EcrItems } from "../converge/expected.ts";
import { type RunToken, type TokenFault, verifyRunToken } from "../github/run-token.ts";
import { type Failure, failed, invalid, type TokenDenial } from "../lib/errors.ts";
import { parseTrustPolicy } from "../policy/parse.ts";
import type { RegistrationItem, RegistrationKey } from "../registry/items.ts";
import type { Ceiling } from "../self/ceiling.ts";
import { type AskedRegistration, type Denial, readDenial, writeDenial } from "../self/decide.ts";
import type { Services } from "../services.ts";
import { type Explanation, explain } from "./explain.ts";
import type { Guard } from "./intent.ts";
import type { Plan } from "./plan.ts";
import { findWithEcr } from "./read.ts";
import { type PutResult, register } from "./register.ts";
import { isTakenOver } from "./reservation.ts";
import type { RegistrationRequest } from "./spec.ts";

/** The rules for workflows: the operator's ceiling, and the audience that a token must be for. */
export type SelfRules = { readonly ceiling: Ceiling; readonly audience: string };

/** A workflow's call: its token, and the registration that its path names. */
export type SelfCall = { readonly token: string; readonly key: RegistrationKey };

/** A workflow's PUT. */
type SelfPut = SelfCall & {
  readonly request: RegistrationRequest;
  readonly dryRun: boolean;
  /** The hash of method, path, query and body, which tells a retry from another request. */
  readonly hash: string;
};

/** The seconds after a token's last valid second for which its use stays recorded. */
const RECORDED_S = 300;

const BUILT_IN = "Rolecall's own rule";

const notAllowed = (denied: TokenDenial): Failure => ({ failure: "token-not-allowed", denied });

const byRule = ({ rule, accepts, ...denial }: Denial): Failure =>
  notAllowed({ ...denial, accepts: [...accepts], rule: `self.json ${rule}` });

/** Registers the role of the workflow's own repository, or shows in a dry run what that would change. */
export async function registerSelf(
  services: Services,
  rules: SelfRules,
  put: SelfPut,
): Promise<PutResult | Failure> {
  const caller = await verifiedCaller(services, rules, put);
  if (failed(caller)) return caller;
  const { claims } = caller;
  const { key, request, dryRun } = put;
  const ids = {
    repositoryId: Number(claims["repository_id"]),
    ownerId: Number(claims["repository_owner_id"]),
  };
  const faults = requestFaults(request, ids);
  if (faults !== undefined) return faults;
  const asked: AskedRegistration = { account: "home", role: key.role };
  const known = dryRun ? asked : await withDefaultBranch(services, rules, caller, key, asked);
  if (failed(known)) return known;
  return register(services, {
    key,
    request: { ...request, github: ids },
    precondition: {},
    dryRun,
    caller: nameOf(caller),
    origin: "self",
    guard: guardOf(services, rules, caller, put, known),
  });
}

/** Reads a registration of the workflow's own repository. */
export async function readSelf(
  services: Services,
  rules: SelfRules,
  call: SelfCall,
): Promise<{ item: RegistrationItem; ecr: EcrItems } | Failure> {
  const caller = await verifiedCaller(services, rules, call);
  if (failed(caller)) return caller;
  const found = await findWithEcr(services, call.key);
  if (failed(found)) return found;
  return isOfRepository(found.item, caller) ? found : { failure: "not-registered", ...call.key };
}

/** Explains whether AWS lets the workflow's own job assume the role, and what to change if not. */
export async function explainSelf(
  services: Services,
  rules: SelfRules,
  call: SelfCall,
): Promise<Explanation | Failure> {
  const caller = await verifiedCaller(services, rules, call);
  if (failed(caller)) return caller;
  const found = await findWithEcr(services, call.key);
  if (failed(found)) return found;
  if (!isOfRepository(found.item, caller)) return { failure: "not-registered", ...call.key };
  const { audience: aud } = found.item.desired.provider;
  const explained = await explain(services, call.key, { claims: { ...textsOf(caller), aud } });
  return failed(explained) ? explained : { ...explained, verification: "valid" };
}

/** Verifies a token, and that a rule names its repository. Needs no table, and no GitHub but the issuer's keys. */
async function verifiedCaller(
  { config, fetchKeys, now }: Services,
  { ceiling, audience }: SelfRules,
  { token, key: { owner, repo } }: SelfCall,
): Promise<RunToken | Failure> {
  const verified = await verifyRunToken(
    token,
    { issuer: issuerOf(config, owner), audience },
    fetchKeys,
    now(),
  );
  if ("fault" in verified) return invalidToken(verified);
  const { claims } = verified;
  const path = `${owner}/${repo}`;
  if (claims["repository"] !== path)
    return notAllowed({
      claim: "repository",
      was: String(claims["repository"]),
      accepts: [path],
      rule: BUILT_IN,
      remedy: "Use the path of the workflow's own repository, spelled as GitHub spells it.",
    });
  const denial = readDenial(ceiling, claims, "home");
  return denial === undefined ? verified : byRule(denial);
}

function invalidToken(fault: TokenFault): Failure {
  const denied = (claim: string, was: string, accepts: string[], remedy: string): Failure => ({
    failure: "token-invalid",
    denied: { claim, was: was.slice(0, 200), accepts, rule: BUILT_IN, remedy },
  });
  const again = "Let the job ask GitHub for a new token, right before the request.";
  switch (fault.fault) {
    case "keys-unavailable":
      return {
        failure: "github-unavailable",
        retryAfterSeconds: 30,
        internal: "the issuer's keys are unavailable",
      };
    case "form":
      return denied(
        "form",
        "",
        [],
        "Send `Authorization: Bearer TOKEN` with the token that GitHub gave to the job.",
      );
    case "signature":
      return denied(
        "signature",
        "",
        [],
        "The issuer did not sign it. Send a token that GitHub gave to the job.",
      );
    case "algorithm":
      return denied("alg", fault.was, [fault.accepts], "Send a token that GitHub gave to the job.");
    case "issuer":
      return denied(
        "iss",
        fault.was,
        [fault.accepts],
        "Send a token of the issuer that the operator configured.",
      );
    case "audience":
      return denied(
        "aud",
        fault.was,
        [fault.accepts],
        "Let the job ask GitHub for a token with that audience.",
      );
    case "missing":
      return denied(fault.claim, "", [], again);
    case "age":
      return denied(fault.claim, String(fault.was), [], again);
  }
}

type Ids = { readonly repositoryId: number; readonly ownerId: number };

/** Returns why a workflow may not send this request at all; undefined if it may. */
function requestFaults({ github = {}, ecr = [] }: RegistrationRequest, ids: Ids): Failure | undefined {
  const wrong = (["repositoryId", "ownerId"] as const).filter(
    (id) => github[id] !== undefined && github[id] !== ids[id],
  );
  if (wrong.length > 0)
    return invalid(
      ...wrong.map((id) => ({
        pointer: `/github/${id}`,
        detail: `The token says that it is ${ids[id]}. Send that id, or none.`,
      })),
    );
  const at = ecr.findIndex(({ settings }) => settings !== undefined);
  if (at < 0) return undefined;
  return notAllowed({
    claim: `/ecr/${at}/settings`,
    was: "given",
    accepts: [],
    rule: BUILT_IN,
    remedy:
      "A workflow may not change the settings of ECR repositories. Leave them out, or ask the operator to set them.",
  });
}

/** Adds the default branch as GitHub answers now. Refuses first what the ceiling decides without GitHub. */
async function withDefaultBranch(
  { config, gitHub }: Services,
  { ceiling }: SelfRules,
  { claims }: RunToken,
  { owner, repo }: RegistrationKey,
  asked: AskedRegistration,
): Promise<AskedRegistration | Failure> {
  const early = writeDenial(ceiling, claims, asked);
  if (early !== undefined) return byRule(early);
  const facts = await gitHub(issuerOf(config, owner)).repository(owner, repo, "fresh");
  if (typeof facts !== "string" && failed(facts)) return facts;
  if (typeof facts !== "string" && String(facts.repository.repositoryId) !== claims["repository_id"])
    return notAllowed({
      claim: "repository_id",
      was: String(claims["repository_id"]),
      accepts: [String(facts.repository.repositoryId)],
      rule: BUILT_IN,
      remedy: "On GitHub, another repository has this name now. Register under the repository's new name.",
    });
  const known: AskedRegistration = {
    ...asked,
    defaultBranch: typeof facts === "string" ? "hidden" : { branch: facts.defaultBranch },
  };
  const late = writeDenial(ceiling, claims, known);
  return late === undefined ? known : byRule(late);
}

function guardOf(
  { config, registry }: Services,
  { ceiling }: SelfRules,
  caller: RunToken,
  { key, hash }: SelfPut,
  asked: AskedRegistration,
): Guard {
  const notSelf: Failure = { failure: "not-self-registered", ...key };
  const issuer = issuerOf(config, key.owner);
  return {
    owns: (current) =>
      current === undefined || (current.origin === "self" && isOfRepository(current, caller))
        ? undefined
        : notSelf,
    allows: (planned) => {
      if (isTakenOver(planned.stored.reservation, planned.applicant)) return notSelf;
      const denial = writeDenial(ceiling, caller.claims, {
        ...asked,
        ...renderedTrust(planned, issuer.host),
      });
      return denial === undefined ? undefined : byRule(denial);
    },
    record: async () => {
      const { jti, refusedFrom } = caller;
      const expiresAt = refusedFrom + RECORDED_S;
      const isUsed = await registry.useToken({ issuer: issuer.url, jti, request: hash, expiresAt });
      return isUsed ? undefined : { failure: "token-used" };
    },
  };
}

/** Returns the spec and the trust policy that a PUT would write. */
function renderedTrust(planned: Plan, issuerHost: string): Pick<AskedRegistration, "spec" | "trust"> {
  const { role, provider } = planned.desired("", undefined);
  const parsed = parseTrustPolicy(JSON.stringify(role.trustPolicy));
  if ("error" in parsed) throw new Error(parsed.error);
  return {
    spec: planned.spec,
    trust: {
      policy: parsed.policy,
      provider: { arn: provider.arn, audience: provider.audience, issuerHost },
    },
  };
}

/** Tells whether a registration is for the repository of a token. Its id decides, because a name can pass to another. */
const isOfRepository = ({ claimant }: RegistrationItem, { claims }: RunToken): boolean =>
  claimant === `repository:${Number(claims["repository_id"])}`;

const textsOf = ({ claims }: RunToken): Record<string, string> =>
  Object.fromEntries(
    Object.entries(claims).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );

/** Returns the name of a caller in the history: repository, run and actor. */
function nameOf({ claims }: RunToken): string {
  const { repository, repository_id, run_id, run_attempt, actor, actor_id } = claims;
  return `github:${repository}@${repository_id} run ${run_id} attempt ${run_attempt} by ${actor}(${actor_id})`;
}
