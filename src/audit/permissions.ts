/** Reads the statements of a role's policies, as far as they are known. */

import type { AccountRole } from "../desired/account-role.ts";
import { pointerToken } from "../lib/pointer.ts";
import { type CanonicalStatement, canonicalPolicy } from "../policy/canonical.ts";
import { actionsOf, resourcesOf } from "../policy/elements.ts";
import { managedPolicy } from "./managed-policies.ts";

/** A policy of a role. It has no statements if its document cannot be read or is not known. */
export type NamedPolicy = {
  readonly name: string;
  /** A JSON pointer into the role. */
  readonly pointer: string;
  readonly document: unknown;
  readonly statements: readonly GrantStatement[] | undefined;
};

export type GrantStatement = CanonicalStatement & {
  readonly resource: NonNullable<CanonicalStatement["resource"]>;
};

export function policiesOf({ inlinePolicies, attachedPolicies }: AccountRole): NamedPolicy[] {
  return [
    ...Object.entries(inlinePolicies).map(([name, text]) =>
      named(`the inline policy ${name}`, `/inlinePolicies/${pointerToken(name)}`, parse(text)),
    ),
    ...Object.entries(attachedPolicies).map(([arn, text]) =>
      named(
        arn,
        `/attachedPolicies/${pointerToken(arn)}`,
        text === undefined ? managedPolicy(arn) : parse(text),
      ),
    ),
  ];
}

function named(name: string, pointer: string, document: unknown): NamedPolicy {
  const statements = canonicalPolicy(document)?.statements;
  return { name, pointer, document, statements: statements?.every(isGrant) ? statements : undefined };
}

/** In an identity's policy, every statement has a resource and no statement has a principal. */
const isGrant = (statement: CanonicalStatement): statement is GrantStatement =>
  statement.resource !== undefined && statement.principal === undefined;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Returns the Allow statements of the known policies. Deny statements are left out, so this may be too much. */
export const allowed = (policies: readonly NamedPolicy[]): GrantStatement[] =>
  policies.flatMap(({ statements = [] }) => statements.filter(({ effect }) => effect === "Allow"));

export const ACTIONS = actionsOf();
/** Both `*` and `*:*` cover it, because every action has a colon. */
export const EVERY_ACTION = "*:*";
export const RESOURCES = resourcesOf("2012-10-17");
