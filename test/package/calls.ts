/**
 * The permissions that a call to AWS needs, their resources, and the condition keys that IAM has for the call.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
 */
import type { RecordedCall } from "../../local/aws/server.ts";
import type { Request } from "./iam.ts";
import type { Deployment } from "./template.ts";

type Call = Pick<RecordedCall, "service" | "action" | "region" | "request">;
type Context = NonNullable<Request["context"]>;
type Tags = readonly { Key: string; Value: string }[];

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const records = (value: unknown): Call["request"][] => (Array.isArray(value) ? value.map(Object) : []);
const tagsOf = (value: unknown): Tags => (Array.isArray(value) ? value : []);

const keysOf = (keys: readonly string[]): Context => (keys.length === 0 ? {} : { "aws:TagKeys": keys });
const requestTags = (tags: Tags): Context => ({
  ...keysOf(tags.map(({ Key }) => Key)),
  ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
});

/**
 * Follows all calls of an account from the start, because a permission can depend on the state of a role or an ECR
 * repository at that time. `needs` returns the permissions that a call needs; `happened` records its effect.
 */
export function openLedger({ partition, region, account }: Deployment) {
  const roles = new Map<string, { path: string; boundary: string }>();
  const repositories = new Map<string, Tags>();

  const iam = (resource: string) => `arn:${partition}:iam::${account}:${resource}`;
  /** Uses the region that a call is signed for. */
  const ecr = (name: string, of = region) => `arn:${partition}:ecr:${of}:${account}:repository/${name}`;
  /** ECR's calls name a repository or its ARN. */
  const repositoryOf = ({ request, region }: Pick<Call, "request" | "region">): string =>
    text(request["resourceArn"]) || ecr(text(request["repositoryName"]), region);
  const dynamodb = (name: string) => `arn:${partition}:dynamodb:${region}:${account}:table/${name}`;
  /** Without a role, IAM knows neither its path nor its boundary. */
  const roleArn = (name: string) => iam(`role${roles.get(name)?.path ?? "/"}${name}`);
  const boundaryOf = (boundary: string | undefined): Context =>
    boundary === undefined || boundary === "" ? {} : { "iam:PermissionsBoundary": boundary };

  function ofIam(action: string, request: Call["request"]): Request[] {
    const name = text(request["RoleName"]);
    const provider = text(request["OpenIDConnectProviderArn"]);
    const tags = tagsOf(request["Tags"]);
    const on = (resource: string, context: Context = {}) => [{ action: `iam:${action}`, resource, context }];
    switch (action) {
      case "CreateRole": {
        const resource = iam(`role${text(request["Path"]) || "/"}${name}`);
        const context = { ...requestTags(tags), ...boundaryOf(text(request["PermissionsBoundary"])) };
        const tagging = { action: "iam:TagRole", resource, context: requestTags(tags) };
        return [...on(resource, context), ...(tags.length > 0 ? [tagging] : [])];
      }
      case "PutRolePermissionsBoundary":
        return on(roleArn(name), boundaryOf(text(request["PermissionsBoundary"])));
      case "AttachRolePolicy": {
        const policy = { "iam:PolicyARN": text(request["PolicyArn"]) };
        return on(roleArn(name), { ...boundaryOf(roles.get(name)?.boundary), ...policy });
      }
      case "DeleteRole":
      case "DeleteRolePolicy":
      case "DetachRolePolicy":
      case "PutRolePolicy":
      case "UpdateAssumeRolePolicy":
      case "UpdateRole":
      case "GetRole":
        return on(roleArn(name), boundaryOf(roles.get(name)?.boundary));
      case "TagRole":
        return on(roleArn(name), requestTags(tags));
      case "UntagRole":
        return on(roleArn(name), keysOf(texts(request["TagKeys"])));
      case "GetRolePolicy":
      case "ListAttachedRolePolicies":
      case "ListRolePolicies":
        return on(roleArn(name));
      case "CreateOpenIDConnectProvider":
        return on(iam(`oidc-provider/${text(request["Url"]).replace("https://", "")}`), requestTags(tags));
      case "AddClientIDToOpenIDConnectProvider":
      case "GetOpenIDConnectProvider":
        return on(provider);
      case "GetAccountAuthorizationDetails":
      case "GetAccountSummary":
      case "ListRoles":
        return on("*");
      default:
        throw new Error(`What iam:${action} needs is not known here`);
    }
  }

  function ofEcr({ action, region: of = region, request }: Call): Request[] {
    const named = repositoryOf({ request, region: of });
    const tags = tagsOf(request["tags"]);
    const held = (repository: string): Context =>
      Object.fromEntries(
        (repositories.get(repository) ?? []).map(({ Key, Value }) => [`aws:ResourceTag/${Key}`, Value]),
      );
    const on = (resource: string, context: Context = held(resource)) => ({
      action: `ecr:${action}`,
      resource,
      context: { "aws:RequestedRegion": of, ...context },
    });
    switch (action) {
      case "CreateRepository": {
        const context = requestTags(tags);
        return [
          on(named, context),
          ...(tags.length > 0 ? [{ ...on(named, context), action: "ecr:TagResource" }] : []),
          ...ofKms(text(Object(request["encryptionConfiguration"])["kmsKey"]), of),
        ];
      }
      case "TagResource":
        return [on(named, { ...held(named), ...requestTags(tags) })];
      case "UntagResource":
        return [on(named, { ...held(named), ...keysOf(texts(request["tagKeys"])) })];
      case "DeleteLifecyclePolicy":
      case "DeleteRepositoryPolicy":
      case "GetLifecyclePolicy":
      case "GetRepositoryPolicy":
      case "ListTagsForResource":
      case "PutImageScanningConfiguration":
      case "PutImageTagMutability":
      case "PutLifecyclePolicy":
      case "SetRepositoryPolicy":
        return [on(named)];
      // Without names the call is authorized on all repositories, so a permission for some of them would refuse it.
      case "DescribeRepositories": {
        const names = texts(request["repositoryNames"]);
        return names.length === 0 ? [on(ecr("*", of))] : names.map((repository) => on(ecr(repository, of)));
      }
      default:
        throw new Error(`What ecr:${action} needs is not known here`);
    }
  }

  /**
   * The permissions on a key that the caller needs to create a repository. The key that AWS manages for ECR needs none.
   * https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
   */
  const ofKms = (key: string, of: string): Request[] =>
    (key === "" ? [] : ["kms:CreateGrant", "kms:DescribeKey"]).map((action) => ({
      action,
      resource: key,
      context: { "kms:ViaService": `ecr.${of}.amazonaws.com` },
    }));

  /**
   * The partition keys that a call names: those of items, of keys, or of the condition of a query.
   * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
   */
  function leadingKeysOf(action: string, request: Call["request"]): string[] {
    const named = (key: unknown) => text(Object(Object(key)["pk"])["S"]);
    const values = Object(request["ExpressionAttributeValues"]);
    if (action === "Query") return [text(Object(values[":pk"])["S"])].filter((key) => key !== "");
    if (action !== "BatchGetItem")
      return [named(request["Item"] ?? request["Key"])].filter((key) => key !== "");
    const tables = Object.values<{ Keys: unknown[] }>(Object(request["RequestItems"]));
    return [...new Set(tables.flatMap(({ Keys }) => Keys.map(named)))];
  }

  /** Returns the single call of a transaction's write: `PutItem` for `Put`. */
  const singleOf = (write: string): string =>
    write === "ConditionCheck" ? "ConditionCheckItem" : `${write}Item`;

  function ofDynamoDb(action: string, request: Call["request"]): Request[] {
    // Each write of a transaction needs the permission of its single call.
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
    if (action === "TransactWriteItems")
      return records(request["TransactItems"]).flatMap((item) =>
        Object.entries(item).flatMap(([write, input]) => ofDynamoDb(singleOf(write), Object(input))),
      );
    const index = request["IndexName"] === undefined ? "" : `/index/${text(request["IndexName"])}`;
    const tables =
      action === "BatchGetItem" ? Object.keys(Object(request["RequestItems"])) : [text(request["TableName"])];
    const keys = leadingKeysOf(action, request);
    const context: Context = keys.length === 0 ? {} : { "dynamodb:LeadingKeys": keys };
    return tables.map((table) => ({
      action: `dynamodb:${action}`,
      resource: dynamodb(table) + index,
      context,
    }));
  }

  /** GetCallerIdentity needs no permission, and no policy can deny it. */
  const ofSts = (action: string, request: Call["request"]): Request[] =>
    [
      ...(action === "AssumeRole" ? ["sts:AssumeRole"] : []),
      ...(request["SourceIdentity"] === undefined ? [] : ["sts:SetSourceIdentity"]),
    ].map((needed) => ({ action: needed, resource: text(request["RoleArn"]), context: {} }));

  const ofEvents = (action: string, request: Call["request"]): Request[] =>
    (Array.isArray(request["Entries"]) ? request["Entries"] : []).map((entry) => ({
      action: `events:${action}`,
      resource: `arn:${partition}:events:${region}:${account}:event-bus/${text(entry.EventBusName) || "default"}`,
      context: { "events:source": text(entry.Source), "events:detail-type": text(entry.DetailType) },
    }));

  /** A batch needs the permission of its single call. The path of a queue's URL names its account and the queue. */
  const ofSqs = ({ action, request, region: of }: Call): Request[] => {
    const [, owner = account, name = text(request["QueueName"])] =
      /\/(\d{12})\/([^/]+)$/.exec(text(request["QueueUrl"])) ?? [];
    const resource = `arn:${partition}:sqs:${of ?? region}:${owner}:${name}`;
    return [{ action: `sqs:${action.replace(/Batch$/, "")}`, resource }];
  };

  return {
    /** Returns the permissions that a call needs. */
    needs(call: Call): Request[] {
      const { service, action, request } = call;
      switch (service) {
        case "iam":
          return ofIam(action, request);
        case "ecr":
          return ofEcr(call);
        case "dynamodb":
          return ofDynamoDb(action, request);
        case "events":
          return ofEvents(action, request);
        case "cloudtrail":
          return [{ action: `cloudtrail:${action}`, resource: "*" }];
        case "sts":
          return ofSts(action, request);
        case "sqs":
          return ofSqs(call);
      }
    },

    /** Records the effect of a call. */
    happened({ action, region, request }: Call): void {
      const name = text(request["RoleName"]);
      const role = roles.get(name);
      const boundary = text(request["PermissionsBoundary"]);
      if (action === "CreateRole") roles.set(name, { path: text(request["Path"]) || "/", boundary });
      if (action === "DeleteRole") roles.delete(name);
      if (action === "PutRolePermissionsBoundary" && role !== undefined)
        roles.set(name, { ...role, boundary });
      if (action === "DeleteRolePermissionsBoundary" && role !== undefined)
        roles.set(name, { ...role, boundary: "" });
      const repository = repositoryOf({ request, region });
      const held = repositories.get(repository) ?? [];
      const tags = tagsOf(request["tags"]);
      const keys = [...tags.map(({ Key }) => Key), ...texts(request["tagKeys"])];
      if (action === "CreateRepository") repositories.set(repository, tags);
      if (action === "DeleteRepository") repositories.delete(repository);
      if (action === "TagResource" || action === "UntagResource")
        repositories.set(repository, [...held.filter(({ Key }) => !keys.includes(Key)), ...tags]);
    },
  };
}
