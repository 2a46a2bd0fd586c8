/** Settings of ECR repositories as requests give them, each beside the same settings in ECR's own words. */
import type { components } from "../../../../src/generated/contract.ts";

export type Settings = components["schemas"]["EcrSettingsRequest"];

export const KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

export const DEFAULTS = {
  tagMutability: "IMMUTABLE",
  exclusions: ["latest", "buildcache*"],
  scanOnPush: true,
  encryption: { type: "AES256" },
  lifecycle: [{ images: "untagged", expireAfterDays: 14 }],
  tags: {},
  pull: { accounts: [] },
};
export const EVERYTHING: Settings = {
  tagMutability: "MUTABLE",
  exclusions: ["v*"],
  scanOnPush: false,
  encryption: { type: "KMS", kmsKey: KEY },
  lifecycle: [
    { images: "tagged", tags: ["pr-*"], expireAfterDays: 30 },
    { images: "any", archiveUnpulledAfterDays: 60 },
    { images: "any", expireArchivedAfterDays: 365 },
  ],
  tags: { team: "payments", stage: "prod" },
  pull: { accounts: ["310987654321", "210987654321"], organization: "o-a1b2c3d4e5" },
};
const { encryption: _, ...changeable } = EVERYTHING;
export const CHANGEABLE = changeable;

/** The lifecycle policy that a repository has by default. */
export const UNTAGGED = {
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 14 },
      action: { type: "expire" },
    },
  ],
};
export const HELD_BY_DEFAULT = {
  mutability: "IMMUTABLE_WITH_EXCLUSION",
  exclusions: ["latest", "buildcache*"],
  scanning: { scanOnPush: true },
  encryption: { encryptionType: "AES256" },
  lifecycle: UNTAGGED,
  policy: undefined,
  tags: {},
};
const PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
export const HELD_OF_EVERYTHING = {
  mutability: "MUTABLE_WITH_EXCLUSION",
  exclusions: ["v*"],
  scanning: { scanOnPush: false },
  encryption: { encryptionType: "KMS", kmsKey: KEY },
  lifecycle: {
    rules: [
      {
        rulePriority: 1,
        selection: {
          tagStatus: "tagged",
          tagPatternList: ["pr-*"],
          countType: "sinceImagePushed",
          countUnit: "days",
          countNumber: 30,
        },
        action: { type: "expire" },
      },
      {
        rulePriority: 2,
        selection: { tagStatus: "any", countType: "sinceImagePulled", countUnit: "days", countNumber: 60 },
        action: { type: "transition", targetStorageClass: "archive" },
      },
      {
        rulePriority: 3,
        selection: {
          tagStatus: "any",
          storageClass: "archive",
          countType: "sinceImageTransitioned",
          countUnit: "days",
          countNumber: 365,
        },
        action: { type: "expire" },
      },
    ],
  },
  policy: {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "PullFromAccounts",
        Effect: "Allow",
        Principal: { AWS: ["arn:aws:iam::210987654321:root", "arn:aws:iam::310987654321:root"] },
        Action: PULL,
      },
      {
        Sid: "PullFromOrganization",
        Effect: "Allow",
        Principal: "*",
        Action: PULL,
        Condition: { StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } },
      },
    ],
  },
  tags: { team: "payments", stage: "prod" },
};
export const HELD_OF_CHANGEABLE = { ...HELD_OF_EVERYTHING, encryption: HELD_BY_DEFAULT.encryption };
