/** Reads the observed state for one registration. Something absent is `undefined`; every other error is thrown. */
import { DescribeRepositoriesCommand, type Repository } from "@aws-sdk/client-ecr";
import {
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  paginateListAttachedRolePolicies,
  paginateListRolePolicies,
  type Role,
} from "@aws-sdk/client-iam";
import { regionOf } from "../desired/desired.ts";
import { POLICY_NAME } from "../desired/names.ts";
import type {
  DesiredRepository,
  DesiredState,
  ExpectedState,
  ObservedProvider,
  ObservedRepository,
  ObservedRole,
  ObservedState,
} from "../desired/state.ts";
import type { Clients } from "./clients.ts";
import { unlessAbsent } from "./fault.ts";
import { observeDetails, repositoryProperties } from "./repository-settings.ts";

/**
 * Reads the observed state of everything in a desired state, with all reads at the same time. With `details`, it also
 * reads the details that ECR returns only for one repository at a time. Checks need these, PUTs do not.
 */
export async function observe(
  clients: Clients,
  desired: DesiredState | ExpectedState,
  { details = false }: { details?: boolean } = {},
): Promise<ObservedState> {
  const [provider, role, repositories] = await Promise.all([
    observeProvider(clients, desired.provider.arn),
    observeRole(clients, desired.role.name),
    Promise.all(
      desired.repositories.map(async (repository) => {
        const [found, known] = await Promise.all([
          observeRepository(clients, repository),
          details && repository.settings !== undefined ? observeDetails(clients, repository) : undefined,
        ]);
        return [repository.name, found && known ? { ...found, details: known } : found] as const;
      }),
    ),
  ]);
  return { provider, role, repositories: Object.fromEntries(repositories) };
}

/** Reads a provider; undefined if it does not exist. */
export async function observeProvider({ iam }: Clients, arn: string): Promise<ObservedProvider | undefined> {
  const found = await unlessAbsent(
    iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })),
    "NoSuchEntity",
  );
  return found && { audiences: found.ClientIDList ?? [] };
}

/** Reads a role with its policies; undefined if it does not exist. */
export async function observeRole({ iam }: Clients, name: string): Promise<ObservedRole | undefined> {
  const policy = async (PolicyName: string): Promise<[string, unknown] | undefined> => {
    const found = await unlessAbsent(
      iam.send(new GetRolePolicyCommand({ RoleName: name, PolicyName })),
      "NoSuchEntity",
    );
    return found && [PolicyName, decodedDocument(found.PolicyDocument)];
  };
  // Read Rolecall's own policy together with the list that names the others, to save a round trip.
  const [role, own, names, attached] = await Promise.all([
    unlessAbsent(iam.send(new GetRoleCommand({ RoleName: name })), "NoSuchEntity"),
    policy(POLICY_NAME),
    inlinePolicyNames(iam, name),
    attachedPolicyArns(iam, name),
  ]);
  if (role?.Role === undefined) return undefined;
  const others = await Promise.all(names.filter((other) => other !== POLICY_NAME).map(policy));
  return {
    ...roleProperties(role.Role),
    inlinePolicies: Object.fromEntries([own, ...others].filter((entry) => entry !== undefined)),
    attachedPolicyArns: attached,
  };
}

/** Reads the tags of a role; undefined if the role does not exist. */
export async function readRoleTags(
  { iam }: Clients,
  RoleName: string,
): Promise<Record<string, string> | undefined> {
  const found = await unlessAbsent(iam.send(new GetRoleCommand({ RoleName })), "NoSuchEntity");
  return found?.Role && roleProperties(found.Role).tags;
}

/** Returns the properties of a role in GetRole's answer, which does not include policies. */
function roleProperties(role: Role): Omit<ObservedRole, "inlinePolicies" | "attachedPolicyArns"> {
  return {
    arn: role.Arn ?? "",
    roleId: role.RoleId ?? "",
    description: role.Description ?? "",
    maxSessionSeconds: role.MaxSessionDuration ?? 3600,
    boundaryArn: role.PermissionsBoundary?.PermissionsBoundaryArn,
    trustPolicy: decodedDocument(role.AssumeRolePolicyDocument),
    tags: Object.fromEntries((role.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value])),
  };
}

/** Returns the names of a role's inline policies; none if the role does not exist. */
async function inlinePolicyNames(client: Clients["iam"], RoleName: string): Promise<string[]> {
  const pages = paginateListRolePolicies({ client }, { RoleName });
  return flattened(pages, ({ PolicyNames = [] }) => PolicyNames);
}

/** Returns the ARNs of a role's managed policies; none if the role does not exist. */
async function attachedPolicyArns(client: Clients["iam"], RoleName: string): Promise<string[]> {
  const pages = paginateListAttachedRolePolicies({ client }, { RoleName });
  return flattened(pages, ({ AttachedPolicies = [] }) =>
    AttachedPolicies.map(({ PolicyArn = "" }) => PolicyArn),
  );
}

/** Returns the items of all pages; none if IAM has no such entity. */
async function flattened<Page, Item>(
  pages: AsyncIterable<Page>,
  itemsOf: (page: Page) => readonly Item[],
): Promise<Item[]> {
  const items: Item[] = [];
  const read = async () => {
    for await (const page of pages) items.push(...itemsOf(page));
  };
  await unlessAbsent(read(), "NoSuchEntity");
  return items;
}

/** Reads one ECR repository; undefined if it does not exist. One missing name would fail a call for several. */
export async function observeRepository(
  clients: Clients,
  { name, arn }: Pick<DesiredRepository, "name" | "arn">,
): Promise<ObservedRepository | undefined> {
  const found = await unlessAbsent(
    clients.ecr(regionOf(arn)).send(new DescribeRepositoriesCommand({ repositoryNames: [name] })),
    "RepositoryNotFoundException",
  );
  return found?.repositories?.[0] && observedRepository(found.repositories[0]);
}

export const observedRepository = (repository: Repository): ObservedRepository => ({
  uri: repository.repositoryUri ?? "",
  properties: repositoryProperties(repository),
});

/** Parses a policy document in the form of IAM's answers, which is URL-encoded JSON. */
const decodedDocument = (encoded: string | undefined): unknown =>
  encoded === undefined ? undefined : parseDocument(decodeURIComponent(encoded));

/** Parses a policy document. Returns the text itself if it is not JSON. */
export function parseDocument(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
