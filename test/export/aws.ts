/**
 * Stands in for the aws CLI. It knows the commands and options that an export uses. Any other command or option ends it
 * with 252, as it would end the CLI.
 * https://docs.aws.amazon.com/cli/latest/reference/
 */

/** The environment of a command. */
export type Environment = { endpoint: string; accessKeyId: string; region: string };

/** The text that a command prints: to its output if the status is 0, and otherwise to its error output. */
export type Printed = { status: number; text: string };

/** A member of the request, and its value from the option's text. */
type Member = [name: string, read: (text: string) => unknown];

const TEXT = (text: string) => text;
const JSON_TEXT = (text: string): unknown => JSON.parse(text);
const ONE_OF_A_LIST = (text: string) => [text];

const providerArn = { "open-id-connect-provider-arn": ["OpenIDConnectProviderArn", TEXT] } satisfies Options;
const repositoryName = { "repository-name": ["repositoryName", TEXT] } satisfies Options;

type Options = Record<string, Member>;
const COMMANDS: Record<string, [action: string, options: Options]> = {
  "sts get-caller-identity": ["GetCallerIdentity", {}],
  "iam get-open-id-connect-provider": ["GetOpenIDConnectProvider", providerArn],
  "iam create-open-id-connect-provider": [
    "CreateOpenIDConnectProvider",
    { url: ["Url", TEXT], "client-id-list": ["ClientIDList", ONE_OF_A_LIST] },
  ],
  "iam add-client-id-to-open-id-connect-provider": [
    "AddClientIDToOpenIDConnectProvider",
    { ...providerArn, "client-id": ["ClientID", TEXT] },
  ],
  "iam create-role": [
    "CreateRole",
    {
      "role-name": ["RoleName", TEXT],
      path: ["Path", TEXT],
      description: ["Description", TEXT],
      "max-session-duration": ["MaxSessionDuration", TEXT],
      "permissions-boundary": ["PermissionsBoundary", TEXT],
      tags: ["Tags", JSON_TEXT],
      "assume-role-policy-document": ["AssumeRolePolicyDocument", TEXT],
    },
  ],
  "iam put-role-policy": [
    "PutRolePolicy",
    {
      "role-name": ["RoleName", TEXT],
      "policy-name": ["PolicyName", TEXT],
      "policy-document": ["PolicyDocument", TEXT],
    },
  ],
  "iam attach-role-policy": [
    "AttachRolePolicy",
    { "role-name": ["RoleName", TEXT], "policy-arn": ["PolicyArn", TEXT] },
  ],
  "ecr create-repository": [
    "CreateRepository",
    {
      ...repositoryName,
      "image-tag-mutability": ["imageTagMutability", TEXT],
      "image-tag-mutability-exclusion-filters": ["imageTagMutabilityExclusionFilters", JSON_TEXT],
      "image-scanning-configuration": ["imageScanningConfiguration", JSON_TEXT],
      "encryption-configuration": ["encryptionConfiguration", JSON_TEXT],
      tags: ["tags", JSON_TEXT],
    },
  ],
  "ecr put-lifecycle-policy": [
    "PutLifecyclePolicy",
    { ...repositoryName, "lifecycle-policy-text": ["lifecyclePolicyText", TEXT] },
  ],
  "ecr set-repository-policy": [
    "SetRepositoryPolicy",
    { ...repositoryName, "policy-text": ["policyText", TEXT] },
  ],
};

const VERSIONS: Record<string, string> = { iam: "2010-05-08", sts: "2011-06-15" };

/** Runs `aws` with these arguments. */
export async function aws(args: readonly string[], environment: Environment): Promise<Printed> {
  const [service = "", name = "", ...rest] = args;
  const command = COMMANDS[`${service} ${name}`];
  if (command === undefined) return { status: 252, text: `no command ${service} ${name}` };
  const [action, known] = command;
  const request: Record<string, unknown> = {};
  let query: string | undefined;
  for (let at = 0; at < rest.length; at += 2) {
    const [option = "", value] = [rest[at]?.replace(/^--/, ""), rest[at + 1]];
    // The real CLI would take such a value as a file or another option.
    if (value === undefined || /^(--|file:\/\/|fileb:\/\/)/.test(value))
      return { status: 252, text: `${option} has no value` };
    const member = known[option];
    if (option === "query") query = value;
    else if (member !== undefined) request[member[0]] = member[1](value);
    else if (option !== "output")
      return { status: 252, text: `${service} ${name} has no option ${rest[at]}` };
  }
  const answer = await send(service, action, request, environment);
  const body = await answer.text();
  if (!answer.ok) return { status: 254, text: body };
  const found = query === undefined ? body : new RegExp(`<${query}>([^<]*)</${query}>`).exec(body)?.[1];
  return { status: 0, text: found ?? "None" };
}

function send(
  service: string,
  action: string,
  request: Readonly<Record<string, unknown>>,
  { endpoint, accessKeyId, region }: Environment,
): Promise<Response> {
  const isJson = service === "ecr";
  return fetch(endpoint, {
    method: "POST",
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20261123/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
      "content-type": isJson ? "application/x-amz-json-1.1" : "application/x-www-form-urlencoded",
      ...(isJson && { "x-amz-target": `AmazonEC2ContainerRegistry_V20150921.${action}` }),
    },
    body: isJson
      ? JSON.stringify(request)
      : new URLSearchParams([
          ["Action", action],
          ["Version", VERSIONS[service] ?? ""],
          ...members(request, ""),
        ]).toString(),
  });
}

/** Yields the members as the Query protocol names them: `Tags.member.1.Key`. */
function* members(value: unknown, at: string): Generator<[string, string]> {
  if (typeof value !== "object" || value === null) yield [at, String(value)];
  else if (Array.isArray(value))
    for (const [index, item] of value.entries()) yield* members(item, `${at}.member.${index + 1}`);
  else
    for (const [key, member] of Object.entries(value))
      yield* members(member, at === "" ? key : `${at}.${key}`);
}
