/**
 * Lifecycle policies of ECR: how rules are written as one, what ECR refuses, and when two policies mean the same.
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
 * The policy of rules, each before the next; undefined if there are none, as ECR takes no empty policy. The contract's
 * limits keep it within the 30,720 characters that ECR takes.
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

/** What ECR would refuse, and no schema can say. */
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

/** Whether two policies, parsed from JSON (null for none), let the same images expire. */
export const sameLifecycle = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);

/**
 * Rules in the order in which they are applied, without the priorities' own values and without descriptions; of a
 * selection the order of its patterns says nothing, and a prefix is a pattern that ends in a star.
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
