/** The settings of an ECR repository that it can be created with, as each format writes them. */
import { ecrMutability } from "../desired/settings.ts";
import type { RepositoryProperties, RepositorySettings } from "../desired/state.ts";
import { word } from "../workflow/quote.ts";
import type { Value } from "./exported.ts";

type PropertyForms = {
  /** Options of `aws ecr create-repository`, with values that are words of the shell. */
  readonly cli: { readonly [option: string]: string };
  /** Properties of `AWS::ECR::Repository`. */
  readonly cloudFormation: { readonly [name: string]: Value };
  /** Attributes and blocks of `aws_ecr_repository`. */
  readonly terraform: {
    readonly attributes?: Attributes;
    readonly blocks?: readonly (readonly [type: string, Attributes])[];
  };
};

export type Attributes = { readonly [name: string]: string | boolean | undefined };

const FORMS: { readonly [name in keyof RepositoryProperties]: (of: RepositorySettings) => PropertyForms } = {
  tagMutability(settings) {
    const mutability = ecrMutability(settings);
    return {
      cli: { "image-tag-mutability": mutability },
      cloudFormation: { ImageTagMutability: mutability },
      terraform: { attributes: { image_tag_mutability: mutability } },
    };
  },
  exclusions({ exclusions }) {
    if (exclusions.length === 0) return { cli: {}, cloudFormation: {}, terraform: {} };
    const filterType = "WILDCARD";
    const filters = exclusions.map((filter) => ({ filterType, filter }));
    return {
      cli: { "image-tag-mutability-exclusion-filters": word(JSON.stringify(filters)) },
      cloudFormation: {
        ImageTagMutabilityExclusionFilters: exclusions.map((filter) => ({
          ImageTagMutabilityExclusionFilterType: filterType,
          ImageTagMutabilityExclusionFilterValue: filter,
        })),
      },
      terraform: {
        blocks: exclusions.map((filter) => [
          "image_tag_mutability_exclusion_filter",
          { filter, filter_type: filterType },
        ]),
      },
    };
  },
  scanOnPush: ({ scanOnPush }) => ({
    cli: { "image-scanning-configuration": word(JSON.stringify({ scanOnPush })) },
    cloudFormation: { ImageScanningConfiguration: { ScanOnPush: scanOnPush } },
    terraform: { blocks: [["image_scanning_configuration", { scan_on_push: scanOnPush }]] },
  }),
  encryption: ({ encryption: { type: encryptionType, kmsKey } }) => ({
    cli: { "encryption-configuration": word(JSON.stringify({ encryptionType, kmsKey })) },
    cloudFormation: { EncryptionConfiguration: { EncryptionType: encryptionType, KmsKey: kmsKey } },
    terraform: {
      blocks: [["encryption_configuration", { encryption_type: encryptionType, kms_key: kmsKey }]],
    },
  }),
};

/** Returns the forms of a repository's settings, in the order in which every format writes them. */
export const propertyForms = (settings: RepositorySettings): PropertyForms[] =>
  Object.values(FORMS).map((formsOf) => formsOf(settings));
