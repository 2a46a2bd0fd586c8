/**
 * Exports a registration as Terraform configuration, in the format of `terraform fmt`, with blocks that import the
 * existing resources. https://developer.hashicorp.com/terraform/language/style
 */
import type { DesiredRole } from "../desired/state.ts";
import {
  comment,
  type Exported,
  isList,
  madeFor,
  needed,
  numbered,
  type OwnRepository,
  ownRepositories,
  type Value,
} from "./exported.ts";
import { hcl } from "./quote.ts";
import { type Attributes, propertyForms } from "./repository-properties.ts";

/** Lines of text. */
type Lines = readonly string[];

const PROVIDER = "data.aws_iam_openid_connect_provider.github";

/**
 * The configuration looks the provider up and does not own it, because other roles also need the account's one
 * provider. If the account has none, the plan says so. Repositories have `prevent_destroy`, because deleted images are
 * lost.
 */
export function terraform(exported: Exported): string {
  const { account, region, desired } = exported;
  const { role, provider } = desired;
  const repositories = ownRepositories(exported).map((repository, index) => ({
    ...repository,
    address: numbered("repository", index, "_"),
  }));
  // Write the ARNs in documents as references, so that Terraform creates the resources in the right order.
  const references: References = new Map([
    [provider.arn, `${PROVIDER}.arn`],
    ...repositories.map(({ arn, address }) => [arn, `aws_ecr_repository.${address}.arn`] as const),
  ]);
  const blocks = [
    TERRAFORM,
    block('provider "aws"', [
      attributes([
        ["region", [hcl(region)]],
        ["allowed_account_ids", [`[${hcl(account)}]`]],
      ]),
    ]),
    block('data "aws_iam_openid_connect_provider" "github"', [attributes([["url", [hcl(provider.url)]]])]),
    ...roleBlocks(role, references),
    ...repositories.flatMap((repository) => repositoryBlocks(repository, references)),
  ];
  return `\
${madeFor(exported)}#
${comment(
  "`terraform plan` shows that Terraform imports everything and changes nothing. To create the resources, if none of",
  'them exists, remove the import blocks. If your configuration already has a block `provider "aws"`, remove this one.',
)}#
${needed(exported)}
${blocks.map((lines) => lines.map((line) => `${line}\n`).join("")).join("\n")}`;
}

/**
 * Import blocks need Terraform 1.5. Exclusions from immutability need version 6.8.0 of the AWS provider.
 * https://developer.hashicorp.com/terraform/language/import
 * https://github.com/hashicorp/terraform-provider-aws/blob/main/CHANGELOG.md
 */
const TERRAFORM = `\
terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.8"
    }
  }
}`.split("\n");

function roleBlocks(role: DesiredRole, references: References): Lines[] {
  return [
    ...imported("aws_iam_role", "role", role.name, [
      attributes([
        ["name", [hcl(role.name)]],
        ["path", [hcl(role.path)]],
        ["description", [hcl(role.description)]],
        ["max_session_duration", [String(role.maxSessionSeconds)]],
        ["permissions_boundary", [hcl(role.boundaryArn)]],
      ]),
      attributes([["assume_role_policy", document(role.trustPolicy, references)]]),
      tags(role.tags),
    ]),
    ...Object.entries(role.inlinePolicies).flatMap(([name, policy], index) =>
      imported("aws_iam_role_policy", numbered("policy", index, "_"), `${role.name}:${name}`, [
        attributes([
          ["name", [hcl(name)]],
          ["role", ["aws_iam_role.role.name"]],
        ]),
        attributes([["policy", document(policy, references)]]),
      ]),
    ),
    ...role.attachedPolicyArns.flatMap((arn, index) =>
      imported("aws_iam_role_policy_attachment", numbered("attached", index, "_"), `${role.name}/${arn}`, [
        attributes([
          ["role", ["aws_iam_role.role.name"]],
          ["policy_arn", [hcl(arn)]],
        ]),
      ]),
    ),
  ];
}

function repositoryBlocks(repository: OwnRepository & { address: string }, references: References): Lines[] {
  const { name, address, settings, lifecyclePolicy, repositoryPolicy } = repository;
  const properties = propertyForms(settings).map(({ terraform }) => terraform);
  const ofRepository: Lines = attributes([["repository", [`aws_ecr_repository.${address}.name`]]]);
  return [
    ...imported("aws_ecr_repository", address, name, [
      attributes([
        ["name", [hcl(name)]],
        ...properties.flatMap((form) => plainAttributes(form.attributes ?? {})),
      ]),
      tags(repository.tags),
      ...properties.flatMap(({ blocks = [] }) =>
        blocks.map(([type, of]) => block(type, [attributes(plainAttributes(of))])),
      ),
      block("lifecycle", [attributes([["prevent_destroy", ["true"]]])]),
    ]),
    ...(lifecyclePolicy === null
      ? []
      : imported("aws_ecr_lifecycle_policy", address, name, [
          ofRepository,
          attributes([["policy", document(lifecyclePolicy, references)]]),
        ])),
    ...(repositoryPolicy === null
      ? []
      : imported("aws_ecr_repository_policy", address, name, [
          ofRepository,
          attributes([["policy", document(repositoryPolicy, references)]]),
        ])),
  ];
}

/** Writes a resource and the block that imports it. Each type of resource has its own form of id. */
const imported = (type: string, address: string, id: string, body: readonly Lines[]): Lines[] => [
  block("import", [
    attributes([
      ["to", [`${type}.${address}`]],
      ["id", [hcl(id)]],
    ]),
  ]),
  block(`resource "${type}" "${address}"`, body),
];

/** Writes a block. Empty lines separate its groups of attributes and its inner blocks. */
const block = (header: string, parts: readonly Lines[]): Lines => [
  `${header} {`,
  ...parts.flatMap((lines, index) => [...(index === 0 ? [] : [""]), ...lines.map(deeper)]),
  "}",
];

/** Writes the values of attributes, and leaves out attributes without a value. */
const plainAttributes = (of: Attributes) =>
  Object.entries(of).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, [typeof value === "string" ? hcl(value) : String(value)]] as const],
  );

const tags = (of: { readonly [key: string]: string }): Lines => attributes([["tags", map(of)]]);

/** Writes a map. Its keys come from outside, so they are quoted. */
const map = (of: { readonly [key: string]: string }): Lines => [
  "{",
  ...attributes(Object.entries(of).map(([key, value]) => [hcl(key), [hcl(value)]] as const)).map(deeper),
  "}",
];

const document = (policy: Value, references: References): Lines => {
  const [first, ...more] = linesOf(policy, references);
  const last = more.pop() ?? "";
  return [`jsonencode(${first}`, ...more, `${last})`];
};

/** Maps strings to the references that replace them. */
type References = ReadonlyMap<string, string>;

function linesOf(value: Value, references: References): Lines {
  if (typeof value === "string") return [references.get(value) ?? hcl(value)];
  if (typeof value !== "object") return [String(value)];
  if (isList(value)) {
    const items = value.map((item) => linesOf(item, references));
    const [only = [], ...others] = items;
    if (others.length === 0 && only.length === 1) return [`[${only}]`];
    return ["[", ...items.flatMap((lines) => [...lines.slice(0, -1), `${lines.at(-1)},`]).map(deeper), "]"];
  }
  const members = Object.entries(value).flatMap(([key, member]) =>
    member === undefined
      ? []
      : [[/^[A-Za-z]+$/.test(key) ? key : hcl(key), linesOf(member, references)] as const],
  );
  return ["{", ...attributes(members).map(deeper), "}"];
}

/** Writes attributes or members. The `=` of neighbouring one-line attributes are aligned. */
function attributes(of: readonly (readonly [name: string, value: Lines])[]): Lines {
  const isShort = (index: number): boolean => of[index]?.[1].length === 1;
  return of.flatMap(([name, [first, ...more]], index) => {
    let [from, to] = [index, index];
    while (isShort(index) && isShort(from - 1)) from--;
    while (isShort(index) && isShort(to + 1)) to++;
    const width = Math.max(...of.slice(from, to + 1).map(([other]) => columns(other)));
    return [`${name}${" ".repeat(width - columns(name))} = ${first}`, ...more];
  });
}

/**
 * Counts columns as `terraform fmt` does, by visible characters. Creating a segmenter takes 8 ms, so plain ASCII does
 * without.
 */
const columns = (text: string): number =>
  /^[ -~]*$/.test(text) ? text.length : [...new Intl.Segmenter("en").segment(text)].length;

const deeper = (line: string): string => (line === "" ? line : `  ${line}`);
