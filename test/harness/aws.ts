/** Reads what AWS holds with the SDK, at the endpoint that the environment names. */
import { isDeepStrictEqual } from "node:util";
import {
  DescribeRepositoriesCommand,
  ECRClient,
  ListTagsForResourceCommand,
  RepositoryNotFoundException,
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

/** Returns clients for the endpoint of the environment. Call it after Rolecall has started. */
export function awsClients() {
  return { iam: new IAMClient({}), ecr: new ECRClient({}) };
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
