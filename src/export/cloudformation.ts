/**
 * Exports a registration as a CloudFormation template, so that a stack can import the role and its ECR repositories.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html
 */

import type { DesiredRole } from "../desired/state.ts";
import { tagList } from "../desired/tags.ts";
import { word } from "../workflow/quote.ts";
import {
  comment,
  type Exported,
  indented,
  isList,
  lifecycleText,
  madeFor,
  needed,
  numbered,
  type OwnRepository,
  ownRepositories,
  type Value,
} from "./exported.ts";
import { yaml } from "./quote.ts";
import { propertyForms } from "./repository-properties.ts";

/**
 * Every resource is retained when the stack is deleted. A stack imports only resources with a deletion policy. Deleted
 * images are lost, and a deleted role stops every workflow that uses it. The stack does not contain the provider,
 * because the roles of other stacks also need it.
 */
export function cloudFormation(exported: Exported): string {
  const { owner, repo, role } = exported;
  const repositories = ownRepositories(exported);
  return `\
${madeFor(exported)}#
${howToAdopt(exported)}#
${needed(exported)}\
AWSTemplateFormatVersion: "2010-09-09"
Description: ${yaml(`Role ${role} of the GitHub repository ${owner}/${repo}, with its ECR repositories`)}

Resources:
${resource("Role", "AWS::IAM::Role", roleProperties(exported.desired.role))}\
${repositories
  .map(
    (repository, index) => `\

${untaken(repository)}\
${resource(numbered("Repository", index), "AWS::ECR::Repository", repositoryProperties(repository))}`,
  )
  .join("")}`;
}

/**
 * Returns a comment with the commands that import the existing resources into a stack.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-manually.html
 */
function howToAdopt(exported: Exported): string {
  const { region, desired } = exported;
  const { name } = desired.role;
  const stack = `--region ${word(region)} --stack-name ${word(`rolecall-${name.replace(/[^A-Za-z0-9]+/g, "-")}`)}`;
  const resources = [
    { ResourceType: "AWS::IAM::Role", LogicalResourceId: "Role", ResourceIdentifier: { RoleName: name } },
    ...ownRepositories(exported).map((repository, index) => ({
      ResourceType: "AWS::ECR::Repository",
      LogicalResourceId: numbered("Repository", index),
      ResourceIdentifier: { RepositoryName: repository.name },
    })),
  ];
  const [first = "", ...more] = resources.map((one) => JSON.stringify(one));
  const list = word(`[${[first, ...more.map((one) => `    ${one}`)].join(",\n")}]`);
  return comment(
    "To import the existing resources into a stack, without changing them:",
    "",
    `  aws cloudformation create-change-set ${stack} \\`,
    "    --change-set-name adopt --change-set-type IMPORT --capabilities CAPABILITY_NAMED_IAM \\",
    `    --template-body ${word(`file://${name}.yml`)} \\`,
    ...`    --resources-to-import ${list}`.split("\n"),
    `  aws cloudformation wait change-set-create-complete ${stack} --change-set-name adopt`,
    `  aws cloudformation execute-change-set ${stack} --change-set-name adopt`,
    "",
    "To create the resources, if none of them exists:",
    "",
    `  aws cloudformation deploy ${stack} --capabilities CAPABILITY_NAMED_IAM \\`,
    `    --template-file ${word(`${name}.yml`)}`,
  );
}

const resource = (id: string, type: string, properties: string): string => `\
  ${id}:
    Type: ${type}
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
${indented(6, properties)}`;

const roleProperties = (role: DesiredRole): string => `\
RoleName: ${yaml(role.name)}
Path: ${yaml(role.path)}
Description: ${yaml(role.description)}
MaxSessionDuration: ${role.maxSessionSeconds}
PermissionsBoundary: ${yaml(role.boundaryArn)}
${block("AssumeRolePolicyDocument", role.trustPolicy)}\
${blockUnlessEmpty(
  "Policies",
  Object.entries(role.inlinePolicies).map(([PolicyName, PolicyDocument]) => ({ PolicyName, PolicyDocument })),
)}\
${blockUnlessEmpty("ManagedPolicyArns", role.attachedPolicyArns)}\
${blockUnlessEmpty("Tags", tagList(role.tags))}`;

const repositoryProperties = (repository: OwnRepository): string => {
  const { settings, lifecyclePolicy, repositoryPolicy } = repository;
  const properties = propertyForms(settings).flatMap(({ cloudFormation }) => Object.entries(cloudFormation));
  return `\
RepositoryName: ${yaml(repository.name)}
${properties.map(([key, value]) => block(key, value)).join("")}\
${
  lifecyclePolicy === null
    ? ""
    : `LifecyclePolicy:\n  LifecyclePolicyText: |-\n${indented(4, lifecycleText(lifecyclePolicy))}\n`
}\
${repositoryPolicy === null ? "" : block("RepositoryPolicyText", repositoryPolicy)}\
${blockUnlessEmpty("Tags", tagList(Object.fromEntries(Object.entries(repository.tags).filter(isTaken))))}`;
};

/** Tells whether CloudFormation accepts a tag. ECR also accepts keys of 128 characters, and values of 0 or 256. */
const isTaken = ([key, value]: [string, string]): boolean =>
  key.length <= 127 && value.length >= 1 && value.length <= 255;

const untaken = ({ tags }: OwnRepository): string =>
  Object.entries(tags)
    .filter((tag) => !isTaken(tag))
    .map(([key, value]) => `  # CloudFormation cannot set the tag ${yaml(key)} to ${yaml(value)}\n`)
    .join("");

/** Writes a key with its value, in YAML's block style. */
const block = (key: string, value: Value): string =>
  entry(key, value)
    .map((line) => `${line}\n`)
    .join("");

const blockUnlessEmpty = (key: string, list: readonly Value[]): string =>
  list.length === 0 ? "" : block(key, list);

function entry(key: string, value: Value): string[] {
  const name = /^[A-Za-z]+$/.test(key) ? key : yaml(key);
  const lines = linesOf(value);
  return typeof value === "object"
    ? [`${name}:`, ...lines.map((line) => `  ${line}`)]
    : [`${name}: ${lines}`];
}

function linesOf(value: Value): string[] {
  if (typeof value === "string") return [yaml(value)];
  if (typeof value !== "object") return [String(value)];
  if (isList(value)) {
    return value.flatMap((item) => linesOf(item).map((line, index) => `${index === 0 ? "- " : "  "}${line}`));
  }
  return Object.entries(value).flatMap(([key, member]) => (member === undefined ? [] : entry(key, member)));
}
