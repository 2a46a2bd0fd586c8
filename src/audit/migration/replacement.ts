/** Makes the request that registers a replacement for a role, for one of the repositories that the role trusts. */
import { ecrNamespace, isInNamespace } from "../../desired/names.ts";
import type { components } from "../../generated/contract.ts";
import { CLAIM_CONDITIONS, CLAIM_FIELDS, type ClaimField } from "../../trust/claims.ts";
import { type AuditedAccount, accessTo, repositoryNames } from "../ecr.ts";
import type { GrantStatement } from "../permissions.ts";
import { listed } from "../text.ts";
import type { Trusted } from "./trusted.ts";

type Schemas = components["schemas"];

export type ReplacementPlan = {
  readonly request: Schemas["Replacement"];
  readonly ecr: readonly Grant[];
  readonly lost: readonly string[];
  /** Sentences about what the operator must allow before the service accepts the request. */
  readonly permits: readonly string[];
};

type Grant = { readonly repository: string; readonly access: Schemas["EcrAccess"] };

/** The contract's limits for the lists in a request. */
const MOST = { names: 20, repositories: 20 };

/**
 * Plans the replacement for one repository.
 * @param all everything that the role trusts. A replacement gets no access to the namespace of another repository here
 * @param allow the Allow statements of the role's policies
 */
export function planFor(
  trusted: Trusted,
  all: readonly Trusted[],
  allow: readonly GrantStatement[],
  place: AuditedAccount,
): ReplacementPlan {
  const { owner, repo, github } = trusted;
  const name = `${owner}/${repo}`;
  const lost: string[] = [];
  const few = <T>(values: readonly T[], what: string, most = MOST.names): T[] => {
    if (values.length > most)
      lost.push(
        `${name}: ${values.length - most} of its ${values.length} ${what}; a registration takes at most ${most}`,
      );
    return values.slice(0, most);
  };

  const used = repositoriesOf(owner, repo, allow, place);
  const isOthers = ({ repository }: Grant) =>
    !isInNamespace(owner, repo, repository) &&
    all.some((other) => isInNamespace(other.owner, other.repo, repository));
  const others = used.filter(isOthers).map(({ repository }) => repository);
  if (others.length > 0)
    lost.push(`${name}: access to ${listed(others)}, in the namespace of another repository`);
  const own = used.filter((one) => !isOthers(one));
  const reviewed = withoutUnreviewedPushes(trusted, few(own, "ECR repositories", MOST.repositories));
  const { trust, ecr } = reviewed;

  const body: Schemas["RegistrationRequest"] = {
    trust: {
      ...ifAny({ branches: few(trust.branches, "branches") }),
      ...ifAny({ tags: few(trust.tags, "tags") }),
      ...ifAny({ environments: few(trust.environments, "environments") }),
      ...(trust.pullRequests && { pullRequests: true }),
      ...(trust.anyRef && { anyRef: true }),
      ...Object.fromEntries(
        CLAIM_FIELDS.map((field): [ClaimField, string[]] => {
          const { values, most } = CLAIM_CONDITIONS[field];
          return [field, few(trust[field], values, most)];
        }).filter(([, values]) => values.length > 0),
      ),
    },
    ecr,
    ...(Object.keys(github).length > 0 && { github }),
  };
  const role = ecr.length === 0 ? "access" : canPush(ecr) ? "publish" : "pull";
  return {
    request: { method: "PUT", path: rolePathOf(name, role, place), body },
    ecr,
    lost: [...lost, ...reviewed.lost],
    permits: permits(trusted, ecr).map((permit) => `${name}: ${permit}`),
  };
}

const canPush = (ecr: readonly Grant[]): boolean => ecr.some(({ access }) => access !== "pull");

/** Removes pushing from pull requests, or pull requests from the trust: their code may be unreviewed. */
function withoutUnreviewedPushes({ owner, repo, trust }: Trusted, ecr: Grant[]) {
  const name = `${owner}/${repo}`;
  if (!trust.pullRequests || !canPush(ecr)) return { trust, ecr, lost: [] };
  if (trust.branches.length + trust.tags.length + trust.environments.length === 0)
    return {
      trust,
      ecr: ecr.map((one): Grant => ({ ...one, access: "pull" })),
      lost: [`${name}: pushing in pull requests, which run code that nobody has reviewed`],
    };
  return {
    trust: { ...trust, pullRequests: false },
    ecr,
    lost: [`${name}: pull requests, which may not push; register another role for them with access pull`],
  };
}

/** Returns sentences about what the operator must allow before the service accepts the request. */
function permits({ owner, repo, trust }: Trusted, ecr: readonly Grant[]): string[] {
  const foreign = ecr.map(({ repository }) => repository).filter((one) => !isInNamespace(owner, repo, one));
  return [
    ...(foreign.length > 0 ? [`the operator must grant ${listed(foreign)} (ROLECALL_ECR_GRANTS).`] : []),
    ...(trust.anyRef && canPush(ecr)
      ? [
          "every branch and pull request gets in and can push. Name the branches instead, or let the operator allow it (ROLECALL_ALLOW=any-ref).",
        ]
      : []),
    ...(repo === "*"
      ? [
          "every repository of the owner gets in. Register only the repositories that you mean, or let the operator allow it (ROLECALL_ALLOW=owner-wide).",
        ]
      : []),
  ];
}

/** Returns the lists if one of them is not empty, otherwise an empty object. */
const ifAny = <T extends Record<string, string[]>>(lists: T): Partial<T> =>
  Object.values(lists).some((list) => list.length > 0) ? lists : {};

/** ECR's own rule for the names of repositories. */
const NAME = /^(?=.{2,256}$)[a-z0-9]+(?:(?:\.|_|__|-+|\/)[a-z0-9]+)*$/;

/** Returns the ECR repositories that policies name, and the repository's own one if a pattern includes it. */
function repositoriesOf(
  owner: string,
  repo: string,
  allow: readonly GrantStatement[],
  place: AuditedAccount,
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

/** Returns the path of a registration in the audited account. @param name `owner/repo` */
export const rolePathOf = (name: string, role: string, { isMember, accountId }: AuditedAccount): string =>
  `/v1/${isMember === true ? `accounts/${accountId}/` : ""}repos/${name}/roles/${role}`;
