/** Instance profiles. They are here because a role in an instance profile cannot be deleted. */
import { type Action, action } from "../action.ts";
import type { Input } from "../input.ts";
import type { Xml } from "../wire/xml.ts";
import { pageOf, readPaging } from "./paging.ts";
import { findOwnRole, findRole, readRoleName, roleKey, showRole } from "./role.ts";
import * as rules from "./rules.ts";
import { alreadyExists, deleteConflict, limitExceeded, noSuchEntity } from "./rules.ts";
import { type Iam, type InstanceProfile, instanceProfileArn, newId } from "./state.ts";
import { readOptionalTags, showTagsIfAny, withTags } from "./tags.ts";

const profileKey = (name: string) => name.toLowerCase();

const readName = (input: Input) => input.text("InstanceProfileName", rules.policyName);

const readBoth = (input: Input) => ({ name: readName(input), roleName: readRoleName(input) });

function findProfile(iam: Iam, name: string): InstanceProfile {
  const profile = iam.instanceProfiles.get(profileKey(name));
  if (profile === undefined) throw noSuchEntity(`Instance Profile ${name} cannot be found.`);
  return profile;
}

export function showProfile(iam: Iam, profile: InstanceProfile) {
  const { name, path, id, createdAt, role, tags } = profile;
  return {
    InstanceProfileName: name,
    InstanceProfileId: id,
    Path: path,
    Arn: instanceProfileArn(iam, profile),
    CreateDate: new Date(createdAt),
    Roles: role === undefined ? [] : [showRole(iam, findRole(iam, role))],
    Tags: showTagsIfAny(tags),
  };
}

export function profilesOf(iam: Iam, roleName: string): InstanceProfile[] {
  return iam.instanceProfiles.values().filter(({ role }) => role === roleName);
}

export const CreateInstanceProfile: Action<Iam, Xml> = action(
  (input) => ({
    name: readName(input),
    path: input.optionalText("Path", rules.path) ?? "/",
    tags: readOptionalTags(input),
  }),
  (iam, { name, path, tags }) => {
    if (iam.instanceProfiles.get(profileKey(name)) !== undefined)
      throw alreadyExists(`Instance Profile ${name} already exists.`);
    const { instanceProfilesPerAccount } = iam.quotas;
    if (iam.instanceProfiles.size >= instanceProfilesPerAccount)
      throw limitExceeded(
        `Cannot exceed quota for InstanceProfilesPerAccount: ${instanceProfilesPerAccount}`,
      );
    const profile: InstanceProfile = {
      name,
      path,
      id: newId("AIPA"),
      createdAt: iam.now().toISOString(),
      tags: withTags(iam, [], tags),
    };
    iam.instanceProfiles.put(profileKey(name), profile);
    return { InstanceProfile: showProfile(iam, profile) };
  },
);

export const GetInstanceProfile: Action<Iam, Xml> = action(readName, (iam, name) => ({
  InstanceProfile: showProfile(iam, findProfile(iam, name)),
}));

export const DeleteInstanceProfile: Action<Iam, Xml> = action(readName, (iam, name) => {
  if (findProfile(iam, name).role !== undefined)
    throw deleteConflict("Cannot delete entity, must remove roles from instance profile first.");
  iam.instanceProfiles.delete(profileKey(name));
  return undefined;
});

/** An instance profile holds at most one role. */
export const AddRoleToInstanceProfile: Action<Iam, Xml> = action(readBoth, (iam, { name, roleName }) => {
  const profile = findProfile(iam, name);
  const role = findOwnRole(iam, roleName);
  if (profile.role !== undefined)
    throw limitExceeded("Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1");
  iam.instanceProfiles.put(profileKey(name), { ...profile, role: role.name });
  return undefined;
});

export const RemoveRoleFromInstanceProfile: Action<Iam, Xml> = action(readBoth, (iam, { name, roleName }) => {
  const { role, ...profile } = findProfile(iam, name);
  if (role === undefined || roleKey(role) !== roleKey(roleName))
    throw noSuchEntity(`Role ${roleName} is not in instance profile ${name}.`);
  iam.instanceProfiles.put(profileKey(name), profile);
  return undefined;
});

export const ListInstanceProfilesForRole: Action<Iam, Xml> = action(
  (input) => ({ roleName: readRoleName(input), paging: readPaging(input) }),
  (iam, { roleName, paging }) => {
    const profiles = profilesOf(iam, findRole(iam, roleName).name);
    const list = `ListInstanceProfilesForRole ${roleKey(roleName)}`;
    const { items, end } = pageOf(iam, list, profiles, ({ name }) => profileKey(name), paging);
    return { InstanceProfiles: items.map((profile) => showProfile(iam, profile)), ...end };
  },
);
