/** https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html */
import { type Action, action } from "../action.ts";
import type { Xml } from "../wire/xml.ts";
import { checkPolicyArn, policyExists } from "./managed-policies.ts";
import { findOwnRole, putRole, readRoleName } from "./role.ts";
import { arn, noSuchEntity } from "./rules.ts";
import type { Iam, Role } from "./state.ts";

/** The policy must exist when it is set. Later checks are not needed, because DeletePolicy refuses a policy in use. */
export function checkBoundary(iam: Iam, policy: string): void {
  checkPolicyArn(policy);
  if (!policyExists(iam, policy))
    throw noSuchEntity(`Scope ARN: ${policy} does not exist or is not attachable.`);
}

export function showBoundary({ boundary }: Role): Xml {
  if (boundary === undefined) return undefined;
  return { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: boundary };
}

export const PutRolePermissionsBoundary: Action<Iam, Xml> = action(
  (input) => ({ name: readRoleName(input), boundary: input.text("PermissionsBoundary", arn) }),
  (iam, { name, boundary }) => {
    const role = findOwnRole(iam, name);
    checkBoundary(iam, boundary);
    putRole(iam, { ...role, boundary });
    return undefined;
  },
);

export const DeleteRolePermissionsBoundary: Action<Iam, Xml> = action(readRoleName, (iam, name) => {
  const { boundary, ...role } = findOwnRole(iam, name);
  if (boundary === undefined)
    throw noSuchEntity(`The role with name ${name} does not have a permissions boundary.`);
  putRole(iam, role);
  return undefined;
});
