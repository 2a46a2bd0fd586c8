/** The request that registers a replacement for a role, as far as one repository used it. */
import { ecrNamespace } from "../desired/names.ts";
import type { components } from "../generated/contract.ts";
import { isInNamespace } from "../registration/spec.ts";
import { accessTo, type Place, repositoryNames } from "./ecr.ts";
import type { GrantStatement } from "./permissions.ts";
import { listed } from "./text.ts";
import type { Trusted } from "./trusted.ts";

type Schemas = components["schemas"];
type Access = Schemas["EcrAccess"];

export type Plan = {
  readonly request: Schemas["Replacement"];
  readonly ecr: readonly { readonly repository: string; readonly access: Access }[];
  readonly lost: readonly string[];
  readonly notes: readonly string[];
};

/** What a request may hold of each (the contract's limits). */
const MOST = { refs: 20, workflows: 10, repositories: 20 };

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
  const lost: string[] = [];
  const notes: string[] = [];
  const name = `${owner}/${repo}`;
  const few = <T>(values: readonly T[], most: number, what: string): T[] => {
    if (values.length > most)
      lost.push(
        `${name}: ${values.length - most} of its ${values.length} ${what}; a registration has ${most}`,
      );
    return values.slice(0, most);
  };

  const isOthers = (repository: string) =>
    all.some((other) => other.repo !== repo && isInNamespace(other.owner, other.repo, repository)) &&
    !isInNamespace(owner, repo, repository);
  const granted = repositoriesOf(owner, repo, allow, place).filter(({ repository }) => !isOthers(repository));
  let ecr = few(granted, MOST.repositories, "ECR repositories");
  const foreign = ecr.filter(({ repository }) => !isInNamespace(owner, repo, repository));
  if (foreign.length > 0)
    notes.push(
      `${name}: the operator has to grant ${listed(foreign.map(({ repository }) => repository))} (ROLECALL_ECR_GRANTS).`,
    );

  const pushes = ecr.some(({ access }) => access !== "pull");
  const { branches, tags, environments, pullRequests, anyRef, jobWorkflowRefs } = trust;
  const isForPullRequests = pullRequests && branches.length + tags.length + environments.length === 0;
  if (pushes && isForPullRequests) {
    ecr = ecr.map(({ repository }) => ({ repository, access: "pull" }));
    lost.push(`${name}: pushing in pull requests, whose code nobody has reviewed`);
  } else if (pushes && pullRequests) {
    lost.push(`${name}: pull requests, which may not push; register another role with access pull for them`);
  }
  if (pushes && anyRef)
    notes.push(
      `${name}: every branch and pull request gets in, with access to push; name the branches instead, or the operator has to allow it (ROLECALL_ALLOW=any-ref).`,
    );
  if (repo === "*")
    notes.push(
      `${name}: every repository of the owner gets in; register each that is meant, or the operator has to allow it (ROLECALL_ALLOW=owner-wide).`,
    );

  const asked: Schemas["TrustRequest"] = {
    ...some("branches", few(branches, MOST.refs, "branches")),
    ...some("tags", few(tags, MOST.refs, "tags")),
    ...some("environments", few(environments, MOST.refs, "environments")),
    ...(pullRequests && (isForPullRequests || !pushes) && { pullRequests }),
    ...(anyRef && { anyRef }),
    ...some("jobWorkflowRefs", few(jobWorkflowRefs, MOST.workflows, "reusable workflows")),
  };
  const body = { trust: asked, ecr, ...(Object.keys(github).length > 0 && { github }) };
  const role = ecr.length === 0 ? "access" : ecr.some(({ access }) => access !== "pull") ? "publish" : "pull";
  const path = `/v1/repos/${name}/roles/${role}`;
  return { request: { method: "PUT", path, body }, ecr, lost, notes };
}

const some = <K extends string>(key: K, values: string[]) =>
  (values.length === 0 ? {} : { [key]: values }) as { [key in K]?: string[] };

const NAME =
  /^(?=.{2,256}$)[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

/** The ECR repositories that policies name, and the repository's own where a pattern holds it, with the access. */
function repositoriesOf(owner: string, repo: string, allow: readonly GrantStatement[], place: Place) {
  const own = repo === "*" ? [] : [ecrNamespace(owner, repo)];
  const names = [...new Set([...own, ...repositoryNames(allow, place)])].filter((name) => NAME.test(name));
  return names.flatMap((repository) => {
    const access = accessTo(repository, allow, place);
    return access === undefined ? [] : [{ repository, access }];
  });
}
