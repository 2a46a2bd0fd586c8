/** Reads the data for the page of a roll call from the table, in pieces of a bounded size. */

import { bounded } from "../diff/bounded.ts";
import { failed } from "../lib/errors.ts";
import { keyOf, type RollCallReport } from "../page/roll-call.tsx";
import { RUNS } from "../page/runs.tsx";
import { type AuditEntry, type RollCallItem, shownRollCall } from "../registry/journal.ts";
import type { Registry } from "../registry/table.ts";

/** The largest number of registrations, and of unregistered roles, that a page shows in detail. */
const SHOWN = 25;
/**
 * The limit for one registration's changes on a page, in characters. A Lambda function's answer has at most 6 MB, and
 * escaped text is longer.
 */
const CHANGES = 10_000;

export async function report(registry: Registry, called: RollCallItem): Promise<RollCallReport> {
  const rollCall = shownRollCall(called);
  const listed = rollCall.drifted
    .filter(({ status }) => status === "contested" || status === "drifted" || status === "repaired")
    .slice(0, SHOWN);
  const [{ items }, inSync, runs, run, first] = await Promise.all([
    registry.readMany(listed),
    registry.list({ drift: "in-sync" }, SHOWN, undefined),
    registry.runs(RUNS),
    registry.readRun(rollCall.id),
    unregistered(registry, rollCall.id, called.auditPages),
  ]);
  const drifts = new Map(
    items.flatMap((item) => {
      if (item === undefined) return [];
      const { drift } = item;
      return [[keyOf(item), { ...drift, changes: bounded(drift.changes ?? [], CHANGES) }] as const];
    }),
  );
  return {
    rollCall,
    drifts,
    inSync: failed(inSync) ? [] : inSync.items,
    runs,
    unregistered:
      rollCall.status === "finished" ? { count: run?.unregistered ?? first.length, first } : undefined,
  };
}

/** Returns the first roles that no registration names. An audit lists them before the registered roles. */
async function unregistered(registry: Registry, rollCallId: string, pages: number): Promise<AuditEntry[]> {
  const found: AuditEntry[] = [];
  for (let page = 0; page < pages && found.length < SHOWN; page++) {
    const entries = (await registry.readAudit(rollCallId, page)) ?? [];
    const some = entries.filter(({ registered }) => registered === null);
    found.push(...some);
    if (some.length < entries.length) break;
  }
  return found.slice(0, SHOWN);
}
