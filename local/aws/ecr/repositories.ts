/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_Repository.html */
import { type Action, action } from "../action.ts";
import { page } from "../paging.ts";
import type { Json } from "../wire/json.ts";
import { checkMutability, readExclusions, setting, showMutability } from "./mutability.ts";
import { ecrError, invalidParameter, registryId, repositoryName } from "./rules.ts";
import {
  find,
  lookUp,
  put,
  type Registry,
  type Repository,
  readTarget,
  registryHost,
  remove,
  repositoriesOf,
  repositoryArn,
  seconds,
} from "./state.ts";
import { readTag, withTags } from "./tags.ts";

export function showTarget({ account }: Registry, { name }: Repository) {
  return { registryId: account.id, repositoryName: name };
}

function showRepository(registry: Registry, repository: Repository): Json {
  const { name, createdAt, mutability, scanOnPush, encryption } = repository;
  return {
    ...showTarget(registry, repository),
    repositoryArn: repositoryArn(registry, name),
    repositoryUri: `${registryHost(registry)}/${name}`,
    createdAt: seconds(createdAt),
    ...showMutability(mutability),
    imageScanningConfiguration: { scanOnPush },
    encryptionConfiguration: { encryptionType: encryption.type, kmsKey: encryption.key },
  };
}

const encryptionTypes = ["AES256", "KMS", "KMS_DSSE"];

export const CreateRepository: Action<Registry, Json> = action(
  (input) => ({
    ...readTarget(input),
    tags: input.optionalStructures("tags", {}, readTag) ?? [],
    setting: input.optionalText("imageTagMutability", setting) ?? "MUTABLE",
    exclusions: readExclusions(input),
    scanOnPush: input.optionalStructure("imageScanningConfiguration", (item) =>
      item.optionalFlag("scanOnPush"),
    ),
    encryption: input.optionalStructure("encryptionConfiguration", (item) => ({
      type: item.text("encryptionType", { oneOf: encryptionTypes }),
      key: item.optionalText("kmsKey", { min: 1, max: 2048 }),
    })) ?? { type: "AES256", key: undefined },
  }),
  (registry, { registry: id, name, tags, setting, exclusions, scanOnPush, encryption }) => {
    if (id !== undefined && id !== registry.account.id)
      throw invalidParameter("registryId", "must be the account's own registry");
    const mutability = checkMutability(setting, exclusions);
    if (encryption.type === "AES256" && encryption.key !== undefined)
      throw invalidParameter("encryptionConfiguration", "must not have a KMS key with AES256");
    checkKey(registry, encryption.key);
    const checked = withTags(registry, [], tags);
    if (lookUp(registry, name) !== undefined)
      throw ecrError(
        "RepositoryAlreadyExistsException",
        `The repository with name '${name}' already exists in the registry with id '${registry.account.id}'`,
      );
    const { repositoriesPerRegion } = registry.quotas;
    if (repositoriesOf(registry).length >= repositoriesPerRegion)
      throw ecrError(
        "LimitExceededException",
        `The registry can have up to ${repositoriesPerRegion} repositories.`,
      );
    const repository: Repository = {
      name,
      region: registry.region,
      createdAt: registry.now().toISOString(),
      mutability,
      scanOnPush: scanOnPush ?? false,
      encryption:
        encryption.type === "AES256"
          ? { type: "AES256" }
          : { type: encryption.type, key: encryption.key ?? ownKey(registry) },
      tags: checked,
    };
    put(registry, repository);
    return { repository: showRepository(registry, repository) };
  },
);

/**
 * Checks that a key is in the repository's region. There is no KMS here, so every key of that region is taken to
 * exist.
 */
function checkKey({ account, region }: Registry, key: string | undefined): void {
  const isElsewhere = key?.startsWith("arn:") && !key.startsWith(`arn:${account.partition}:kms:${region}:`);
  if (isElsewhere) throw ecrError("KmsException", `The key '${key}' does not exist in ${region}.`);
}

/** The key that AWS manages for ECR in the region. ECR uses it if the request names no key. */
function ownKey({ account, region }: Registry): string {
  return `arn:${account.partition}:kms:${region}:${account.id}:key/00000000-0000-4000-8000-000000000000`;
}

/** With names, describes those repositories, and fails if one is missing. Otherwise describes all, by default 100 a page. */
export const DescribeRepositories: Action<Registry, Json> = action(
  (input) => {
    const request = {
      registry: input.optionalText("registryId", registryId),
      names: input.optionalTexts("repositoryNames", { min: 1, max: 100 }, repositoryName),
      nextToken: input.optionalText("nextToken"),
      maxResults: input.optionalInteger("maxResults", { min: 1, max: 1000 }),
    };
    if (request.names !== undefined && (request.nextToken !== undefined || request.maxResults !== undefined))
      input.refuse("repositoryNames", "Member must not be given with nextToken or maxResults");
    return request;
  },
  (registry, { registry: id, names, nextToken, maxResults }) => {
    const show = (repository: Repository) => showRepository(registry, repository);
    if (names !== undefined)
      return { repositories: names.map((name) => show(find(registry, { registry: id, name }))) };
    const all = id === undefined || id === registry.account.id ? repositoriesOf(registry) : [];
    const { items, next } = page(all, ({ name }) => name, {
      list: `DescribeRepositories ${registry.region}`,
      marker: nextToken,
      size: Math.min(maxResults ?? 100, registry.quotas.itemsPerPage),
      bogus: () => invalidParameter("nextToken", "must be a token that an earlier answer gave"),
    });
    return { repositories: items.map(show), ...(next === undefined ? {} : { nextToken: next }) };
  },
);

/** Deletes a repository. `force` makes no difference, because a repository holds no images here. */
export const DeleteRepository: Action<Registry, Json> = action(
  (input) => ({ ...readTarget(input), force: input.optionalFlag("force") }),
  (registry, target) => {
    const repository = find(registry, target);
    remove(registry, repository);
    return { repository: showRepository(registry, repository) };
  },
);

export const PutImageTagMutability: Action<Registry, Json> = action(
  (input) => ({
    ...readTarget(input),
    setting: input.text("imageTagMutability", setting),
    exclusions: readExclusions(input),
  }),
  (registry, { setting, exclusions, ...target }) => {
    const mutability = checkMutability(setting, exclusions);
    const repository = { ...find(registry, target), mutability };
    put(registry, repository);
    return { ...showTarget(registry, repository), ...showMutability(mutability) };
  },
);

export const PutImageScanningConfiguration: Action<Registry, Json> = action(
  (input) => ({
    ...readTarget(input),
    scanOnPush: input.structure("imageScanningConfiguration", (item) => item.optionalFlag("scanOnPush")),
  }),
  (registry, { scanOnPush, ...target }) => {
    const repository = { ...find(registry, target), scanOnPush: scanOnPush ?? false };
    put(registry, repository);
    return {
      ...showTarget(registry, repository),
      imageScanningConfiguration: { scanOnPush: repository.scanOnPush },
    };
  },
);
