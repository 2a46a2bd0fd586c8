/** Finds permissions that no pipeline should have (row 29 of docs/misconfigurations.md). */

import { covers } from "../policy/elements.ts";
import { auditFinding, type Finding } from "./codes.ts";
import { type AuditedAccount, mayCreateRepository, mayPushAnywhere } from "./ecr.ts";
import { ACTIONS, EVERY_ACTION, type NamedPolicy, RESOURCES } from "./permissions.ts";

export const excessFindings = (policies: readonly NamedPolicy[], place: AuditedAccount): Finding[] =>
  policies.flatMap((policy) => findingsOf(policy, place));

function findingsOf({ name, pointer, statements }: NamedPolicy, place: AuditedAccount): Finding[] {
  const found = (code: Parameters<typeof auditFinding>[0], detail: string): Finding =>
    auditFinding(code, pointer, detail);
  if (statements === undefined) return [found("access-unknown", `The permissions of ${name} are not known.`)];
  const allow = statements.filter(({ effect }) => effect === "Allow");
  const everything = [EVERY_ACTION, "iam:*"].find((actions) =>
    allow.some((one) => covers(one.action, actions, ACTIONS) && covers(one.resource, "*", RESOURCES)),
  );
  return [
    ...(everything === undefined
      ? []
      : [
          found(
            "administrator-access",
            `${name} allows ${everything === EVERY_ACTION ? "everything" : everything} on every resource.`,
          ),
        ]),
    ...(allow.some(mayCreateRepository)
      ? [found("ecr-wildcard", `${name} allows ecr:CreateRepository.`)]
      : []),
    ...(allow.some((one) => mayPushAnywhere(one, place))
      ? [found("ecr-any-repository", `${name} allows pushing to every repository.`)]
      : []),
  ];
}
