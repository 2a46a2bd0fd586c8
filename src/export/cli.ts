/**
 * Exports a registration as a shell script of aws commands, the steps that create the role by hand.
 * https://docs.aws.amazon.com/cli/latest/reference/iam/create-role.html
 */

import { REVOCATION_POLICY } from "../desired/names.ts";
import type { ExpectedState } from "../desired/state.ts";
import { tagList } from "../desired/tags.ts";
import { word } from "../workflow/quote.ts";
import {
  comment,
  type Exported,
  lifecycleText,
  madeFor,
  needed,
  type OwnRepository,
  ownRepositories,
} from "./exported.ts";
import { propertyForms } from "./repository-properties.ts";

/**
 * Writes a script that creates everything and stops at the first resource that exists, so it never takes over a
 * resource of someone else. Only the provider may exist, because an account has one for all roles.
 */
export function cli(exported: Exported): string {
  const { account, region, desired } = exported;
  return `\
#!/bin/sh
${madeFor(exported)}#
${comment(
  "Creates the role, its policies and its ECR repositories, and stops at the first of these that already exists.",
  "To continue after a failure, remove the steps that are done.",
)}#
${needed(exported, "provider")}
set -eu
export AWS_REGION=${word(region)} AWS_DEFAULT_REGION=${word(region)} AWS_PAGER=''

account=$(aws sts get-caller-identity --query Account --output text)
if [ "$account" != ${word(account)} ]; then
  echo "These credentials belong to the account $account, but the role belongs to ${account}." >&2
  exit 1
fi

${provider(desired)}
${ownRepositories(exported).map(repository).join("")}\
${role(desired)}`;
}

/** IAM needs no thumbprint for GitHub: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html */
const provider = ({ provider: { arn, url, audience } }: ExpectedState): string => `\
# Creates the OIDC provider unless it exists, and adds the audience of the tokens.
${command("iam get-open-id-connect-provider", [["open-id-connect-provider-arn", word(arn)]])} >/dev/null 2>&1 ||
  ${command("iam create-open-id-connect-provider", [
    ["url", word(url)],
    ["client-id-list", word(audience)],
  ]).replaceAll("\n", "\n  ")}
${command("iam add-client-id-to-open-id-connect-provider", [
  ["open-id-connect-provider-arn", word(arn)],
  ["client-id", word(audience)],
])}
`;

const role = ({ role: { name, path, ...role } }: ExpectedState): string => `\
# The role, with the trust policy that decides which runs may assume it.
${command("iam create-role", [
  ["role-name", word(name)],
  ["path", word(path)],
  ["description", word(role.description)],
  ["max-session-duration", String(role.maxSessionSeconds)],
  ["permissions-boundary", word(role.boundaryArn)],
  ["tags", word(JSON.stringify(tagList(role.tags)))],
  ["assume-role-policy-document", word(JSON.stringify(role.trustPolicy, undefined, 2))],
])}
${Object.entries(role.inlinePolicies)
  .map(
    ([policy, document]) => `
# ${policy === REVOCATION_POLICY ? "A denial for sessions that were ended" : "Permissions of the role"}, as an inline policy: AWS stores it inside the role.
${command("iam put-role-policy", [
  ["role-name", word(name)],
  ["policy-name", word(policy)],
  ["policy-document", word(JSON.stringify(document, undefined, 2))],
])}
`,
  )
  .join("")}\
${role.attachedPolicyArns
  .map(
    (arn) => `
# More permissions of the role, from a managed policy that others maintain.
${command("iam attach-role-policy", [
  ["role-name", word(name)],
  ["policy-arn", word(arn)],
])}
`,
  )
  .join("")}`;

function repository({ name, settings, tags, lifecyclePolicy, repositoryPolicy }: OwnRepository): string {
  const named = ["repository-name", word(name)] as const;
  const commands = [
    command("ecr create-repository", [
      named,
      ...propertyForms(settings).flatMap(({ cli }) => Object.entries(cli)),
      ["tags", word(JSON.stringify(tagList(tags)))],
    ]),
    ...(lifecyclePolicy === null
      ? []
      : [
          command("ecr put-lifecycle-policy", [
            named,
            ["lifecycle-policy-text", word(lifecycleText(lifecyclePolicy))],
          ]),
        ]),
    ...(repositoryPolicy === null
      ? []
      : [
          command("ecr set-repository-policy", [
            named,
            ["policy-text", word(JSON.stringify(repositoryPolicy, undefined, 2))],
          ]),
        ]),
  ];
  return `# The ECR repository ${name}.\n${commands.map((each) => `${each}\n`).join("")}\n`;
}

/**
 * Writes a command with one option in each line. The values are already words of the shell. Lists and structures are
 * JSON, because the CLI's shorthand syntax cannot quote everything that a tag may contain.
 * https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-shorthand.html
 */
const command = (name: string, options: readonly (readonly [name: string, value: string])[]): string =>
  [`aws ${name}`, ...options.map(([option, value]) => `  --${option} ${value}`)].join(" \\\n");
