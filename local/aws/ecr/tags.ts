/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-using-tags.html */
import { type Action, action } from "../action.ts";
import type { Input } from "../input.ts";
import type { Json } from "../wire/json.ts";
import { ecrError, invalidParameter } from "./rules.ts";
import { find, put, type Registry, type Repository, repositoryArn, type Tag } from "./state.ts";

const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

export const readTag = (input: Input): Tag => ({ key: input.text("Key"), value: input.text("Value") });

/** Returns the tags with others added. Unlike in IAM, keys that differ in case are different keys. */
export function withTags({ quotas }: Registry, tags: readonly Tag[], added: readonly Tag[]): Tag[] {
  for (const { key, value } of added) {
    const fits = key.length >= 1 && key.length <= 128 && value.length <= 256;
    if (!fits || !allowed.test(key) || !allowed.test(value) || key.toLowerCase().startsWith("aws:"))
      throw ecrError(
        "InvalidTagParameterException",
        `Invalid tag: '${key}' is not a valid key, or its value is not valid.`,
      );
  }
  const keys = new Set(added.map(({ key }) => key));
  if (keys.size !== added.length)
    throw ecrError("InvalidTagParameterException", "Invalid tags: a key is given more than once.");
  const all = [...tags.filter(({ key }) => !keys.has(key)), ...added];
  if (all.length > quotas.tagsPerResource)
    throw ecrError("TooManyTagsException", `A repository can have up to ${quotas.tagsPerResource} tags.`);
  return all;
}

function findByArn(registry: Registry, arn: string): Repository {
  const prefix = repositoryArn(registry, "");
  if (!arn.startsWith(prefix))
    throw invalidParameter("resourceArn", `must be an ARN of a repository in ${registry.region}`);
  return find(registry, { registry: undefined, name: arn.slice(prefix.length) });
}

export const TagResource: Action<Registry, Json> = action(
  (input) => ({ arn: input.text("resourceArn"), tags: input.structures("tags", {}, readTag) }),
  (registry, { arn, tags }) => {
    const repository = findByArn(registry, arn);
    put(registry, { ...repository, tags: withTags(registry, repository.tags, tags) });
    return {};
  },
);

export const UntagResource: Action<Registry, Json> = action(
  (input) => ({ arn: input.text("resourceArn"), keys: input.texts("tagKeys", {}) }),
  (registry, { arn, keys }) => {
    const repository = findByArn(registry, arn);
    put(registry, { ...repository, tags: repository.tags.filter(({ key }) => !keys.includes(key)) });
    return {};
  },
);

export const ListTagsForResource: Action<Registry, Json> = action(
  (input) => input.text("resourceArn"),
  (registry, arn) => ({
    tags: findByArn(registry, arn).tags.map(({ key, value }) => ({ Key: key, Value: value })),
  }),
);
