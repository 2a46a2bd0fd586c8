/** A roll call over member accounts: one job and one message for each, and one report. */
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { UNLIMITED } from "../../src/roll-call/roll-call.ts";
import { accessDenied } from "../harness/embedded.ts";
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
  // The beginning, the progress, the last check, GitHub's turn, the report, and its summary.
  expect(writes.map(({ action }) => action)).toEqual(Array(6).fill("PutItem"));
  const reads = calls.filter(
    ({ service, action }) => service === "dynamodb" && /^(Get|BatchGet|Query)/.test(action),
  );
  // GitHub's turn and the last check; the registration, and the audit's head and version; the list and the records of
  // members; the open roll calls and the latest ones. The last three are sent together with the first reads.
  expect(reads.map(({ action }) => action).sort()).toEqual([
    ...Array(4).fill("BatchGetItem"),
    ...Array(2).fill("GetItem"),
    ...Array(3).fill("Query"),
  ]);
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
  for (const [index, message] of messages.entries()) {
    const running = await reportOf(begun.id);
    expect(running).toMatchObject({ status: "running", progress: { total: 4, done: index + 1 } });
    expect(running.accounts).toBeUndefined();
    const html = { headers: { accept: "text/html" } };
    const page = (await api("GET", `/v1/roll-calls/${begun.id}`, html)).text;
    expect(page).toContain(`${index + 1} of 4 accounts so far.`);
    expect((await deliver([message])).again).toEqual([]);
  }
  const report = await reportOf(begun.id);
  expect(report.progress).toBeUndefined();
  expect(report).toMatchObject({
    status: "finished",
    counts: { checked: 4, inSync: 2, drifted: 1, repaired: 1, failed: 0, waiting: 0 },
    accounts: { total: 4, checked: 4, failed: 0, missed: 0 },
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
  const event = world.aws.events.find(({ detail }) => detail["account"] === ACCOUNTS[0]);
  expect(event?.detail["repairPath"]).toBe(`${pathOf(ACCOUNTS[0], "api")}/repairs`);
  const { drift } = (await api("GET", pathOf(ACCOUNTS[2], "web"))).registration();
  expect(drift.checkedAt).toBe(begun.startedAt);
});

test("the report counts the registrations of all accounts by their origin", async () => {
  const [first, second] = ACCOUNTS;
  for (const account of [first, second]) await addAccount(account);
  await registerIn(first, "counted");
  await registerIn(second, "counted");
  await api("PUT", `${pathOf(second, "counted")}?origin=self`);
  const begun = await begin();
  await deliver(take());
  const { counts, accounts } = await reportOf(begun.id);
  const of = (account: string) => accounts?.listed.find((one) => one.account === account)?.counts;
  const { checked = 0, failed = 0, waiting = 0, byOrigin } = of(second) ?? {};
  expect(byOrigin).toEqual({ self: 1, caller: checked + failed + waiting - 1 });
  expect(of(first)?.byOrigin?.self).toBe(0);
  expect(counts.byOrigin).toEqual({ self: 1, caller: counts.checked + counts.failed + counts.waiting - 1 });
  // The later tests of this file expect the registrations of the first one alone.
  for (const account of [first, second]) await api("DELETE", pathOf(account, "counted"));
});

test("an account that cannot be assumed, and one that never answers, fail alone", async () => {
  clock.advance(3_600_000);
  const checkedAt = (await api("GET", pathOf(ACCOUNTS[2], "web"))).registration().drift.checkedAt;
  const begun = await begin();
  const silent = world.trouble({
    service: "iam",
    action: "GetAccountAuthorizationDetails",
    fault: { kind: "hold", until: new Promise(() => {}) },
  });
  const [first, ...others] = take();
  if (first === undefined) throw new Error("no message");
  await deliver([first], { ...UNLIMITED, answerMs: 3_300 });
  silent();
  await api("PUT", `/v1/accounts/${ACCOUNTS[2]}`, { body: { name: "x", repositories: ["acme/*"] } });
  const closed = world.trouble({ service: "iam", action: "ListRoles", times: 1, fault: accessDenied });
  for (const message of others) await deliver([message]);
  closed();
  const { accounts, status } = await reportOf(begun.id);
  expect(status).toBe("finished");
  expect(accounts).toMatchObject({ total: 4, checked: 2, failed: 2, missed: 0 });
  const failed = accounts?.listed.slice(0, 2) ?? [];
  expect(failed.map((one) => one.status)).toEqual(["failed", "failed"]);
  expect(failed.every(({ detail }) => (detail ?? "").length > 20)).toBe(true);
  const page = (await api("GET", `/v1/roll-calls/${begun.id}`, { headers: { accept: "text/html" } })).text;
  for (const { account, detail = "" } of failed) {
    expect(page).toContain(account);
    expect(page).toContain(detail.slice(0, 20));
  }
  const after = (await api("GET", pathOf(ACCOUNTS[2], "web"))).registration().drift.checkedAt;
  expect([checkedAt, begun.startedAt]).toContain(after);
  const isFailed = failed.some(({ account }) => account === ACCOUNTS[2]);
  expect(after).toBe(isFailed ? checkedAt : begun.startedAt);
});

test("a job that is delivered again is not done again, and a message for no job does nothing", async () => {
  const begun = await begin();
  const messages = take();
  const [first] = messages;
  if (first === undefined) throw new Error("no message");
  await deliver(messages);
  const report = await reportOf(begun.id);
  expect(report.status).toBe("finished");
  const forged = [
    { id: "x", body: "{" },
    { id: "y", body: JSON.stringify({ rollCall: begun.id, group: 0, account: "999999999999" }) },
    { id: "z", body: JSON.stringify({ rollCall: "none", group: 0, account: ACCOUNTS[0] }) },
    { id: "h", body: JSON.stringify({ rollCall: begun.id, group: 0, account: HOME }) },
  ];
  const { result, calls } = await callsOf(() => deliver([first, ...forged]));
  expect(result.again).toEqual([]);
  expect(calls.filter(({ service }) => service !== "dynamodb")).toEqual([]);
  expect(await reportOf(begun.id)).toEqual(report);
});

test("two deliveries at the same time do the job once, and one of them comes again", async () => {
  const begun = await begin();
  const [first, ...others] = take();
  if (first === undefined) throw new Error("no message");
  const both = await Promise.all([deliver([first]), deliver([first])]);
  expect(both.flatMap(({ again }) => again).length).toBeLessThanOrEqual(1);
  await deliver(others);
  expect((await reportOf(begun.id)).accounts).toMatchObject({ total: 4, checked: 4 });
});

test("a consumer that is killed after it has stored the result leaves the rest to the next delivery", async () => {
  const begun = await begin();
  const messages = take();
  const end = world.trouble({ action: "UpdateItem", mentions: "GROUP#", fault: accessDenied });
  const { again } = await deliver(messages);
  expect(again).toEqual(messages);
  end();
  expect((await reportOf(begun.id)).status).toBe("running");
  await deliver(again);
  expect((await reportOf(begun.id)).accounts).toMatchObject({ checked: 4, missed: 0 });
});

test("a job whose consumer is killed is done by the delivery after the visibility timeout, in the same roll call", async () => {
  const begun = await begin();
  const messages = take();
  const [first] = messages;
  if (first === undefined) throw new Error("no message");
  const name = { rollCall: begun.id, group: 0, account: first.id };
  const lease = { id: "killed", until: clock.now() + 15 * 60_000 };
  expect(await services.registry.takeJob(name, { account: first.id }, lease)).toBe(true);
  expect((await deliver(messages)).again, "the lease lives").toEqual([first]);
  const { VisibilityTimeout, maxReceiveCount } = await queueOf();
  expect(maxReceiveCount).toBeGreaterThanOrEqual(3);
  clock.advance(VisibilityTimeout * 1000);
  expect((await deliver([first])).again).toEqual([]);
  expect((await reportOf(begun.id)).accounts).toMatchObject({ total: 4, checked: 4, missed: 0 });
});

test("an account whose record is deleted meanwhile fails alone", async () => {
  const gone = "510987654321";
  await services.registry.changeAccount(gone, undefined, () => ({
    id: "gone",
    revision: 0,
    account: gone,
    name: "gone",
    repositories: [],
    regions: [],
    writes: true,
    profiles: [],
    managedPolicies: [],
    state: { status: "unknown", causes: [] },
    createdAt: begunAt(),
    updatedAt: begunAt(),
    updatedBy: "test",
  }));
  const begun = await begin();
  const messages = take();
  expect(messages[0]?.id, "the account that was never checked comes first").toBe(gone);
  const item = await services.registry.readAccount(gone);
  if (item !== undefined) await services.registry.deleteAccount(item);
  await deliver(messages);
  const { accounts } = await reportOf(begun.id);
  expect(accounts?.listed[0]).toMatchObject({ account: gone, status: "failed" });
  expect(accounts).toMatchObject({ total: 5, checked: 4, failed: 1 });
});

test("a roll call whose messages are lost is closed by the next one, and both reports say so", async () => {
  const lost = await begin();
  const [first] = take();
  if (first === undefined) throw new Error("no message");
  await deliver([first]);
  clock.advance(20 * 60_000);
  expect((await begin()).id, "it still makes progress").toBe(lost.id);
  clock.advance(20 * 60_000);
  const next = await begin();
  expect(next.id).not.toBe(lost.id);
  expect(await reportOf(lost.id)).toMatchObject({ accounts: { checked: 2, missed: 2 }, closedBy: next.id });
  expect((await reportOf(lost.id)).status).toBe("finished");
  // A late message of the closed roll call does nothing.
  const late = JSON.stringify({ rollCall: lost.id, group: 0, account: ACCOUNTS[2] });
  const { calls } = await callsOf(() => deliver([{ id: "late", body: late }]));
  expect(calls.filter(({ service }) => service !== "dynamodb")).toEqual([]);
  await deliver(take());
  expect((await reportOf(next.id)).closed).toEqual([{ id: lost.id, missed: 2 }]);
  const page = JSON.parse((await api("GET", `/v1/roll-calls/${lost.id}/accounts`)).text);
  const bad = await api("GET", `/v1/roll-calls/${lost.id}/accounts?cursor=x`);
  expect(bad.problem().code).toBe("cursor-invalid");
  expect((await api("GET", "/v1/roll-calls/none/accounts")).status).toBe(404);
  expect(page.items.map(({ status }: { status: string }) => status).sort()).toEqual([
    "checked",
    "checked",
    "missed",
    "missed",
  ]);
});

test("an account in which nothing changed costs four writes", async () => {
  await begin();
  const messages = take();
  const inSync = messages.filter(({ id }) => id === ACCOUNTS[2]);
  const { calls } = await callsOf(() => deliver(inSync));
  const writes = calls.filter(({ action }) => /^(Put|Update|Delete)/.test(action));
  const keys = writes.map(({ request }) => JSON.stringify(Object(request["Item"] ?? request["Key"]).pk));
  // The job as taken and with its result, the last check with the time of the audit, and the group.
  expect(keys.length, keys.join(" ")).toBe(4);
  const { accounts } = JSON.parse((await api("GET", `/v1/audit?account=${ACCOUNTS[2]}`)).text);
  expect(accounts).toEqual([{ account: ACCOUNTS[2], auditedAt: begunAt() }]);
  await deliver(messages.filter((message) => !inSync.includes(message)));
});

/** Returns the settings of the queue in the template. */
async function queueOf(): Promise<{ VisibilityTimeout: number; maxReceiveCount: number }> {
  const { Properties } = parse(await readFile("deploy/queue.yml", "utf8"), { logLevel: "silent" }).Resources
    .JobsQueue;
  return { ...Properties, ...Properties.RedrivePolicy };
}

function begunAt(): string {
  return new Date(clock.now()).toISOString();
}
