/** What a role's policies say, as far as it is known. */
import { pointerToken } from "../pointer.ts";
import { readPolicy, type Statement } from "./document.ts";
import { actionsOf, resourcesOf } from "./elements.ts";
import { managedPolicy } from "./managed-policies.ts";
import type { AccountRole } from "./role.ts";

/** A policy of a role; without statements if it cannot be read, or is not known. */
export type NamedPolicy = {
  readonly name: string;
  /** Into the role. */
  readonly pointer: string;
  readonly document: unknown;
  readonly statements: readonly GrantStatement[] | undefined;
};

export type GrantStatement = Statement & { readonly resource: NonNullable<Statement["resource"]> };

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
  const statements = readPolicy(document)?.statements;
  return { name, pointer, document, statements: statements?.every(isGrant) ? statements : undefined };
}

/** In a policy of an identity every statement has a resource, and none a principal. */
const isGrant = (statement: Statement): statement is GrantStatement =>
  statement.resource !== undefined && statement.principal === undefined;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What the known policies allow, statement by statement; Deny statements are not counted in their favour. */
export const allowed = (policies: readonly NamedPolicy[]): GrantStatement[] =>
  policies.flatMap(({ statements = [] }) => statements.filter(({ effect }) => effect === "Allow"));

export const ACTIONS = actionsOf();
/** `*` or `*:*`: every action has a colon. */
export const EVERY_ACTION = "*:*";
export const RESOURCES = resourcesOf("2012-10-17");
