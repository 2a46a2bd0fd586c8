/**
 * The scope of a registration: one repository on GitHub, or all repositories of an owner. The scope determines the pin
 * of the trust policy, the beginnings of the subjects, and the claimant of the names.
 */
import { type Config, issuerOf } from "../config.ts";
import type { RegistrationKey, Spec } from "../desired/state.ts";
import type { Pin } from "../desired/trust-policy.ts";
import type { GitHub } from "../github/github.ts";
import { type Failure, failed, type InputError, invalid } from "../lib/errors.ts";
import type { Claimant } from "../registry/items.ts";
import type { Services } from "../services.ts";
import type { Issuer } from "../trust/issuer.ts";
import {
  type GitHubRepository,
  namePrefix,
  ownerPrefixes,
  type SubjectForm,
  subjectPrefixes,
} from "../trust/subjects.ts";
import type { RegistrationRequest } from "./spec.ts";

export type Scope = {
  issuer: Issuer;
  /**
   * The owner and the repository as GitHub spells them, or as the caller does if GitHub hides them. `repo` is `*` for
   * all repositories of an owner.
   */
  owner: string;
  repo: string;
  /** GitHub's ids, as far as they are known. */
  ids: Spec["github"];
  pin: Pin;
  form: SubjectForm;
  claimant: Claimant;
  /**
   * The branch that a request trusts by default; undefined for a whole owner, whose repositories have no common default
   * branch.
   */
  defaultBranch: string | undefined;
  /** True if GitHub has confirmed the names and the ids. */
  isConfirmed: boolean;
};

type Asked = Pick<GitHub, "repository" | "owner">;

type ScopeQuestion = Omit<RegistrationKey, "role"> & {
  github: RegistrationRequest["github"];
  /** True if GitHub has confirmed the registration's repository before. */
  wasConfirmed?: boolean;
};

/**
 * Determines the scope of a registration by asking GitHub. If GitHub hides the repository or the owner, takes names and
 * ids from the request.
 */
export async function scopeOf(
  { config, gitHub }: Pick<Services, "config"> & { gitHub: (issuer: Issuer) => Asked },
  asked: ScopeQuestion,
): Promise<Scope | Failure> {
  const issuer = issuerOf(config, asked.owner);
  const refused = scopeFault(config, asked);
  if (refused !== undefined) return refused;
  const ask = gitHub(issuer);
  const scope =
    asked.repo === "*"
      ? await ownerScope(ask, issuer, asked)
      : await repositoryScope(config, ask, issuer, asked);
  if (failed(scope)) return scope;
  const faults = [...spellingFaults(asked, scope), ...idFaults(asked, scope.ids)];
  return faults.length === 0 ? scope : invalid(...faults);
}

/**
 * Returns a failure if the issuer or the configuration rules out every registration for that repository or owner;
 * undefined otherwise. Does not ask GitHub.
 */
export function scopeFault(
  config: Pick<Config, "issuers" | "allow">,
  { owner, repo }: Pick<ScopeQuestion, "owner" | "repo">,
): Failure | undefined {
  const issuer = issuerOf(config, owner);
  if (!issuer.hasClaims && !config.allow.nameOnly) {
    return invalid({
      pointer: "/owner",
      detail: `AWS evaluates no id of ${issuer.host}, so its repositories can only be trusted by name. The operator must allow that (ROLECALL_ALLOW=name-only).`,
    });
  }
  if (repo !== "*") return undefined;
  if (!config.allow.ownerWide) {
    return invalid({
      pointer: "/repo",
      detail:
        "`*` trusts every repository of the owner, present and future. The operator must allow that (ROLECALL_ALLOW=owner-wide).",
    });
  }
  if (!issuer.hasClaims) {
    return invalid({
      pointer: "/repo",
      detail: `AWS evaluates no owner's id of ${issuer.host}, so \`*\` cannot be held to its owner.`,
    });
  }
  return undefined;
}

async function repositoryScope(
  config: Config,
  ask: Asked,
  issuer: Issuer,
  { owner, repo, github = {}, wasConfirmed }: ScopeQuestion,
): Promise<Scope | Failure> {
  const answer = await ask.repository(owner, repo, "cached", wasConfirmed);
  if (failed(answer)) return answer;
  if (answer === "missing") {
    return invalid({
      pointer: "/repo",
      detail: `GitHub has no repository ${owner}/${repo}; whoever created it would get the role.`,
    });
  }
  if (answer !== "hidden") {
    const { repository, form, defaultBranch } = answer;
    return knownRepository(config, issuer, repository, form, { defaultBranch, isConfirmed: true });
  }
  const { repositoryId, ownerId } = github;
  if (repositoryId !== undefined && ownerId !== undefined) {
    const repository = { owner, repo, repositoryId, ownerId };
    const { byId, byName } = subjectPrefixes(repository);
    const form: SubjectForm = { prefixes: [byId, byName], template: "unread" };
    return knownRepository(config, issuer, repository, form, { defaultBranch: "main", isConfirmed: false });
  }
  if (!config.allow.nameOnly) {
    const detail = `GitHub shows no repository ${owner}/${repo}. If it is private, give both of its ids in \`github\` (\`gh api repos/${owner}/${repo}\` answers id and owner.id), or have the operator give the service access (ROLECALL_GITHUB_SECRET).`;
    return invalid({ pointer: "/repo", detail });
  }
  return {
    issuer,
    owner,
    repo,
    ids: {},
    pin: { by: "name" },
    form: { prefixes: [namePrefix(owner, repo)], template: "unread" },
    claimant: nameClaimant(owner, repo),
    defaultBranch: "main",
    isConfirmed: false,
  };
}

const nameClaimant = (owner: string, repo: string): Claimant => `name:${`${owner}/${repo}`.toLowerCase()}`;

function knownRepository(
  { pinOwnerId }: Config,
  issuer: Issuer,
  repository: GitHubRepository,
  form: SubjectForm,
  known: Pick<Scope, "defaultBranch" | "isConfirmed">,
): Scope {
  const { owner, repo, repositoryId, ownerId } = repository;
  const pin: Pin = issuer.hasClaims
    ? { by: "repository", repositoryId, ...(pinOwnerId && { ownerId }) }
    : { by: "name" };
  return {
    issuer,
    owner,
    repo,
    ids: { repositoryId, ownerId },
    pin,
    // An Enterprise Server never sends ids in its subjects.
    form: issuer.hasClaims ? form : { ...form, prefixes: [subjectPrefixes(repository).byName] },
    // If AWS evaluates no ids of the issuer, a role trusts the name. So the name is also the claimant.
    claimant: issuer.hasClaims ? `repository:${repositoryId}` : nameClaimant(owner, repo),
    ...known,
  };
}

/**
 * Returns the scope of all repositories of an owner, present and future. The owner's id pins the role. `scopeFault` has
 * checked before that the operator allows this scope.
 */
async function ownerScope(
  ask: Asked,
  issuer: Issuer,
  { owner, github = {} }: ScopeQuestion,
): Promise<Scope | Failure> {
  const answer = await ask.owner(owner, "cached");
  if (failed(answer)) return answer;
  const known = typeof answer === "string" ? { owner, ownerId: github.ownerId } : answer;
  if (known.ownerId === undefined) {
    return invalid({
      pointer: "/owner",
      detail: `GitHub shows no owner ${owner}. Send its id in \`github.ownerId\`.`,
    });
  }
  const { ownerId } = known;
  return {
    issuer,
    owner: known.owner,
    repo: "*",
    ids: { ownerId },
    pin: { by: "owner", ownerId },
    form: { prefixes: ownerPrefixes(known.owner, ownerId), template: "unread" },
    claimant: `owner:${ownerId}`,
    defaultBranch: undefined,
    isConfirmed: typeof answer !== "string",
  };
}

/**
 * Returns the faults of names that GitHub spells differently. IAM compares subjects with case, and a renamed repository
 * sends its new name, so only GitHub's spelling works.
 */
function spellingFaults(asked: ScopeQuestion, actual: Scope): InputError[] {
  const detail = `GitHub spells it ${actual.owner}/${actual.repo}. Use that path.`;
  return (["owner", "repo"] as const)
    .filter((part) => asked[part] !== actual[part])
    .map((part) => ({ pointer: `/${part}`, detail }));
}

/** Returns the faults of ids in the request that differ from the ids of the scope. */
function idFaults({ repo, github: given = {} }: ScopeQuestion, actual: Spec["github"]): InputError[] {
  return (["repositoryId", "ownerId"] as const)
    .filter((id) => given[id] !== undefined && given[id] !== actual[id])
    .map((id) => ({
      pointer: `/github/${id}`,
      detail:
        actual[id] !== undefined
          ? `GitHub says that it is ${actual[id]}. Send that id, or none.`
          : repo === "*"
            ? "A registration for a whole owner has no such id."
            : "GitHub hides the repository, so give both of its ids, or neither.",
    }));
}
