/** The actions on roles. https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html */
import { type Action, action } from "../action.ts";
import type { Xml } from "../wire/xml.ts";
import { checkBoundary, showBoundary } from "./boundaries.ts";
import { pageOf, readPaging } from "./paging.ts";
import {
  findOwnRole,
  findRole,
  isReserved,
  putRole,
  readRoleName,
  roleKey,
  showLastUsed,
  showRole,
  showSettings,
} from "./role.ts";
import * as rules from "./rules.ts";
import { alreadyExists, deleteConflict, invalidInput, limitExceeded } from "./rules.ts";
import { type Iam, newId, type Role } from "./state.ts";
import { readOptionalTags, showTagsIfAny, withTags } from "./tags.ts";
import { checkTrust } from "./trust.ts";

export const CreateRole: Action<Iam, Xml> = action(
  (input) => ({
    name: readRoleName(input),
    path: input.optionalText("Path", rules.path) ?? "/",
    trust: input.text("AssumeRolePolicyDocument", rules.document),
    description: input.optionalText("Description", rules.roleDescription),
    maxSessionDuration: input.optionalInteger("MaxSessionDuration", rules.maxSessionDuration),
    boundary: input.optionalText("PermissionsBoundary", rules.arn),
    tags: readOptionalTags(input),
  }),
  (iam, { name, path, trust, description, maxSessionDuration, boundary, tags }) => {
    if (isReserved(path)) throw invalidInput(`The path ${path} is reserved for AWS.`);
    const checked = withTags(iam, [], tags);
    checkTrust(iam, trust);
    if (boundary !== undefined) checkBoundary(iam, boundary);
    if (iam.roles.get(roleKey(name)) !== undefined)
      throw alreadyExists(`Role with name ${name} already exists.`);
    const { rolesPerAccount } = iam.quotas;
    if (iam.roles.size >= rolesPerAccount)
      throw limitExceeded(`Cannot exceed quota for RolesPerAccount: ${rolesPerAccount}`);
    const role: Role = {
      name,
      path,
      id: newId("AROA"),
      createdAt: iam.now().toISOString(),
      trust,
      maxSessionDuration: maxSessionDuration ?? rules.defaultSessionDuration,
      tags: checked,
      inline: [],
      attached: [],
      ...(description === undefined ? {} : { description }),
      ...(boundary === undefined ? {} : { boundary }),
    };
    putRole(iam, role);
    return {
      Role: {
        ...showRole(iam, role),
        PermissionsBoundary: showBoundary(role),
        Tags: showTagsIfAny(role.tags),
      },
    };
  },
);

export const GetRole: Action<Iam, Xml> = action(readRoleName, (iam, name) => {
  const role = findRole(iam, name);
  return {
    Role: {
      ...showRole(iam, role),
      ...showSettings(role),
      PermissionsBoundary: showBoundary(role),
      Tags: showTagsIfAny(role.tags),
      RoleLastUsed: showLastUsed(role),
    },
  };
});

/**
 * Updates a role. Without a description the old one stays. Without a session duration the role gets the default of one
 * hour again (IAM API reference, UpdateRole).
 */
export const UpdateRole: Action<Iam, Xml> = action(
  (input) => ({
    name: readRoleName(input),
    description: input.optionalText("Description", rules.roleDescription),
    maxSessionDuration: input.optionalInteger("MaxSessionDuration", rules.maxSessionDuration),
  }),
  (iam, { name, description, maxSessionDuration }) => {
    const role = findOwnRole(iam, name);
    putRole(iam, {
      ...role,
      maxSessionDuration: maxSessionDuration ?? rules.defaultSessionDuration,
      ...(description === undefined ? {} : { description }),
    });
    return {};
  },
);

export const UpdateRoleDescription: Action<Iam, Xml> = action(
  (input) => ({ name: readRoleName(input), description: input.text("Description", rules.roleDescription) }),
  (iam, { name, description }) => {
    const role = { ...findOwnRole(iam, name), description };
    putRole(iam, role);
    return { Role: { ...showRole(iam, role), ...showSettings(role) } };
  },
);

export const UpdateAssumeRolePolicy: Action<Iam, Xml> = action(
  (input) => ({ name: readRoleName(input), trust: input.text("PolicyDocument", rules.document) }),
  (iam, { name, trust }) => {
    const role = findOwnRole(iam, name);
    checkTrust(iam, trust);
    putRole(iam, { ...role, trust });
    return undefined;
  },
);

export const DeleteRole: Action<Iam, Xml> = action(readRoleName, (iam, name) => {
  const role = findOwnRole(iam, name);
  if (iam.instanceProfiles.values().some((profile) => profile.role === role.name))
    throw deleteConflict("Cannot delete entity, must remove roles from instance profile first.");
  if (role.attached.length > 0) throw deleteConflict("Cannot delete entity, must detach all policies first.");
  if (role.inline.length > 0) throw deleteConflict("Cannot delete entity, must delete policies first.");
  iam.roles.delete(roleKey(name));
  return undefined;
});

/** Lists roles, without their tags, boundary and last use (IAM API reference, ListRoles). */
export const ListRoles: Action<Iam, Xml> = action(
  (input) => ({
    prefix: input.optionalText("PathPrefix", rules.pathPrefix) ?? "/",
    paging: readPaging(input),
  }),
  (iam, { prefix, paging }) => {
    const roles = iam.roles.values().filter(({ path }) => path.startsWith(prefix));
    const { items, end } = pageOf(iam, `ListRoles ${prefix}`, roles, ({ name }) => roleKey(name), paging);
    return { Roles: items.map((role) => ({ ...showRole(iam, role), ...showSettings(role) })), ...end };
  },
);
