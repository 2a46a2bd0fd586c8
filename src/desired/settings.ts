/** The settings of an ECR repository: their defaults, and what of them ECR would refuse. Each is told in docs/ecr.md. */

import type { components } from "../generated/contract.ts";
import type { InputError } from "../lib/errors.ts";
import { pointerToken } from "../lib/pointer.ts";
import { starred, stringLike } from "../policy/string-like.ts";
import { lifecycleFaults } from "./lifecycle.ts";
import type { RepositorySettings } from "./state.ts";

type Request = components["schemas"]["EcrSettingsRequest"];
type Encryption = RepositorySettings["encryption"];

/** A key that the operator allows for tags, and its values; `any`: the operator lists none, so every value is right. */
export type AllowedTag = { key: string; values: readonly string[] | "any" };

/** What AWS takes as a tag's key or value. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html */
export const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/**
 * What a request's settings come to. What it leaves out gets its default, so that the same request always means the
 * same; the encryption alone stays, as ECR cannot change it.
 * @param made how the repository is encrypted, if it was made
 */
export function repositorySettings(
  request: Request,
  made: Encryption = { type: "AES256" },
): RepositorySettings {
  const { tagMutability = "IMMUTABLE", lifecycle = [{ images: "untagged", expireAfterDays: 14 }] } = request;
  const { type, kmsKey } = request.encryption ?? made;
  const { accounts = [], organization, lambda = false } = request.pull ?? {};
  // Properties and what has no order are in one order, so that the same settings are the same text.
  return {
    tagMutability,
    exclusions: request.exclusions ?? (tagMutability === "IMMUTABLE" ? ["latest", "buildcache*"] : []),
    scanOnPush: request.scanOnPush ?? true,
    encryption: kmsKey === undefined ? { type } : { type, kmsKey },
    lifecycle: lifecycle.map(({ images, tags, expireAfterDays, keepLast }) => ({
      images,
      ...(tags !== undefined && { tags }),
      ...(expireAfterDays !== undefined && { expireAfterDays }),
      ...(keepLast !== undefined && { keepLast }),
    })),
    tags: Object.fromEntries(Object.entries(request.tags ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))),
    pull: {
      accounts: [...accounts].sort(),
      ...(organization !== undefined && { organization }),
      ...(lambda && { lambda }),
    },
  };
}

/** What a repository has of which no request has said anything. */
export const DEFAULT_SETTINGS: RepositorySettings = repositorySettings({});

/** What is wrong with settings that are of the contract's form. */
export function settingsFaults(
  { encryption, lifecycle = [], tags = {}, pull = {} }: Request,
  { tagKeys, pullFrom }: { tagKeys: readonly AllowedTag[]; pullFrom: readonly string[] },
  pointer: string,
): InputError[] {
  const keyless = encryption?.type === "AES256" && encryption.kmsKey !== undefined;
  return [
    ...(keyless
      ? [
          {
            pointer: `${pointer}/encryption/kmsKey`,
            detail: "AES256 uses keys of S3, not of KMS. For a KMS key use the type KMS.",
          },
        ]
      : []),
    ...lifecycleFaults(lifecycle, `${pointer}/lifecycle`),
    ...tagFaults(tags, tagKeys, `${pointer}/tags`),
    ...pullFaults(pull, pullFrom, `${pointer}/pull`),
  ];
}

/** Who else may pull is the operator's to say: whoever registers one repository lets nobody in from outside. */
function pullFaults(
  { accounts = [], organization }: NonNullable<Request["pull"]>,
  allowed: readonly string[],
  at: string,
): InputError[] {
  const named = [
    ...accounts.map((one, index) => ({ one, pointer: `${at}/accounts/${index}` })),
    ...(organization === undefined ? [] : [{ one: organization, pointer: `${at}/organization` }]),
  ];
  const names = allowed.length === 0 ? "nobody" : allowed.join(", ");
  return named
    .filter(({ one }) => !allowed.includes(one))
    .map(({ pointer }) => ({
      pointer,
      detail: `The operator allows only these to pull: ${names} (ROLECALL_PULL_FROM).`,
    }));
}

/**
 * Tags of a role or a repository: only keys that the operator allows, because policies may decide by them.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
 */
export function tagFaults(
  tags: Readonly<Record<string, string>>,
  allowed: readonly AllowedTag[],
  at: string,
): InputError[] {
  return Object.entries(tags).flatMap(([key, value]) => {
    const pointer = `${at}/${pointerToken(key)}`;
    const values = allowed.find((one) => one.key === key)?.values;
    if (values === undefined) {
      const names = allowed.length === 0 ? "none" : allowed.map((one) => one.key).join(", ");
      return [{ pointer, detail: `The operator allows these tag keys: ${names} (ROLECALL_TAG_KEYS).` }];
    }
    if (values !== "any" && !values.includes(value)) {
      const detail = `The tag ${key} has the value ${JSON.stringify(value)}, and the operator allows ${values.join(", ")} (ROLECALL_TAG_KEYS). Use one of these, or have the operator list another.`;
      return [{ pointer, detail }];
    }
    if (!TAG_TEXT.test(value)) {
      return [
        { pointer, detail: "A tag's value may have only letters, digits, spaces and _ . : / = + - @." },
      ];
    }
    return [];
  });
}

/** Whether two encryptions are the same; of one that names no key, ECR chose it. */
export const sameEncryption = (wanted: Encryption, found: Encryption): boolean =>
  wanted.type === found.type && (wanted.kmsKey === undefined || wanted.kmsKey === found.kmsKey);

/** The name that ECR has for a mutability: it takes exclusions only with the one that has them. */
export const ecrMutability = ({
  tagMutability,
  exclusions,
}: Pick<RepositorySettings, "tagMutability" | "exclusions">) =>
  exclusions.length === 0 ? tagMutability : (`${tagMutability}_WITH_EXCLUSION` as const);

/** The tags, among some, that can be moved once they are pushed; an exclusion's `*` is any characters. */
export function movableAmong(
  { tagMutability, exclusions }: Pick<RepositorySettings, "tagMutability" | "exclusions">,
  tags: readonly string[],
): string[] {
  const patterns = exclusions.map(starred);
  return tags.filter(
    (tag) => patterns.some((pattern) => stringLike(pattern, tag)) === (tagMutability === "IMMUTABLE"),
  );
}
