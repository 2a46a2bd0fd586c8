/** What a role's policies say, and what no pipeline should be allowed (docs/misconfigurations.md, row 29). */
import { pointerToken } from "../pointer.ts";
import { auditFinding, type Finding } from "./codes.ts";
import { readPolicy, type Statement } from "./document.ts";
import { actionsOf, covers, mayMeet, resourcesOf } from "./elements.ts";
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

const ACTIONS = actionsOf();
const RESOURCES = resourcesOf("2012-10-17");

/** Whether a statement may allow an action on something that a pattern matches. */
export const mayAllow = ({ action, resource }: GrantStatement, name: string, pattern: string): boolean =>
  mayMeet(action, name, ACTIONS) && mayMeet(resource, pattern, RESOURCES);

/** Whether a statement allows an action, or all that a pattern matches, on all that another pattern matches. */
export const allowsAll = ({ action, resource }: GrantStatement, name: string, pattern: string): boolean =>
  covers(action, name, ACTIONS) && covers(resource, pattern, RESOURCES);

/** What writes to an ECR repository when an image is pushed. */
export const UPLOADS = [
  "ecr:CompleteLayerUpload",
  "ecr:InitiateLayerUpload",
  "ecr:PutImage",
  "ecr:UploadLayerPart",
];
const ANY_REPOSITORY = "arn:*:ecr:*:*:repository/*";

/** Whether the role can push; undefined if that is not known. */
export function canPush(policies: readonly NamedPolicy[]): boolean | undefined {
  const can = allowed(policies).some((one) => UPLOADS.some((name) => mayAllow(one, name, ANY_REPOSITORY)));
  return can || policies.every(({ statements }) => statements !== undefined) ? can : undefined;
}

/** @param accountId whose repositories are meant by "every" */
export function permissionFindings(
  policies: readonly NamedPolicy[],
  { partition, accountId }: { partition: string; accountId: string },
): Finding[] {
  // A repository of a name that nobody thinks of: a pattern that matches it matches all.
  const some = `arn:${partition}:ecr:*:${accountId}:repository/0/0--0/0`;
  return policies.flatMap(({ name, pointer, statements }) => {
    const found = (code: Parameters<typeof auditFinding>[0], detail: string): Finding =>
      auditFinding(code, pointer, detail);
    if (statements === undefined) return [found("access-unknown", `What ${name} allows is not known.`)];
    const allow = statements.filter(({ effect }) => effect === "Allow");
    const findings: Finding[] = [];
    const everything = ["*", "iam:*"].find((action) => allow.some((one) => allowsAll(one, action, "*")));
    if (everything !== undefined)
      findings.push(found("administrator-access", `${name} allows ${everything} on *.`));
    if (allow.some((one) => mayAllow(one, "ecr:CreateRepository", ANY_REPOSITORY)))
      findings.push(found("ecr-wildcard", `${name} allows ecr:CreateRepository.`));
    if (allow.some((one) => UPLOADS.some((upload) => mayAllow(one, upload, some))))
      findings.push(found("ecr-any-repository", `${name} allows pushing to every repository.`));
    return findings;
  });
}
