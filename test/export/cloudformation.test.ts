/** CloudFormation: the template fits the resources' schemas, and holds the desired state and nothing else. */
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse, parseDocument } from "yaml";
import { ecrMutability, repositorySettings } from "../../src/desired/settings.ts";
import { cloudFormation } from "../../src/export/cloudformation.ts";
import { type Exported, ownRepositories } from "../../src/export/exported.ts";
import { runs } from "../harness/properties.ts";
import { TEMPLATE } from "./resource-schemas.ts";
import { CASES, exported } from "./states.ts";

const isTemplate = new Ajv2020({ allErrors: true, strict: true }).compile(TEMPLATE);

type Tag = { Key: string; Value: string };
type Resource = { Type: string; Properties: { [name: string]: unknown } & { Tags?: Tag[] } };
type Template = { Resources: { [id: string]: Resource } };

/** Parses a template as YAML 1.2, and checks that YAML 1.1, which CloudFormation parses, gives the same. */
function read(of: Exported): Template {
  const text = cloudFormation(of);
  const template: Template = parse(text);
  expect(parseDocument(text).warnings).toEqual([]);
  expect(parse(text, { version: "1.1", schema: "yaml-1.1" })).toEqual(template);
  isTemplate(template);
  expect(isTemplate.errors ?? []).toEqual([]);
  return template;
}

const tagsOf = ({ Properties: { Tags = [] } }: Resource) =>
  Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));

/** Returns the content of a template in the terms of the desired state. */
function meaning({ Resources }: Template) {
  const [roles, repositories] = ["AWS::IAM::Role", "AWS::ECR::Repository"].map((type) =>
    Object.values(Resources).filter(({ Type }) => Type === type),
  );
  return { roles: roles?.map(asRole), repositories: repositories?.map(asRepository) };
}

function asRole({ Properties, ...resource }: Resource) {
  const policies = JSON.parse(JSON.stringify(Properties["Policies"] ?? []));
  return {
    name: Properties["RoleName"],
    path: Properties["Path"],
    description: Properties["Description"],
    maxSessionSeconds: Properties["MaxSessionDuration"],
    boundaryArn: Properties["PermissionsBoundary"],
    trustPolicy: Properties["AssumeRolePolicyDocument"],
    inlinePolicies: Object.fromEntries(
      policies.map(({ PolicyName, PolicyDocument }: { PolicyName: string; PolicyDocument: unknown }) => [
        PolicyName,
        PolicyDocument,
      ]),
    ),
    tags: tagsOf({ ...resource, Properties }),
    attachedPolicyArns: Properties["ManagedPolicyArns"] ?? [],
  };
}

function asRepository({ Properties, ...resource }: Resource) {
  const { LifecyclePolicyText = "null" } = Object(Properties["LifecyclePolicy"] ?? {});
  return {
    name: Properties["RepositoryName"],
    mutability: Properties["ImageTagMutability"],
    filters: Properties["ImageTagMutabilityExclusionFilters"] ?? [],
    scanning: Properties["ImageScanningConfiguration"],
    encryption: Properties["EncryptionConfiguration"],
    lifecyclePolicy: JSON.parse(LifecyclePolicyText),
    repositoryPolicy: Properties["RepositoryPolicyText"] ?? null,
    tags: tagsOf({ ...resource, Properties }),
  };
}

/** Returns the content that the template must have. CloudFormation accepts no empty tag on a repository. */
function meant(of: Exported) {
  const { arn: _, roleId: __, ...role } = of.desired.role;
  return {
    roles: [role],
    repositories: ownRepositories(of).map(({ name, settings, lifecyclePolicy, repositoryPolicy, tags }) => ({
      name,
      mutability: ecrMutability(settings),
      filters: settings.exclusions.map((filter) => ({
        ImageTagMutabilityExclusionFilterType: "WILDCARD",
        ImageTagMutabilityExclusionFilterValue: filter,
      })),
      scanning: { ScanOnPush: settings.scanOnPush },
      encryption: {
        EncryptionType: settings.encryption.type,
        ...(settings.encryption.kmsKey !== undefined && { KmsKey: settings.encryption.kmsKey }),
      },
      lifecyclePolicy,
      repositoryPolicy,
      tags: Object.fromEntries(Object.entries(tags).filter(([, value]) => value !== "")),
    })),
  };
}

test.each(Object.entries(CASES))("the template holds the desired state: %s", (_, of) => {
  expect(meaning(read(of))).toEqual(meant(of));
});

describe("the comments", () => {
  const [whole, plain] = ["everything, and a repository of others", "the defaults"].map((name) => {
    const of = CASES[name] ?? exported({});
    return { of, text: cloudFormation(of) };
  });

  test("the comments name the identifier of each resource, for the import", () => {
    const { text = "", of = exported({}) } = whole ?? {};
    const comments = text.replace(/^# ?/gm, "");
    const [, list = ""] = /--resources-to-import '(\[[^']+\])'/.exec(comments) ?? [];
    const ids = Object.entries(read(of).Resources).map(([id, { Type, Properties }]) => {
      const name = Type === "AWS::IAM::Role" ? "RoleName" : "RepositoryName";
      return { ResourceType: Type, LogicalResourceId: id, ResourceIdentifier: { [name]: Properties[name] } };
    });
    expect(ids).toHaveLength(4);
    expect(JSON.parse(list)).toEqual(ids);
  });

  test("the comments name what the template lacks and the account must have", () => {
    const provider = "oidc-provider/token.actions.githubusercontent.com";
    for (const { text = "" } of [whole ?? {}, plain ?? {}]) {
      expect(text).toContain(provider);
      expect(text).toContain("policy/rolecall/rolecall-boundary");
    }
    expect(whole?.text).toContain("# - the ECR repository acme/api/base, ");
    expect(plain?.text).not.toContain("# - the ECR repository");
    expect(cloudFormation(exported({ spec: { ecr: [] } }))).not.toContain("several roles");
  });

  test("the comments name the tags that CloudFormation does not accept", () => {
    const tags = { ["k".repeat(128)]: "x", empty: "", long: "x".repeat(256), fine: "x".repeat(255) };
    const of = exported({ settings: [repositorySettings({ tags })] });
    expect(Object.keys(tagsOf(read(of).Resources["Repository"] ?? { Type: "", Properties: {} }))).toEqual([
      "fine",
      "rolecall:id",
    ]);
    expect(cloudFormation(of).match(/# CloudFormation cannot set the tag "(k+|empty|long)"/g)).toHaveLength(
      3,
    );
  });
});

test("the longest lifecycle that the contract allows fits into ECR's limits", () => {
  const tags = Array.from({ length: 10 }, (_, index) => `${index}`.padEnd(128, "x"));
  const lifecycle = Array.from({ length: 20 }, () => ({
    images: "tagged" as const,
    tags,
    expireAfterDays: 3650,
  }));
  const of = exported({ settings: [repositorySettings({ lifecycle })] });
  expect(meaning(read(of))).toEqual(meant(of));
});

test("every text stays plain text in the template", () => {
  const marks = fc.string({
    unit: fc.constantFrom("\u0085", "\u2028", "\u2029", "\n", "'", '"', "\\", ":", "#", " "),
  });
  const any = fc.oneof(fc.string({ unit: "binary" }), marks).filter((text) => !text.includes("{{resolve:"));
  const of = exported({});
  const { desired } = of;
  fc.assert(
    fc.property(any, fc.dictionary(any, any), (description, tags) => {
      const role = { ...desired.role, description, tags };
      const text = cloudFormation({ ...of, desired: { ...desired, role } });
      // YAML 1.1 knows more line ends than this parser does.
      expect(text).not.toMatch(/[\p{Zl}\p{Zp}]|(?!\n)\p{C}/u);
      const template: Template = parse(text);
      expect(meaning(template).roles).toMatchObject([{ description, tags }]);
    }),
    { numRuns: runs(100) },
  );
});

test("a dynamic reference is refused, because CloudFormation would resolve it in any text", () => {
  const { desired, ...of } = exported({});
  const role = { ...desired.role, description: "{{resolve:ssm-secure:password}}" };
  expect(() => cloudFormation({ ...of, desired: { ...desired, role } })).toThrow(RangeError);
});
