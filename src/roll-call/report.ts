/** Reads the data for the page of a roll call from the table, in pieces of a bounded size. */

import { bounded } from "../diff/bounded.ts";
import { failed } from "../lib/errors.ts";
import { keyOf } from "../page/drifted-roles.tsx";
import type { RollCallReport } from "../page/roll-call.tsx";
import { RUNS } from "../page/runs.tsx";
import type { AuditEntry } from "../registry/audits.ts";
import type { RollCallItem } from "../registry/journal.ts";
import type { Services } from "../services.ts";
import { viewRollCall } from "./finish.ts";
import { readAudit } from "./read-audit.ts";

/** The largest number of registrations, and of unregistered roles, that a page shows in detail. */
const SHOWN = 25;
/**
 * The limit for one registration's changes on a page, in characters. A Lambda function's answer has at most 6 MB, and
 * escaped text is longer.
 */
const CHANGES = 10_000;

export async function report(services: Services, called: RollCallItem): Promise<Omit<RollCallReport, "api">> {
  const { registry } = services;
  const rollCall = await viewRollCall(services, called);
  const listed = rollCall.drifted
    .filter(({ status }) => status === "contested" || status === "drifted" || status === "repaired")
    .slice(0, SHOWN);
  const [items, inSync, runs, run, first] = await Promise.all([
    readListed(services, listed),
    registry.list({ drift: "in-sync" }, SHOWN, undefined),
    registry.runs(RUNS),
    registry.readRun(rollCall.id),
    unregistered(services),
  ]);
  const drifts = new Map(
    items.flatMap(({ key, drift }) => {
      if (drift === undefined) return [];
      return [[keyOf(key), { ...drift, changes: bounded(drift.changes ?? [], CHANGES) }] as const];
    }),
  );
  // The table has the last audits alone, so an older roll call's page has only the number of these roles.
  const isLast = runs[0]?.id === rollCall.id;
  return {
    rollCall,
    drifts,
    inSync: failed(inSync)
      ? []
      : inSync.items.map(({ account, ...named }) =>
          account === services.config.account ? named : { ...named, account },
        ),
    runs,
    unregistered:
      rollCall.status === "finished"
        ? { count: run?.unregistered ?? 0, first: isLast ? first : [] }
        : undefined,
    place: { account: services.config.account, region: services.clients.place.region },
  };
}

/** Returns the first roles that no registration names, from the last audits. */
async function unregistered(services: Services): Promise<readonly AuditEntry[]> {
  const codes = ["unregistered", "under-rolecall-without-record"];
  // Read one page of the table: the report shows few of these roles, and its page must stay within Lambda's answer.
  const page = await readAudit(services, { codes }, undefined, 1);
  return failed(page) ? [] : page.items.slice(0, SHOWN);
}

type Entry = RollCallItem["drifted"][number];

/** Reads the drift of listed registrations, in their accounts. */
async function readListed({ registry, registryOf }: Services, listed: readonly Entry[]) {
  const accounts = [...new Set(listed.map(({ account }) => account))];
  const read = await Promise.all(
    accounts.map(async (account) => {
      const keys = listed.filter((entry) => entry.account === account);
      const { items } = await (account === undefined ? registry : registryOf(account)).readMany(keys);
      return keys.map((key, index) => ({ key, drift: items[index]?.drift }));
    }),
  );
  return read.flat();
}
