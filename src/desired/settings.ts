/**
 * The settings of an ECR repository: their defaults, and the faults for which ECR or the operator refuses them.
 * docs/ecr.md explains each setting.
 */

import type { components } from "../generated/contract.ts";
import type { InputError } from "../lib/errors.ts";
import { pointerToken } from "../lib/pointer.ts";
import { starred, stringLike } from "../policy/string-like.ts";
import { inFixedOrder, lifecycleFaults } from "./lifecycle.ts";
import type { RepositorySettings } from "./state.ts";

type Request = components["schemas"]["EcrSettingsRequest"];
type Encryption = RepositorySettings["encryption"];

/**
 * A tag key that the operator allows, and its allowed values. `any` means that the operator lists no values, so every
 * value is allowed.
 */
export type AllowedTag = { key: string; values: readonly string[] | "any" };

/**
 * The text that AWS accepts as a tag's key or value.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
 */
export const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/**
 * Returns the settings of a request with every default filled in, so that the same request always means the same
 * settings. Only the encryption of an existing repository replaces a default, because ECR cannot change it.
 * @param made the encryption of the repository, if the repository exists
 */
export function repositorySettings(
  request: Request,
  made: Encryption = { type: "AES256" },
): RepositorySettings {
  const { tagMutability = "IMMUTABLE", lifecycle = [{ images: "untagged", expireAfterDays: 14 }] } = request;
  const { type, kmsKey } = request.encryption ?? made;
  const { accounts = [], organization, lambda = false } = request.pull ?? {};
  // Write the properties in a fixed order, and sort the lists and tags whose order has no meaning. So the same settings
  // give the same text.
  return {
    tagMutability,
    exclusions: request.exclusions ?? (tagMutability === "IMMUTABLE" ? ["latest", "buildcache*"] : []),
    scanOnPush: request.scanOnPush ?? true,
    encryption: kmsKey === undefined ? { type } : { type, kmsKey },
    lifecycle: lifecycle.map(inFixedOrder),
    tags: Object.fromEntries(Object.entries(request.tags ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))),
    pull: {
      accounts: [...accounts].sort(),
      ...(organization !== undefined && { organization }),
      ...(lambda && { lambda }),
    },
  };
}

/** The settings of a repository for which no request has given any. */
export const DEFAULT_SETTINGS: RepositorySettings = repositorySettings({});

/** The settings of a repository for which nobody has set anything in ECR. The keys have the order of a request's. */
export const UNSET_SETTINGS: RepositorySettings = {
  tagMutability: "MUTABLE",
  exclusions: [],
  scanOnPush: false,
  encryption: { type: "AES256" },
  lifecycle: [],
  tags: {},
  pull: { accounts: [] },
};

/** Returns the settings that a repository has after CreateRepository, which accepts no policies. */
export function settingsOnCreation(settings: RepositorySettings): RepositorySettings {
  const { lifecycle, pull } = UNSET_SETTINGS;
  return { ...settings, lifecycle, pull };
}

/** Returns the faults of settings that match the contract's schema. */
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

/**
 * Returns the faults of accounts and organisations that the operator does not allow to pull. A caller who registers a
 * repository may not give access to outsiders.
 */
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
 * Returns the faults of the tags of a role or a repository. The operator must allow each key, because policies may
 * depend on tags. If the operator lists values for the key, the value must be one of them.
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

/**
 * Tells whether two encryptions are the same. If the wanted one names no key, ECR has chosen the key, so any key is
 * right.
 */
export const sameEncryption = (wanted: Encryption, found: Encryption): boolean =>
  wanted.type === found.type && (wanted.kmsKey === undefined || wanted.kmsKey === found.kmsKey);

/**
 * Returns ECR's name for a tag mutability. ECR accepts exclusions only with the name that ends in `_WITH_EXCLUSION`.
 */
export const ecrMutability = ({
  tagMutability,
  exclusions,
}: Pick<RepositorySettings, "tagMutability" | "exclusions">) =>
  exclusions.length === 0 ? tagMutability : (`${tagMutability}_WITH_EXCLUSION` as const);

/**
 * Returns those of the tags that can be moved after they are pushed. A `*` in an exclusion stands for any characters.
 */
export function movableAmong(
  { tagMutability, exclusions }: Pick<RepositorySettings, "tagMutability" | "exclusions">,
  tags: readonly string[],
): string[] {
  const patterns = exclusions.map(starred);
  return tags.filter(
    (tag) => patterns.some((pattern) => stringLike(pattern, tag)) === (tagMutability === "IMMUTABLE"),
  );
}
