/**
 * Returns the policies of a deployment: what each function may do, and the permissions boundary, which is the most that
 * a role which the service makes may do. They follow from the operator's configuration, so `npm run package` decides
 * them, and the template holds no condition. Which condition keys an action knows:
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
 */
import { type Config, issuerUrls } from "../src/config.ts";
import { MEMBER_PATH, memberRoleName } from "../src/desired/member.ts";
import { ecrOwner, repositoryArn } from "../src/desired/names.ts";
import { boundaryPolicy, type Profiles } from "../src/desired/profiles.ts";
import { NEVER_FOR_WORKFLOWS } from "../src/desired/session-policy.ts";
import type { PolicyDocument, Statement } from "../src/policy/document.ts";
import type { Ceiling } from "../src/self/ceiling.ts";
import boundary from "./boundary.json" with { type: "json" };

/** The part of the configuration that decides the policies. */
export type Settings = Pick<
  Config,
  "owners" | "issuers" | "tagKeys" | "ecrGrants" | "managedPolicies" | "kmsKeys" | "regions" | "githubSecret"
> & { readonly profiles: Profiles };

/** References that CloudFormation replaces at deployment. */
const ACCOUNT = { partition: "${AWS::Partition}", account: "${AWS::AccountId}" };
const BOUNDARY = "${PermissionsBoundary}";
const TABLE = "${Table.Arn}";

const EVERY_REGION = "*";
const registry = (name: string) => repositoryArn(name, { ...ACCOUNT, region: EVERY_REGION });
const iam = (resource: string) => `arn:${ACCOUNT.partition}:iam::${ACCOUNT.account}:${resource}`;

/** The ECR repositories that registrations may make and change: the owners' namespaces, and what the operator grants. */
const ownRepositories = ({ owners, ecrGrants }: Settings): string[] =>
  unique([
    ...owners.map((owner) => `${ecrOwner(owner)}/*`),
    ...ecrGrants.filter(({ pullOnly }) => !pullOnly).map(({ pattern }) => pattern),
  ]).map(registry);

/** The ECR repositories that registrations may only pull from. */
const othersRepositories = ({ ecrGrants }: Settings): string[] =>
  unique(ecrGrants.filter(({ pullOnly }) => pullOnly).map(({ pattern }) => pattern)).map(registry);

/**
 * Returns the permissions boundary: `deploy/boundary.json`, kept to the account's repositories that registrations may
 * use, and what the profiles allow.
 */
export function boundaryOf(settings: Settings): PolicyDocument {
  const others = othersRepositories(settings);
  const base = boundary.Statement.flatMap((statement): Statement[] => {
    const { Sid, Action, Resource } = statement;
    if (Sid !== "EcrData") return [{ Sid, Effect: "Allow", Action, Resource }];
    const pull: Statement = { Sid: "EcrPull", Effect: "Allow", Action: PULL, Resource: others };
    return [
      { Sid, Effect: "Allow", Action, Resource: ownRepositories(settings) },
      ...(others.length > 0 ? [pull] : []),
    ];
  });
  return boundaryPolicy({ Version: "2012-10-17", Statement: base }, settings.profiles, ACCOUNT);
}

/** The actions of a pull. The login is a statement of its own. */
const PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

/**
 * Returns what the API's function may do.
 * @param path the path of every role that the service makes, such as `/rolecall/`
 */
export function apiPolicy(settings: Settings, path: string): PolicyDocument {
  const shared = sharedStatements(settings, path);
  return {
    Version: "2012-10-17",
    Statement: [
      ...shared.roles,
      deletesBoundedRoles(path, BOUNDED),
      assumesMembers(path),
      { Sid: "ReadQuotas", Effect: "Allow", Action: "iam:GetAccountSummary", Resource: "*" },
      ...shared.repositories,
      {
        Sid: "ReadTable",
        Effect: "Allow",
        Action: ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"],
        Resource: TABLE,
      },
      onItems("PutItems", "dynamodb:PutItem", [
        "REPO#*",
        "ECR#*",
        "NAMESPACE#*",
        "HISTORY#*",
        "ROLLCALL",
        "TURN",
        "ACCOUNTS",
      ]),
      onItems("DeleteRegistrations", "dynamodb:DeleteItem", ["REPO#*", "ACCOUNTS"]),
      ...shared.rest,
      logsTo("ApiLogGroup"),
    ],
  };
}

/**
 * Returns what the drift function may do: read the account, and repair by the limits of the API. It deletes no role and
 * no item, and it reserves no namespace.
 * @param path the path of every role that the service makes, such as `/rolecall/`
 */
export function driftPolicy(settings: Settings, path: string): PolicyDocument {
  const shared = sharedStatements(settings, path);
  return {
    Version: "2012-10-17",
    Statement: [
      // None of these actions knows a resource. CloudTrail says who wrote to what has drifted; without it checks go on.
      {
        Sid: "ReadAccount",
        Effect: "Allow",
        Action: ["cloudtrail:LookupEvents", "iam:GetAccountAuthorizationDetails", "iam:ListRoles"],
        Resource: "*",
      },
      ...shared.roles,
      assumesMembers(path),
      ...shared.repositories,
      {
        Sid: "ReadTable",
        Effect: "Allow",
        Action: ["dynamodb:BatchGetItem", "dynamodb:GetItem"],
        Resource: TABLE,
      },
      onItems("QueryItems", "dynamodb:Query", ["ACCOUNTS", "CHECKED", "ROLLCALL", "ROLLCALL#*"]),
      onItems("PutItems", "dynamodb:PutItem", [
        "REPO#*",
        "ECR#*",
        "HISTORY#*",
        "CHECKED",
        "ROLLCALL",
        "ROLLCALL#*",
        "TURN",
        "RUN",
        "AUDIT#*",
      ]),
      // The function sends jobs. Its event source receives and deletes them with the function's role.
      {
        Sid: "Jobs",
        Effect: "Allow",
        Action: ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage"],
        Resource: "${JobsQueue.Arn}",
      },
      onItems("AddToItems", "dynamodb:UpdateItem", ["ROLLCALL#*", "TURN"]),
      {
        Sid: "ReadAccountIndex",
        Effect: "Allow",
        Action: "dynamodb:Query",
        Resource: `${TABLE}/index/account`,
      },
      ...shared.rest,
      logsTo("DriftLogGroup"),
    ],
  };
}

/**
 * Returns what the function that serves workflows may do: register roles within the ceiling. It deletes neither roles nor
 * anything in ECR, publishes no event, reads only the items of the table that a registration needs, and assumes only the
 * roles of the members that the ceiling names.
 * @param path the path of every role that the service makes, such as `/rolecall/`
 */
export function selfPolicyOf(settings: Settings, { rules }: Ceiling, path: string): PolicyDocument {
  const may = new Set(rules.flatMap((rule) => rule.may.managedPolicies));
  const managedPolicies = settings.managedPolicies.filter((arn) => may.has(arn));
  const shared = sharedStatements({ ...settings, managedPolicies, kmsKeys: [] }, path);
  const members = unique(rules.flatMap(({ accounts }) => accounts)).filter((account) => account !== "home");
  const items = ["REPO#*", "ECR#*", "NAMESPACE#*"];
  return {
    Version: "2012-10-17",
    Statement: [
      ...shared.roles,
      ...when(members.length > 0, assumesMembers(path, members)),
      { Sid: "ReadQuotas", Effect: "Allow", Action: "iam:GetAccountSummary", Resource: "*" },
      ...shared.repositories.flatMap(withoutNever),
      // A token that has written is refused before the PUT reserves anything. So its record is read first.
      onItems(
        "ReadItems",
        ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"],
        [...items, "CHECKED", "TOKEN#*", ...(members.length > 0 ? ["ACCOUNTS"] : [])],
      ),
      onItems("PutItems", "dynamodb:PutItem", [...items, "HISTORY#*", "TOKEN#*"]),
      // A PUT whose namespace is refused deletes the registration that it has just written.
      onItems("DeleteRegistrations", "dynamodb:DeleteItem", ["REPO#*"]),
      ...shared.secret,
      logsTo("SelfLogGroup"),
    ],
  };
}

/** Returns a statement without the actions that no call of a workflow needs; nothing if no action is left. */
function withoutNever(statement: Statement): Statement[] {
  const isNever = (action: string): boolean =>
    // Only a request that gives settings, or a check, compares lifecycle policies.
    [...NEVER_FOR_WORKFLOWS, "ecr:GetLifecyclePolicy"].some((never) =>
      never.endsWith("*") ? action.startsWith(never.slice(0, -1)) : action === never,
    );
  const Action = [statement.Action].flat().filter((action) => !isNever(action));
  return Action.length === 0 ? [] : [{ ...statement, Action }];
}

/**
 * Returns what the reader and the writer of a member account may do there. The writer has what the API's function may
 * write in its own account. It reads nothing, and it can change neither itself nor the reader nor the boundary. Every
 * policy under Rolecall's path counts as the boundary: a stack that is made again has a boundary of another name, and
 * the roles of the stack before keep theirs. The writer can make no policy.
 * @param path the path of every role that the service makes, such as `/rolecall/`
 */
export function memberPolicies(
  settings: Settings,
  path: string,
): { reader: PolicyDocument; writer: PolicyDocument } {
  const managedPolicies = unique(
    settings.managedPolicies.map((arn) => arn.replace(/:iam::\d{12}:/, `:iam::${ACCOUNT.account}:`)),
  );
  const bounded = { StringLike: { "iam:PermissionsBoundary": iam(`policy${path}*`) } };
  const shared = sharedStatements({ ...settings, managedPolicies }, path, bounded);
  const reads = ({ Action }: Statement) => [Action].flat().every(isRead);
  const all = [...shared.roles, ...shared.repositories].flatMap((statement) => {
    const actions = [statement.Action].flat();
    const parts = [actions.filter(isRead), actions.filter((one) => !isRead(one))];
    return parts.filter((part) => part.length > 0).map((Action) => ({ ...statement, Action }));
  });
  return {
    reader: {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "ReadAccount",
          Effect: "Allow",
          Action: [
            "cloudtrail:LookupEvents",
            "iam:GetAccountAuthorizationDetails",
            "iam:GetAccountSummary",
            "iam:ListRoles",
          ],
          Resource: "*",
        },
        ...all.filter(reads),
      ],
    },
    writer: {
      Version: "2012-10-17",
      Statement: [...all.filter((one) => !reads(one)), deletesBoundedRoles(path, bounded)],
    },
  };
}

const isRead = (action: string): boolean =>
  /:(?:Get|List|Describe|Lookup)/.test(action) && !/^kms:/.test(action);

const deletesBoundedRoles = (path: string, bounded: Bounded): Statement => ({
  Sid: "DeleteBoundedRoles",
  Effect: "Allow",
  Action: "iam:DeleteRole",
  Resource: iam(`role${path}*`),
  Condition: bounded,
});

/**
 * Returns the statement by which a function may assume the roles of member accounts.
 * @param path the path of the deployment's own roles, which names the members' roles
 * @param accounts the members; by default every account that trusts the hub
 */
const assumesMembers = (path: string, accounts: readonly string[] = ["*"]): Statement => ({
  Sid: "AssumeMemberRoles",
  Effect: "Allow",
  Action: ["sts:AssumeRole", "sts:SetSourceIdentity"],
  Resource: accounts.flatMap((account) =>
    (["reader", "writer"] as const).map(
      (role) =>
        `arn:${ACCOUNT.partition}:iam::${account}:role${MEMBER_PATH}${memberRoleName({ rolePath: path }, role)}`,
    ),
  ),
});

type Bounded = NonNullable<Statement["Condition"]>;

/** The boundary of the request or, where the request sets none, the one that the role has. */
const BOUNDED = { StringEquals: { "iam:PermissionsBoundary": BOUNDARY } };

/**
 * The statements that several functions have.
 * @param bounded the condition that a role has the boundary
 */
function sharedStatements(settings: Settings, path: string, bounded: Bounded = BOUNDED) {
  const { managedPolicies, kmsKeys, githubSecret } = settings;
  const tagKeys = settings.tagKeys.map(({ key }) => key);
  const ours = iam(`role${path}*`);
  const repositories = ownRepositories(settings);
  const providers = issuerUrls(settings).map((url) => iam(`oidc-provider/${url.replace("https://", "")}`));
  const regions = unique(["${AWS::Region}", ...settings.regions]);
  const inRegions = { "aws:RequestedRegion": regions };
  const roles: Statement[] = [
    {
      Sid: "WriteBoundedRoles",
      Effect: "Allow",
      Action: [
        "iam:CreateRole",
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
        "iam:PutRolePermissionsBoundary",
        "iam:PutRolePolicy",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateRole",
      ],
      Resource: ours,
      Condition: bounded,
    },
    // Only the policies that the operator lists, because others may write what a policy says.
    ...when(managedPolicies.length > 0, {
      Sid: "AttachListedPolicies",
      Effect: "Allow",
      Action: "iam:AttachRolePolicy",
      Resource: ours,
      Condition: { ...bounded, ArnEquals: { "iam:PolicyARN": managedPolicies } },
    }),
    // IAM checks no boundary here. A role's tags are its sessions' tags, so the keys are the operator's.
    {
      Sid: "TagRoles",
      Effect: "Allow",
      Action: "iam:TagRole",
      Resource: ours,
      Condition: { "ForAllValues:StringLike": { "aws:TagKeys": ["rolecall:*", ...tagKeys] } },
    },
    // Never `rolecall:id`, which proves whose the role is. IAM takes a role's tag keys without letter case and compares
    // this condition with it, so every key with eight characters before a colon is withheld.
    {
      Sid: "UntagRoles",
      Effect: "Allow",
      Action: "iam:UntagRole",
      Resource: ours,
      Condition: {
        "ForAllValues:StringNotLike": { "aws:TagKeys": "????????:*" },
        Null: { "aws:TagKeys": "false" },
      },
    },
    // Every role: IAM authorizes a role that does not exist, or has another path, under another ARN than ours. A refusal
    // would hide which of the two it is.
    {
      Sid: "ReadRoles",
      Effect: "Allow",
      Action: ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"],
      Resource: iam("role/*"),
    },
    {
      Sid: "UseProviders",
      Effect: "Allow",
      Action: [
        "iam:AddClientIDToOpenIDConnectProvider",
        "iam:CreateOpenIDConnectProvider",
        "iam:GetOpenIDConnectProvider",
      ],
      Resource: providers,
    },
  ];
  const ecr: Statement[] = [
    // A condition names the regions, because the ARN of each repository in each region would be too long.
    {
      Sid: "CreateTaggedRepositories",
      Effect: "Allow",
      Action: ["ecr:CreateRepository", "ecr:TagResource"],
      Resource: repositories,
      Condition: {
        StringEquals: inRegions,
        Null: { "aws:RequestTag/rolecall:id": "false" },
        "ForAllValues:StringEquals": { "aws:TagKeys": ["rolecall:id", ...tagKeys] },
      },
    },
    {
      Sid: "ChangeTaggedRepositories",
      Effect: "Allow",
      Action: [
        "ecr:DeleteLifecyclePolicy",
        "ecr:DeleteRepositoryPolicy",
        "ecr:PutImageScanningConfiguration",
        "ecr:PutImageTagMutability",
        "ecr:PutLifecyclePolicy",
        "ecr:SetRepositoryPolicy",
      ],
      Resource: repositories,
      Condition: { StringEquals: inRegions, Null: { "aws:ResourceTag/rolecall:id": "false" } },
    },
    // Never the id itself: nobody may change a repository that has lost it.
    ...when(tagKeys.length > 0, {
      Sid: "UntagTaggedRepositories",
      Effect: "Allow",
      Action: "ecr:UntagResource",
      Resource: repositories,
      Condition: {
        StringEquals: inRegions,
        Null: { "aws:ResourceTag/rolecall:id": "false", "aws:TagKeys": "false" },
        "ForAllValues:StringEquals": { "aws:TagKeys": tagKeys },
      },
    }),
    // ECR does this as the caller who makes a repository with a key. The key's own policy must allow it too.
    // https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
    ...when(kmsKeys.length > 0, {
      Sid: "EncryptRepositories",
      Effect: "Allow",
      Action: ["kms:CreateGrant", "kms:DescribeKey"],
      Resource: kmsKeys,
      Condition: { StringLike: { "kms:ViaService": regions.map((region) => `ecr.${region}.*`) } },
    }),
    // Every repository: DescribeRepositories without names is authorized on `repository/*`, and whether a repository that
    // a registration used before is still there must be seen after its owner or grant was removed.
    {
      Sid: "ReadRepositories",
      Effect: "Allow",
      Action: [
        "ecr:DescribeRepositories",
        "ecr:GetLifecyclePolicy",
        "ecr:GetRepositoryPolicy",
        "ecr:ListTagsForResource",
      ],
      Resource: registry("*"),
      Condition: { StringEquals: inRegions },
    },
  ];
  const secret = when(githubSecret !== undefined, {
    Sid: "ReadGitHubSecret",
    Effect: "Allow",
    Action: "secretsmanager:GetSecretValue",
    Resource: githubSecret ?? "",
  });
  const rest: Statement[] = [
    { Sid: "ReadIndex", Effect: "Allow", Action: "dynamodb:Query", Resource: `${TABLE}/index/list` },
    {
      Sid: "PutEvents",
      Effect: "Allow",
      Action: "events:PutEvents",
      Resource: `arn:${ACCOUNT.partition}:events:\${AWS::Region}:${ACCOUNT.account}:event-bus/default`,
      Condition: {
        StringEquals: {
          "events:source": "rolecall",
          "events:detail-type": ["Rolecall Drift Status Change", "Rolecall Roll Call Requested"],
        },
      },
    },
  ];
  return { roles, repositories: ecr, secret, rest: [...rest, ...secret] };
}

/**
 * Reads or writes of items of the table with these partition keys (docs/storage.md). A request without a key would satisfy
 * `ForAllValues`, so the key has to be there.
 */
const onItems = (Sid: string, Action: string | string[], keys: string[]): Statement => ({
  Sid,
  Effect: "Allow",
  Action,
  Resource: TABLE,
  Condition: {
    "ForAllValues:StringLike": { "dynamodb:LeadingKeys": keys },
    Null: { "dynamodb:LeadingKeys": "false" },
  },
});

const logsTo = (group: string): Statement => ({
  Sid: "Log",
  Effect: "Allow",
  Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
  Resource: `\${${group}.Arn}`,
});

const when = (condition: boolean, statement: Statement): Statement[] => (condition ? [statement] : []);
const unique = (texts: readonly string[]): string[] => [...new Set(texts)];
