/** Audits an account: lints its roles that trust GitHub, from a snapshot, and saves the findings. */
import { setImmediate as pause } from "node:timers/promises";
import { auditRole } from "../audit/audit.ts";
import type { AccountSnapshot } from "../aws/observe-account.ts";
import { issuerUrls } from "../config.ts";
import type { Work } from "../lib/parallel.ts";
import type { AuditEntry, AuditTime, LastAudit } from "../registry/audits.ts";
import type { RegisteredRole } from "../registry/items.ts";
import type { RollCallAudit } from "../registry/journal.ts";
import type { Services } from "../services.ts";

/** The largest number of findings that an audit stores for one role. */
const FINDINGS = 100;

/** The audit of an account. `time` is missing if an earlier version made the audit. */
export type AccountAudit = { readonly result: RollCallAudit; readonly time?: AuditTime | undefined };

/**
 * Lints every role of an account that trusts GitHub or has Rolecall's path, the unregistered ones first, and saves the
 * findings. Pauses before each role, so that other work can go on. Rejects when the work ends first, because a part of an
 * audit must not replace the account's last one.
 * @param services those of the account
 * @param before the last audit, for a caller that has begun to read it
 * @param listed the roles that are registered in the account
 */
export async function auditAccount(
  services: Services,
  { rollCall, before }: { rollCall: string; before?: Promise<LastAudit> },
  { audited }: AccountSnapshot,
  listed: readonly RegisteredRole[],
  work: Work,
): Promise<AccountAudit> {
  const { registry, clients, log, now, config } = services;
  const issuers = issuerUrls(config);
  const { account, partition } = clients.place;
  const known = new Set(listed.map(({ roleArn }) => roleArn));
  // A role under Rolecall's path that the list lacks may have been registered after the list was read. Read the list
  // again.
  const isBehind = audited.some(({ arn, path }) => path.startsWith(config.rolePath) && !known.has(arn));
  const lastUsedAt = new Map(audited.map((role) => [role.arn, role.lastUsedAt]));
  const registered = new Map(
    [...listed, ...(isBehind ? await registry.registeredRoles() : [])].map(
      ({ owner, repo, role, roleArn }) => [
        roleArn,
        { owner, repo, role, lastUsedAt: lastUsedAt.get(roleArn) },
      ],
    ),
  );
  const { rolePath, owners, member } = config;
  const isMember = member !== undefined;
  const context = { rolePath, issuers, owners, accountId: account, isMember, partition, registered };
  // Sort the roles, so that the same roles give the same pages.
  const sorted = [...audited].sort((a, b) => (a.arn < b.arn ? -1 : 1));
  const inOrder = [
    ...sorted.filter(({ arn }) => !registered.has(arn)),
    ...sorted.filter(({ arn }) => registered.has(arn)),
  ];
  async function* entries(): AsyncGenerator<AuditEntry> {
    for (const role of inOrder) {
      await pause();
      if (work.isEnding()) throw new Error(`the audit of account ${account} was stopped`);
      try {
        const entry = auditRole(role, { ...context, now: now() });
        if (entry !== undefined) yield { ...entry, findings: entry.findings.slice(0, FINDINGS) };
      } catch (error) {
        // Continue the audit when one role cannot be audited.
        log.error("audit failed", { roleArn: role.arn, error: String(error) });
      }
    }
  }
  const { at, version, unregistered, findings } = await registry.saveAudit(
    account,
    rollCall,
    entries(),
    before,
  );
  const result = { unregistered, breakOnRename: findings["breaks-on-rename"] ?? 0 };
  return { result, time: { at, version } };
}
