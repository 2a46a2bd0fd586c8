import type { Config } from "../config.ts";
import { ecrNamespace } from "../desired/names.ts";
import type { Spec } from "../desired/state.ts";
import { type Failure, type InputError, invalid } from "../errors.ts";
import type { components } from "../generated/contract.ts";
import type { GitHubRepository } from "../trust/subjects.ts";
import { trustFaults } from "../trust/subjects.ts";

export type RegistrationRequest = components["schemas"]["RegistrationRequest"];

/**
 * The names of the ECR repositories that a request is about, by default `{owner}/{repo}`: known before GitHub is
 * asked.
 */
export const ecrNames = (owner: string, repo: string, request: RegistrationRequest): string[] =>
  request.ecr?.map(({ repository }) => repository) ?? [ecrNamespace(owner, repo)];

/**
 * What a request asks for, with every default filled in, or all of its faults. The request is of the contract's
 * form already; here is what no schema can say.
 */
export function resolveSpec(
  request: RegistrationRequest,
  repository: GitHubRepository,
  defaultBranch: string,
  config: Pick<Config, "tagKeys">,
): Spec | Failure {
  const { owner, repo, ownerId, repositoryId } = repository;
  const namespace = ecrNamespace(owner, repo);
  const { branches = [], tags = [], environments = [] } = request.trust ?? { branches: [defaultBranch] };
  const spec: Spec = {
    trust: { branches, tags, environments },
    ecr: (request.ecr ?? [{ repository: namespace, access: "push" }]).map(({ repository, access = "push" }) => ({ repository, access })),
    workflow: {
      kind: "docker",
      runner: "ubuntu-latest",
      platforms: ["linux/amd64", "linux/arm64"],
      context: ".",
      dockerfile: "Dockerfile",
      chart: ".",
      ...request.workflow,
    },
    maxSessionSeconds: request.maxSessionSeconds ?? 3600,
    tags: request.tags ?? {},
    github: { repositoryId, ownerId },
  };
  const faults = [
    ...trustFaults(spec.trust),
    ...ecrFaults(spec.ecr, namespace),
    ...tagFaults(spec.tags, config.tagKeys),
    ...idFaults(request.github, repository),
  ];
  return faults.length === 0 ? spec : invalid(...faults);
}

function ecrFaults(grants: Spec["ecr"], namespace: string): InputError[] {
  return grants.flatMap(({ repository }, index) => {
    const pointer = `/ecr/${index}/repository`;
    if (repository !== namespace && !repository.startsWith(`${namespace}/`)) {
      return [{ pointer, detail: `A registration of this repository may use ${namespace} and what is below it.` }];
    }
    const isRepeated = grants.findIndex((other) => other.repository === repository) < index;
    return isRepeated ? [{ pointer, detail: "The repository is named twice; name it once, with access `both` if need be." }] : [];
  });
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html */
function tagFaults(tags: Spec["tags"], allowed: readonly string[]): InputError[] {
  return Object.entries(tags).flatMap(([key, value]) => {
    const pointer = `/tags/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    if (!allowed.includes(key)) {
      const names = allowed.length === 0 ? "none" : allowed.join(", ");
      return [{ pointer, detail: `The operator allows these tag keys: ${names} (ROLECALL_TAG_KEYS).` }];
    }
    if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(value)) {
      return [{ pointer, detail: "A tag's value has letters, digits, spaces and _ . : / = + - @ only." }];
    }
    return [];
  });
}

function idFaults(given: RegistrationRequest["github"], { repositoryId, ownerId }: GitHubRepository): InputError[] {
  const faults: InputError[] = [];
  if (given === undefined) return faults;
  if (given.repositoryId !== repositoryId) {
    faults.push({ pointer: "/github/repositoryId", detail: `GitHub says that the repository's id is ${repositoryId}.` });
  }
  if (given.ownerId !== ownerId) {
    faults.push({ pointer: "/github/ownerId", detail: `GitHub says that the owner's id is ${ownerId}.` });
  }
  return faults;
}
