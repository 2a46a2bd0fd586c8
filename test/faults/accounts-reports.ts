/** Compares the reports of a site's roll calls with the calls that its processes really made. */
import type { Site } from "./accounts-world.ts";

/**
 * Returns what is wrong with the stored roll calls.
 * @param end "all over" if no roll call may be under way any more
 */
export async function wrongReports(site: Site, end: "all over" | "may be open"): Promise<string[]> {
  const { registry, registryOf, config } = site.services();
  const wrong: string[] = [];
  const rollCalls = await registry.rollCalls(20);
  for (const { id, status, startedAt, accounts, counts } of rollCalls) {
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
    const run = await registry.readRun(id);
    if (end === "all over" && run === undefined) wrong.push(`roll call ${id} has no run`);
    for (const entry of listed) {
      if (entry.status !== "checked") continue;
      const { account, checkedAt = "" } = entry;
      if (
        account !== config.account &&
        entry.counts.checked + entry.counts.failed + entry.counts.waiting === 0
      )
        wrong.push(`${account} counts as checked without a registration`);
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
  for (const account of site.accounts)
    for (const { owner, repo, role } of await registryOf(account).registeredRoles()) {
      const item = await registryOf(account).readRegistration({ owner, repo, role });
      const at = Date.parse(item?.drift.checkedAt ?? "");
      if (at > site.preparedAt && !wasRead(site, account, at, Number.POSITIVE_INFINITY))
        wrong.push(`${repo} claims a check at ${item?.drift.checkedAt}`);
    }
  if (end === "all over") {
    const open = await registry.openRollCalls();
    if (open.length > 0) wrong.push(`open roll calls: ${open.join()}`);
    const [last] = rollCalls;
    if (last?.accounts?.checked !== site.accounts.length + 1)
      wrong.push(`the last report has ${last?.accounts?.checked} checked accounts`);
  }
  return wrong;
}

/** Tells whether a process read the account in a time (milliseconds since 1970). */
const wasRead = ({ reads }: Site, account: string, from: number, to: number): boolean =>
  reads.some((read) => read.account === account && read.at >= from && read.at <= to);
