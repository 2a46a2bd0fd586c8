/**
 * What the audit finds beside the lint of the trust policy: stable codes, from which the documentation is generated.
 * `rows` are the rows of the table of known mistakes
 * (docs/misconfigurations.md).
 *
 * error: the role can do what no pipeline should. warning: wider than it need be, or nobody answers for it.
 * info: worth knowing.
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
  // Whose the role is
  unregistered: {
    severity: "info",
    rows: [],
    meaning: "The role trusts GitHub, and no registration names it.",
    remedy: "Register its replacement (see migration), and delete the role once it can go.",
  },
  "under-rolecall-without-record": {
    severity: "warning",
    rows: [],
    meaning: "The role is under Rolecall's path, and no registration names it: nobody answers for it.",
    remedy: "Find out who made it, register what is needed, and delete it.",
  },
  unused: {
    severity: "info",
    rows: [],
    meaning: "The registration's role was not used for 90 days.",
    remedy: "Delete the registration if nobody needs it.",
  },

  // What its policies allow
  "administrator-access": {
    severity: "error",
    rows: [29],
    meaning:
      "Whoever can change a workflow can do everything in the account, or give themselves leave to (iam:*).",
    remedy: "Allow what the workflow does and nothing else.",
  },
  "ecr-wildcard": {
    severity: "error",
    rows: [29],
    meaning: "The role can create ECR repositories, or do everything with them.",
    remedy: "Allow push or pull on named repositories; a registration creates them.",
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
    meaning: "A policy of the role cannot be read, or is one of AWS's own: what it allows is not known.",
    remedy: "Read it, and replace it by an inline policy that names what the workflow needs.",
  },
} as const satisfies Readonly<Record<string, Code>>;

/** @param pointer into the role: `/trustPolicy/…`, `/inlinePolicies/NAME`, `/attachedPolicies/ARN`, or empty */
export function auditFinding(code: keyof typeof auditCodes, pointer: string, detail: string): Finding {
  const { severity, remedy } = auditCodes[code];
  return { code, severity, pointer, detail, remedy };
}
