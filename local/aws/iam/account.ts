/** Actions on the account as a whole. */
import { type Action, action } from "../action.ts";
import { type Xml, XmlMap } from "../wire/xml.ts";
import { showAttached } from "./attachments.ts";
import { showBoundary } from "./boundaries.ts";
import { profilesOf, showProfile } from "./instance-profiles.ts";
import { awsPolicies } from "./managed-policies.ts";
import { pageOf, readPaging } from "./paging.ts";
import { showPolicy, showVersion } from "./policies.ts";
import { roleKey, showLastUsed, showRole } from "./role.ts";
import { encodeDocument } from "./rules.ts";
import { type Iam, type Policy, policyArn, type Role } from "./state.ts";
import { showTagsIfAny } from "./tags.ts";

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html */
export const GetAccountSummary: Action<Iam, Xml> = action(
  () => undefined,
  (iam) => {
    const { quotas } = iam;
    const policies = iam.policies.values();
    return {
      SummaryMap: new XmlMap({
        AccountAccessKeysPresent: 0,
        AccountMFAEnabled: 1,
        AssumeRolePolicySizeQuota: quotas.assumeRolePolicySize,
        AttachedPoliciesPerGroupQuota: 10,
        AttachedPoliciesPerRoleQuota: quotas.attachedPoliciesPerRole,
        AttachedPoliciesPerUserQuota: 10,
        GlobalEndpointTokenVersion: 1,
        GroupPolicySizeQuota: 5120,
        Groups: 0,
        GroupsPerUserQuota: 10,
        GroupsQuota: 300,
        InstanceProfiles: iam.instanceProfiles.size,
        InstanceProfilesQuota: quotas.instanceProfilesPerAccount,
        MFADevices: 1,
        MFADevicesInUse: 1,
        Policies: policies.length,
        PoliciesQuota: quotas.policiesPerAccount,
        PolicySizeQuota: quotas.policySize,
        PolicyVersionsInUse: policies.reduce((sum, { versions }) => sum + versions.length, 0),
        PolicyVersionsInUseQuota: 10_000,
        Providers: iam.providers.size,
        RolePolicySizeQuota: quotas.rolePolicySize,
        Roles: iam.roles.size,
        RolesQuota: quotas.rolesPerAccount,
        UserPolicySizeQuota: 2048,
        Users: 1,
        UsersQuota: 5000,
        VersionsPerPolicyQuota: quotas.versionsPerPolicy,
      }),
    };
  },
);

type Detail = { key: string; role: Role } | { key: string; policy: Policy };

const kinds = ["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"];

/**
 * Lists roles first, then policies, in one sequence of pages. Of AWS's own policies it lists those in use. It shows
 * neither a role's description nor its session duration.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
 */
export const GetAccountAuthorizationDetails: Action<Iam, Xml> = action(
  (input) => ({
    filter: input.optionalTexts("Filter", {}, { oneOf: kinds }) ?? [],
    paging: readPaging(input),
  }),
  (iam, { filter, paging }) => {
    const wanted = (kind: string) => filter.length === 0 || filter.includes(kind);
    const roles = iam.roles.values();
    const used = new Set(roles.flatMap(({ attached, boundary }) => [...attached, boundary]));
    const policies = [
      ...(wanted("LocalManagedPolicy") ? iam.policies.values() : []),
      ...(wanted("AWSManagedPolicy") ? awsPolicies.filter((each) => used.has(policyArn(iam, each))) : []),
    ];
    const details: Detail[] = [
      ...(wanted("Role") ? roles : []).map((role) => ({ key: `1 ${roleKey(role.name)}`, role })),
      ...policies.map((policy) => ({ key: `2 ${policyArn(iam, policy)}`, policy })),
    ];
    const list = `GetAccountAuthorizationDetails ${[...filter].sort().join(",")}`;
    const { items, end } = pageOf(iam, list, details, ({ key }) => key, paging);
    return {
      UserDetailList: [],
      GroupDetailList: [],
      RoleDetailList: items.flatMap((item) => ("role" in item ? [showRoleDetail(iam, item.role)] : [])),
      Policies: items.flatMap((item) => ("policy" in item ? [showPolicyDetail(iam, item.policy)] : [])),
      ...end,
    };
  },
);

function showRoleDetail(iam: Iam, role: Role): Xml {
  return {
    ...showRole(iam, role),
    InstanceProfileList: profilesOf(iam, role.name).map((profile) => showProfile(iam, profile)),
    RolePolicyList: role.inline.map(({ name, document }) => ({
      PolicyName: name,
      PolicyDocument: encodeDocument(document),
    })),
    AttachedManagedPolicies: showAttached(role.attached),
    PermissionsBoundary: showBoundary(role),
    Tags: showTagsIfAny(role.tags),
    RoleLastUsed: showLastUsed(role),
  };
}

function showPolicyDetail(iam: Iam, policy: Policy): Xml {
  return {
    ...showPolicy(iam, policy),
    Description: policy.description,
    PolicyVersionList: policy.versions.map((version) => showVersion(version, true)),
  };
}
