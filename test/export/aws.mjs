/**
 * Stands in for the aws CLI. It knows the commands and options that an export uses, and sends each to the endpoint
 * that the environment names. Any other command or option ends it with 252, as it would end the CLI.
 * https://docs.aws.amazon.com/cli/latest/reference/
 */

const TEXT = (/** @type {string} */ text) => text;
const JSON_TEXT = (/** @type {string} */ text) => JSON.parse(text);
const ONE_OF_A_LIST = (/** @type {string} */ text) => [text];

const providerArn = { "open-id-connect-provider-arn": ["OpenIDConnectProviderArn", TEXT] };
const repositoryName = { "repository-name": ["repositoryName", TEXT] };

const COMMANDS = {
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

const VERSIONS = { iam: "2010-05-08", sts: "2011-06-15" };

/** @returns {never} */
function leave(/** @type {number} */ code, /** @type {string} */ why) {
  console.error(why);
  process.exit(code);
}

const [service, name, ...rest] = process.argv.slice(2);
const [action, known] = COMMANDS[`${service} ${name}`] ?? leave(252, `no command ${service} ${name}`);
const request = {};
const output = {};
for (let at = 0; at < rest.length; at += 2) {
  const [option = "", value] = [rest[at]?.replace(/^--/, ""), rest[at + 1]];
  // The real CLI would take such a value as a file or another option.
  if (value === undefined || /^(--|file:\/\/|fileb:\/\/)/.test(value)) leave(252, `${option} has no value`);
  if (option === "query" || option === "output") output[option] = value;
  else if (known[option] === undefined) leave(252, `${service} ${name} has no option ${rest[at]}`);
  else request[known[option][0]] = known[option][1](value);
}

/** Yields the members as the Query protocol names them: `Tags.member.1.Key`. */
function* members(/** @type {unknown} */ value, /** @type {string} */ at) {
  if (typeof value !== "object" || value === null) yield [at, String(value)];
  else if (Array.isArray(value))
    for (const [index, item] of value.entries()) yield* members(item, `${at}.member.${index + 1}`);
  else
    for (const [key, member] of Object.entries(value))
      yield* members(member, at === "" ? key : `${at}.${key}`);
}

const region = process.env["AWS_REGION"] ?? leave(253, "no region");
const isJson = service === "ecr";
const answer = await fetch(process.env["AWS_ENDPOINT_URL"] ?? leave(253, "no endpoint"), {
  method: "POST",
  headers: {
    authorization: `AWS4-HMAC-SHA256 Credential=${process.env["AWS_ACCESS_KEY_ID"]}/20261123/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
    "content-type": isJson ? "application/x-amz-json-1.1" : "application/x-www-form-urlencoded",
    ...(isJson && { "x-amz-target": `AmazonEC2ContainerRegistry_V20150921.${action}` }),
  },
  body: isJson
    ? JSON.stringify(request)
    : new URLSearchParams([
        ["Action", action],
        ["Version", VERSIONS[service]],
        ...members(request, ""),
      ]).toString(),
});
const body = await answer.text();
if (!answer.ok) leave(254, body);
const { query } = output;
console.log(
  query === undefined ? body : (new RegExp(`<${query}>([^<]*)</${query}>`).exec(body)?.[1] ?? "None"),
);
