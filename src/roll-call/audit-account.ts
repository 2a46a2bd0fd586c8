/** Audits an account: lints its roles that trust GitHub, from a snapshot, and saves the findings. */
import { setImmediate as pause } from "node:timers/promises";
import { auditRole } from "../audit/audit.ts";
import type { AccountSnapshot } from "../aws/observe-account.ts";
import { issuerUrls } from "../config.ts";
import type { Work } from "../lib/parallel.ts";
import type { RegisteredRole } from "../registry/items.ts";
import type { AuditEntry, Audited } from "../registry/journal.ts";
import type { Services } from "../services.ts";

/** The largest number of findings that an audit stores for one role. */
const FINDINGS = 100;

/**
 * Lints every role that trusts GitHub or has Rolecall's path, the unregistered ones first, and saves the findings.
 * Pauses before each role, so that other work can go on.
 */
export async function auditAccount(
  services: Services,
  rollCallId: string,
  { audited }: AccountSnapshot,
  listed: readonly RegisteredRole[],
  work: Work,
): Promise<Audited> {
  const { registry, clients, log, now, config } = services;
  const issuers = issuerUrls(config);
  const { account, partition } = await clients.place();
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
  const { rolePath, owners } = config;
  const context = { rolePath, issuers, owners, accountId: account, partition, registered };
  const inOrder = [
    ...audited.filter(({ arn }) => !registered.has(arn)),
    ...audited.filter(({ arn }) => registered.has(arn)),
  ];
  let unregistered = 0;
  let breakOnRename = 0;
  async function* entries(): AsyncGenerator<AuditEntry> {
    for (const role of inOrder) {
      await pause();
      if (work.isEnding()) return;
      try {
        const entry = auditRole(role, { ...context, now: now() });
        if (entry === undefined) continue;
        if (entry.registered === null) unregistered++;
        if (entry.findings.some(({ code }) => code === "breaks-on-rename")) breakOnRename++;
        yield { ...entry, findings: entry.findings.slice(0, FINDINGS) };
      } catch (error) {
        // Continue the audit when one role cannot be audited.
        log.error("audit failed", { roleArn: role.arn, error: String(error) });
      }
    }
  }
  const auditPages = await registry.saveAudit(rollCallId, entries());
  return { auditPages, unregistered, breakOnRename };
}
