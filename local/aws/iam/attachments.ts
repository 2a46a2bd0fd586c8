/** Managed policies that are attached to a role. */
import { type Action, action } from "../action.ts";
import type { Input } from "../input.ts";
import type { Xml } from "../wire/xml.ts";
import { checkPolicyArn, policyExists } from "./managed-policies.ts";
import { pageOf, readPaging } from "./paging.ts";
import { findOwnRole, findRole, putRole, readRoleName, roleKey } from "./role.ts";
import { arn, limitExceeded, noSuchEntity, policyPath } from "./rules.ts";
import type { Iam } from "./state.ts";

const readBoth = (input: Input) => ({ roleName: readRoleName(input), policy: input.text("PolicyArn", arn) });

/** Attaches a policy. Attaching it a second time is no error and changes nothing. */
export const AttachRolePolicy: Action<Iam, Xml> = action(readBoth, (iam, { roleName, policy }) => {
  checkPolicyArn(policy);
  const role = findOwnRole(iam, roleName);
  if (!policyExists(iam, policy)) throw noSuchEntity(`Policy ${policy} does not exist or is not attachable.`);
  if (role.attached.includes(policy)) return undefined;
  const { attachedPoliciesPerRole } = iam.quotas;
  if (role.attached.length >= attachedPoliciesPerRole)
    throw limitExceeded(`Cannot exceed quota for PoliciesPerRole: ${attachedPoliciesPerRole}`);
  putRole(iam, { ...role, attached: [...role.attached, policy] });
  return undefined;
});

export const DetachRolePolicy: Action<Iam, Xml> = action(readBoth, (iam, { roleName, policy }) => {
  checkPolicyArn(policy);
  const role = findOwnRole(iam, roleName);
  if (!role.attached.includes(policy)) throw noSuchEntity(`Policy ${policy} was not found.`);
  putRole(iam, { ...role, attached: role.attached.filter((each) => each !== policy) });
  return undefined;
});

/** `arn:aws:iam::123456789012:policy/team/deploy` is named `deploy`, under the path `/team/`. */
function nameAndPath(policy: string): { name: string; path: string } {
  const resource = policy.slice(policy.indexOf(":policy/") + ":policy".length);
  const end = resource.lastIndexOf("/") + 1;
  return { name: resource.slice(end), path: resource.slice(0, end) };
}

export function showAttached(policies: readonly string[]): Xml {
  return policies.map((policy) => ({ PolicyName: nameAndPath(policy).name, PolicyArn: policy }));
}

export const ListAttachedRolePolicies: Action<Iam, Xml> = action(
  (input) => ({
    roleName: readRoleName(input),
    prefix: input.optionalText("PathPrefix", policyPath) ?? "/",
    paging: readPaging(input),
  }),
  (iam, { roleName, prefix, paging }) => {
    const attached = findRole(iam, roleName).attached.filter((each) =>
      nameAndPath(each).path.startsWith(prefix),
    );
    const list = `ListAttachedRolePolicies ${roleKey(roleName)} ${prefix}`;
    const { items, end } = pageOf(iam, list, attached, (each) => each, paging);
    return { AttachedPolicies: showAttached(items), ...end };
  },
);
