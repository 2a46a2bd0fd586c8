import { quotas } from "../aws/account.ts";
import { desiredState, type Place } from "../desired/desired.ts";
import { ecrNamespace } from "../desired/names.ts";
import type { DesiredState, Spec } from "../desired/state.ts";
import { policyLength } from "../desired/trust-policy.ts";
import { type Failure, failed, invalid } from "../errors.ts";
import type { components } from "../generated/contract.ts";
import type { GitHubFacts } from "../github/github.ts";
import type { ClaimItem, EcrItem, RegistrationItem, RegistrationKey } from "../registry/items.ts";
import type { Services } from "../services.ts";
import { subjectPrefixes, subjects } from "../trust/subjects.ts";
import { ecrNames, type RegistrationRequest, resolveSpec } from "./spec.ts";

/** What a PUT comes to, before anything is written. */
export type Plan = {
  place: Place;
  spec: Spec;
  claim: ClaimItem;
  /** What the registry holds already. */
  stored: { registration: RegistrationItem | undefined; ecr: readonly (EcrItem | undefined)[] };
  warnings: components["schemas"]["Finding"][];
  /** The desired state of the registration with that id. */
  desired(registrationId: string): DesiredState;
};

/** Works out what a request means: asks GitHub, fills in the defaults, and looks for every fault and conflict. */
export async function plan(
  { config, clients, registry, gitHub }: Services,
  { owner, repo, role }: RegistrationKey,
  request: RegistrationRequest,
): Promise<Plan | Failure> {
  if (!config.owners.some((allowed) => allowed.toLowerCase() === owner.toLowerCase())) {
    return { failure: "owner-not-allowed", owners: config.owners };
  }
  const namespace = ecrNamespace(owner, repo);
  const place = await clients.place();
  const ecrKeys = ecrNames(owner, repo, request).map((name) => ({ account: place.account, region: place.region, name }));
  const [answer, stored] = await Promise.all([
    gitHub(owner, repo),
    registry.readAll({ owner, repo, role }, namespace, ecrKeys),
  ]);
  if (failed(answer)) return answer;
  const facts = answer === "hidden" ? fromIds(owner, repo, request.github) : answer;
  if (failed(facts)) return facts;

  const { repository, defaultBranch, prefixes } = facts;
  const misspelled = spellingFault({ owner, repo }, repository);
  if (misspelled !== undefined) return misspelled;
  const spec = resolveSpec(request, repository, defaultBranch, config);
  if (failed(spec)) return spec;
  const claim = { namespace, repository: `${owner}/${repo}`, repositoryId: repository.repositoryId };
  const conflict = claimConflict(claim, stored);
  if (conflict !== undefined) return conflict;
  const accepted = subjects(prefixes, spec.trust);
  if (accepted === undefined) return invalid({ pointer: "/trust", detail: "The trust names nothing." });

  const desired = (registrationId: string): DesiredState =>
    desiredState({ place, boundaryArn: config.boundaryArn, registrationId, repository, role, subjects: accepted, spec });
  const tooLong = await lengthFault(clients, desired("").role);
  if (tooLong !== undefined) return tooLong;
  return { place, spec, claim, stored, warnings: warningsOf(spec, answer), desired };
}

/** The facts of a repository that GitHub hides, from the ids that the caller gives; without ids there are none. */
function fromIds(owner: string, repo: string, ids: RegistrationRequest["github"]): GitHubFacts | Failure {
  if (ids === undefined) {
    return invalid({
      pointer: "/repo",
      detail: `GitHub shows no repository ${owner}/${repo}. If it is private, give its ids in /github (gh api repos/${owner}/${repo} answers id and owner.id).`,
    });
  }
  const repository = { owner, repo, ...ids };
  const { byId, byName } = subjectPrefixes(repository);
  return { repository, defaultBranch: "main", prefixes: [byId, byName] };
}

/** IAM compares a subject with case, and a renamed repository sends another: only GitHub's spelling works. */
function spellingFault(asked: { owner: string; repo: string }, actual: { owner: string; repo: string }): Failure | undefined {
  const spelled = `GitHub spells the repository ${actual.owner}/${actual.repo}; use that path.`;
  const faults = (["owner", "repo"] as const)
    .filter((part) => asked[part] !== actual[part])
    .map((part) => ({ pointer: `/${part}`, detail: spelled }));
  return faults.length === 0 ? undefined : invalid(...faults);
}

/** Whether the name or one of the ECR repositories belongs to another repository on GitHub. */
function claimConflict(
  { namespace, repository, repositoryId }: ClaimItem,
  stored: { registration: RegistrationItem | undefined; claim: ClaimItem | undefined; ecr: readonly (EcrItem | undefined)[] },
): Failure | undefined {
  const replaced = (registeredId: number): Failure => ({
    failure: "repository-replaced",
    name: repository,
    registeredId,
    actualId: repositoryId,
  });
  const registeredId = stored.registration?.spec.github.repositoryId ?? repositoryId;
  if (registeredId !== repositoryId) return replaced(registeredId);
  if (stored.claim !== undefined && stored.claim.repositoryId !== repositoryId) {
    const isSameName = stored.claim.repository.toLowerCase() === repository.toLowerCase();
    return isSameName
      ? replaced(stored.claim.repositoryId)
      : { failure: "ecr-claimed", repository: namespace, claimedBy: stored.claim.repository };
  }
  const other = stored.ecr.find((item) => item !== undefined && item.repositoryId !== repositoryId);
  return other && { failure: "ecr-claimed", repository: other.name, claimedBy: `the repository with id ${other.repositoryId}` };
}

/**
 * Whether a policy is longer than IAM takes. The account is asked for its own quota only where the default one is
 * exceeded. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
async function lengthFault(clients: Services["clients"], role: DesiredState["role"]): Promise<Failure | undefined> {
  const trust = policyLength(role.trustPolicy);
  const inline = Object.values(role.inlinePolicies).reduce((sum, policy) => sum + policyLength(policy), 0);
  if (trust <= 2048 && inline <= 10_240) return undefined;
  const quota = await quotas(clients);
  const faults = [
    { pointer: "/trust", what: "trust policy", length: trust, limit: quota.trustPolicyCharacters },
    { pointer: "/ecr", what: "role's policy", length: inline, limit: quota.rolePolicyCharacters },
  ]
    .filter(({ length, limit }) => length > limit)
    .map(({ pointer, what, length, limit }) => ({
      pointer,
      detail: `The ${what} would have ${length} characters, and the account's quota is ${limit}; name fewer, or use \`*\`.`,
    }));
  return faults.length === 0 ? undefined : invalid(...faults);
}

/** What is allowed and yet should be known (docs/errors.md lists the codes). */
function warningsOf({ trust }: Spec, answer: GitHubFacts | "hidden"): Plan["warnings"] {
  const warnings: Plan["warnings"] = [];
  const warn = (code: string, pointer: string, detail: string, remedy: string) =>
    warnings.push({ code, severity: "warning", pointer, detail, remedy });
  trust.branches.forEach((name, index) => {
    if (/^\*+$/.test(name)) {
      const detail = "Whoever may push any branch to the repository may assume the role.";
      warn("every-branch", `/trust/branches/${index}`, detail, "Name the protected branches.");
    }
  });
  if (trust.tags.length > 0) {
    const detail = "A tag can be put on any commit, so branch protection does not hold for it.";
    warn("tags-bypass-branch-protection", "/trust/tags", detail, "Protect the tags with a ruleset on GitHub.");
  }
  if (trust.environments.length > 0) {
    const detail = "Any branch can name an environment that has no deployment branch rules.";
    warn("environment-rules", "/trust/environments", detail, "Limit the environment's deployment branches on GitHub.");
  }
  if (answer === "hidden") {
    const detail = "GitHub shows the repository to nobody without access, so spelling and ids are taken as given.";
    warn("github-not-asked", "/github", detail, "Check the ids with `gh api repos/OWNER/REPO`.");
  }
  return warnings;
}
