/**
 * Lifecycle policies have 100 to 30,720 characters of JSON. Priorities are unique, and a rule for `any` image comes
 * last. A rule has patterns of tags or prefixes, not both, and at most four wildcards in a pattern. Fields that the
 * schema does not know are refused, and so is null: https://github.com/cloudposse/terraform-aws-ecr/issues/158
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
 */
import { type Action, action } from "../action.ts";
import { isRecord } from "../input.ts";
import type { Json } from "../wire/json.ts";
import { showTarget } from "./repositories.ts";
import { ecrError, invalidParameter } from "./rules.ts";
import { find, put, type Registry, type Repository, readTarget, seconds } from "./state.ts";

const invalid = (what: string) =>
  invalidParameter("LifecyclePolicyText", `Lifecycle policy validation failure: ${what}`);

function checkLifecyclePolicy(text: string): void {
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch {
    throw invalid("string is not valid JSON");
  }
  if (isRecord(policy)) checkKeys(policy, schema.policy);
  const rules: unknown = isRecord(policy) ? policy["rules"] : undefined;
  if (!Array.isArray(rules) || rules.length === 0)
    throw invalid('object has missing required properties (["rules"])');
  const checked = rules.map((rule: unknown) => checkRule(rule));
  const priorities = checked.map(({ priority }) => priority);
  if (new Set(priorities).size !== priorities.length) throw invalid("rulePriority must be unique");
  if (checked.some(({ priority, any }) => any && priority !== Math.max(...priorities)))
    throw invalid("a rule with tagStatus any must have the highest rulePriority");
}

const schema = {
  policy: ["rules"],
  rule: ["rulePriority", "description", "selection", "action"],
  selection: ["tagStatus", "tagPrefixList", "tagPatternList", "countType", "countUnit", "countNumber"],
  action: ["type"],
};

function checkKeys(object: object, known: readonly string[]): void {
  if (!Object.entries(object).every(([key, value]) => known.includes(key) && value !== null))
    throw invalid("instance failed to match exactly one schema (matched 0 out of 2)");
}

function checkRule(rule: unknown): { priority: number; any: boolean } {
  if (!isRecord(rule)) throw invalid("a rule must be an object");
  checkKeys(rule, schema.rule);
  const { rulePriority, description, selection, action } = rule;
  if (description !== undefined && typeof description !== "string")
    throw invalid("description must be a string");
  if (typeof rulePriority !== "number" || !Number.isInteger(rulePriority) || rulePriority < 1)
    throw invalid("rulePriority must be a positive integer");
  if (!isRecord(selection)) throw invalid('object has missing required properties (["selection"])');
  if (!isRecord(action) || action["type"] !== "expire") throw invalid("action.type must be expire");
  checkKeys(selection, schema.selection);
  checkKeys(action, schema.action);
  const { tagStatus, tagPrefixList, tagPatternList, countType, countUnit, countNumber } = selection;
  const lists = [tagPrefixList, tagPatternList].filter((list) => list !== undefined);
  if (tagStatus !== "tagged" && tagStatus !== "untagged" && tagStatus !== "any")
    throw invalid("selection.tagStatus must be tagged, untagged or any");
  if (tagStatus === "tagged" && !lists.some((list) => Array.isArray(list) && list.length > 0))
    throw invalid("selection of tagged images must have a tagPrefixList or a tagPatternList");
  if (lists.length > 1) throw invalid("selection must not have both a tagPrefixList and a tagPatternList");
  const tags = lists.flatMap((list): unknown[] => (Array.isArray(list) ? list : [list]));
  if (!tags.every((tag) => typeof tag === "string" && tag !== ""))
    throw invalid("a tagPrefixList or tagPatternList must be a list of strings");
  if (tags.some((tag) => String(tag).split("*").length > 5))
    throw invalid("a pattern of a tagPatternList must have no more than 4 wildcards");
  if (tagStatus !== "tagged" && lists.length > 0)
    throw invalid(`selection of ${tagStatus} images must not name tags`);
  if (countType !== "imageCountMoreThan" && countType !== "sinceImagePushed")
    throw invalid("selection.countType must be imageCountMoreThan or sinceImagePushed");
  if (typeof countNumber !== "number" || !Number.isInteger(countNumber) || countNumber < 1)
    throw invalid("selection.countNumber must be a positive integer");
  if ((countType === "sinceImagePushed") !== (countUnit === "days"))
    throw invalid("selection.countUnit must be days with sinceImagePushed, and with that alone");
  return { priority: rulePriority, any: tagStatus === "any" };
}

function lifecyclePolicyOf(registry: Registry, repository: Repository): string {
  if (repository.lifecyclePolicy !== undefined) return repository.lifecyclePolicy;
  throw ecrError(
    "LifecyclePolicyNotFoundException",
    `Lifecycle policy does not exist for the repository with name '${repository.name}' in the registry with id '${registry.account.id}'`,
  );
}

export const PutLifecyclePolicy: Action<Registry, Json> = action(
  (input) => ({ ...readTarget(input), text: input.text("lifecyclePolicyText", { min: 100, max: 30_720 }) }),
  (registry, { text, ...target }) => {
    const repository = find(registry, target);
    checkLifecyclePolicy(text);
    put(registry, { ...repository, lifecyclePolicy: text });
    return { ...showTarget(registry, repository), lifecyclePolicyText: text };
  },
);

export const GetLifecyclePolicy: Action<Registry, Json> = action(readTarget, (registry, target) => {
  const repository = find(registry, target);
  return {
    ...showTarget(registry, repository),
    lifecyclePolicyText: lifecyclePolicyOf(registry, repository),
    lastEvaluatedAt: seconds(repository.createdAt),
  };
});

export const DeleteLifecyclePolicy: Action<Registry, Json> = action(readTarget, (registry, target) => {
  const { lifecyclePolicy: _, ...repository } = find(registry, target);
  const text = lifecyclePolicyOf(registry, find(registry, target));
  put(registry, repository);
  return { ...showTarget(registry, repository), lifecyclePolicyText: text };
});
