/** Managed policies: https://docs.aws.amazon.com/IAM/latest/APIReference/API_Policy.html */
import { type Action, action } from "../action.ts";
import { AwsError } from "../errors.ts";
import type { Input } from "../input.ts";
import type { Xml } from "../wire/xml.ts";
import { checkDocument } from "./documents.ts";
import { awsPolicies, checkPolicyArn, lookUpPolicy, policyKey } from "./managed-policies.ts";
import { pageOf, readPaging } from "./paging.ts";
import * as rules from "./rules.ts";
import {
  alreadyExists,
  deleteConflict,
  encodeDocument,
  limitExceeded,
  noSuchEntity,
  sizeOf,
} from "./rules.ts";
import { type Iam, newId, type Policy, type PolicyVersion, policyArn } from "./state.ts";
import { readOptionalTags, showTagsIfAny, withTags } from "./tags.ts";
import { surroundings } from "./trust.ts";

const readArn = (input: Input) => input.text("PolicyArn", rules.arn);

function findPolicy(iam: Iam, arn: string): Policy {
  checkPolicyArn(arn);
  const policy = lookUpPolicy(iam, arn);
  if (policy === undefined) throw noSuchEntity(`Policy ${arn} was not found.`);
  return policy;
}

function findOwnPolicy(iam: Iam, arn: string): Policy {
  const policy = findPolicy(iam, arn);
  if (policy.owner === "aws")
    throw new AwsError("AccessDenied", 403, `Policy ${arn} is managed by AWS and can't be changed.`);
  return policy;
}

function findVersion(policy: Policy, arn: string, id: string): PolicyVersion {
  const version = policy.versions.find((each) => each.id === id);
  if (version === undefined)
    throw noSuchEntity(`Policy ${arn} version ${id} does not exist or is not attachable.`);
  return version;
}

function checkPolicyDocument(iam: Iam, document: string): void {
  checkDocument(document, "identity", surroundings(iam));
  const { policySize } = iam.quotas;
  if (sizeOf(document) > policySize) throw limitExceeded(`Cannot exceed quota for PolicySize: ${policySize}`);
}

/** Returns how many roles have the policy attached, and how many have it as their boundary. */
function usesOf(iam: Iam, policy: Policy): { attached: number; boundary: number } {
  const arn = policyArn(iam, policy);
  const roles = iam.roles.values();
  return {
    attached: roles.filter(({ attached }) => attached.includes(arn)).length,
    boundary: roles.filter(({ boundary }) => boundary === arn).length,
  };
}

/** The fields of a policy that lists show. They include neither description nor tags. */
export function showPolicy(iam: Iam, policy: Policy) {
  const { attached, boundary } = usesOf(iam, policy);
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policyArn(iam, policy),
    Path: policy.path,
    DefaultVersionId: policy.versions.find(({ isDefault }) => isDefault)?.id,
    AttachmentCount: attached,
    PermissionsBoundaryUsageCount: boundary,
    IsAttachable: true,
    CreateDate: new Date(policy.createdAt),
    UpdateDate: new Date(policy.updatedAt),
  };
}

export function showVersion({ id, document, isDefault, createdAt }: PolicyVersion, withDocument: boolean) {
  return {
    Document: withDocument ? encodeDocument(document) : undefined,
    VersionId: id,
    IsDefaultVersion: isDefault,
    CreateDate: new Date(createdAt),
  };
}

export const CreatePolicy: Action<Iam, Xml> = action(
  (input) => ({
    name: input.text("PolicyName", rules.policyName),
    path: input.optionalText("Path", rules.policyPath) ?? "/",
    document: input.text("PolicyDocument", rules.document),
    description: input.optionalText("Description", rules.policyDescription),
    tags: readOptionalTags(input),
  }),
  (iam, { name, path, document, description, tags }) => {
    const checked = withTags(iam, [], tags);
    checkPolicyDocument(iam, document);
    if (iam.policies.get(policyKey(name)) !== undefined)
      throw alreadyExists(`A policy called ${name} already exists. Duplicate names are not allowed.`);
    const { policiesPerAccount } = iam.quotas;
    if (iam.policies.size >= policiesPerAccount)
      throw limitExceeded(`Cannot exceed quota for PoliciesPerAccount: ${policiesPerAccount}`);
    const createdAt = iam.now().toISOString();
    const policy: Policy = {
      name,
      path,
      id: newId("ANPA"),
      owner: "local",
      createdAt,
      updatedAt: createdAt,
      versions: [{ id: "v1", document, isDefault: true, createdAt }],
      nextVersion: 2,
      tags: checked,
      ...(description === undefined ? {} : { description }),
    };
    iam.policies.put(policyKey(name), policy);
    return { Policy: { ...showPolicy(iam, policy), Tags: showTagsIfAny(policy.tags) } };
  },
);

export const GetPolicy: Action<Iam, Xml> = action(readArn, (iam, arn) => {
  const policy = findPolicy(iam, arn);
  return {
    Policy: { ...showPolicy(iam, policy), Description: policy.description, Tags: showTagsIfAny(policy.tags) },
  };
});

const scopes = ["All", "AWS", "Local"];

export const ListPolicies: Action<Iam, Xml> = action(
  (input) => ({
    scope: input.optionalText("Scope", { oneOf: scopes }) ?? "All",
    onlyAttached: input.optionalFlag("OnlyAttached") ?? false,
    prefix: input.optionalText("PathPrefix", rules.policyPath) ?? "/",
    usage: input.optionalText("PolicyUsageFilter", { oneOf: ["PermissionsPolicy", "PermissionsBoundary"] }),
    paging: readPaging(input),
  }),
  (iam, { scope, onlyAttached, prefix, usage, paging }) => {
    const local = scope === "AWS" ? [] : iam.policies.values();
    const ofAws = scope === "Local" ? [] : awsPolicies;
    const policies = [...local, ...ofAws].filter((policy) => {
      const { attached, boundary } = usesOf(iam, policy);
      if (!policy.path.startsWith(prefix)) return false;
      if (usage === "PermissionsPolicy" && attached === 0) return false;
      if (usage === "PermissionsBoundary" && boundary === 0) return false;
      return !onlyAttached || attached + boundary > 0;
    });
    const list = `ListPolicies ${scope} ${onlyAttached} ${prefix} ${usage ?? ""}`;
    const { items, end } = pageOf(iam, list, policies, (policy) => policyArn(iam, policy), paging);
    return { Policies: items.map((policy) => showPolicy(iam, policy)), ...end };
  },
);

/** Deletes a policy that no role has attached or as its boundary, and that has no version except the default one. */
export const DeletePolicy: Action<Iam, Xml> = action(readArn, (iam, arn) => {
  const policy = findOwnPolicy(iam, arn);
  const { attached, boundary } = usesOf(iam, policy);
  if (attached + boundary > 0) throw deleteConflict("Cannot delete a policy attached to entities.");
  if (policy.versions.length > 1)
    throw deleteConflict(
      "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
    );
  iam.policies.delete(policyKey(policy.name));
  return undefined;
});

export const CreatePolicyVersion: Action<Iam, Xml> = action(
  (input) => ({
    arn: readArn(input),
    document: input.text("PolicyDocument", rules.document),
    setAsDefault: input.optionalFlag("SetAsDefault") ?? false,
  }),
  (iam, { arn, document, setAsDefault }) => {
    const policy = findOwnPolicy(iam, arn);
    checkPolicyDocument(iam, document);
    const { versionsPerPolicy } = iam.quotas;
    if (policy.versions.length >= versionsPerPolicy)
      throw limitExceeded(
        `A managed policy can have up to ${versionsPerPolicy} versions. Before you create a new version, you must delete an existing version.`,
      );
    const createdAt = iam.now().toISOString();
    const version = { id: `v${policy.nextVersion}`, document, isDefault: setAsDefault, createdAt };
    const older = policy.versions.map((each) => (setAsDefault ? { ...each, isDefault: false } : each));
    iam.policies.put(policyKey(policy.name), {
      ...policy,
      updatedAt: createdAt,
      versions: [...older, version],
      nextVersion: policy.nextVersion + 1,
    });
    return { PolicyVersion: showVersion(version, false) };
  },
);

const readVersion = (input: Input) => ({
  arn: readArn(input),
  id: input.text("VersionId", rules.policyVersionId),
});

export const GetPolicyVersion: Action<Iam, Xml> = action(readVersion, (iam, { arn, id }) => {
  return { PolicyVersion: showVersion(findVersion(findPolicy(iam, arn), arn, id), true) };
});

export const DeletePolicyVersion: Action<Iam, Xml> = action(readVersion, (iam, { arn, id }) => {
  const policy = findOwnPolicy(iam, arn);
  const gone = findVersion(policy, arn, id);
  if (gone.isDefault) throw deleteConflict("Cannot delete the default version of a policy.");
  iam.policies.put(policyKey(policy.name), {
    ...policy,
    versions: policy.versions.filter((each) => each !== gone),
  });
  return undefined;
});

export const SetDefaultPolicyVersion: Action<Iam, Xml> = action(readVersion, (iam, { arn, id }) => {
  const policy = findOwnPolicy(iam, arn);
  const chosen = findVersion(policy, arn, id);
  iam.policies.put(policyKey(policy.name), {
    ...policy,
    updatedAt: iam.now().toISOString(),
    versions: policy.versions.map((each) => ({ ...each, isDefault: each === chosen })),
  });
  return undefined;
});

export const ListPolicyVersions: Action<Iam, Xml> = action(
  (input) => ({ arn: readArn(input), paging: readPaging(input) }),
  (iam, { arn, paging }) => {
    const { versions } = findPolicy(iam, arn);
    const { items, end } = pageOf(iam, `ListPolicyVersions ${arn}`, versions, ({ id }) => id, paging);
    return { Versions: items.map((version) => showVersion(version, false)), ...end };
  },
);
