/**
 * Writes to AWS what a diff found, and nothing else: the one place that creates, changes or deletes anything in
 * IAM and ECR. Each function answers what AWS made, or the failure it stopped at.
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
import type { Change } from "../drift/diff.ts";
import { type Failure, failed } from "../errors.ts";
import { fromPointerToken } from "../pointer.ts";
import type { Clients } from "./clients.ts";
import { type AwsFailure, refusedWith, settled, unlessAbsent } from "./fault.ts";
import { observeProvider, observeRepository, observeRepositoryPolicy } from "./observe.ts";

/** Paths of the changes that concern a resource. */
const pathsOf = (changes: readonly Change[], arn: string): string[] =>
  changes.filter(({ resource }) => resource === arn).map(({ path }) => path);

/** The rest of those paths that begin with a prefix, as the names they are pointers for (RFC 6901). */
const namesUnder = (paths: string[], prefix: string): string[] =>
  paths.filter((path) => path.startsWith(prefix)).map((path) => fromPointerToken(path.slice(prefix.length)));

/** Makes the provider, or gives it its audience back. Somebody else may make it at the same time: it is shared. */
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
 * Makes the role as desired, or changes what differs. The boundary comes first: the service may write a role only
 * while the role carries it. Answers the id of a role that it made.
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
  // What goes makes room for what comes: IAM counts both together against its quotas.
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
    // What denies sessions stands before anything that allows.
    ...inline
      .filter(isWanted)
      .sort((a, b) => Number(b === REVOCATION_POLICY) - Number(a === REVOCATION_POLICY))
      .map((PolicyName) => () => {
        const PolicyDocument = JSON.stringify(role.inlinePolicies[PolicyName]);
        return iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
      }),
    // Attaching what is attached already is no fault.
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
 * Deletes a role with all that hangs on it, which IAM demands to go first. What is absent already is no failure; of the
 * role itself it is answered. The boundary comes back before: without it the service may not touch the role.
 * @param isSeen whether the role was observed; else it is removed on the word of the record, as reads may lag
 */
export async function removeRole(
  { iam }: Clients,
  { name: RoleName, boundaryArn }: DesiredRole,
  observed: ObservedRole,
  isSeen: boolean,
): Promise<"deleted" | "absent" | AwsFailure> {
  // Of a role that is not there IAM knows no path, so a policy for our path alone denies rather than misses it.
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
    // What denies sessions goes last, so that nothing is allowed in between.
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

/** What came of making a repository. */
export type MadeRepository = {
  uri: string;
  /** Whether it is ours, and settings may be written. */
  managed: boolean;
  /** What ECR has been given of the settings: those with which a repository is made, or none, if it was there. */
  isNew: boolean;
  /** What it is like, if it was there. */
  found?: RepositoryProperties;
};

/**
 * Makes an ECR repository. One that exists and carries the item's id was made by an attempt whose answer was
 * lost, and is ours; any other is used as it is.
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
  // Deleted again meanwhile: the next attempt makes it.
  if (there === undefined) return made;
  return {
    uri: there.uri,
    managed: (tags.tags ?? []).some(({ Key, Value }) => Key === "rolecall:id" && Value === id),
    isNew: false,
    found: there.properties,
  };
}

/** All parts that can be written. The tags first: the service may change only a repository that carries its id. */
export const EVERY_PART = ["/tags", "/tagMutability", "/scanOnPush", "/lifecyclePolicy", "/repositoryPolicy"];

/**
 * Writes some parts of the settings to an ECR repository of ours.
 * @param paths of the changes; `/tags/team` stands for all tags
 * @param dropped keys of tags that are to go
 * @param isNew whether it was made just now, so that it has no policy
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
      // ECR takes a policy as a whole, so Lambda's own statements are read right before, and written again with it.
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
