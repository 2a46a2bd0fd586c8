/** The request that registers a replacement for a role, as far as one repository used it. */
import { ecrNamespace } from "../desired/names.ts";
import type { components } from "../generated/contract.ts";
import { isInNamespace } from "../registration/spec.ts";
import { allowsAll, type GrantStatement, UPLOADS } from "./permissions.ts";
import { listed } from "./text.ts";
import type { Trusted } from "./trusted.ts";

type Schemas = components["schemas"];
type Access = Schemas["EcrAccess"];

export type Place = { readonly partition: string; readonly accountId: string };

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
  const named = ecrArns(allow, place).map(({ name }) => name);
  const own = repo === "*" ? [] : [ecrNamespace(owner, repo)];
  const names = [...new Set([...own, ...named])].filter((name) => NAME.test(name));
  return names.flatMap((repository) => {
    const access = accessTo(repository, allow, place);
    return access === undefined ? [] : [{ repository, access }];
  });
}

/** The parts of the ARNs of ECR repositories in the account that policies hold. */
export const ecrArns = (allow: readonly GrantStatement[], { partition, accountId }: Place) =>
  allow
    .flatMap(({ resource }) => (resource.not ? [] : resource.values))
    .flatMap((arn) => {
      const [, region, account, name] = /^arn:[^:]+:ecr:([^:]*):([^:]*):repository\/(.+)$/.exec(arn) ?? [];
      const isOwn = account === accountId && arn.startsWith(`arn:${partition}:`);
      return region !== undefined && name !== undefined && isOwn ? [{ region, name }] : [];
    });

export const repositoryArn = (name: string, region: string, { partition, accountId }: Place): string =>
  `arn:${partition}:ecr:${region}:${accountId}:repository/${name}`;

/** The regions that policies name, and any. */
export const regionsOf = (allow: readonly GrantStatement[], place: Place): string[] => [
  ...new Set([
    ...ecrArns(allow, place)
      .map(({ region }) => region)
      .filter((region) => /^[a-z0-9-]+$/.test(region)),
    "*",
  ]),
];

function accessTo(name: string, allow: readonly GrantStatement[], place: Place): Access | undefined {
  const arns = regionsOf(allow, place).map((region) => repositoryArn(name, region, place));
  const can = (...actions: string[]) =>
    allow.some((one) => actions.some((action) => arns.some((arn) => allowsAll(one, action, arn))));
  const pushes = can(...UPLOADS);
  const pulls = can("ecr:GetDownloadUrlForLayer") || (!pushes && can("ecr:BatchGetImage"));
  if (pushes) return pulls ? "both" : "push";
  return pulls ? "pull" : undefined;
}
