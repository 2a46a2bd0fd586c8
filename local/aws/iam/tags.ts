/**
 * IAM's tags. There are at most 50, and keys that differ only in case are the same key.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
 */
import type { Input, TextRule } from "../input.ts";
import type { Xml } from "../wire/xml.ts";
import { invalidInput, limitExceeded } from "./rules.ts";
import type { Iam, Tag } from "./state.ts";

export const tagKey: TextRule = { min: 1, max: 128, pattern: "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+" };
const tagValue: TextRule = { max: 256, pattern: "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*" };

const readTag = (tag: Input): Tag => ({ key: tag.text("Key", tagKey), value: tag.text("Value", tagValue) });

export const readTags = (input: Input): Tag[] => input.structures("Tags", { max: 50 }, readTag);

export const readOptionalTags = (input: Input): Tag[] =>
  input.optionalStructures("Tags", { max: 50 }, readTag) ?? [];

const fold = (key: string) => key.toLowerCase();

/** Returns the tags with others added. An added tag replaces one with the same key, regardless of case. */
export function withTags(iam: Iam, tags: readonly Tag[], added: readonly Tag[]): Tag[] {
  const keys = new Set(added.map(({ key }) => fold(key)));
  if (keys.size !== added.length)
    throw invalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
  if (added.some(({ key }) => fold(key).startsWith("aws:")))
    throw invalidInput("System tags cannot be added/updated/deleted by the user.");
  const all = [...tags.filter(({ key }) => !keys.has(fold(key))), ...added];
  if (all.length > iam.quotas.tagsPerResource)
    throw limitExceeded(`The number of tags has reached the maximum limit. ${iam.quotas.tagsPerResource}`);
  return all;
}

export function withoutTags(tags: readonly Tag[], removed: readonly string[]): Tag[] {
  const keys = new Set(removed.map(fold));
  return tags.filter(({ key }) => !keys.has(fold(key)));
}

export function showTags(tags: readonly Tag[]): Xml {
  return tags.map(({ key, value }) => ({ Key: key, Value: value }));
}

/** Returns the tags, or nothing if there are none: answers leave the element out. */
export function showTagsIfAny(tags: readonly Tag[]): Xml {
  return tags.length === 0 ? undefined : showTags(tags);
}
