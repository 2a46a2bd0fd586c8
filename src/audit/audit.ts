/** Audits one role of the account: its registration, its findings, and how to replace it if it has no registration. */

import type { AccountRole } from "../desired/account-role.ts";
import type { components } from "../generated/contract.ts";
import { lintTrustPolicy, trustsGitHub } from "../trust/lint/lint.ts";
import { accessOf } from "./access.ts";
import { auditFinding, type Finding } from "./codes.ts";
import { canPush } from "./ecr.ts";
import { excessFindings } from "./excess.ts";
import { type MigrationContext, migrationOf, type RegistrationUse } from "./migration/migrate.ts";
import { idleDays, idleSince } from "./migration/retire.ts";
import { type NamedPolicy, policiesOf } from "./permissions.ts";

export type AuditContext = MigrationContext & {
  /** The path of every role that Rolecall makes. */
  readonly rolePath: string;
  /** Adds hints about mistakes that a policy cannot show but its reader should know. */
  readonly hints?: boolean;
};

/** Returns the role's entry in the audit; undefined if the role neither trusts GitHub nor is under Rolecall's path. */
export function auditRole(
  role: AccountRole,
  context: AuditContext,
): components["schemas"]["AuditEntry"] | undefined {
  const isUnderPath = role.path.startsWith(context.rolePath);
  const registered = context.registered.get(role.arn);
  // A registered role under the path is audited in any case, and is not to be migrated.
  const trusts = !(isUnderPath && registered) && trustsGitHub(role.trustPolicy, context.issuers);
  if (!trusts && !isUnderPath) return undefined;
  const policies = policiesOf(role);
  return {
    account: context.accountId,
    roleArn: role.arn,
    registered: registered ? { owner: registered.owner, repo: registered.repo, role: registered.role } : null,
    lastUsedAt: role.lastUsedAt ?? null,
    access: accessOf(policies, role.boundaryArn),
    findings: [
      ...(registered ? unused(role, context.now) : unregistered(role, isUnderPath)),
      ...trustFindings(role, policies, registered, context),
      ...excessFindings(policies, context),
    ],
    ...(!registered && trusts && { migration: migrationOf(role, policies, context) }),
  };
}

const unregistered = ({ arn }: AccountRole, isUnderPath: boolean): Finding[] => [
  auditFinding(
    isUnderPath ? "under-rolecall-without-record" : "unregistered",
    "",
    `No registration names ${arn}.`,
  ),
];

const UNUSED_DAYS = 90;

const unused = (role: AccountRole, now: number): Finding[] =>
  idleDays(role, now) >= UNUSED_DAYS ? [auditFinding("unused", "", idleSince(role))] : [];

/** Returns the lint's findings, with pointers that start at the role. */
function trustFindings(
  { trustPolicy }: AccountRole,
  policies: readonly NamedPolicy[],
  registered: RegistrationUse | undefined,
  { issuers, accountId, partition, hints }: AuditContext,
): Finding[] {
  const hasPush = canPush(policies);
  const isOne = registered !== undefined && registered.repo !== "*";
  return lintTrustPolicy(trustPolicy, {
    issuers,
    accountId,
    partition,
    isUnregistered: registered === undefined,
    ...(hasPush !== undefined && { hasPush }),
    ...(isOne && { repository: { owner: registered.owner, name: registered.repo } }),
    ...(hints !== undefined && { hints }),
  }).map((one) => ({ ...one, pointer: `/trustPolicy${one.pointer}` }));
}
