import { join } from "node:path";
import { type Account, dnsSuffixOf } from "../account.ts";
import type { Input } from "../input.ts";
import type { Quotas } from "../quotas.ts";
import { type Collection, openCollection } from "../store.ts";
import { ecrError, readRepositoryName, registryId } from "./rules.ts";

export type Repository = {
  name: string;
  /** The region that the request was signed for. A repository belongs to one region. */
  region: string;
  createdAt: string;
  mutability: Mutability;
  scanOnPush: boolean;
  encryption: { type: string; key?: string };
  lifecyclePolicy?: string;
  policy?: string;
  tags: readonly Tag[];
};

export type Mutability = { setting: string; exclusions: readonly string[] };

export type Tag = { key: string; value: string };

export type Ecr = {
  account: Account;
  quotas: Quotas;
  now: () => Date;
  repositories: Collection<Repository>;
};

export function openEcr(
  directory: string | undefined,
  setting: Pick<Ecr, "account" | "quotas" | "now">,
): Ecr {
  const path = directory === undefined ? undefined : join(directory, "ecr", "repositories");
  return { ...setting, repositories: openCollection<Repository>(path) };
}

/** The registry as seen from one region. */
export type Registry = Ecr & { region: string };

const keyOf = (region: string, name: string) => `${region}/${name}`;

export function readTarget(input: Input): { registry: string | undefined; name: string } {
  return { registry: input.optionalText("registryId", registryId), name: readRepositoryName(input) };
}

export function repositoriesOf({ repositories, region }: Registry): Repository[] {
  return repositories.values().filter((each) => each.region === region);
}

export function lookUp(registry: Registry, name: string): Repository | undefined {
  return registry.repositories.get(keyOf(registry.region, name));
}

/** Finds a repository. Another account's registry holds nothing that this account may see. */
export function find(
  registry: Registry,
  { registry: id, name }: { registry: string | undefined; name: string },
): Repository {
  const own = id === undefined || id === registry.account.id;
  const repository = own ? lookUp(registry, name) : undefined;
  if (repository === undefined)
    throw ecrError(
      "RepositoryNotFoundException",
      `The repository with name '${name}' does not exist in the registry with id '${id ?? registry.account.id}'`,
    );
  return repository;
}

export function put(registry: Registry, repository: Repository): void {
  registry.repositories.put(keyOf(repository.region, repository.name), repository);
}

export function remove(registry: Registry, repository: Repository): void {
  registry.repositories.delete(keyOf(repository.region, repository.name));
}

export function repositoryArn({ account, region }: Registry, name: string): string {
  return `arn:${account.partition}:ecr:${region}:${account.id}:repository/${name}`;
}

export function registryHost({ account, region }: Registry): string {
  return `${account.id}.dkr.ecr.${region}.${dnsSuffixOf(account.partition)}`;
}

/** ECR's dates are in seconds since 1970. */
export const seconds = (date: string) => Date.parse(date) / 1000;
