/** Inline policies of a role. */
import { type Action, action } from "../action.ts";
import type { Input } from "../input.ts";
import type { Xml } from "../wire/xml.ts";
import { checkDocument } from "./documents.ts";
import { pageOf, readPaging } from "./paging.ts";
import { findOwnRole, findRole, putRole, readRoleName, roleKey } from "./role.ts";
import { document, encodeDocument, limitExceeded, noSuchEntity, policyName, sizeOf } from "./rules.ts";
import type { Iam, InlinePolicy } from "./state.ts";
import { surroundings } from "./trust.ts";

const readBoth = (input: Input) => ({
  roleName: readRoleName(input),
  name: input.text("PolicyName", policyName),
});

function findInline(policies: readonly InlinePolicy[], name: string): InlinePolicy {
  const policy = policies.find((each) => each.name === name);
  if (policy === undefined) throw noSuchEntity(`The role policy with name ${name} cannot be found.`);
  return policy;
}

export const PutRolePolicy: Action<Iam, Xml> = action(
  (input) => ({ ...readBoth(input), document: input.text("PolicyDocument", document) }),
  (iam, { roleName, name, document }) => {
    const role = findOwnRole(iam, roleName);
    checkDocument(document, "identity", surroundings(iam));
    const inline = [...role.inline.filter((each) => each.name !== name), { name, document }];
    const { rolePolicySize } = iam.quotas;
    if (inline.reduce((sum, each) => sum + sizeOf(each.document), 0) > rolePolicySize)
      throw limitExceeded(`Maximum policy size of ${rolePolicySize} bytes exceeded for role ${role.name}`);
    putRole(iam, { ...role, inline });
    return undefined;
  },
);

export const GetRolePolicy: Action<Iam, Xml> = action(readBoth, (iam, { roleName, name }) => {
  const role = findRole(iam, roleName);
  const policy = findInline(role.inline, name);
  return { RoleName: role.name, PolicyName: policy.name, PolicyDocument: encodeDocument(policy.document) };
});

export const DeleteRolePolicy: Action<Iam, Xml> = action(readBoth, (iam, { roleName, name }) => {
  const role = findOwnRole(iam, roleName);
  const gone = findInline(role.inline, name);
  putRole(iam, { ...role, inline: role.inline.filter((each) => each !== gone) });
  return undefined;
});

export const ListRolePolicies: Action<Iam, Xml> = action(
  (input) => ({ roleName: readRoleName(input), paging: readPaging(input) }),
  (iam, { roleName, paging }) => {
    const names = findRole(iam, roleName).inline.map(({ name }) => name);
    const { items, end } = pageOf(
      iam,
      `ListRolePolicies ${roleKey(roleName)}`,
      names,
      (name) => name,
      paging,
    );
    return { PolicyNames: items, ...end };
  },
);
