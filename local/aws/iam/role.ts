/** A role: finding it, keeping it, showing it. */
import { AwsError } from "../errors.ts";
import type { Input } from "../input.ts";
import type { Xml } from "../wire/xml.ts";
import { encodeDocument, noSuchEntity, roleName } from "./rules.ts";
import { type Iam, type Role, roleArn } from "./state.ts";

/** Names are unique in the account whatever their path, and whatever their case. */
export const roleKey = (name: string) => name.toLowerCase();

export const readRoleName = (input: Input) => input.text("RoleName", roleName);

export function findRole(iam: Iam, name: string): Role {
  const role = iam.roles.get(roleKey(name));
  if (role === undefined) throw noSuchEntity(`The role with name ${name} cannot be found.`);
  return role;
}

/** Paths under which AWS alone makes roles. */
export const isReserved = (path: string) => /^\/aws-(service-role|reserved)\//.test(path);

/** A role that its user may change: one of AWS's own is changed by the service it is linked to alone. */
export function findOwnRole(iam: Iam, name: string): Role {
  const role = findRole(iam, name);
  if (isReserved(role.path))
    throw new AwsError(
      "UnmodifiableEntity",
      400,
      `Cannot perform the operation on the protected role '${role.name}' - this role is only modifiable by AWS`,
    );
  return role;
}

export function putRole(iam: Iam, role: Role): void {
  iam.roles.put(roleKey(role.name), role);
}

/** What every answer shows of a role. */
export function showRole(iam: Iam, role: Role) {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: roleArn(iam, role),
    CreateDate: new Date(role.createdAt),
    AssumeRolePolicyDocument: encodeDocument(role.trust),
  };
}

export const showSettings = (role: Role) => ({
  Description: role.description,
  MaxSessionDuration: role.maxSessionDuration,
});

/** An empty element for a role that was not used (in the tracking period of 400 days). */
export function showLastUsed({ lastUsed }: Role): Xml {
  return lastUsed === undefined ? {} : { LastUsedDate: new Date(lastUsed.at), Region: lastUsed.region };
}
