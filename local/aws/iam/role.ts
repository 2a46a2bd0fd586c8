/** Finds, stores and shows roles. */
import { AwsError } from "../errors.ts";
import type { Input } from "../input.ts";
import type { Xml } from "../wire/xml.ts";
import { encodeDocument, noSuchEntity, roleName } from "./rules.ts";
import { type Iam, type Role, roleArn } from "./state.ts";

/** Role names are unique in the account, across paths and regardless of case. */
export const roleKey = (name: string) => name.toLowerCase();

export const readRoleName = (input: Input) => input.text("RoleName", roleName);

export function findRole(iam: Iam, name: string): Role {
  const role = iam.roles.get(roleKey(name));
  if (role === undefined) throw noSuchEntity(`The role with name ${name} cannot be found.`);
  return role;
}

/** True for the paths under which only AWS creates roles. */
export const isReserved = (path: string) => /^\/aws-(service-role|reserved)\//.test(path);

/** Finds a role that the account's users may change. A service-linked role is changed only by its service. */
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

/** The fields of a role that every answer shows. */
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

/** An empty element if the role was not used (within the tracking period of 400 days). */
export function showLastUsed({ lastUsed }: Role): Xml {
  return lastUsed === undefined ? {} : { LastUsedDate: new Date(lastUsed.at), Region: lastUsed.region };
}
