/**
 * Writes the changes of a diff to AWS, and nothing else. Only this module and the writers in `repository-settings.ts`
 * create, change or delete anything in IAM and ECR. Each function returns the failure at which it stopped, if there was
 * one.
 */
import {
  CreateRepositoryCommand,
  type CreateRepositoryCommandInput,
  ListTagsForResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-ecr";
import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { regionOf } from "../desired/desired.ts";
import { REVOCATION_POLICY } from "../desired/names.ts";
import type {
  DesiredProvider,
  DesiredRepository,
  DesiredRole,
  ObservedRole,
  RepositoryProperties,
  RepositorySettings,
} from "../desired/state.ts";
import { tagList } from "../desired/tags.ts";
import type { Change } from "../diff/diff.ts";
import { namesOf } from "../diff/part.ts";
import type { Path } from "../diff/path.ts";
import type { RolePart } from "../diff/role-parts.ts";
import { type Failure, failed } from "../lib/errors.ts";
import type { Clients } from "./clients.ts";
import { type AwsFailure, refusedWith, settled, unlessAbsent } from "./fault.ts";
import { observeProvider, observeRepository } from "./observe.ts";
import { REPOSITORY_WRITERS, type Written } from "./repository-settings.ts";

/** Returns the paths of the changes to a resource. */
const pathsOf = (changes: readonly Change[], arn: string): Path[] =>
  changes.filter(({ resource }) => resource === arn).map(({ path }) => path);

/** Creates the provider, or adds its audience. Someone else may create it meanwhile, because all roles share it. */
export async function applyProvider(
  clients: Clients,
  { arn, url, audience }: DesiredProvider,
  changes: readonly Change[],
): Promise<AwsFailure | undefined> {
  const paths = pathsOf(changes, arn);
  if (paths.length === 0) return undefined;
  let audienceMissing = paths.includes("/audiences");
  if (paths.includes("")) {
    const made = await settled(
      clients.iam.send(new CreateOpenIDConnectProviderCommand({ Url: url, ClientIDList: [audience] })),
    );
    if (failed(made) && !refusedWith(made, "EntityAlreadyExists")) return made;
    if (failed(made)) {
      const there = await settled(observeProvider(clients, arn));
      if (failed(there)) return there;
      audienceMissing = there !== undefined && !there.audiences.includes(audience);
    }
  }
  if (!audienceMissing) return undefined;
  const added = await settled(
    clients.iam.send(
      new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn, ClientID: audience }),
    ),
  );
  return failed(added) ? added : undefined;
}

/**
 * Creates the role, or changes the parts that differ. The boundary comes first, because the service may write only
 * roles that have it. Returns the id of a role that it created.
 */
export async function applyRole(
  { iam }: Clients,
  role: DesiredRole,
  changes: readonly Change[],
): Promise<{ roleId?: string } | AwsFailure> {
  const paths = pathsOf(changes, role.arn);
  const isNew = paths.includes("");
  const made = isNew ? await settled(iam.send(createCommand(role))) : undefined;
  if (failed(made)) return made;
  // CreateRole takes no policies, so each is written to a new role.
  const ofNew: { readonly [part: string]: readonly string[] } = isNew
    ? { "/inlinePolicies/": Object.keys(role.inlinePolicies), "/attachedPolicies/": role.attachedPolicyArns }
    : {};
  const names = (part: RolePart) => ofNew[part] ?? namesOf(paths, part);
  const parts = (Object.keys(ROLE_WRITERS) as RolePart[]).filter((part) => names(part).length > 0);
  // Two parts may have the same writer, which writes both.
  for (const write of new Set(parts.map((part) => ROLE_WRITERS[part]))) {
    const done = await settled(write(iam, role, names));
    if (failed(done)) return done;
  }
  const roleId = made?.Role?.RoleId;
  return roleId === undefined ? {} : { roleId };
}

const createCommand = (role: DesiredRole) =>
  new CreateRoleCommand({
    RoleName: role.name,
    Path: role.path,
    Description: role.description,
    MaxSessionDuration: role.maxSessionSeconds,
    PermissionsBoundary: role.boundaryArn,
    AssumeRolePolicyDocument: JSON.stringify(role.trustPolicy),
    Tags: tagList(role.tags),
  });

/**
 * Writes one or more parts of a role.
 * @param names returns the names of a part that differ, such as the keys of tags
 */
type RoleWriter = (
  iam: Clients["iam"],
  role: DesiredRole,
  names: (part: RolePart) => readonly string[],
) => Promise<unknown>;

/** The writer of each part of a role, in the order in which they are called. */
const ROLE_WRITERS = {
  // IAM chooses the id. A role that was deleted and created again keeps its new one.
  "/roleId": async () => undefined,
  "/boundaryArn": (iam, { name: RoleName, boundaryArn: PermissionsBoundary }) =>
    iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary })),
  "/trustPolicy": (iam, { name: RoleName, trustPolicy }) =>
    iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: JSON.stringify(trustPolicy) })),
  "/inlinePolicies/": writePolicies,
  "/attachedPolicies/": writePolicies,
  "/maxSessionSeconds": updateRole,
  "/description": updateRole,
  "/tags/": writeTags,
} satisfies Record<RolePart, RoleWriter>;

/**
 * Writes inline and managed policies. It removes policies before it adds others, because IAM counts all of them against
 * its quotas.
 */
async function writePolicies(...[iam, role, names]: Parameters<RoleWriter>): Promise<void> {
  const { name: RoleName, inlinePolicies, attachedPolicyArns } = role;
  const [inline, attached] = [names("/inlinePolicies/"), names("/attachedPolicies/")];
  const isWanted = (name: string) => inlinePolicies[name] !== undefined;
  const isToBeAttached = (arn: string) => attachedPolicyArns.includes(arn);
  for (const PolicyName of inline.filter((name) => !isWanted(name))) {
    const deletion = iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    await unlessAbsent<unknown>(deletion, "NoSuchEntity");
  }
  for (const PolicyArn of attached.filter((arn) => !isToBeAttached(arn))) {
    const detachment = iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
    await unlessAbsent<unknown>(detachment, "NoSuchEntity");
  }
  // Write the policy that denies sessions before any policy that allows something.
  const wanted = inline
    .filter(isWanted)
    .sort((a, b) => Number(b === REVOCATION_POLICY) - Number(a === REVOCATION_POLICY));
  for (const PolicyName of wanted) {
    const PolicyDocument = JSON.stringify(inlinePolicies[PolicyName]);
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
  }
  // IAM accepts it if the policy is already attached.
  for (const PolicyArn of attached.filter(isToBeAttached)) {
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  }
}

/** Writes the properties that IAM takes in one call. */
function updateRole(...[iam, role]: Parameters<RoleWriter>): Promise<unknown> {
  const { name: RoleName, maxSessionSeconds: MaxSessionDuration, description: Description } = role;
  return iam.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration, Description }));
}

/** Writes the tags that differ, and removes those that are no longer wanted. */
async function writeTags(...[iam, role, names]: Parameters<RoleWriter>): Promise<void> {
  const { name: RoleName, tags } = role;
  const keys = names("/tags/");
  const Tags = tagList(tags).filter(({ Key }) => keys.includes(Key));
  if (Tags.length > 0) await iam.send(new TagRoleCommand({ RoleName, Tags }));
  const TagKeys = keys.filter((key) => tags[key] === undefined);
  if (TagKeys.length > 0) await iam.send(new UntagRoleCommand({ RoleName, TagKeys }));
}

/**
 * Deletes a role, after its policies, because IAM requires that. A part of the role that no longer exists is no
 * failure; if the role itself no longer exists, the result is "absent". If the role lacks the boundary, the function
 * restores it first, because the service may change only roles with the boundary.
 * @param isSeen true if the role was observed; false if only the stored registration names it, because reads may lag
 */
export async function removeRole(
  { iam }: Clients,
  { name: RoleName, boundaryArn }: DesiredRole,
  observed: ObservedRole,
  isSeen: boolean,
): Promise<"deleted" | "absent" | AwsFailure> {
  // IAM does not know the path of a role that does not exist. The service may write only under its own path, so IAM
  // answers AccessDenied instead of NoSuchEntity.
  const absent = isSeen ? ["NoSuchEntity"] : ["NoSuchEntity", "AccessDenied"];
  const steps = [
    ...(observed.boundaryArn === boundaryArn
      ? []
      : [
          () =>
            iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: boundaryArn })),
        ]),
    ...observed.attachedPolicyArns.map(
      (PolicyArn) => () => iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })),
    ),
    // Delete the policy that denies sessions last, so that none of the other policies allows a session in between.
    ...Object.keys(observed.inlinePolicies)
      .sort((a, b) => Number(a === REVOCATION_POLICY) - Number(b === REVOCATION_POLICY))
      .map((PolicyName) => () => iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }))),
  ];
  for (const step of steps) {
    const done = await settled(unlessAbsent<unknown>(step(), ...absent));
    if (failed(done)) return done;
  }
  const deleted = await settled(unlessAbsent(iam.send(new DeleteRoleCommand({ RoleName })), ...absent));
  if (deleted === undefined) return "absent";
  return failed(deleted) ? deleted : "deleted";
}

/** The result of creating an ECR repository. */
export type MadeRepository = {
  uri: string;
  /** True if Rolecall created the repository, so that it may write its settings. */
  managed: boolean;
  /** True if this call created the repository, with the settings that CreateRepository accepts. */
  isNew: boolean;
  /** The properties of a repository that already existed. */
  found?: RepositoryProperties;
};

/**
 * Creates an ECR repository. If it exists and has the item's id, an attempt with a lost answer created it, so it is
 * managed. Any other existing repository is unmanaged.
 */
export async function createRepository(
  clients: Clients,
  { name, arn }: Pick<DesiredRepository, "name" | "arn">,
  settings: RepositorySettings,
  id: string,
): Promise<MadeRepository | Failure> {
  const ecr = clients.ecr(regionOf(arn));
  let input: CreateRepositoryCommandInput = { repositoryName: name };
  for (const { create } of Object.values(REPOSITORY_WRITERS))
    input = { ...input, ...create?.({ settings, id }) };
  const made = await settled(ecr.send(new CreateRepositoryCommand(input)));
  if (!failed(made)) return { uri: made.repository?.repositoryUri ?? "", managed: true, isNew: true };
  if (!refusedWith(made, "RepositoryAlreadyExistsException")) return made;
  const [there, tags] = await Promise.all([
    settled(observeRepository(clients, { name, arn })),
    settled(ecr.send(new ListTagsForResourceCommand({ resourceArn: arn }))),
  ]);
  if (failed(there)) return there;
  if (failed(tags)) return tags;
  // Someone deleted the repository meanwhile. Return the failure, so that the next attempt creates it.
  if (there === undefined) return made;
  return {
    uri: there.uri,
    managed: (tags.tags ?? []).some(({ Key, Value }) => Key === "rolecall:id" && Value === id),
    isNew: false,
    found: there.properties,
  };
}

/**
 * Writes parts of the settings to a managed ECR repository.
 * @param paths the paths of the changes; one tag's path stands for all tags
 * @param dropped the keys of the tags to remove
 */
export async function applyRepository(
  clients: Clients,
  repository: Written,
  paths: readonly Path[],
  dropped: readonly string[],
): Promise<AwsFailure | undefined> {
  const { arn: resourceArn } = repository;
  const ecr = clients.ecr(regionOf(resourceArn));
  for (const [part, { write }] of Object.entries(REPOSITORY_WRITERS)) {
    if (write === undefined || namesOf(paths, part).length === 0) continue;
    const done = await settled(write(ecr, repository));
    if (failed(done)) return done;
  }
  if (dropped.length === 0) return undefined;
  const untagged = await settled(ecr.send(new UntagResourceCommand({ resourceArn, tagKeys: [...dropped] })));
  return failed(untagged) ? untagged : undefined;
}
