/** Ends the jobs of a roll call over several accounts, and puts its report once all of them are done. */
import { listKey } from "../registry/items.ts";
import type { JobName, JobResult } from "../registry/jobs.ts";
import { isOver, type RollCallItem, shownRollCall } from "../registry/journal.ts";
import type { Services } from "../services.ts";
import type { AccountAudit } from "./audit-account.ts";
import { addCounts, LISTED, MISSED, NO_COUNTS, type Progress } from "./tally.ts";

/** The largest number of accounts that a report lists. All of them are below the report, page by page. */
const LISTED_ACCOUNTS = 100;

type Accounts = NonNullable<RollCallItem["accounts"]>;
type ListedAccount = Accounts["listed"][number];

/**
 * Records that a job has a result. Whoever completes a group marks it, and whoever sees that all are marked puts the
 * report. Each step can be repeated, so a job that is delivered again continues after a crash.
 * @returns the finished roll call if this call has put its report
 */
export async function countJob(services: Services, name: JobName): Promise<RollCallItem | undefined> {
  const { registry } = services;
  const group = await registry.addDone(name);
  if (group === undefined || group.done.size < group.accounts.length) return undefined;
  return (await registry.addComplete(name)) ? putReport(services, name.rollCall) : undefined;
}

/**
 * Puts the report of a roll call, from the results of its jobs. One without jobs keeps the counts that it has.
 * @param closedBy the later roll call that closes this one; then accounts without a result count as missed
 * @returns the finished roll call; undefined if another process has put the report
 */
export async function putReport(
  services: Services,
  id: string,
  closedBy?: string,
): Promise<RollCallItem | undefined> {
  const { registry, now, log, config } = services;
  const rollCall = await registry.readRollCall(id);
  let finished: RollCallItem | undefined;
  if (rollCall !== undefined && !isOver(rollCall)) {
    const { kept: _, ...rest } = rollCall;
    const added = await addUp(services, id);
    // A report that lacks the home account's own check is not one of a finished roll call.
    const isWhole = closedBy === undefined || added.hasHome;
    const report: RollCallItem = {
      ...rest,
      ...(added.accounts.total > 0 && { ...added.sums, accounts: added.accounts }),
      ...(closedBy !== undefined && { closedBy }),
      status: isWhole ? "finished" : "failed",
      ...(isWhole && { finishedAt: new Date(now()).toISOString() }),
    };
    if (await registry.finishRollCall(report)) finished = report;
  }
  const saved = finished ?? (await registry.readRollCall(id));
  // Save the run last, as a roll call of one account does. After a crash in between, the next caller saves it.
  if (saved?.finishedAt !== undefined)
    await registry.saveRun({
      id,
      finishedAt: saved.finishedAt,
      counts: saved.counts,
      unregistered: saved.audit?.unregistered ?? 0,
    });
  await registry.removeOpenRollCall(id);
  if (finished !== undefined)
    log.info("roll call", { id, counts: finished.counts, awsCalls: finished.awsCalls, home: config.account });
  return finished;
}

/** Adds up the results of a roll call's jobs. Holds a bounded number of accounts and registrations. */
async function addUp(services: Services, id: string) {
  const { registry, config } = services;
  let counts = NO_COUNTS;
  const audit = { unregistered: 0, breakOnRename: 0 };
  const drifted: RollCallItem["drifted"] = [];
  const totals = { total: 0, checked: 0, failed: 0, missed: 0 };
  const ranks: ListedAccount[][] = [[], [], [], []];
  const list = (account: ListedAccount) => {
    const rank = ranks[rankOf(account)];
    if (rank !== undefined && rank.length < LISTED_ACCOUNTS) rank.push(account);
  };
  let awsCalls = 0;
  let hasHome = false;
  const done = new Set<string>();
  for await (const result of registry.jobResults(id)) {
    done.add(result.account);
    if (result.account === config.account) hasHome = true;
    counts = addCounts(counts, result.counts);
    audit.unregistered += result.audit?.unregistered ?? 0;
    audit.breakOnRename += result.audit?.breakOnRename ?? 0;
    drifted.push(...result.drifted.slice(0, LISTED - drifted.length));
    awsCalls += result.awsCalls;
    if (result.failure === undefined) totals.checked++;
    else totals.failed++;
    list(viewResult(result));
  }
  for (const { accounts } of await registry.jobGroups(id))
    for (const account of accounts) {
      totals.total++;
      if (done.has(account)) continue;
      totals.missed++;
      list({ account, status: "missed", counts: NO_COUNTS });
    }
  const listed = ranks.flat().slice(0, LISTED_ACCOUNTS);
  drifted.sort((a, b) => (listKey(a) < listKey(b) ? -1 : 1));
  return { hasHome, sums: { counts, drifted, awsCalls, audit }, accounts: { ...totals, listed } };
}

/** Orders accounts in the report: those that failed first, then missed ones, then those with drift. */
function rankOf({ status, counts }: ListedAccount): number {
  if (status === "failed") return 0;
  if (status === "missed") return 1;
  return counts.checked === counts.inSync && counts.failed === 0 ? 3 : 2;
}

/** Returns a job's result as the report shows it. */
const viewResult = ({ account, failure, counts, finishedAt }: JobResult): ListedAccount => ({
  account,
  status: failure === undefined ? "checked" : "failed",
  ...(failure !== undefined && { detail: failure }),
  counts,
  checkedAt: finishedAt,
});

/**
 * Saves that an account was checked and audited. One item has both times, so an account in which nothing changed costs
 * no write for its audit. If the check missed too many registrations, its item stays, and the audit's has the time.
 * @param at the time at which the roll call began (ISO 8601)
 */
export async function saveChecked(
  registry: Services["registry"],
  found: { account: string; at: string; progress: Progress; audit: AccountAudit },
): Promise<void> {
  const { account, at, audit } = found;
  const { counts, kept } = found.progress;
  if (counts.waiting + counts.failed <= MISSED)
    await registry.saveLastCheck({ at, missed: kept.missed }, audit.time);
  else if (audit.time !== undefined) await registry.saveAuditTime(account, audit.time);
}

/** Returns a roll call as callers see it. One that runs has the number of its accounts with a result. */
export async function viewRollCall(
  { registry }: Pick<Services, "registry">,
  rollCall: RollCallItem,
): Promise<ReturnType<typeof shownRollCall>> {
  const shown = shownRollCall(rollCall);
  if (shown.status !== "running") return shown;
  const groups = await registry.jobGroups(shown.id);
  if (groups.length === 0) return shown;
  const sum = (numbers: number[]): number => numbers.reduce((total, one) => total + one, 0);
  const total = sum(groups.map(({ accounts }) => accounts.length));
  return { ...shown, progress: { total, done: sum(groups.map(({ done }) => done.size)) } };
}

/**
 * Returns a page of a roll call's accounts: one group, those that failed first. They come in the order of the plan.
 * @returns undefined if the roll call has no such page
 */
export async function accountsOf(
  { registry }: Pick<Services, "registry">,
  rollCall: RollCallItem,
  page: number,
): Promise<{ items: ListedAccount[]; hasMore: boolean } | undefined> {
  const groups = await registry.jobGroups(rollCall.id);
  const group = groups[page];
  if (group === undefined) return undefined;
  const results = await registry.readJobResults(rollCall.id, group.accounts);
  const isEnded = isOver(rollCall);
  const items = group.accounts.map((account): ListedAccount => {
    const result = results.get(account);
    if (result !== undefined) return viewResult(result);
    return { account, status: isEnded ? "missed" : "waiting", counts: NO_COUNTS };
  });
  return { items: items.sort((a, b) => rankOf(a) - rankOf(b)), hasMore: page + 1 < groups.length };
}
