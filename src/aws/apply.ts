/**
 * Writes the changes of a diff to AWS, and nothing else. This is the only module that creates, changes or deletes
 * anything in IAM and ECR. Each function returns the failure at which it stopped, if there was one.
 */
import {
  CreateRepositoryCommand,
  DeleteLifecyclePolicyCommand,
  DeleteRepositoryPolicyCommand,
  ListTagsForResourceCommand,
  PutImageScanningConfigurationCommand,
  PutImageTagMutabilityCommand,
  PutLifecyclePolicyCommand,
  SetRepositoryPolicyCommand,
  TagResourceCommand,
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
import { regionOf, repositoryDetails } from "../desired/desired.ts";
import { REVOCATION_POLICY } from "../desired/names.ts";
import { ecrMutability } from "../desired/settings.ts";
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
import { type Failure, failed } from "../lib/errors.ts";
import { fromPointerToken } from "../lib/pointer.ts";
import type { Clients } from "./clients.ts";
import { type AwsFailure, refusedWith, settled, unlessAbsent } from "./fault.ts";
import { observeProvider, observeRepository, observeRepositoryPolicy } from "./observe.ts";

/** Returns the paths of the changes to a resource. */
const pathsOf = (changes: readonly Change[], arn: string): string[] =>
  changes.filter(({ resource }) => resource === arn).map(({ path }) => path);

/** Returns the names behind a prefix, decoded from JSON pointers (RFC 6901). */
const namesUnder = (paths: string[], prefix: string): string[] =>
  paths.filter((path) => path.startsWith(prefix)).map((path) => fromPointerToken(path.slice(prefix.length)));

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
  const RoleName = role.name;
  const paths = pathsOf(changes, role.arn);
  const isNew = paths.includes("");
  let roleId: string | undefined;

  if (isNew) {
    const made = await settled(
      iam.send(
        new CreateRoleCommand({
          RoleName,
          Path: role.path,
          Description: role.description,
          MaxSessionDuration: role.maxSessionSeconds,
          PermissionsBoundary: role.boundaryArn,
          AssumeRolePolicyDocument: JSON.stringify(role.trustPolicy),
          Tags: tagList(role.tags),
        }),
      ),
    );
    if (failed(made)) return made;
    roleId = made.Role?.RoleId;
  }
  if (paths.includes("/boundaryArn")) {
    const put = await settled(
      iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: role.boundaryArn })),
    );
    if (failed(put)) return put;
  }
  if (paths.includes("/trustPolicy")) {
    const PolicyDocument = JSON.stringify(role.trustPolicy);
    const updated = await settled(iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument })));
    if (failed(updated)) return updated;
  }
  const inline = isNew ? Object.keys(role.inlinePolicies) : namesUnder(paths, "/inlinePolicies/");
  const attached = isNew ? role.attachedPolicyArns : namesUnder(paths, "/attachedPolicies/");
  // Remove policies before adding others, because IAM counts all of them against its quotas.
  const isWanted = (name: string) => role.inlinePolicies[name] !== undefined;
  const isToBeAttached = (arn: string) => role.attachedPolicyArns.includes(arn);
  const steps = [
    ...inline
      .filter((PolicyName) => !isWanted(PolicyName))
      .map(
        (PolicyName) => () =>
          unlessAbsent<unknown>(
            iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })),
            "NoSuchEntity",
          ),
      ),
    ...attached
      .filter((PolicyArn) => !isToBeAttached(PolicyArn))
      .map(
        (PolicyArn) => () =>
          unlessAbsent<unknown>(
            iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })),
            "NoSuchEntity",
          ),
      ),
    // Write the policy that denies sessions before any policy that allows something.
    ...inline
      .filter(isWanted)
      .sort((a, b) => Number(b === REVOCATION_POLICY) - Number(a === REVOCATION_POLICY))
      .map((PolicyName) => () => {
        const PolicyDocument = JSON.stringify(role.inlinePolicies[PolicyName]);
        return iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
      }),
    // IAM accepts it if the policy is already attached.
    ...attached
      .filter(isToBeAttached)
      .map((PolicyArn) => () => iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }))),
  ];
  for (const step of steps) {
    const done = await settled<unknown>(step());
    if (failed(done)) return done;
  }
  if (paths.includes("/maxSessionSeconds") || paths.includes("/description")) {
    const { maxSessionSeconds: MaxSessionDuration, description: Description } = role;
    const updated = await settled(
      iam.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration, Description })),
    );
    if (failed(updated)) return updated;
  }
  const keys = namesUnder(paths, "/tags/");
  const dropped = keys.filter((key) => role.tags[key] === undefined);
  if (keys.length > dropped.length) {
    const Tags = tagList(role.tags).filter(({ Key }) => keys.includes(Key));
    const tagged = await settled(iam.send(new TagRoleCommand({ RoleName, Tags })));
    if (failed(tagged)) return tagged;
  }
  if (dropped.length > 0) {
    const untagged = await settled(iam.send(new UntagRoleCommand({ RoleName, TagKeys: dropped })));
    if (failed(untagged)) return untagged;
  }
  return roleId === undefined ? {} : { roleId };
}

/**
 * Deletes a role. IAM requires its policies to be removed first. Something that no longer exists is no failure; for the
 * role itself the result is "absent". The boundary is restored first, because the service may not change a role
 * without it.
 * @param isSeen true if the role was observed. Otherwise the stored registration names it, because reads may lag
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
    // Delete the policy that denies sessions last, so that no session is allowed in between.
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
  const { type: encryptionType, kmsKey } = settings.encryption;
  const made = await settled(
    ecr.send(
      new CreateRepositoryCommand({
        repositoryName: name,
        ...mutability(settings),
        imageScanningConfiguration: { scanOnPush: settings.scanOnPush },
        encryptionConfiguration: { encryptionType, ...(kmsKey !== undefined && { kmsKey }) },
        tags: tagList({ "rolecall:id": id, ...settings.tags }),
      }),
    ),
  );
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

/** All parts that can be written. The tags come first: the service may change only repositories with its tag. */
export const EVERY_PART = ["/tags", "/tagMutability", "/scanOnPush", "/lifecyclePolicy", "/repositoryPolicy"];

/**
 * Writes parts of the settings to a managed ECR repository.
 * @param paths the paths of the changes; a path like `/tags/team` stands for all tags
 * @param dropped the keys of the tags to remove
 * @param isNew true if the repository was created just now, so that it has no policy
 */
export async function applyRepository(
  clients: Clients,
  { arn: resourceArn, name: repositoryName }: Pick<DesiredRepository, "name" | "arn">,
  settings: RepositorySettings,
  id: string,
  paths: readonly string[],
  dropped: readonly string[],
  isNew: boolean,
): Promise<AwsFailure | undefined> {
  const ecr = clients.ecr(regionOf(resourceArn));
  const { lifecyclePolicy, tags } = repositoryDetails({ arn: resourceArn, id }, settings);
  const steps: { [part: string]: () => Promise<unknown> } = {
    "/tags": () => ecr.send(new TagResourceCommand({ resourceArn, tags: tagList(tags) })),
    "/tagMutability": () =>
      ecr.send(new PutImageTagMutabilityCommand({ repositoryName, ...mutability(settings) })),
    "/scanOnPush": () => {
      const imageScanningConfiguration = { scanOnPush: settings.scanOnPush };
      return ecr.send(
        new PutImageScanningConfigurationCommand({ repositoryName, imageScanningConfiguration }),
      );
    },
    "/lifecyclePolicy": () =>
      lifecyclePolicy === null
        ? unlessAbsent(
            ecr.send(new DeleteLifecyclePolicyCommand({ repositoryName })),
            "LifecyclePolicyNotFoundException",
          )
        : ecr.send(
            new PutLifecyclePolicyCommand({
              repositoryName,
              lifecyclePolicyText: JSON.stringify(lifecyclePolicy),
            }),
          ),
    "/repositoryPolicy": async () => {
      // ECR replaces a policy as a whole. So read Lambda's own statements first, and write them again with the policy.
      const held = isNew ? null : await observeRepositoryPolicy(ecr, repositoryName);
      const { repositoryPolicy } = repositoryDetails({ arn: resourceArn, id }, settings, held);
      return repositoryPolicy === null
        ? unlessAbsent(
            ecr.send(new DeleteRepositoryPolicyCommand({ repositoryName })),
            "RepositoryPolicyNotFoundException",
          )
        : ecr.send(
            new SetRepositoryPolicyCommand({ repositoryName, policyText: JSON.stringify(repositoryPolicy) }),
          );
    },
  };
  for (const part of EVERY_PART) {
    const isAsked = paths.some((path) => path === part || path.startsWith(`${part}/`));
    const done = isAsked ? await settled(steps[part]?.() ?? Promise.resolve()) : undefined;
    if (failed(done)) return done;
  }
  if (dropped.length === 0) return undefined;
  const untagged = await settled(ecr.send(new UntagResourceCommand({ resourceArn, tagKeys: [...dropped] })));
  return failed(untagged) ? untagged : undefined;
}

const mutability = (settings: RepositorySettings) => ({
  imageTagMutability: ecrMutability(settings),
  ...(settings.exclusions.length > 0 && {
    imageTagMutabilityExclusionFilters: settings.exclusions.map((filter) => ({
      filterType: "WILDCARD" as const,
      filter,
    })),
  }),
});
