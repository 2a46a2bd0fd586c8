/**
 * The tag mutability of a repository.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
 * Only the two settings that end in WITH_EXCLUSION have exclusions, one to five of them.
 */
import type { Input, TextRule } from "../input.ts";
import type { Json } from "../wire/json.ts";
import { invalidParameter } from "./rules.ts";
import type { Mutability } from "./state.ts";

const settings = ["MUTABLE", "IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION"];
const filter: TextRule = { min: 1, max: 128, pattern: "[0-9a-zA-Z._*\\-]{1,128}" };

export const setting: TextRule = { oneOf: settings };

export function readExclusions(input: Input): string[] | undefined {
  return input.optionalStructures("imageTagMutabilityExclusionFilters", { min: 1, max: 5 }, (item) => {
    item.text("filterType", { oneOf: ["WILDCARD"] });
    return item.text("filter", filter);
  });
}

export function checkMutability(setting: string, exclusions: string[] | undefined): Mutability {
  const at = "imageTagMutabilityExclusionFilters";
  const excludes = setting.endsWith("_WITH_EXCLUSION");
  if (excludes && exclusions === undefined)
    throw invalidParameter(
      at,
      `ImageTagMutabilityExclusionFilters can't be null when imageTagMutability is set as ${setting}`,
    );
  if (!excludes && exclusions !== undefined)
    throw invalidParameter(
      at,
      `ImageTagMutabilityExclusionFilters must be null when imageTagMutability is set as ${setting}`,
    );
  if (exclusions?.some((each) => each.split("*").length > 3))
    throw invalidParameter(at, "must have no more than 2 wildcards in a filter");
  return { setting, exclusions: exclusions ?? [] };
}

export function showMutability({ setting, exclusions }: Mutability): { [key: string]: Json } {
  const filters = exclusions.map((each) => ({ filterType: "WILDCARD", filter: each }));
  return {
    imageTagMutability: setting,
    ...(filters.length === 0 ? {} : { imageTagMutabilityExclusionFilters: filters }),
  };
}
