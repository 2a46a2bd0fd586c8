/**
 * Lifecycle policies, which ECR accepts or refuses as a whole. Sources of the refusals:
 * - the properties, their types and values; a rule for `any` image comes last:
 *   https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
 * - for each storage class one rule for untagged images, and unique sets of tags; `sinceImagePulled` archives, and
 *   `sinceImageTransitioned` expires: https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
 *   ECR's text for equal sets of tags is not known, and neither is its text for another action.
 * - `sinceImagePulled` cannot expire: https://github.com/aws/containers-roadmap/issues/2728
 * - archived images are selected by `sinceImageTransitioned` alone: https://github.com/cloudposse/terraform-aws-ecr/pull/159
 * - archived images expire after 90 days at the earliest:
 *   https://docs.aws.amazon.com/AmazonECR/latest/userguide/archive-image.html
 * - fields that the schema does not know, and null: https://github.com/cloudposse/terraform-aws-ecr/issues/158
 * - `any` last for each storage class, so that one rule for `any` can archive and the next expire archived images:
 *   https://github.com/hashicorp/terraform-provider-aws/issues/45199
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
  if (!isUnique(checked.map(({ priority }) => priority))) throw invalid("rulePriority must be unique");
  for (const storageClass of ["standard", "archive"])
    checkTogether(checked.filter((rule) => rule.storageClass === storageClass));
}

type CheckedRule = {
  priority: number;
  storageClass: "standard" | "archive";
  tagStatus: "tagged" | "untagged" | "any";
  /** The set of tags as a text that is equal for equal sets. */
  tags: string;
};

/** Checks the rules of one storage class against each other. */
function checkTogether(rules: CheckedRule[]): void {
  const lowest = Math.max(...rules.map(({ priority }) => priority));
  if (rules.some(({ priority, tagStatus }) => tagStatus === "any" && priority !== lowest))
    throw invalid("Rule for tagStatus=ANY must have the lowest priority per storage class.");
  if (rules.filter(({ tagStatus }) => tagStatus === "untagged").length > 1)
    throw invalid("Only one rule can select Untagged images per storage class.");
  if (!isUnique(rules.filter(({ tagStatus }) => tagStatus === "tagged").map(({ tags }) => tags)))
    throw invalid(
      "The set of all rules per storage class must contain a unique set of prefixes or patterns.",
    );
}

const isUnique = (values: readonly unknown[]): boolean => new Set(values).size === values.length;

const schema = {
  policy: ["rules"],
  rule: ["rulePriority", "description", "selection", "action"],
  selection: [
    "tagStatus",
    "tagPrefixList",
    "tagPatternList",
    "storageClass",
    "countType",
    "countUnit",
    "countNumber",
  ],
  action: ["type", "targetStorageClass"],
};

/** The storage class that each count type selects images of, its unit, its smallest number, and its actions. */
const countTypes: Readonly<
  Record<string, { storageClass: "standard" | "archive"; unit?: "days"; min: number; actions: string[] }>
> = {
  imageCountMoreThan: { storageClass: "standard", min: 1, actions: ["expire", "transition"] },
  sinceImagePushed: { storageClass: "standard", unit: "days", min: 1, actions: ["expire", "transition"] },
  sinceImagePulled: { storageClass: "standard", unit: "days", min: 1, actions: ["transition"] },
  sinceImageTransitioned: { storageClass: "archive", unit: "days", min: 90, actions: ["expire"] },
};

function checkKeys(object: object, known: readonly string[]): void {
  if (!Object.entries(object).every(([key, value]) => known.includes(key) && value !== null))
    throw invalid("instance failed to match exactly one schema (matched 0 out of 2)");
}

function checkRule(rule: unknown): CheckedRule {
  if (!isRecord(rule)) throw invalid("a rule must be an object");
  checkKeys(rule, schema.rule);
  const { rulePriority, description, selection, action } = rule;
  if (description !== undefined && typeof description !== "string")
    throw invalid("description must be a string");
  if (typeof rulePriority !== "number" || !Number.isInteger(rulePriority) || rulePriority < 1)
    throw invalid("rulePriority must be a positive integer");
  if (!isRecord(selection)) throw invalid('object has missing required properties (["selection"])');
  if (!isRecord(action)) throw invalid('object has missing required properties (["action"])');
  checkKeys(selection, schema.selection);
  checkKeys(action, schema.action);
  return { priority: rulePriority, ...checkTags(selection), storageClass: checkCount(selection, action) };
}

type Fields = Readonly<Record<string, unknown>>;

/** Checks the tags that a rule selects. */
function checkTags({
  tagStatus,
  tagPrefixList,
  tagPatternList,
}: Fields): Pick<CheckedRule, "tagStatus" | "tags"> {
  const lists = [tagPrefixList, tagPatternList].filter((list) => list !== undefined);
  if (tagStatus !== "tagged" && tagStatus !== "untagged" && tagStatus !== "any")
    throw invalid("selection.tagStatus must be tagged, untagged or any");
  if (tagStatus === "tagged" && !lists.some((list) => Array.isArray(list) && list.length > 0))
    throw invalid("Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED.");
  if (lists.length > 1) throw invalid("selection must not have both a tagPrefixList and a tagPatternList");
  const tags = lists.flatMap((list): unknown[] => (Array.isArray(list) ? list : [list]));
  if (!tags.every((tag) => typeof tag === "string" && tag !== ""))
    throw invalid("a tagPrefixList or tagPatternList must be a list of strings");
  if (tags.some((tag) => String(tag).split("*").length > 5))
    throw invalid("a pattern of a tagPatternList must have no more than 4 wildcards");
  if (tagStatus !== "tagged" && lists.length > 0)
    throw invalid(`selection of ${tagStatus} images must not name tags`);
  const kind = tagPrefixList === undefined ? "patterns" : "prefixes";
  return { tagStatus, tags: JSON.stringify([kind, ...new Set(tags.map(String).sort())]) };
}

/** Checks the count and the action of a rule. Returns the storage class that the rule selects images of. */
function checkCount(
  { storageClass = "standard", countType, countUnit, countNumber }: Fields,
  { type, targetStorageClass }: Fields,
): "standard" | "archive" {
  const count = countTypes[String(countType)];
  if (count === undefined)
    throw invalid(`selection.countType must be one of ${Object.keys(countTypes).join(", ")}`);
  if (storageClass !== count.storageClass)
    throw invalid(`selection.storageClass of ${countType} must be ${count.storageClass}`);
  if (typeof countNumber !== "number" || !Number.isInteger(countNumber) || countNumber < count.min)
    throw invalid(`selection.countNumber of ${countType} must be an integer of ${count.min} or more`);
  if (countUnit !== count.unit)
    throw invalid(`selection.countUnit of ${countType} must be ${count.unit ?? "absent"}`);
  if (!count.actions.includes(String(type)))
    throw invalid(`action.type of ${countType} must be ${count.actions.join(" or ")}`);
  if (targetStorageClass !== (type === "transition" ? "archive" : undefined))
    throw invalid("action.targetStorageClass must be archive with transition, and absent with expire");
  return count.storageClass;
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
