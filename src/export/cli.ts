/**
 * A registration as a shell script of aws commands: the steps by which one would make the role by hand, done right.
 * https://docs.aws.amazon.com/cli/latest/reference/iam/create-role.html
 */

import { REVOCATION_POLICY } from "../desired/names.ts";
import { ecrMutability } from "../desired/settings.ts";
import type { DesiredState } from "../desired/state.ts";
import { tagList } from "../desired/tags.ts";
import { word } from "../workflow/quote.ts";
import {
  comment,
  type Exported,
  exclusionFilters,
  lifecycleText,
  madeFor,
  needed,
  type OwnRepository,
  ownRepositories,
} from "./exported.ts";

/**
 * The script makes everything anew and stops at what is there already, so it never takes over what is another's. Only
 * the provider, which the account has once for all roles, may be there.
 */
export function cli(exported: Exported): string {
  const { account, region, desired } = exported;
  return `\
#!/bin/sh
${madeFor(exported)}#
${comment(
  "Makes the role, its policy and its ECR repositories where they are not there. It stops at the first thing that is;",
  "to go on after a failure, take out the steps that are done.",
)}#
${needed(exported, "provider")}
set -eu
export AWS_REGION=${word(region)} AWS_DEFAULT_REGION=${word(region)} AWS_PAGER=''

account=$(aws sts get-caller-identity --query Account --output text)
if [ "$account" != ${word(account)} ]; then
  echo "These are credentials of the account $account, and the role is one of ${account}." >&2
  exit 1
fi

${provider(desired)}
${ownRepositories(exported).map(repository).join("")}\
${role(desired)}`;
}

/** IAM needs no thumbprint for GitHub: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html */
const provider = ({ provider: { arn, url, audience } }: DesiredState): string => `\
# The OIDC provider, unless it is there, with the audience of the tokens that AWS is sent.
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

const role = ({ role: { name, path, ...role } }: DesiredState): string => `\
# The role, with the trust policy that says which runs may assume it.
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
# What the role ${policy === REVOCATION_POLICY ? "denies to sessions that have ended" : "may do"}, as a policy of its own, which goes with it.
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
# What it may do besides, as others have written it.
${command("iam attach-role-policy", [
  ["role-name", word(name)],
  ["policy-arn", word(arn)],
])}
`,
  )
  .join("")}`;

function repository({ name, settings, tags, lifecyclePolicy, repositoryPolicy }: OwnRepository): string {
  const { type: encryptionType, kmsKey } = settings.encryption;
  const named = ["repository-name", word(name)] as const;
  const filters = exclusionFilters(settings);
  const commands = [
    command("ecr create-repository", [
      named,
      ["image-tag-mutability", ecrMutability(settings)],
      ...(filters.length === 0
        ? []
        : [["image-tag-mutability-exclusion-filters", word(JSON.stringify(filters))] as const]),
      ["image-scanning-configuration", word(JSON.stringify({ scanOnPush: settings.scanOnPush }))],
      ["encryption-configuration", word(JSON.stringify({ encryptionType, kmsKey }))],
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
 * A command with an option a line. What an option is given is a word of the shell already; lists and structures are
 * JSON, since the CLI's own shorthand has no quoting for all that a tag may hold.
 * https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-shorthand.html
 */
const command = (name: string, options: readonly (readonly [name: string, value: string])[]): string =>
  [`aws ${name}`, ...options.map(([option, value]) => `  --${option} ${value}`)].join(" \\\n");
