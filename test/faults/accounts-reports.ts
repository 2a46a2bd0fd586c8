/** Compares the reports of a site's roll calls with the calls that its processes really made. */
import { asLastChecked } from "../../src/registry/last-check.ts";
import type { Site } from "./accounts-world.ts";

type End = "all over" | "may be open";

/**
 * Watches the reports of a site. `wrong` returns what is wrong with the stored roll calls and registrations.
 * @param members the number of member accounts that the site has in the end
 */
export function openReports(site: Site, members = site.accounts.length) {
  const finished = new Map<string, string>();
  const checked = new Map<string, string>();
  return {
    /** @param end "all over" if no roll call may be under way any more */
    async wrong(end: End): Promise<string[]> {
      const items = await site.items();
      return [
        ...wrongReports(site, items, end, members),
        ...reopened(items, finished),
        ...(await lostJobs(site, items)),
        ...wrongRegistrations(site, items, checked),
      ];
    },
  };
}

type Items = Awaited<ReturnType<Site["items"]>>;

/** Returns the finished roll calls whose stored report is another one than before. */
function reopened({ rollCalls }: Items, finished: Map<string, string>): string[] {
  const wrong: string[] = [];
  for (const { savedAt: _, ...rollCall } of rollCalls) {
    const [now, before] = [JSON.stringify(rollCall), finished.get(rollCall.id)];
    if (before !== undefined && before !== now)
      wrong.push(`the report of ${rollCall.id} changed after its end`);
    if (rollCall.status === "finished") finished.set(rollCall.id, now);
  }
  return wrong;
}

/**
 * Returns the jobs that are not done although their messages are gone. A closed roll call needs no more jobs, and the
 * queue may still have a message.
 */
async function lostJobs(site: Site, items: Items): Promise<string[]> {
  if ((await site.messagesLeft()) > 0) return [];
  const dead = new Set((await site.deadLetters()).map(({ rollCall, account }) => `${rollCall} ${account}`));
  const planned = new Set(items.rollCalls.map(({ id }) => id));
  return site.answered.flatMap(({ rollCall, account }) => {
    const isDone =
      items.resultOf(rollCall, account) !== undefined || items.isClosed(rollCall) || !planned.has(rollCall);
    return isDone || dead.has(`${rollCall} ${account}`)
      ? []
      : [`the job of ${account} in ${rollCall} is not done, and has no message`];
  });
}

/** Returns the registrations that claim a check that was not made, or whose drift differs from their last event. */
function wrongRegistrations(site: Site, items: Items, checked: Map<string, string>): string[] {
  const wrong: string[] = [];
  for (const account of site.accounts) {
    const at = items.lastCheckOf(account)?.at ?? "";
    if (Date.parse(at) > site.preparedAt && !wasRead(site, account, Date.parse(at)))
      wrong.push(`${account} claims a check at ${at}`);
  }
  for (const item of items.registrations) {
    const { owner, repo, role, drift, announced = "in-sync", pendingEvent } = item;
    const account = item.desired.role.arn.split(":")[4] ?? "";
    const at = Date.parse(drift.checkedAt ?? "");
    // A process that is paused in its check records the time at which it goes on.
    const from = at - site.longestPause();
    const wasLooked = site.looks.some((look) => look.account === account && look.at >= from);
    if (at > site.preparedAt && !wasLooked && !wasRead(site, account, from))
      wrong.push(`${repo} claims a check at ${drift.checkedAt}`);
    const { checkedAt = "" } = asLastChecked({ owner, repo, role }, drift, items.lastCheckOf(account));
    const before = checked.get(repo) ?? "";
    if (checkedAt < before) wrong.push(`${repo} forgot its check at ${before}`);
    checked.set(repo, checkedAt);
    // An event that waits on the item is published by the next roll call.
    const told = pendingEvent?.to ?? site.lastStatusOf(repo) ?? "in-sync";
    const status = drift.status === "unknown" ? "in-sync" : drift.status;
    if (status !== announced || announced !== told)
      wrong.push(`${repo} is ${status}, and its last event says ${told}`);
  }
  return wrong;
}

function wrongReports(site: Site, items: Items, end: End, members: number): string[] {
  const wrong: string[] = [];
  const registeredIn = (account: string): number =>
    items.registrations.filter(({ desired }) => desired.role.arn.includes(`:${account}:`)).length;
  const rollCalls = [...items.rollCalls].sort((a, b) => (a.id < b.id ? 1 : -1));
  for (const { id, status, startedAt, accounts, counts, closedBy } of rollCalls) {
    const isOver = status === "finished" || status === "failed";
    if (!isOver && end === "all over") wrong.push(`roll call ${id} is ${status} and does not end`);
    if (status !== "finished") continue;
    if (accounts === undefined) {
      wrong.push(`the report of ${id} names no account`);
      continue;
    }
    const { total, checked, failed, missed, listed } = accounts;
    if (total !== checked + failed + missed || listed.length !== total)
      wrong.push(
        `the report of ${id} counts ${total} = ${checked} + ${failed} + ${missed}, of ${listed.length}`,
      );
    if (closedBy === undefined && missed > 0) wrong.push(`the report of ${id} lacks ${missed} accounts`);
    if (end === "all over" && !items.runs.has(id)) wrong.push(`roll call ${id} has no run`);
    for (const entry of listed) {
      // The list of accounts, page by page, is made from the results of the jobs.
      const { finishedAt, failure } = items.resultOf(id, entry.account) ?? {};
      const isSame =
        finishedAt === entry.checkedAt && (failure === undefined) === (entry.status === "checked");
      if (entry.status !== "missed" && !isSame)
        wrong.push(`the report of ${id} has another result for ${entry.account} than its job`);
      if (entry.status !== "checked") continue;
      const { account, checkedAt = "" } = entry;
      const judged = entry.counts.checked + entry.counts.failed + entry.counts.waiting;
      // The last account may lose its registration while it is checked.
      if (members === site.accounts.length && judged !== registeredIn(account))
        wrong.push(`the report of ${id} has ${judged} registrations of ${account}`);
      if (!wasRead(site, account, Date.parse(startedAt), Date.parse(checkedAt)))
        wrong.push(`the report of ${id} claims that ${account} was checked`);
      // The first account has drifted since before the first roll call, and nobody repairs it.
      if (
        account === site.accounts[0] &&
        entry.counts.drifted + entry.counts.failed + entry.counts.waiting === 0
      )
        wrong.push(`the report of ${id} hides the drift in ${account}`);
    }
    const sum = listed.reduce((all, entry) => all + entry.counts.checked, 0);
    if (sum !== counts.checked)
      wrong.push(`the report of ${id} counts ${counts.checked}, its accounts ${sum}`);
  }
  if (end === "all over") {
    if (items.open.length > 0) wrong.push(`open roll calls: ${items.open.join()}`);
    const [last] = rollCalls;
    if (last?.accounts?.checked !== members + 1)
      wrong.push(`the last report has ${last?.accounts?.checked} checked accounts`);
  }
  return wrong;
}

/** Tells whether a process read the account in a time (milliseconds since 1970). */
const wasRead = ({ reads }: Site, account: string, from: number, to = Number.POSITIVE_INFINITY): boolean =>
  reads.some((read) => read.account === account && read.at >= from && read.at <= to);
