/** Reads what AWS holds with the SDK, at the endpoint that the environment names. */
import { isDeepStrictEqual } from "node:util";
import {
  DescribeRepositoriesCommand,
  ECRClient,
  GetRepositoryPolicyCommand,
  ListTagsForResourceCommand,
  RepositoryNotFoundException,
  RepositoryPolicyNotFoundException,
  SetRepositoryPolicyCommand,
} from "@aws-sdk/client-ecr";
import {
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  NoSuchEntityException,
  paginateListRoles,
} from "@aws-sdk/client-iam";
import type { RegistrationItem } from "../../src/registry/items.ts";

/** A role with its policies and tags. The documents are parsed. */
export type RoleInAws = {
  arn: string;
  path: string;
  roleId: string;
  description: string | undefined;
  maxSessionSeconds: number | undefined;
  boundaryArn: string | undefined;
  createdAt: string | undefined;
  trustPolicy: unknown;
  inlinePolicies: Record<string, unknown>;
  attachedPolicyArns: string[];
  tags: Record<string, string>;
};

/** Lets a client build its middleware once for each command. */
export const ONCE = { cacheMiddleware: true };

/**
 * Returns clients for the endpoint of the environment. Call it after Rolecall has started.
 * @param member the member account on the embedded AWS whose owner calls; by default the home account
 */
export function awsClients(member?: string) {
  const owner = member !== undefined && { credentials: { accessKeyId: member, secretAccessKey: "x" } };
  return { iam: new IAMClient({ ...ONCE, ...owner }), ecr: new ECRClient({ ...ONCE, ...owner }) };
}

export type AwsClients = ReturnType<typeof awsClients>;

const nameOf = (roleArn: string): string => roleArn.slice(roleArn.lastIndexOf("/") + 1);
const parsed = (document: string | undefined): unknown => JSON.parse(decodeURIComponent(document ?? "null"));

/** Returns the role with that ARN or name; undefined if there is none. */
export async function roleInAws({ iam }: AwsClients, arnOrName: string): Promise<RoleInAws | undefined> {
  const RoleName = nameOf(arnOrName);
  const role = await iam.send(new GetRoleCommand({ RoleName })).then(
    ({ Role }) => Role,
    (error: unknown) => {
      if (error instanceof NoSuchEntityException) return undefined;
      throw error;
    },
  );
  if (role === undefined) return undefined;
  const [inline, attached] = await Promise.all([
    iam.send(new ListRolePoliciesCommand({ RoleName })),
    iam.send(new ListAttachedRolePoliciesCommand({ RoleName })),
  ]);
  const policies = await Promise.all(
    (inline.PolicyNames ?? []).map(async (PolicyName) => {
      const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
      return [PolicyName, parsed(PolicyDocument)] as const;
    }),
  );
  return {
    arn: role.Arn ?? "",
    path: role.Path ?? "",
    roleId: role.RoleId ?? "",
    description: role.Description,
    maxSessionSeconds: role.MaxSessionDuration,
    boundaryArn: role.PermissionsBoundary?.PermissionsBoundaryArn,
    createdAt: role.CreateDate?.toISOString(),
    trustPolicy: parsed(role.AssumeRolePolicyDocument),
    inlinePolicies: Object.fromEntries(policies),
    attachedPolicyArns: (attached.AttachedPolicies ?? []).map(({ PolicyArn = "" }) => PolicyArn),
    tags: Object.fromEntries((role.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value])),
  };
}

/** Returns the role like `roleInAws`. @throws Error if there is none */
export async function existingRole(clients: AwsClients, arnOrName: string): Promise<RoleInAws> {
  const role = await roleInAws(clients, arnOrName);
  if (role === undefined) throw new Error(`AWS has no role ${arnOrName}`);
  return role;
}

/** Returns the ARNs of all roles, under any path, whose names contain the part. */
export async function roleArnsWith({ iam }: AwsClients, part: string): Promise<string[]> {
  const arns: string[] = [];
  for await (const { Roles = [] } of paginateListRoles({ client: iam }, {}))
    arns.push(...Roles.map(({ Arn = "" }) => Arn));
  return arns.filter((arn) => nameOf(arn).toLowerCase().includes(part.toLowerCase()));
}

/** Returns the ECR repository of that name with its tags; undefined if there is none. */
export async function ecrInAws({ ecr }: AwsClients, name: string) {
  try {
    const { repositories } = await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [name] }));
    const found = repositories?.[0];
    const { tags = [] } = await ecr.send(
      new ListTagsForResourceCommand({ resourceArn: found?.repositoryArn }),
    );
    return { ...found, tags: Object.fromEntries(tags.map(({ Key = "", Value = "" }) => [Key, Value])) };
  } catch (error) {
    if (error instanceof RepositoryNotFoundException) return undefined;
    throw error;
  }
}

/** Returns the policy of an ECR repository, parsed; null if it has none. */
export async function repositoryPolicyInAws({ ecr }: AwsClients, repositoryName: string) {
  try {
    const { policyText = "null" } = await ecr.send(new GetRepositoryPolicyCommand({ repositoryName }));
    const policy: { Version: string; Statement: object[] } = JSON.parse(policyText);
    return policy;
  } catch (error) {
    if (error instanceof RepositoryPolicyNotFoundException) return null;
    throw error;
  }
}

/**
 * Returns the statement that Lambda writes into the policy of a repository when a function is made from an image of it.
 * @param manages whether Lambda also allows itself to keep its statement
 * https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#images-permissions
 */
export const asWrittenByLambda = (
  { partition, region, account }: { partition: string; region: string; account: string },
  { manages = false } = {},
) => ({
  Sid: "LambdaECRImageRetrievalPolicy",
  Effect: "Allow",
  Principal: { Service: "lambda.amazonaws.com" },
  Action: [
    "ecr:BatchGetImage",
    ...(manages ? ["ecr:DeleteRepositoryPolicy"] : []),
    "ecr:GetDownloadUrlForLayer",
    ...(manages ? ["ecr:GetRepositoryPolicy", "ecr:SetRepositoryPolicy"] : []),
  ],
  Condition: { StringLike: { "aws:sourceArn": `arn:${partition}:lambda:${region}:${account}:function:*` } },
});

/** Does what Lambda does to a repository's policy when a function is made from an image of it; answers its statement. */
export async function makeFunction(clients: AwsClients, repositoryName: string) {
  const arn = (await ecrInAws(clients, repositoryName))?.repositoryArn ?? "";
  const [, partition = "", , region = "", account = ""] = arn.split(":");
  const statement = asWrittenByLambda({ partition, region, account }, { manages: true });
  const held = await repositoryPolicyInAws(clients, repositoryName);
  const policy = { Version: "2008-10-17", ...held, Statement: [...(held?.Statement ?? []), statement] };
  const policyText = JSON.stringify(policy);
  await clients.ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText }));
  return statement;
}

/** Returns the audiences of the OIDC provider; undefined if there is none. */
export async function providerAudiences({ iam }: AwsClients, arn: string): Promise<string[] | undefined> {
  try {
    const found = await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }));
    return found.ClientIDList ?? [];
  } catch (error) {
    if (error instanceof NoSuchEntityException) return undefined;
    throw error;
  }
}

/** Returns the parts in which a role differs from the item's desired state, each with both values. */
export function partsNotAsAsked(role: RoleInAws, { desired, roleId }: RegistrationItem): string[] {
  const asked = {
    arn: desired.role.arn,
    roleId,
    description: desired.role.description,
    maxSessionSeconds: desired.role.maxSessionSeconds,
    boundaryArn: desired.role.boundaryArn,
    trustPolicy: desired.role.trustPolicy,
    inlinePolicies: desired.role.inlinePolicies,
    attachedPolicyArns: desired.role.attachedPolicyArns,
    tags: desired.role.tags,
  };
  const found = new Map<string, unknown>(Object.entries(role));
  return Object.entries(asked)
    .filter(([part, value]) => !isDeepStrictEqual(found.get(part), value))
    .map(([part, value]) => `${part} is ${JSON.stringify(found.get(part))}, not ${JSON.stringify(value)}`);
}

/** Returns true if a role has the item's desired state in every part. */
export const isAsAsked = (role: RoleInAws, item: RegistrationItem): boolean =>
  partsNotAsAsked(role, item).length === 0;
