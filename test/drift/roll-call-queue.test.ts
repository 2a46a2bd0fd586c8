/** How the messages of a roll call over accounts are sent, handed on and counted, through the embedded SQS. */
import { beforeEach, expect, test } from "vitest";
import { accessDenied } from "../harness/embedded.ts";
import { SHORT, startQueued, VISIBILITY_SECONDS } from "./roll-call-queue-world.ts";

const [FIRST, SECOND, THIRD, NEW] = ["210987654321", "310987654321", "410987654321", "510987654321"] as const;
const world = await startQueued([FIRST, SECOND, THIRD, NEW]);
const { addAccount, api, aws, callAll, callsOf, clock, drain, pathOf, registerIn, reportOf, schedule } =
  world;
const { forge, services, tamper, trouble } = world;

for (const account of [FIRST, SECOND, THIRD]) await addAccount(account);
const MANY = ["a", "b", "c", "d", "e", "f", "g"];
for (const repo of MANY) await registerIn(FIRST, repo, repo === "d" ? "repair" : "report");
await registerIn(SECOND, "api", "repair");
await registerIn(THIRD, "web");

/** Returns the messages that the calls sent, in order. */
const accountsSent = (calls: (typeof aws)["calls"]): string[] =>
  calls
    .filter(({ action }) => action === "SendMessageBatch")
    .flatMap(({ request }) => Object(request)["Entries"])
    .map(({ MessageBody }) => JSON.parse(MessageBody).account);
const eventsOf = (repo: string) => aws.events.filter(({ detail }) => detail["repo"] === repo);
const historyOf = async (account: string, repo: string): Promise<string[]> =>
  JSON.parse((await api("GET", `${pathOf(account, repo)}/history`)).text).items.map(
    ({ action }: { action: string }) => action,
  );

beforeEach(() => clock.advance(24 * 60 * 60_000));

test("a job that runs out of time hands on by new messages, and loses and repeats nothing", async () => {
  for (const repo of MANY) await tamper(FIRST, repo);
  const id = await schedule();
  const { result: delivered, calls } = await callsOf(() => drain(SHORT));
  const ofFirst = (accounts: readonly string[]) => accounts.filter((account) => account === FIRST);
  // Seven registrations, two in each invocation. The roll call sent the first message.
  expect(ofFirst(delivered)).toEqual(Array(4).fill(FIRST));
  expect(ofFirst(accountsSent(calls))).toEqual(Array(3).fill(FIRST));
  const report = await reportOf(id);
  expect(report).toMatchObject({
    status: "finished",
    counts: { checked: 9, inSync: 2, drifted: 6, repaired: 1, failed: 0, waiting: 0 },
    accounts: { total: 4, checked: 4, failed: 0, missed: 0 },
  });
  expect(report.drifted.map(({ repo, status }) => [repo, status])).toEqual(
    MANY.map((repo) => [repo, repo === "d" ? "repaired" : "drifted"]),
  );
  const listed = report.accounts?.listed.find(({ account }) => account === FIRST);
  expect(listed?.counts).toMatchObject({ checked: 7, inSync: 0, drifted: 6, repaired: 1 });
  for (const repo of MANY) expect(eventsOf(repo), repo).toHaveLength(1);
  expect((await historyOf(FIRST, "d")).filter((action) => action === "repaired")).toHaveLength(1);
  const { items } = JSON.parse((await api("GET", `/v1/audit?account=${FIRST}`)).text);
  expect(items).toHaveLength(MANY.length);
});

test("two roll calls that begin at the same moment both end whole, and repair and publish once", async () => {
  await tamper(SECOND, "api");
  await tamper(THIRD, "web");
  let release = () => {};
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  // Neither sees the other: one of them is held until the other has sent its messages.
  trouble({ action: "UpdateItem", mentions: '"OPEN"', times: 1, fault: { kind: "hold", until } });
  const both = [schedule(), schedule()];
  await Promise.race(both);
  release();
  const ids = await Promise.all(both);
  expect(new Set(ids).size).toBe(2);
  const delivered = await drain();
  expect(delivered.sort()).toEqual([FIRST, FIRST, SECOND, SECOND, THIRD, THIRD]);
  const reports = await Promise.all(ids.map(reportOf));
  for (const report of reports)
    expect(report).toMatchObject({
      status: "finished",
      accounts: { total: 4, checked: 4, failed: 0, missed: 0 },
    });
  for (const { counts } of reports) expect(counts.checked + counts.waiting).toBe(9);
  expect(reports.some(({ counts }) => counts.repaired === 1)).toBe(true);
  expect((await historyOf(SECOND, "api")).filter((action) => action === "repaired")).toHaveLength(1);
  const drifts = eventsOf("web").map(({ detail }) => detail["id"]);
  expect(new Set(drifts).size).toBe(1);
  expect((await api("GET", pathOf(SECOND, "api"))).registration().drift.status).not.toBe("drifted");
  expect(await services.registry.openRollCalls()).toEqual([]);
});

test("the account that was checked longest ago gets the first message, and one that was never checked comes before it", async () => {
  const closed = trouble({ service: "sts", action: "AssumeRole", mentions: THIRD, fault: accessDenied });
  expect((await callAll()).accounts?.failed).toBe(1);
  closed();
  clock.advance(24 * 60 * 60_000);
  const { calls } = await callsOf(() => schedule());
  expect(accountsSent(calls)).toEqual([THIRD, FIRST, SECOND]);
  await drain();

  const closedToo = trouble({ service: "sts", action: "AssumeRole", mentions: SECOND, fault: accessDenied });
  await callAll();
  closedToo();
  await addAccount(NEW);
  clock.advance(24 * 60 * 60_000);
  const { calls: later } = await callsOf(() => schedule());
  expect(accountsSent(later)).toEqual([NEW, SECOND, FIRST, THIRD]);
  await drain();
});

test("a stranger's messages cause no check but those that are planned, and change no report", async () => {
  const before = await callAll();
  clock.advance(24 * 60 * 60_000);
  const rollCall = await schedule();
  const job = (account: string, more: object = {}) =>
    JSON.stringify({ rollCall, group: 0, account, ...more });
  const forged = [
    ...[FIRST, FIRST, SECOND].map((account) => job(account)),
    job(services.config.account),
    job("999999999999"),
    job(FIRST, { group: 1 }),
    job(FIRST, { rollCall: before.id }),
    job(FIRST, { rollCall: "none" }),
    "not a job",
  ];
  for (const body of forged) await forge(body);
  const reads: string[] = [];
  for (let round = 0; round < 2; round++) {
    const { calls } = await callsOf(() => drain());
    for (const { action, accessKeyId = "" } of calls)
      if (action === "GetAccountAuthorizationDetails")
        reads.push(aws.sessions.get(accessKeyId)?.account ?? "");
    // A message that came while another consumer did the job is delivered again.
    clock.advance(VISIBILITY_SECONDS * 1000);
  }
  expect(reads.sort()).toEqual([FIRST, SECOND, THIRD, NEW]);
  expect((await reportOf(rollCall)).accounts).toMatchObject({ total: 5, checked: 5, failed: 0, missed: 0 });
  expect(await reportOf(before.id)).toEqual(before);
  expect(await drain()).toEqual([]);
});
