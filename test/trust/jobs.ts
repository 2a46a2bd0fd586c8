/** Jobs on GitHub, the tokens that they get, and whether a registration's trust policy lets them in. */
import type { Config } from "../../src/config.ts";
import { desiredState, providerOf } from "../../src/desired/desired.ts";
import type { Place } from "../../src/desired/names.ts";
import type { GitHubFacts, OwnerFacts, Unseen } from "../../src/github/github.ts";
import { failed } from "../../src/lib/errors.ts";
import { parseTrustPolicy, type TrustPolicy } from "../../src/policy/parse.ts";
import { scopeOf } from "../../src/registration/scope.ts";
import { type RegistrationRequest, resolveSpec } from "../../src/registration/spec.ts";
import { evaluateTrust } from "../../src/trust/evaluate-trust.ts";
import { parseIssuer } from "../../src/trust/issuer.ts";
import { subjects, type Trust } from "../../src/trust/subjects.ts";

export const ISSUERS = [
  "https://token.actions.githubusercontent.com",
  "https://token.actions.githubusercontent.com/acme",
  "https://token.actions.acme.ghe.com",
  "https://github.acme.example/_services/token",
] as const;

/** An Enterprise Server. AWS evaluates no ids of its tokens. */
export const isServer = (issuer: string): boolean => issuer.endsWith("/_services/token");

/** A job on GitHub. */
export type Job = {
  issuer: string;
  audience: string;
  owner: string;
  ownerId: number;
  repo: string;
  repositoryId: number;
  /** The form of its repository's subjects. */
  form: "id" | "name";
  template: readonly string[];
  ref: string;
  event: string;
  environment: string | undefined;
  workflow: string;
};

/** Returns the claims that GitHub puts into a job's token. */
function tokenOf(job: Job): Record<string, string> {
  const { owner, ownerId, repo, repositoryId, form, environment, event, ref } = job;
  const encode = (text: string) => text.split(":").join("%3A");
  const prefix = form === "id" ? `repo:${owner}@${ownerId}/${repo}@${repositoryId}` : `repo:${owner}/${repo}`;
  const context =
    environment !== undefined
      ? `environment:${encode(environment)}`
      : event === "pull_request"
        ? "pull_request"
        : `ref:${encode(ref)}`;
  const claims: Record<string, string> = {
    iss: job.issuer,
    aud: job.audience,
    repository: `${owner}/${repo}`,
    repository_id: String(repositoryId),
    repository_owner: owner,
    repository_owner_id: String(ownerId),
    repository_visibility: "private",
    ref,
    event_name: event,
    job_workflow_ref: job.workflow,
    workflow: "acme/api",
    actor: "mallory",
    ...(environment !== undefined && { environment }),
  };
  const parts = job.template.map((key) => {
    if (key === "repo") return prefix;
    if (key === "context") return context;
    return `${key}:${encode(claims[key] ?? "")}`;
  });
  return { ...claims, sub: parts.join(":") };
}

/** A request, and GitHub's answer about the repository or the owner. */
type Request = {
  config: Config;
  place: Place;
  owner: string;
  repo: string;
  github: NonNullable<RegistrationRequest["github"]>;
  trust: Trust;
  facts: GitHubFacts | Unseen;
  ofOwner: OwnerFacts | Unseen;
};

/** Returns the trust policy that the service makes for a request; undefined if it refuses the request. */
export async function policyFor(request: Request): Promise<TrustPolicy | undefined> {
  const { config, place, owner, repo, github, trust, facts, ofOwner } = request;
  const gitHub = () => ({ repository: async () => facts, owner: async () => ofOwner });
  const scope = await scopeOf({ config, gitHub }, { owner, repo, github });
  if (failed(scope)) return undefined;
  const spec = resolveSpec({ trust, ecr: [] }, scope, config, place.region);
  if (failed(spec)) return undefined;
  const accepted = subjects(scope.form, spec.trust);
  if (accepted === undefined) return undefined;
  const { role } = desiredState({
    owner,
    repo,
    role: "publish",
    place,
    issuer: scope.issuer,
    boundaryArn: config.boundaryArn,
    registrationId: "1",
    pin: scope.pin,
    subjects: accepted,
    spec,
    profiles: config.profiles,
  });
  const parsed = parseTrustPolicy(JSON.stringify(role.trustPolicy));
  if ("error" in parsed) throw new Error(parsed.error);
  return parsed.policy;
}

/** Returns the answer of AWS to a job that asks for the role. */
export function isLetIn(policy: TrustPolicy, job: Job, place: Place) {
  const issuer = parseIssuer(job.issuer);
  if (issuer === undefined) throw new Error(job.issuer);
  const claims = tokenOf(job);
  const { allowed, decided } = evaluateTrust(policy, {
    principal: { federated: providerOf(issuer, place).arn },
    action: "sts:AssumeRoleWithWebIdentity",
    issuerHost: issuer.host,
    claims,
  });
  return { allowed, decided, claims };
}
