/**
 * The properties of CloudFormation's resources as AWS documents them, with their types; required ones are marked. A
 * template may have no other properties.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html
 */

/** An object with these properties and no others. A name that ends in `!` is required. */
const object = (properties: { [name: string]: object }) => ({
  type: "object",
  additionalProperties: false,
  required: Object.keys(properties).flatMap((name) => (name.endsWith("!") ? [name.slice(0, -1)] : [])),
  properties: Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name.replace("!", ""), schema]),
  ),
});
const text = (minLength: number, maxLength: number, pattern = "") => ({
  type: "string",
  minLength,
  maxLength,
  pattern,
});
const oneOf = (...values: string[]) => ({ type: "string", enum: values });
const list = (items: object, maxItems = 50) => ({ type: "array", minItems: 1, maxItems, items });

const TAG = "^[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*$";
const document = object({ "Version!": oneOf("2012-10-17"), "Statement!": { type: "array" } });

const SCHEMAS = {
  "AWS::IAM::Role": object({
    "AssumeRolePolicyDocument!": document,
    Description: text(0, 1000, "^[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*$"),
    ManagedPolicyArns: list({ type: "string" }, 20),
    MaxSessionDuration: { type: "integer", minimum: 3600, maximum: 43_200 },
    Path: text(1, 512, "^/([\\u0021-\\u007E]+/)?$"),
    PermissionsBoundary: text(20, 2048),
    Policies: list(object({ "PolicyName!": text(1, 128), "PolicyDocument!": document })),
    RoleName: text(1, 64, "^[\\w+=,.@-]+$"),
    Tags: list(object({ "Key!": text(1, 128, TAG), "Value!": text(0, 256, TAG) })),
  }),
  "AWS::ECR::Repository": object({
    EmptyOnDelete: { type: "boolean" },
    EncryptionConfiguration: object({
      "EncryptionType!": oneOf("AES256", "KMS", "KMS_DSSE"),
      KmsKey: text(1, 2048),
    }),
    ImageScanningConfiguration: object({ ScanOnPush: { type: "boolean" } }),
    ImageTagMutability: oneOf("MUTABLE", "IMMUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION"),
    ImageTagMutabilityExclusionFilters: list(
      object({
        "ImageTagMutabilityExclusionFilterType!": oneOf("WILDCARD"),
        "ImageTagMutabilityExclusionFilterValue!": text(1, 128, "^[0-9a-zA-Z._*-]+$"),
      }),
      5,
    ),
    LifecyclePolicy: object({ LifecyclePolicyText: text(100, 30_720), RegistryId: text(12, 12) }),
    RepositoryName: text(
      2,
      256,
      "^[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*$",
    ),
    RepositoryPolicyText: document,
    Tags: list(object({ "Key!": text(1, 127), "Value!": text(1, 255) })),
  }),
};

/** A template of these resources. Each must stay when its stack is deleted. */
export const TEMPLATE = object({
  "AWSTemplateFormatVersion!": { const: "2010-09-09" },
  Description: text(0, 1024),
  "Resources!": {
    type: "object",
    minProperties: 1,
    maxProperties: 500,
    propertyNames: { pattern: "^[A-Za-z0-9]+$" },
    additionalProperties: {
      oneOf: Object.entries(SCHEMAS).map(([type, properties]) =>
        object({
          "Type!": { const: type },
          "DeletionPolicy!": { const: "Retain" },
          "UpdateReplacePolicy!": { const: "Retain" },
          "Properties!": properties,
        }),
      ),
    },
  },
});
