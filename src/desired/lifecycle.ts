/**
 * Lifecycle policies of ECR: the policy that is written for some rules, the faults of rules, and the comparison of two
 * policies.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
 */

import type { components } from "../generated/contract.ts";
import type { InputError } from "../lib/errors.ts";

type Rule = components["schemas"]["EcrLifecycleRule"];

export type LifecyclePolicy = {
  readonly rules: readonly {
    readonly rulePriority: number;
    readonly selection: {
      readonly tagStatus: Rule["images"];
      readonly tagPatternList?: readonly string[];
      readonly countType: "sinceImagePushed" | "imageCountMoreThan";
      readonly countUnit?: "days";
      readonly countNumber: number;
    };
    readonly action: { readonly type: "expire" };
  }[];
};

/**
 * Returns the policy of rules, in which each rule has priority over the next. Returns undefined if there are no rules,
 * because ECR accepts no empty policy. The contract's limits keep the policy within the 30,720 characters that ECR
 * accepts.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutLifecyclePolicy.html
 */
export function lifecyclePolicy(rules: readonly Rule[]): LifecyclePolicy | undefined {
  if (rules.length === 0) return undefined;
  return {
    rules: rules.map(({ images, tags, expireAfterDays, keepLast }, index) => ({
      rulePriority: index + 1,
      selection: {
        tagStatus: images,
        ...(tags !== undefined && { tagPatternList: tags }),
        ...(expireAfterDays === undefined
          ? { countType: "imageCountMoreThan", countNumber: keepLast ?? 1 }
          : { countType: "sinceImagePushed", countUnit: "days", countNumber: expireAfterDays }),
      },
      action: { type: "expire" },
    })),
  };
}

/** Returns the faults of rules that ECR would refuse and that no schema can express. */
export function lifecycleFaults(rules: readonly Rule[], pointer: string): InputError[] {
  return rules.flatMap(({ images, tags, expireAfterDays, keepLast }, index): InputError[] => {
    const at = `${pointer}/${index}`;
    return [
      ...(images === "tagged" && tags === undefined
        ? [{ pointer: `${at}/tags`, detail: "A rule for tagged images must name tags. `*` matches any tag." }]
        : []),
      ...(images !== "tagged" && tags !== undefined
        ? [{ pointer: `${at}/tags`, detail: `A rule for ${images} images may not name tags. Remove them.` }]
        : []),
      ...(images === "any" && index < rules.length - 1
        ? [
            {
              pointer: `${at}/images`,
              detail: "ECR accepts a rule for any image only as the last rule. Move it to the end.",
            },
          ]
        : []),
      ...((expireAfterDays === undefined) === (keepLast === undefined)
        ? [{ pointer: at, detail: "A rule must have exactly one of `expireAfterDays` and `keepLast`." }]
        : []),
    ];
  });
}

/** Tells whether two policies, parsed from JSON (null for none), let the same images expire. */
export const sameLifecycle = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);

/**
 * Returns a text that is equal for policies with the same effect. Rules are in the order in which ECR applies them,
 * without descriptions and the values of priorities. The patterns of a selection are sorted, and a prefix becomes a
 * pattern that ends in `*`.
 */
function canonical(policy: unknown): string {
  const { rules } = asRecord(policy);
  if (!Array.isArray(rules)) return JSON.stringify(policy ?? null);
  const ordered = rules.map(asRecord).sort((one, other) => priorityOf(one) - priorityOf(other));
  return JSON.stringify(
    ordered.map(({ rulePriority: _, description: __, selection, action, ...rest }) => {
      const { tagPrefixList, tagPatternList, ...selected } = asRecord(selection);
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
