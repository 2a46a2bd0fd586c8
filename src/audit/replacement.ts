/** The request that registers a replacement for a role, as far as one repository used it. */
import { ecrNamespace } from "../desired/names.ts";
import type { components } from "../generated/contract.ts";
import { isInNamespace } from "../registration/spec.ts";
import { accessTo, type Place, repositoryNames } from "./ecr.ts";
import type { GrantStatement } from "./permissions.ts";
import { listed } from "./text.ts";
import type { Trusted } from "./trusted.ts";

type Schemas = components["schemas"];

export type Plan = {
  readonly request: Schemas["Replacement"];
  readonly ecr: readonly Grant[];
  readonly lost: readonly string[];
  readonly notes: readonly string[];
};

type Grant = { readonly repository: string; readonly access: Schemas["EcrAccess"] };

/** How many a request may have (the contract's limits). */
const MOST = { names: 20, workflows: 10, repositories: 20 };

/**
 * @param all whom the role trusts: one repository's replacement gets no access to another's namespace
 * @param allow what the role's policies allow
 */
export function planFor(
  { owner, repo, github, trust }: Trusted,
  all: readonly Trusted[],
  allow: readonly GrantStatement[],
  place: Place,
): Plan {
  const name = `${owner}/${repo}`;
  const lost: string[] = [];
  const notes: string[] = [];
  const few = <T>(values: readonly T[], what: string, most = MOST.names): T[] => {
    if (values.length > most)
      lost.push(
        `${name}: ${values.length - most} of its ${values.length} ${what}; a registration has ${most}`,
      );
    return values.slice(0, most);
  };

  const used = repositoriesOf(owner, repo, allow, place);
  const isOthers = ({ repository }: Grant) =>
    !isInNamespace(owner, repo, repository) &&
    all.some((other) => isInNamespace(other.owner, other.repo, repository));
  const others = used.filter(isOthers).map(({ repository }) => repository);
  if (others.length > 0) lost.push(`${name}: access to ${listed(others)}, which its own repositories keep`);
  const granted = few(
    used.filter((one) => !isOthers(one)),
    "ECR repositories",
    MOST.repositories,
  );
  const pushes = granted.some(({ access }) => access !== "pull");
  const { branches, tags, environments, pullRequests, anyRef, jobWorkflowRefs } = trust;
  const isForPullRequests = pullRequests && branches.length + tags.length + environments.length === 0;
  if (pushes && isForPullRequests)
    lost.push(`${name}: pushing in pull requests, which run code that nobody has reviewed`);
  else if (pushes && pullRequests)
    lost.push(`${name}: pull requests, which may not push; register another role with access pull for them`);
  const ecr = isForPullRequests ? granted.map((one) => ({ ...one, access: "pull" as const })) : granted;

  const foreign = ecr.map(({ repository }) => repository).filter((one) => !isInNamespace(owner, repo, one));
  if (foreign.length > 0)
    notes.push(`${name}: the operator has to grant ${listed(foreign)} (ROLECALL_ECR_GRANTS).`);
  if (pushes && anyRef)
    notes.push(
      `${name}: every branch and pull request gets in and can push; name the branches instead, or the operator has to allow it (ROLECALL_ALLOW=any-ref).`,
    );
  if (repo === "*")
    notes.push(
      `${name}: every repository of the owner gets in; register those that are meant, or the operator has to allow it (ROLECALL_ALLOW=owner-wide).`,
    );

  const body: Schemas["RegistrationRequest"] = {
    trust: {
      ...ifAny({ branches: few(branches, "branches") }),
      ...ifAny({ tags: few(tags, "tags") }),
      ...ifAny({ environments: few(environments, "environments") }),
      ...(pullRequests && (isForPullRequests || !pushes) && { pullRequests }),
      ...(anyRef && { anyRef }),
      ...ifAny({ jobWorkflowRefs: few(jobWorkflowRefs, "reusable workflows", MOST.workflows) }),
    },
    ecr: [...ecr],
    ...(Object.keys(github).length > 0 && { github }),
  };
  const role = ecr.length === 0 ? "access" : pushes && !isForPullRequests ? "publish" : "pull";
  return { request: { method: "PUT", path: `/v1/repos/${name}/roles/${role}`, body }, ecr, lost, notes };
}

/** Lists that are not empty. */
const ifAny = <T extends Record<string, string[]>>(lists: T): Partial<T> =>
  Object.values(lists).some((list) => list.length > 0) ? lists : {};

/** By ECR's own rule. */
const NAME = /^(?=.{2,256}$)[a-z0-9]+(?:(?:\.|_|__|-+|\/)[a-z0-9]+)*$/;

/** The ECR repositories that policies name, and the repository's own where a pattern holds it. */
function repositoriesOf(
  owner: string,
  repo: string,
  allow: readonly GrantStatement[],
  place: Place,
): Grant[] {
  const own = repo === "*" ? [] : [ecrNamespace(owner, repo)];
  const names = [...new Set([...own, ...repositoryNames(allow, place)])];
  return names
    .filter((name) => NAME.test(name))
    .flatMap((repository) => {
      const access = accessTo(repository, allow, place);
      return access === undefined ? [] : [{ repository, access }];
    });
}
