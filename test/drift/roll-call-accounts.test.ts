/** A roll call over member accounts: one job and one message for each, and one report. */
import { expect, test } from "vitest";
import { ACCOUNTS, startAccounts } from "./roll-call-accounts-world.ts";

const world = await startAccounts();
const { addAccount, api, begin, callsOf, clock, deliver, pathOf, registerIn, reportOf, tamper, take } = world;
const { services } = world;
const HOME = services.config.account;

test("without member accounts a roll call sends no message and writes what it wrote before", async () => {
  await world.register();
  await begin();
  const { result, calls } = await callsOf(() => begin());
  expect(result.status).toBe("finished");
  expect(take()).toEqual([]);
  expect(result.accounts).toBeUndefined();
  const writes = calls.filter(({ action }) => /^(Put|Update|Delete|Send)/.test(action));
  // The beginning, the progress, the last check, GitHub's turn, the report, its summary, and one page of the audit.
  expect(writes.map(({ action }) => action)).toEqual(Array(7).fill("PutItem"));
  const reads = calls.filter(({ service, action }) => service === "dynamodb" && action === "Query");
  expect(reads, "the list, and the records of members").toHaveLength(2);
});

test("each account is checked by a job of its own, and whoever ends the last job puts the report", async () => {
  for (const account of ACCOUNTS) await addAccount(account);
  await registerIn(ACCOUNTS[0], "api");
  await registerIn(ACCOUNTS[1], "api", "repair");
  await registerIn(ACCOUNTS[2], "web");
  await tamper(ACCOUNTS[0], "api");
  await tamper(ACCOUNTS[1], "api");
  clock.advance(60_000);
  const begun = await begin();
  expect(begun.status).toBe("running");
  const messages = take();
  expect(messages.map(({ id }) => id).sort()).toEqual([...ACCOUNTS]);
  for (const message of messages) {
    expect((await reportOf(begun.id)).status).toBe("running");
    expect((await deliver([message])).again).toEqual([]);
  }
  const report = await reportOf(begun.id);
  expect(report).toMatchObject({
    status: "finished",
    counts: { checked: 4, inSync: 2, drifted: 1, repaired: 1, failed: 0, waiting: 0 },
    accounts: { total: 4, checked: 4, failed: 0, missed: 0, waiting: 0 },
  });
  expect(report.drifted).toMatchObject([
    { account: ACCOUNTS[0], repo: "api", status: "drifted" },
    { account: ACCOUNTS[1], repo: "api", status: "repaired" },
  ]);
  const listed = report.accounts?.listed.map(({ account, counts }) => [account, counts.inSync]);
  expect(listed).toEqual([
    [ACCOUNTS[0], 0],
    [ACCOUNTS[1], 0],
    [HOME, 1],
    [ACCOUNTS[2], 1],
  ]);
  expect((await services.registry.readRun(begun.id))?.counts).toEqual(report.counts);
  const { drift } = (await api("GET", pathOf(ACCOUNTS[2], "web"))).registration();
  expect(drift.checkedAt).toBe(begun.startedAt);
});
