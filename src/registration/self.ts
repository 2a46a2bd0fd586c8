/**
 * The calls of a workflow with its own GitHub token: register its role within the operator's ceiling, read it, and ask
 * why AWS refuses the job.
 */
import { openAccount, type Use } from "../accounts/open.ts";
import { onBehalfOf } from "../aws/sessions.ts";
import { issuerOf } from "../config.ts";
import type { EcrItems } from "../converge/expected.ts";
import type { BasicFacts, Unseen } from "../github/github.ts";
import type { RunToken } from "../github/run-token.ts";
import { type Failure, failed, invalid } from "../lib/errors.ts";
import { parseTrustPolicy } from "../policy/parse.ts";
import type { RegistrationItem } from "../registry/items.ts";
import { type AskedRegistration, planDenial, writeDenial } from "../self/decide.ts";
import type { Services } from "../services.ts";
import { type Explanation, explain, NOTHING_TO_CHANGE } from "./explain.ts";
import { type Guard, suspension } from "./intent.ts";
import type { Plan } from "./plan.ts";
import type { Precondition } from "./precondition.ts";
import { findWithEcr } from "./read.ts";
import { type PutResult, register } from "./register.ts";
import { isTakenOver } from "./reservation.ts";
import {
  accountOf,
  isOfRepository,
  nameOf,
  notAllowed,
  type SelfCall,
  type SelfRules,
} from "./self-caller.ts";
import type { RegistrationRequest } from "./spec.ts";

/** A workflow's PUT. */
type SelfPut = SelfCall & {
  readonly dryRun: boolean;
  readonly precondition: Precondition;
  /** Reads and validates the body. */
  readonly read: () => Promise<SelfBody | Failure>;
};

type SelfBody = {
  readonly request: RegistrationRequest;
  /** The hash of method, path, query and body, which tells a retry from another request. */
  readonly hash: string;
};

/** The seconds after a token's last valid second for which its use stays recorded. */
const RECORDED_S = 300;

/** Registers the role of the workflow's own repository, or shows in a dry run what that would change. */
export async function registerSelf(
  services: Services,
  rules: SelfRules,
  put: SelfPut,
): Promise<PutResult | Failure> {
  const { caller, key, dryRun } = put;
  const { claims } = caller;
  const body = await put.read();
  if (failed(body)) return body;
  const { request, hash } = body;
  const ids = {
    repositoryId: Number(claims["repository_id"]),
    ownerId: Number(claims["repository_owner_id"]),
  };
  const asked: AskedRegistration = { account: accountOf(put), role: key.role, spec: request };
  // Refuse first what needs neither the table nor GitHub, and before faults that list the operator's profiles.
  const decide = dryRun ? planDenial : writeDenial;
  const refused = requestFaults(request, ids) ?? byCeiling(rules, caller, asked, decide);
  if (refused !== undefined) return refused;
  return inAccount(services, put, dryRun ? "plans" : "registers", async (there) => {
    const { about } = there.gitHub(issuerOf(there.config, key.owner));
    // Refuse by an answer of the last seconds, so that no refused run can use up GitHub's rate limit.
    const recent = dryRun ? undefined : await about(key.owner, key.repo, "recent");
    const known = recent === undefined ? asked : withFacts(rules, caller, recent, asked);
    if (failed(known)) return known;
    const isFresh = recent === undefined || isAsFresh(recent);
    return register(there, {
      key,
      request: { ...request, github: ids },
      precondition: put.precondition,
      dryRun,
      caller: nameOf(caller),
      origin: "self",
      guard: guardOf(there, rules, put, { asked: known, hash, decide, isFresh }),
    });
  });
}

/** Reads a registration of the workflow's own repository. */
export const readSelf = (services: Services, call: SelfCall): Promise<FoundRegistration | Failure> =>
  inAccount(services, call, "reads-own", (there) => findOwn(there, call));

/** Explains whether AWS lets the workflow's own job assume the role, and what to change if not. */
export const explainSelf = (services: Services, call: SelfCall): Promise<Explanation | Failure> =>
  inAccount(services, call, "plans", async (there) => {
    const found = await findOwn(there, call);
    if (failed(found)) return found;
    const { audience: aud } = found.item.desired.provider;
    const explained = await explain(there, call.key, { verified: { ...call.caller.claims, aud } });
    if (failed(explained) || explained.remedy === NOTHING_TO_CHANGE || found.item.origin === "self")
      return explained;
    return { ...explained, remedy: `${explained.remedy} ${ASK_FOR_CHANGES}` };
  });

const ASK_FOR_CHANGES =
  "No workflow registered this role, so ask the operator for any change of the registration, also for a repeated PUT.";

type FoundRegistration = { readonly item: RegistrationItem; readonly ecr: EcrItems };

/** Finds a registration of the caller's repository. One of another repository is as unknown as none. */
async function findOwn(services: Services, { key, caller }: SelfCall): Promise<FoundRegistration | Failure> {
  const found = await findWithEcr(services, key);
  if (failed(found)) return found;
  return isOfRepository(found.item, caller) ? found : { failure: "not-registered", ...key };
}

/** Does the work of a call in the account that its path names. */
async function inAccount<T extends object>(
  services: Services,
  { account, key, caller }: SelfCall,
  use: Use,
  work: (there: Services) => Promise<T | Failure>,
): Promise<T | Failure> {
  if (account === undefined) return work(services);
  return onBehalfOf(nameOf(caller), async () => {
    const there = await openAccount(services, account, key, use);
    return failed(there) ? there : work(there);
  });
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
    rule: "rolecall",
    remedy:
      "A workflow may not change the settings of ECR repositories. Leave them out, or ask the operator to set them.",
  });
}

/** Returns why the ceiling does not let a token write what it asks for; undefined if it does. */
function byCeiling(
  { ceiling }: SelfRules,
  { claims }: RunToken,
  asked: AskedRegistration,
  decide = writeDenial,
): Failure | undefined {
  const denial = decide(ceiling, claims, asked);
  return denial === undefined ? undefined : notAllowed(denial);
}

/** Adds the default branch to a request, or returns why the repository or its default branch refuses the request. */
function withFacts(
  rules: SelfRules,
  caller: RunToken,
  facts: BasicFacts | Unseen | Failure,
  asked: AskedRegistration,
): AskedRegistration | Failure {
  const { claims } = caller;
  if (typeof facts !== "string" && failed(facts)) return facts;
  if (typeof facts !== "string" && String(facts.repository.repositoryId) !== claims["repository_id"])
    return notAllowed({
      claim: "repository_id",
      was: String(claims["repository_id"]),
      accepts: [String(facts.repository.repositoryId)],
      rule: "rolecall",
      remedy: "On GitHub, another repository has this name now. Register under the repository's new name.",
    });
  const known: AskedRegistration = {
    ...asked,
    defaultBranch: typeof facts === "string" ? facts : { branch: facts.defaultBranch },
  };
  return byCeiling(rules, caller, known) ?? known;
}

/** Tells whether GitHub would answer the same now. GitHub's answer that it hides a repository is the same for a minute. */
const isAsFresh = (facts: BasicFacts | Unseen | Failure): boolean =>
  typeof facts === "string" || failed(facts) || facts.isFresh;

/** A request that GitHub's recent answer allows. `isFresh`: GitHub gave that answer to this request. */
type Judged = {
  readonly asked: AskedRegistration;
  readonly hash: string;
  readonly decide: typeof writeDenial;
  readonly isFresh: boolean;
};

function guardOf(
  { config, gitHub, registry }: Services,
  rules: SelfRules,
  { caller, key, dryRun }: SelfPut,
  { asked, hash, decide, isFresh }: Judged,
): Guard {
  const notSelf = (isReserved: boolean): Failure => ({ failure: "not-self-registered", ...key, isReserved });
  const issuer = issuerOf(config, key.owner);
  const { jti, refusedFrom } = caller;
  const used = { issuer: issuer.url, jti, request: hash, expiresAt: refusedFrom + RECORDED_S };
  const askedBy = (planned: Plan): AskedRegistration => ({
    ...asked,
    ...renderedTrust(planned, issuer.host),
  });
  // A repository that could register another role while it is suspended would end its own suspension.
  const newRoleRefusal = async ({ stored }: Plan): Promise<Failure | undefined> =>
    stored.registration === undefined
      ? anySuspension(await registry.registrationsOf(key.owner, key.repo))
      : undefined;
  return {
    used,
    ownershipRefusal: (current) => {
      if (current === undefined) return undefined;
      if (isOfRepository(current, caller)) return current.origin === "self" ? undefined : notSelf(false);
      if (!current.confirmed) return notSelf(true);
      // GitHub has signed the token, so the name belongs to the token's repository now.
      const [name, actual] = [`${key.owner}/${key.repo}`, `repository:${caller.claims["repository_id"]}`];
      return {
        failure: "repository-replaced",
        name,
        actual,
        confirmed: true,
        internal: `held by ${current.claimant}`,
      };
    },
    planRefusal: async (planned) => {
      if (isTakenOver(planned.stored.reservation, planned.applicant)) return notSelf(true);
      const refused = byCeiling(rules, caller, askedBy(planned), decide);
      return refused ?? (dryRun ? newRoleRefusal(planned) : undefined);
    },
    writeRefusal: async (planned) => {
      const [isUsed, isSuspended] = await Promise.all([
        registry.tokenRefusal(key, used),
        newRoleRefusal(planned),
      ]);
      const refused = isUsed ?? isSuspended;
      if (refused !== undefined || isFresh) return refused;
      // A write needs the default branch as GitHub answers now.
      const facts = await gitHub(issuer).about(key.owner, key.repo, "fresh");
      const judged = withFacts(rules, caller, facts, askedBy(planned));
      return failed(judged) ? judged : undefined;
    },
  };
}

/** Returns the failure of the first suspended registration; undefined if none is suspended. */
const anySuspension = (registrations: readonly RegistrationItem[]): Failure | undefined =>
  registrations.map(suspension).find((failure) => failure !== undefined);

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
