/**
 * Reads the whole account in bulk, without a call for each role or repository. It drops every role that is not under
 * Rolecall's path and does not trust GitHub, page by page. So memory does not grow with the account's other roles.
 */
import { paginateDescribeRepositories } from "@aws-sdk/client-ecr";
import {
  type ManagedPolicyDetail,
  paginateGetAccountAuthorizationDetails,
  paginateListRoles,
  type RoleDetail,
} from "@aws-sdk/client-iam";
import type { AccountRole } from "../desired/account-role.ts";
import type { ObservedProvider, ObservedRepository, ObservedRole } from "../desired/state.ts";
import { together } from "../lib/parallel.ts";
import type { Clients } from "./clients.ts";
import { observedRepository, observeProvider, parseDocument } from "./observe.ts";
import { readRoleListsOf } from "./role-lists.ts";

/** The observed state of an account during a roll call. */
export type AccountSnapshot = {
  /** The providers by ARN; undefined for one that does not exist. */
  providers: ReadonlyMap<string, ObservedProvider | undefined>;
  /**
   * The roles under Rolecall's path, by name. Their documents are text, because all of them parsed would need too much
   * memory; `roleIn` parses those of one role.
   */
  roles: ReadonlyMap<string, { readonly role: AccountRole; readonly described: Described }>;
  /** The ECR repositories by ARN, in all of the regions. */
  repositories: ReadonlyMap<string, ObservedRepository>;
  /** The roles that trust GitHub, and all roles under Rolecall's path. */
  audited: readonly AccountRole[];
};

const PAGE = 1000;

/**
 * Observes an account.
 * @param path the path of every role that Rolecall makes
 * @param regions the regions in which ECR repositories are observed
 * @param trustsGitHub tells whether a trust policy's text trusts GitHub, so that the role is audited
 */
export async function observeAccount(
  clients: Clients,
  path: string,
  regions: readonly string[],
  providerArns: readonly string[],
  trustsGitHub: (trustPolicy: string) => boolean,
): Promise<AccountSnapshot> {
  readRoleListsOf(clients.iam);
  const [providers, described, details, repositories] = await together([
    together(providerArns.map(async (arn) => [arn, await observeProvider(clients, arn)] as const)),
    describedRoles(clients, path),
    roleDetails(clients, path, trustsGitHub),
    together(regions.map((region) => allRepositories(clients, region))),
  ]);
  const audited = details.roles.map((role) => withPolicies(role, details.policies));
  return {
    providers: new Map(providers),
    // A role that is in only one of the two lists was created or deleted between the reads. Match roles by id, because
    // a new role can have the name of a deleted one.
    roles: new Map(
      audited.flatMap((role) => {
        const known = described.get(role.roleId);
        return known === undefined ? [] : [[role.name, { role, described: known }] as const];
      }),
    ),
    repositories: new Map(repositories.flat()),
    audited,
  };
}

/** Returns a role under Rolecall's path from a snapshot; undefined if the snapshot does not have it. */
export function roleIn({ roles }: AccountSnapshot, name: string): ObservedRole | undefined {
  const found = roles.get(name);
  if (found === undefined) return undefined;
  const { arn, roleId, boundaryArn, trustPolicy, inlinePolicies, attachedPolicies, tags } = found.role;
  return {
    arn,
    roleId,
    ...found.described,
    boundaryArn,
    trustPolicy: parseDocument(trustPolicy),
    inlinePolicies: Object.fromEntries(
      Object.entries(inlinePolicies).map(([policy, text]) => [policy, parseDocument(text)]),
    ),
    attachedPolicyArns: Object.keys(attachedPolicies),
    tags,
  };
}

type Described = { description: string; maxSessionSeconds: number };

/** Reads the properties that GetAccountAuthorizationDetails leaves out, for the roles under Rolecall's path, by id. */
async function describedRoles({ iam }: Clients, path: string): Promise<Map<string, Described>> {
  const found = new Map<string, Described>();
  const pages = paginateListRoles({ client: iam, pageSize: PAGE }, { PathPrefix: path });
  for await (const page of pages) {
    for (const { RoleId = "", Description = "", MaxSessionDuration = 3600 } of page.Roles ?? []) {
      found.set(RoleId, { description: Description, maxSessionSeconds: MaxSessionDuration });
    }
  }
  return found;
}

/** Reads the roles to audit, and the documents of the account's own managed policies by ARN. */
async function roleDetails({ iam }: Clients, path: string, trustsGitHub: (trustPolicy: string) => boolean) {
  const roles: AccountRole[] = [];
  const policies = new Map<string, string | undefined>();
  const pages = paginateGetAccountAuthorizationDetails(
    { client: iam, pageSize: PAGE },
    { Filter: ["Role", "LocalManagedPolicy"] },
  );
  for await (const page of pages) {
    for (const detail of page.RoleDetailList ?? []) {
      const trustPolicy = decodeURIComponent(detail.AssumeRolePolicyDocument ?? "");
      if (detail.Path?.startsWith(path) || trustsGitHub(trustPolicy))
        roles.push(accountRole(detail, trustPolicy));
    }
    for (const policy of page.Policies ?? []) policies.set(policy.Arn ?? "", defaultDocument(policy));
  }
  return { roles, policies };
}

const defaultDocument = ({ PolicyVersionList = [] }: ManagedPolicyDetail): string | undefined => {
  const document = PolicyVersionList.find(({ IsDefaultVersion }) => IsDefaultVersion)?.Document;
  return document === undefined ? undefined : decodeURIComponent(document);
};

/** Reads the ECR repositories of a region, by ARN. */
async function allRepositories(
  clients: Clients,
  region: string,
): Promise<(readonly [string, ObservedRepository])[]> {
  const ecr = clients.ecr(region);
  const found: (readonly [string, ObservedRepository])[] = [];
  for await (const page of paginateDescribeRepositories({ client: ecr, pageSize: PAGE }, {})) {
    for (const repository of page.repositories ?? []) {
      found.push([repository.repositoryArn ?? "", observedRepository(repository)]);
    }
  }
  return found;
}

const tagsOf = (tags: RoleDetail["Tags"] = []): { [key: string]: string } =>
  Object.fromEntries(tags.map(({ Key = "", Value = "" }) => [Key, Value]));

/** Returns a role without the documents of its attached policies, which may come on a later page. */
const accountRole = (role: RoleDetail, trustPolicy: string): AccountRole => ({
  arn: role.Arn ?? "",
  name: role.RoleName ?? "",
  path: role.Path ?? "/",
  roleId: role.RoleId ?? "",
  trustPolicy,
  inlinePolicies: Object.fromEntries(
    (role.RolePolicyList ?? []).map(({ PolicyName = "", PolicyDocument = "" }) => [
      PolicyName,
      decodeURIComponent(PolicyDocument),
    ]),
  ),
  attachedPolicies: Object.fromEntries(
    (role.AttachedManagedPolicies ?? []).map(({ PolicyArn = "" }) => [PolicyArn, undefined]),
  ),
  boundaryArn: role.PermissionsBoundary?.PermissionsBoundaryArn,
  tags: tagsOf(role.Tags),
  createdAt: role.CreateDate?.toISOString() ?? "",
  lastUsedAt: role.RoleLastUsed?.LastUsedDate?.toISOString(),
});

const withPolicies = (role: AccountRole, policies: ReadonlyMap<string, string | undefined>): AccountRole => ({
  ...role,
  attachedPolicies: Object.fromEntries(
    Object.keys(role.attachedPolicies).map((arn) => [arn, policies.get(arn)]),
  ),
});
