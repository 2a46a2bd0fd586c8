/** Reads what AWS holds for one registration. An absent thing is a value; every other error is thrown. */
import {
  DescribeRepositoriesCommand,
  GetLifecyclePolicyCommand,
  GetRepositoryPolicyCommand,
  ListTagsForResourceCommand,
  type Repository,
} from "@aws-sdk/client-ecr";
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
  ObservedProvider,
  ObservedRepository,
  ObservedRole,
  ObservedState,
  RepositoryDetails,
} from "../desired/state.ts";
import type { Clients } from "./clients.ts";
import { unlessAbsent } from "./fault.ts";

/**
 * What AWS holds of a desired state: the reads that must be made, all at once. With `details`, what ECR tells of one
 * repository at a time as well: a check asks for them, a registration does without.
 */
export async function observe(
  clients: Clients,
  desired: DesiredState,
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

/** The provider with that ARN; undefined if there is none. */
export async function observeProvider({ iam }: Clients, arn: string): Promise<ObservedProvider | undefined> {
  const found = await unlessAbsent(
    iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })),
    "NoSuchEntity",
  );
  return found && { audiences: found.ClientIDList ?? [] };
}

/** The role of that name, with its policies; undefined if there is none. */
export async function observeRole({ iam }: Clients, name: string): Promise<ObservedRole | undefined> {
  const policy = async (PolicyName: string): Promise<[string, unknown] | undefined> => {
    const found = await unlessAbsent(
      iam.send(new GetRolePolicyCommand({ RoleName: name, PolicyName })),
      "NoSuchEntity",
    );
    return found && [PolicyName, decodedDocument(found.PolicyDocument)];
  };
  // Our own policy is read beside the list that names the others, to save a round trip.
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

/** What GetRole says of a role besides its policies. */
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

/** The names of a role's inline policies; none if there is no such role. */
async function inlinePolicyNames(client: Clients["iam"], RoleName: string): Promise<string[]> {
  const pages = paginateListRolePolicies({ client }, { RoleName });
  return flattened(pages, ({ PolicyNames = [] }) => PolicyNames);
}

/** The ARNs of a role's managed policies; none if there is no such role. */
async function attachedPolicyArns(client: Clients["iam"], RoleName: string): Promise<string[]> {
  const pages = paginateListAttachedRolePolicies({ client }, { RoleName });
  return flattened(pages, ({ AttachedPolicies = [] }) =>
    AttachedPolicies.map(({ PolicyArn = "" }) => PolicyArn),
  );
}

/** The items of all pages; none if IAM has no such entity. */
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

/** An ECR repository; undefined if there is none. Asked one by one: a missing name fails a whole list. */
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

/** What ECR tells of one repository at a time only: its policies and tags. */
export async function observeDetails(
  clients: Clients,
  { name, arn }: Pick<DesiredRepository, "name" | "arn">,
): Promise<RepositoryDetails> {
  const ecr = clients.ecr(regionOf(arn));
  const [lifecycle, policy, tags] = await Promise.all([
    unlessAbsent(
      ecr.send(new GetLifecyclePolicyCommand({ repositoryName: name })),
      "LifecyclePolicyNotFoundException",
      "RepositoryNotFoundException",
    ),
    observeRepositoryPolicy(ecr, name),
    unlessAbsent(
      ecr.send(new ListTagsForResourceCommand({ resourceArn: arn })),
      "RepositoryNotFoundException",
    ),
  ]);
  return {
    lifecyclePolicy: parsed(lifecycle?.lifecyclePolicyText),
    repositoryPolicy: policy,
    tags: Object.fromEntries((tags?.tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value])),
  };
}

/** The policy of an ECR repository, parsed; null if it has none. */
export async function observeRepositoryPolicy(
  ecr: ReturnType<Clients["ecr"]>,
  repositoryName: string,
): Promise<unknown> {
  const found = await unlessAbsent(
    ecr.send(new GetRepositoryPolicyCommand({ repositoryName })),
    "RepositoryPolicyNotFoundException",
    "RepositoryNotFoundException",
  );
  return parsed(found?.policyText);
}

const parsed = (text: string | undefined): unknown => (text === undefined ? null : JSON.parse(text));

export function observedRepository(repository: Repository): ObservedRepository {
  const { encryptionType: type = "AES256", kmsKey } = repository.encryptionConfiguration ?? {};
  return {
    uri: repository.repositoryUri ?? "",
    properties: {
      tagMutability: repository.imageTagMutability?.startsWith("IMMUTABLE") ? "IMMUTABLE" : "MUTABLE",
      exclusions: (repository.imageTagMutabilityExclusionFilters ?? []).map(({ filter = "" }) => filter),
      scanOnPush: repository.imageScanningConfiguration?.scanOnPush ?? false,
      encryption: kmsKey === undefined ? { type } : { type, kmsKey },
    },
  };
}

/** A policy document as IAM answers it, URL-encoded JSON. */
const decodedDocument = (encoded: string | undefined): unknown =>
  encoded === undefined ? undefined : parseDocument(decodeURIComponent(encoded));

/** A policy document from its text. One that cannot be read is given as its text. */
export function parseDocument(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
