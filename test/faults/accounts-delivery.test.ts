/** A queue that delivers twice, late or never, and other work at the same time as a roll call over accounts. */
import { afterAll, beforeEach, expect, test } from "vitest";
import { SCHEDULED } from "../../src/roll-call/invocation.ts";
import { UNLIMITED } from "../../src/roll-call/roll-call.ts";
import { openReports } from "./accounts-reports.ts";
import { startWorld } from "./accounts-world.ts";

const { openSite } = await startWorld();

const site = await openSite(UNLIMITED);
await site.tamper();
const restore = await site.save();
beforeEach(async () => {
  site.deliverAs(() => undefined);
  await restore();
});
afterAll(() => site.close());

/** Returns a function that lets callers wait until the given number of them have called it. */
function meeting(size: number) {
  let arrived = 0;
  let open = () => {};
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {
    arrive(): Promise<void> {
      if (++arrived === size) open();
      return all;
    },
  };
}

const eventsOf = async (): Promise<string[]> =>
  (await site.look()).lines.filter((line) => line.startsWith("/events/")).sort();
const EVENTS = [
  '/events/first/0 = "in-sync → drifted"',
  "/events/fourth = []",
  "/events/second = []",
  '/events/third/0 = "in-sync → repaired"',
];

test("messages that are delivered twice change nothing", async () => {
  site.deliverAs(() => ({ kind: "twice" }));
  await site.schedule();
  await site.drain();
  expect(await openReports(site).wrong("all over")).toEqual([]);
  expect(await eventsOf()).toEqual(EVENTS);
  // A message that is not done becomes a dead letter at its fourth delivery.
  for (let delivery = 2; delivery <= 4; delivery++) {
    await site.makeVisible();
    await site.drain();
  }
  expect(await site.deadLetters()).toEqual([]);
  for (const account of site.accounts)
    expect(site.reads.filter((read) => read.account === account)).toHaveLength(1);
});

const ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];

test.each(ORDERS)("messages that come in the order %i, %i, %i end as in any other", async (...order) => {
  const bodies: string[] = [];
  site.deliverAs((_, body) => {
    bodies.push(body);
    return { kind: "never" };
  });
  await site.schedule();
  expect(bodies).toHaveLength(3);
  for (const index of order) {
    const Records = [{ messageId: `${index}`, body: bodies[index], eventSource: "aws:sqs" }];
    expect(await site.invoke({ Records })).toEqual({ batchItemFailures: [] });
  }
  expect(await openReports(site).wrong("all over")).toEqual([]);
  expect(await eventsOf()).toEqual(EVENTS);
});

test.each([0, 1, 2])(
  "account %i whose message never comes is missed, and the next roll call checks it",
  async (index) => {
    site.deliverAs((account) => (account === site.accounts[index] ? { kind: "never" } : undefined));
    await site.schedule();
    await site.drain();
    const [{ id = "" } = {}] = await site.services().registry.rollCalls(1);
    expect((await site.services().registry.readRollCall(id))?.status).toBe("running");
    site.deliverAs(() => undefined);
    await site.schedule();
    await site.drain();
    expect(await openReports(site).wrong("all over")).toEqual([]);
    const closed = await site.services().registry.readRollCall(id);
    expect(closed?.accounts).toMatchObject({ total: 4, checked: 3, missed: 1 });
    expect(await eventsOf()).toEqual(EVENTS);
  },
);

test("a message that comes after its roll call was closed does nothing", async () => {
  const [late = ""] = site.accounts;
  site.deliverAs((account) => (account === late ? { kind: "never" } : undefined));
  await site.schedule();
  await site.drain();
  const [{ id = "" } = {}] = await site.services().registry.rollCalls(1);
  site.deliverAs(() => undefined);
  await site.schedule();
  await site.drain();
  const before = site.reads.length;
  const body = JSON.stringify({ rollCall: id, group: 0, account: late });
  const answered = await site.invoke({ Records: [{ messageId: "1", body, eventSource: "aws:sqs" }] });
  expect(answered).toEqual({ batchItemFailures: [] });
  expect(site.reads).toHaveLength(before);
  expect(await openReports(site).wrong("all over")).toEqual([]);
});

test("a job that is taken late, after it is done, keeps its result", async () => {
  const [account = ""] = site.accounts;
  let isLate = false;
  site.hook(({ action, request, phase }) => {
    const text = JSON.stringify(request);
    if (isLate || phase === "after" || action !== "PutItem" || !text.includes(`ACCOUNT#${account}`))
      return undefined;
    isLate = text.includes("leaseUntil");
    return isLate ? site.stage.late("day") : undefined;
  });
  await site.schedule();
  await site.drain();
  site.hook(undefined);
  await site.release("day");
  expect(isLate).toBe(true);
  expect(await openReports(site).wrong("all over")).toEqual([]);
});

test("a consumer that was paused past its lease does not replace the result of the next one", async () => {
  const [account = ""] = site.accounts;
  let next: Promise<void> | undefined;
  site.hook(({ action, request, phase }) => {
    const text = JSON.stringify(request);
    const isResult = action === "PutItem" && text.includes(`ACCOUNT#${account}`) && text.includes('"done"');
    if (next !== undefined || phase === "after" || !isResult || !text.includes("ROLLCALL#")) return undefined;
    next = site.stage.meanwhile("redelivery");
    return { kind: "hold", until: next };
  });
  await site.schedule();
  await site.drain();
  site.hook(undefined);
  expect(next, "the result was not saved").toBeDefined();
  const { rollCalls, resultOf } = await site.items();
  const finishedAt = resultOf(rollCalls[0]?.id ?? "", account)?.finishedAt ?? "";
  expect(Date.parse(finishedAt)).toBe(site.now());
  await site.makeVisible();
  await site.drain();
  expect(await openReports(site).wrong("all over")).toEqual([]);
});

test("two roll calls at once publish each drift once, and both end", async () => {
  const [one, other] = [site.services(), site.start()];
  await Promise.all([site.invoke(SCHEDULED, one), site.invoke(SCHEDULED, other)]);
  await site.drain();
  await site.schedule();
  await site.drain();
  expect(await openReports(site).wrong("all over")).toEqual([]);
  expect(await eventsOf()).toEqual(EVENTS);
});

test("two callers that repair the same drift at once publish one event", async () => {
  const steps = ["pendingEvent", "pendingRepair", "leases"].map((field) => ({ field, ...meeting(2) }));
  site.hook(({ service, action, request, phase }) => {
    const text = JSON.stringify(request);
    const isWrite = service === "dynamodb" && action === "PutItem" && phase === "before";
    if (!isWrite || !/"REPO#[^"]*third-/.test(text)) return undefined;
    const until = steps.find(({ field }) => text.includes(field))?.arrive();
    return until && { kind: "hold", until };
  });
  const path = `${site.pathOf(site.accounts[1] ?? "", `third-${site.number}`)}/repairs`;
  await Promise.all([site.services(), site.start()].map((by) => site.send("POST", path, undefined, by)));
  site.hook(undefined);
  expect(await eventsOf()).toContain('/events/third/0 = "in-sync → repaired"');
  expect(await eventsOf()).not.toContain('/events/third/1 = "in-sync → repaired"');
  await site.schedule();
  await site.drain();
  expect(await openReports(site).wrong("all over")).toEqual([]);
  expect(await eventsOf()).toEqual(EVENTS);
});

test.each([
  "iam:GetRole",
  "iam:GetAccountAuthorizationDetails",
  "dynamodb:BatchGetItem AUDIT",
  "dynamodb:PutItem CHECKED",
])(
  "an account that is removed at %s ends the roll call as any other, and is not in the next one",
  async (at) => {
    const removed = site.accounts[2] ?? "";
    await site.schedule();
    let isJob = false;
    let removal: Promise<void> | undefined;
    site.hook(({ service, action, request, phase }) => {
      const text = JSON.stringify(request);
      isJob ||= service === "dynamodb" && action === "BatchGetItem" && text.includes(`ACCOUNT#${removed}`);
      const [name, kind = ""] = at.split(" ");
      if (removal !== undefined || !isJob || phase !== "before") return undefined;
      if (`${service}:${action}` !== name || !text.includes(kind)) return undefined;
      const by = site.start();
      removal = site
        .send("DELETE", site.pathOf(removed, `fourth-${site.number}`), undefined, by)
        .then(() => site.send("DELETE", `/v1/accounts/${removed}`, undefined, by));
      return { kind: "hold", until: removal };
    });
    await site.drain();
    site.hook(undefined);
    await removal;
    expect(removal, "the call was not made").toBeDefined();
    const { registry } = site.services();
    const [first] = await registry.rollCalls(1);
    expect(first?.status).toBe("finished");
    await site.schedule();
    await site.drain();
    const [second] = await registry.rollCalls(1);
    expect(second).toMatchObject({ status: "finished", accounts: { total: 3, checked: 3, missed: 0 } });
    expect(await eventsOf()).toEqual(
      EVENTS.filter((line) => !line.includes("third")).concat(EVENTS.slice(3)),
    );
  },
);
