/**
 * Lifecycle policies of ECR: the policy that is written for some rules, the faults of rules, and the comparison of two
 * policies.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
 */

import type { components } from "../generated/contract.ts";
import type { InputError } from "../lib/errors.ts";

type Rule = components["schemas"]["EcrLifecycleRule"];
type Count = Exclude<keyof Rule, "images" | "tags">;
type Selection = LifecyclePolicy["rules"][number]["selection"];
type Action =
  | { readonly type: "expire" }
  | { readonly type: "transition"; readonly targetStorageClass: "archive" };

export type LifecyclePolicy = {
  readonly rules: readonly {
    readonly rulePriority: number;
    readonly selection: {
      readonly tagStatus: Rule["images"];
      readonly tagPatternList?: readonly string[];
      /** ECR takes a rule without a storage class for one of `standard`. */
      readonly storageClass?: "archive";
      readonly countType:
        | "sinceImagePushed"
        | "sinceImagePulled"
        | "sinceImageTransitioned"
        | "imageCountMoreThan";
      readonly countUnit?: "days";
      readonly countNumber: number;
    };
    readonly action: Action;
  }[];
};

const EXPIRE: Action = { type: "expire" };
const ARCHIVE: Action = { type: "transition", targetStorageClass: "archive" };
const DAYS = { countUnit: "days" } as const;

/**
 * The selection and the action in ECR for each field of a rule that has a number. ECR has no other combinations, except
 * that `storageClass: standard` may be written out: an image that nobody pulls can only be archived, and archived images
 * can only expire, by the time since they were archived.
 */
const COUNTS: {
  readonly [count in Count]-?: {
    readonly selection: Pick<Selection, "storageClass" | "countType" | "countUnit">;
    readonly action: Action;
  };
} = {
  expireAfterDays: { selection: { countType: "sinceImagePushed", ...DAYS }, action: EXPIRE },
  keepLast: { selection: { countType: "imageCountMoreThan" }, action: EXPIRE },
  archiveAfterDays: { selection: { countType: "sinceImagePushed", ...DAYS }, action: ARCHIVE },
  archiveUnpulledAfterDays: { selection: { countType: "sinceImagePulled", ...DAYS }, action: ARCHIVE },
  archiveExceptLast: { selection: { countType: "imageCountMoreThan" }, action: ARCHIVE },
  expireArchivedAfterDays: {
    selection: { storageClass: "archive", countType: "sinceImageTransitioned", ...DAYS },
    action: EXPIRE,
  },
};
const COUNT_FIELDS = Object.keys(COUNTS) as Count[];

/** Returns the fields of a rule that have a number, each with its number. A valid rule has exactly one. */
const countsOf = (rule: Rule): { field: Count; countNumber: number }[] =>
  COUNT_FIELDS.flatMap((field) => {
    const countNumber = rule[field];
    return countNumber === undefined ? [] : [{ field, countNumber }];
  });

/** Returns the rule with its properties in a fixed order, so that the same rule always gives the same text. */
export const inFixedOrder = (rule: Rule): Rule => ({
  images: rule.images,
  ...(rule.tags !== undefined && { tags: rule.tags }),
  ...Object.fromEntries(countsOf(rule).map(({ field, countNumber }) => [field, countNumber])),
});

/**
 * Returns the policy of rules, in which each rule has priority over the next. Returns undefined if there are no rules,
 * because ECR accepts no empty policy. The contract's limits keep the policy within the 30,720 characters that ECR
 * accepts.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutLifecyclePolicy.html
 */
export function lifecyclePolicy(rules: readonly Rule[]): LifecyclePolicy | undefined {
  if (rules.length === 0) return undefined;
  return {
    rules: rules.flatMap((rule, index) =>
      countsOf(rule)
        .slice(0, 1)
        .map(({ field, countNumber }) => ({
          rulePriority: index + 1,
          selection: {
            tagStatus: rule.images,
            ...(rule.tags !== undefined && { tagPatternList: rule.tags }),
            ...COUNTS[field].selection,
            countNumber,
          },
          action: COUNTS[field].action,
        })),
    ),
  };
}

/**
 * Returns the faults of rules that ECR would refuse and that no schema can express. ECR compares the rules of one
 * storage class with each other.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules
 */
export function lifecycleFaults(rules: readonly Rule[], pointer: string): InputError[] {
  return rules.flatMap((rule, index): InputError[] => {
    const at = `${pointer}/${index}`;
    const sameClass = (other: Rule) => storageClassOf(other) === storageClassOf(rule);
    const earlier = rules.slice(0, index).filter(sameClass);
    const later = rules.slice(index + 1).filter(sameClass);
    return [
      ...ownFaults(rule, at),
      ...(rule.images === "any" && later.some(({ images }) => images !== "any")
        ? [
            {
              pointer: `${at}/images`,
              detail: `ECR accepts a rule for any image only as the last of the rules for ${CLASS_NAMES[storageClassOf(rule)]}. Move it to the end.`,
            },
          ]
        : []),
      ...(earlier.some((other) => selectsTheSame(rule, other))
        ? [
            {
              pointer: at,
              detail: `An earlier rule for ${CLASS_NAMES[storageClassOf(rule)]} selects ${rule.images === "tagged" ? "images with the same tags" : `${rule.images} images`} too, and ECR accepts only one such rule. Merge the two rules into one.`,
            },
          ]
        : []),
    ];
  });
}

/** Returns the faults that a rule has by itself. */
function ownFaults(rule: Rule, at: string): InputError[] {
  const { images, tags } = rule;
  return [
    ...(images === "tagged" && tags === undefined
      ? [{ pointer: `${at}/tags`, detail: "A rule for tagged images must name tags. `*` matches any tag." }]
      : []),
    ...(images !== "tagged" && tags !== undefined
      ? [{ pointer: `${at}/tags`, detail: `A rule for ${images} images may not name tags. Remove them.` }]
      : []),
    ...(countsOf(rule).length === 1
      ? []
      : [
          {
            pointer: at,
            detail: `A rule must have exactly one of ${COUNT_FIELDS.map((field) => `\`${field}\``).join(", ")}.`,
          },
        ]),
  ];
}

const CLASS_NAMES = { standard: "images that are not archived", archive: "archived images" };

/** Returns the storage class whose images a rule selects. */
const storageClassOf = (rule: Rule): keyof typeof CLASS_NAMES =>
  rule.expireArchivedAfterDays === undefined ? "standard" : "archive";

/** Tells whether two rules of one storage class select images by the same set of tags. The order of tags has no meaning. */
const selectsTheSame = (one: Rule, other: Rule): boolean =>
  one.images === other.images && tagText(one) === tagText(other);
const tagText = ({ tags = [] }: Rule): string => [...tags].sort().join("\n");

/** Tells whether two policies, parsed from JSON (null for none), expire and archive the same images. */
export const sameLifecycle = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);

/**
 * Returns a text that is equal for policies with the same effect. Rules are in the order in which ECR applies them,
 * without descriptions and the values of priorities. The patterns of a selection are sorted, and a prefix becomes a
 * pattern that ends in `*`. The storage class `standard` is left out, because it is the default.
 */
function canonical(policy: unknown): string {
  const { rules } = asRecord(policy);
  if (!Array.isArray(rules)) return JSON.stringify(policy ?? null);
  const ordered = rules.map(asRecord).sort((one, other) => priorityOf(one) - priorityOf(other));
  return JSON.stringify(
    ordered.map(({ rulePriority: _, description: __, selection, action, ...rest }) => {
      const { tagPrefixList, tagPatternList, ...others } = asRecord(selection);
      const { storageClass, ...standard } = others;
      const selected = storageClass === "standard" ? standard : others;
      const prefixes = list(tagPrefixList).map((prefix) => `${prefix}*`);
      const patterns = [...new Set([...list(tagPatternList), ...prefixes])].sort();
      return [sorted(rest), sorted(selected), patterns, sorted(asRecord(action))];
    }),
  );
}

type Json = Readonly<Record<string, unknown>>;
const asRecord = (value: unknown): Json => (typeof value === "object" && value !== null ? { ...value } : {});
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const priorityOf = ({ rulePriority }: Json): number => Number(rulePriority);
const sorted = (object: Json): [string, unknown][] =>
  Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
