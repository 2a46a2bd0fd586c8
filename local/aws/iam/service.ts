import type { Accounts } from "../accounts.ts";
import type { Actions } from "../action.ts";
import type { Endpoint } from "../endpoint.ts";
import { queryEndpoint } from "../wire/query.ts";
import type { Xml } from "../wire/xml.ts";
import * as account from "./account.ts";
import * as attachments from "./attachments.ts";
import { DeleteRolePermissionsBoundary, PutRolePermissionsBoundary } from "./boundaries.ts";
import * as profiles from "./instance-profiles.ts";
import * as policies from "./policies.ts";
import * as providers from "./providers.ts";
import { DeleteRolePolicy, GetRolePolicy, ListRolePolicies, PutRolePolicy } from "./role-policies.ts";
import { ListRoleTags, TagRole, UntagRole } from "./role-tags.ts";
import * as roles from "./roles.ts";
import { CreateServiceLinkedRole } from "./service-linked-roles.ts";
import type { Iam } from "./state.ts";

export const iamVersion = "2010-05-08";

export const iamActions: Actions<Iam, Xml> = {
  CreateRole: roles.CreateRole,
  GetRole: roles.GetRole,
  UpdateRole: roles.UpdateRole,
  UpdateRoleDescription: roles.UpdateRoleDescription,
  UpdateAssumeRolePolicy: roles.UpdateAssumeRolePolicy,
  DeleteRole: roles.DeleteRole,
  ListRoles: roles.ListRoles,
  CreateServiceLinkedRole,

  PutRolePolicy,
  GetRolePolicy,
  DeleteRolePolicy,
  ListRolePolicies,

  AttachRolePolicy: attachments.AttachRolePolicy,
  DetachRolePolicy: attachments.DetachRolePolicy,
  ListAttachedRolePolicies: attachments.ListAttachedRolePolicies,

  PutRolePermissionsBoundary,
  DeleteRolePermissionsBoundary,

  TagRole,
  UntagRole,
  ListRoleTags,

  CreateOpenIDConnectProvider: providers.CreateOpenIDConnectProvider,
  GetOpenIDConnectProvider: providers.GetOpenIDConnectProvider,
  ListOpenIDConnectProviders: providers.ListOpenIDConnectProviders,
  AddClientIDToOpenIDConnectProvider: providers.AddClientIDToOpenIDConnectProvider,
  RemoveClientIDFromOpenIDConnectProvider: providers.RemoveClientIDFromOpenIDConnectProvider,
  UpdateOpenIDConnectProviderThumbprint: providers.UpdateOpenIDConnectProviderThumbprint,
  DeleteOpenIDConnectProvider: providers.DeleteOpenIDConnectProvider,
  TagOpenIDConnectProvider: providers.TagOpenIDConnectProvider,
  UntagOpenIDConnectProvider: providers.UntagOpenIDConnectProvider,
  ListOpenIDConnectProviderTags: providers.ListOpenIDConnectProviderTags,

  CreatePolicy: policies.CreatePolicy,
  GetPolicy: policies.GetPolicy,
  ListPolicies: policies.ListPolicies,
  DeletePolicy: policies.DeletePolicy,
  CreatePolicyVersion: policies.CreatePolicyVersion,
  GetPolicyVersion: policies.GetPolicyVersion,
  DeletePolicyVersion: policies.DeletePolicyVersion,
  SetDefaultPolicyVersion: policies.SetDefaultPolicyVersion,
  ListPolicyVersions: policies.ListPolicyVersions,

  CreateInstanceProfile: profiles.CreateInstanceProfile,
  GetInstanceProfile: profiles.GetInstanceProfile,
  DeleteInstanceProfile: profiles.DeleteInstanceProfile,
  AddRoleToInstanceProfile: profiles.AddRoleToInstanceProfile,
  RemoveRoleFromInstanceProfile: profiles.RemoveRoleFromInstanceProfile,
  ListInstanceProfilesForRole: profiles.ListInstanceProfilesForRole,

  GetAccountSummary: account.GetAccountSummary,
  GetAccountAuthorizationDetails: account.GetAccountAuthorizationDetails,
};

export function iamEndpoint(accounts: Accounts): Endpoint {
  return queryEndpoint({
    service: "iam",
    version: iamVersion,
    namespace: `https://iam.amazonaws.com/doc/${iamVersion}/`,
    context: (http) => accounts.ofCaller(http).iam,
    actions: iamActions,
  });
}
