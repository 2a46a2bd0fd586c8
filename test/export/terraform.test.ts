/**
 * Terraform: the configuration parses, is formatted, imports each of its resources, and holds the desired state. If
 * the machine has `terraform`, its formatter checks the configuration too.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ecrMutability } from "../../src/desired/settings.ts";
import { type Exported, ownRepositories } from "../../src/export/exported.ts";
import { terraform } from "../../src/export/terraform.ts";
import { runs } from "../harness/properties.ts";
import { type Block, Reference, readHcl } from "./hcl.ts";
import { CASES, exported } from "./states.ts";

const resourcesOf = (blocks: readonly Block[], type: string): Block[] =>
  blocks.filter((block) => block.type === "resource" && block.labels[0] === type);

const addressOf = ({ labels }: Block): string => labels.join(".");

/**
 * Reads the blocks and resolves each reference to the value that AWS would give. @throws Error for a reference that
 * leads nowhere
 */
function read(of: Exported, text = terraform(of)): Block[] {
  const blocks = readHcl(text);
  const { account, region } = of;
  const { arn } = of.desired.provider;
  const { partition = "" } = /^arn:(?<partition>[^:]+):/.exec(arn)?.groups ?? {};
  const known: { [address: string]: unknown } = { "data.aws_iam_openid_connect_provider.github.arn": arn };
  for (const block of blocks.filter(({ type }) => type === "resource")) {
    const { name } = block.attributes;
    known[`${addressOf(block)}.name`] = name;
    known[`${addressOf(block)}.arn`] = `arn:${partition}:ecr:${region}:${account}:repository/${name}`;
  }
  const resolved = (value: unknown): unknown => {
    if (value instanceof Reference) {
      if (known[value.address] === undefined) throw new Error(`${value.address} is not there`);
      return known[value.address];
    }
    if (Array.isArray(value)) return value.map(resolved);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, resolved(member)]));
  };
  return blocks.map((block) =>
    block.type === "resource" ? { ...block, attributes: Object(resolved(block.attributes)) } : block,
  );
}

/** Returns the content of a configuration in the terms of the desired state. */
function meaning(blocks: readonly Block[]) {
  const documents = (type: string, key: string) =>
    Object.fromEntries(
      resourcesOf(blocks, type).map(({ attributes }) => [attributes[key], attributes["policy"]]),
    );
  const [lifecycles, policies] = ["aws_ecr_lifecycle_policy", "aws_ecr_repository_policy"].map((type) =>
    documents(type, "repository"),
  );
  return {
    roles: resourcesOf(blocks, "aws_iam_role").map(({ attributes }) => ({
      name: attributes["name"],
      path: attributes["path"],
      description: attributes["description"],
      maxSessionSeconds: attributes["max_session_duration"],
      boundaryArn: attributes["permissions_boundary"],
      trustPolicy: attributes["assume_role_policy"],
      inlinePolicies: documents("aws_iam_role_policy", "name"),
      tags: attributes["tags"],
      attachedPolicyArns: resourcesOf(blocks, "aws_iam_role_policy_attachment").map(
        ({ attributes: { policy_arn } }) => policy_arn,
      ),
    })),
    repositories: resourcesOf(blocks, "aws_ecr_repository").map(({ attributes, blocks: nested }) => ({
      name: attributes["name"],
      mutability: attributes["image_tag_mutability"],
      tags: attributes["tags"],
      blocks: nested.map(({ type, attributes: of }) => ({ [type]: of })),
      lifecyclePolicy: lifecycles?.[String(attributes["name"])] ?? null,
      repositoryPolicy: policies?.[String(attributes["name"])] ?? null,
    })),
  };
}

function meant(of: Exported) {
  const { arn: _, roleId: __, ...role } = of.desired.role;
  return {
    roles: [role],
    repositories: ownRepositories(of).map(({ name, settings, tags, lifecyclePolicy, repositoryPolicy }) => ({
      name,
      mutability: ecrMutability(settings),
      tags,
      blocks: [
        ...settings.exclusions.map((filter) => ({
          image_tag_mutability_exclusion_filter: { filter, filter_type: "WILDCARD" },
        })),
        { image_scanning_configuration: { scan_on_push: settings.scanOnPush } },
        {
          encryption_configuration: {
            encryption_type: settings.encryption.type,
            ...(settings.encryption.kmsKey !== undefined && { kms_key: settings.encryption.kmsKey }),
          },
        },
        { lifecycle: { prevent_destroy: true } },
      ],
      lifecyclePolicy,
      repositoryPolicy,
    })),
  };
}

test.each(Object.entries(CASES))("the configuration holds the desired state: %s", (_, of) => {
  expect(meaning(read(of))).toEqual(meant(of));
});

test.each(Object.entries(CASES))(
  "the configuration imports each resource by the id of its type: %s",
  (_, of) => {
    const blocks = read(of);
    const ids = Object.fromEntries(
      blocks
        .filter(({ type }) => type === "resource")
        .map((block) => {
          const { name, role, repository, policy_arn: policy } = block.attributes;
          const ids: { [type: string]: unknown } = {
            aws_iam_role_policy: `${role}:${name}`,
            aws_iam_role_policy_attachment: `${role}/${policy}`,
          };
          const id = ids[block.labels[0] ?? ""] ?? repository ?? name;
          return [addressOf(block), id];
        }),
    );
    const imports = blocks
      .filter(({ type }) => type === "import")
      .map(({ attributes: { to, id } }) => [to instanceof Reference ? to.address : to, id]);
    expect(Object.fromEntries(imports)).toEqual(ids);
    expect(imports).toHaveLength(Object.keys(ids).length);
  },
);

test("the provider is looked up and not owned, and only the right account is allowed", () => {
  for (const of of Object.values(CASES)) {
    const blocks = read(of);
    expect(resourcesOf(blocks, "aws_iam_openid_connect_provider")).toEqual([]);
    expect(blocks).toContainEqual({
      type: "data",
      labels: ["aws_iam_openid_connect_provider", "github"],
      attributes: { url: of.desired.provider.url },
      blocks: [],
    });
    expect(blocks).toContainEqual({
      type: "provider",
      labels: ["aws"],
      attributes: { region: of.region, allowed_account_ids: [of.account] },
      blocks: [],
    });
  }
});

test("documents refer to what Terraform makes or looks up, so that it knows the order", () => {
  const blocks = readHcl(terraform(CASES["everything, and a repository of others"] ?? exported({})));
  const [role, policy] = ["aws_iam_role", "aws_iam_role_policy"].map((type) => {
    const { assume_role_policy, policy } = resourcesOf(blocks, type)[0]?.attributes ?? {};
    return Object(assume_role_policy ?? policy).Statement;
  });
  expect(role[0].Principal.Federated).toEqual(
    new Reference("data.aws_iam_openid_connect_provider.github.arn"),
  );
  expect(policy[2].Resource).toEqual([
    "arn:aws:ecr:eu-central-1:123456789012:repository/acme/api/base",
    new Reference("aws_ecr_repository.repository_2.arn"),
  ]);
});

test("the configuration says which versions can read it", () => {
  expect(readHcl(terraform(exported({})))[0]).toEqual({
    type: "terraform",
    labels: [],
    attributes: { required_version: ">= 1.5" },
    blocks: [
      {
        type: "required_providers",
        labels: [],
        attributes: { aws: { source: "hashicorp/aws", version: ">= 6.8" } },
        blocks: [],
      },
    ],
  });
});

test("every text stays plain text in the configuration", () => {
  const marks = fc.string({
    unit: fc.constantFrom("$", "%", "{", "}", '"', "\\", "a", "\n", "\u2028", "é", "#"),
  });
  // Leave out unpaired surrogates: AWS never holds them, and HCL cannot express them.
  const any = fc.oneof(fc.string({ unit: "binary" }), marks).filter((text) => !/\p{Cs}/u.test(text));
  const { desired, ...of } = exported({});
  fc.assert(
    fc.property(any, fc.dictionary(any, any), (description, tags) => {
      const role = { ...desired.role, description, tags };
      const blocks = read({ ...of, desired: { ...desired, role } });
      expect(meaning(blocks).roles).toMatchObject([{ description, tags }]);
    }),
    { numRuns: runs(100) },
  );
});

describe("the reader of these tests refuses", () => {
  const text = terraform(exported({}));
  test.each<[string, string, string]>([
    ["a missing bracket", "    ]\n  })", "  })"],
    ["an extra bracket", "tags = {", "tags = {{"],
    ["another indentation", "  path  ", "   path  "],
    ["an = out of its column", 'path                 = "', 'path = "'],
    ["an extra space", 'region              = "', 'region               = "'],
    ["a template", '"/rolecall/"', `"\${path.root}"`],
    ["a directive", '"/rolecall/"', '"%{ if true }"'],
    ["a missing quote", '"/rolecall/"', '"/rolecall/'],
    ["an unknown escape", '"/rolecall/"', '"\\x"'],
    [
      "a missing comma",
      '"repo:acme@1/api@2:ref:refs/heads/main",',
      '"repo:acme@1/api@2:ref:refs/heads/main"',
    ],
    ["an attribute that stands twice", "  path  ", '  name                 = "x"\n  path  '],
    ["white space at the end of a line", "tags = {", "tags = { "],
  ])("%s is refused", (_, right, wrong) => {
    expect(text).toContain(right);
    expect(() => readHcl(text.replace(right, () => wrong))).toThrow(SyntaxError);
  });

  test("a reference to nothing is refused", () => {
    const wrong = text.replace("= aws_ecr_repository.repository.name", "= aws_ecr_repository.other.name");
    expect(() => read(exported({}), wrong)).toThrow("aws_ecr_repository.other.name is not there");
  });
});

const hasTerraform = spawnSync("terraform", ["version"]).status === 0;

test.skipIf(!hasTerraform)("terraform itself would format nothing", () => {
  const directory = mkdtempSync(join(tmpdir(), "rolecall-terraform-"));
  try {
    for (const [index, of] of Object.values(CASES).entries())
      writeFileSync(join(directory, `${index}.tf`), terraform(of));
    const { status, stdout } = spawnSync("terraform", ["fmt", "-check", "-diff", directory], {
      encoding: "utf8",
    });
    expect([status, stdout]).toEqual([0, ""]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
