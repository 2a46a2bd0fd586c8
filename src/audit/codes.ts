/**
 * The findings of the audit that do not come from the lint of the trust policy, by their stable codes. `rows` names
 * the rows of docs/misconfigurations.md that a finding belongs to.
 *
 * error: the role can do what no pipeline should do. warning: the role is wider than necessary, or nobody is
 * responsible for it. info: worth knowing.
 */
import type { components } from "../generated/contract.ts";

export type Finding = components["schemas"]["Finding"];

type Code = {
  readonly severity: Finding["severity"];
  readonly rows: readonly number[];
  readonly meaning: string;
  readonly remedy: string;
};

export const auditCodes = {
  // The role's registration
  unregistered: {
    severity: "info",
    rows: [],
    meaning: "The role trusts GitHub, but no registration names it.",
    remedy:
      "Register its replacement (see migration). Delete the role when the migration says that it is ready.",
  },
  "under-rolecall-without-record": {
    severity: "warning",
    rows: [],
    meaning:
      "The role is under Rolecall's path, but no registration names it, so nobody is responsible for it.",
    remedy: "Find out who created the role, register the access that is needed, and delete the role.",
  },
  unused: {
    severity: "info",
    rows: [],
    meaning: "The registration's role has not been used for 90 days.",
    remedy: "Delete the registration if nobody needs it.",
  },

  // The permissions in its policies
  "administrator-access": {
    severity: "error",
    rows: [29],
    meaning:
      "Whoever can change a workflow can do everything in the account, or can give themselves that right (iam:*).",
    remedy: "Allow only the actions that the workflow needs.",
  },
  "ecr-wildcard": {
    severity: "error",
    rows: [29],
    meaning: "The role can create ECR repositories, or do everything with them.",
    remedy: "Allow push or pull on named repositories; a registration creates the repositories.",
  },
  "ecr-any-repository": {
    severity: "warning",
    rows: [29],
    meaning: "The role can push to every ECR repository of the account.",
    remedy: "Name the repositories.",
  },
  "access-unknown": {
    severity: "info",
    rows: [],
    meaning: "A policy of the role cannot be read, or belongs to AWS, so its permissions are not known.",
    remedy: "Read the policy, and replace it with an inline policy that names what the workflow needs.",
  },
} as const satisfies Readonly<Record<string, Code>>;

/** @param pointer a JSON pointer into the role: `/inlinePolicies/NAME`, `/attachedPolicies/ARN`, or empty */
export function auditFinding(code: keyof typeof auditCodes, pointer: string, detail: string): Finding {
  const { severity, remedy } = auditCodes[code];
  return { code, severity, pointer, detail, remedy };
}
