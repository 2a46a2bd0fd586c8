/** A queue that delivers twice, late or never, and other work at the same time as a roll call over accounts. */
import { expect, test } from "vitest";
import { SCHEDULED } from "../../src/roll-call/invocation.ts";
import { UNLIMITED } from "../../src/roll-call/roll-call.ts";
import { wrongReports } from "./accounts-reports.ts";
import { type Site, startWorld } from "./accounts-world.ts";

const { openSite } = await startWorld();

const begin = async (): Promise<Site> => {
  const site = await openSite(UNLIMITED);
  await site.tamper();
  return site;
};
const eventsOf = async (site: Site): Promise<string[]> =>
  (await site.look()).lines.filter((line) => line.startsWith("/events/")).sort();
const EVENTS = [
  '/events/first/0 = "in-sync → drifted"',
  "/events/fourth = []",
  "/events/second = []",
  '/events/third/0 = "in-sync → repaired"',
];

test("messages that are delivered twice change nothing", async () => {
  const site = await begin();
  site.deliverAs(() => ({ kind: "twice" }));
  await site.schedule();
  await site.drain();
  expect(await wrongReports(site, "all over")).toEqual([]);
  expect(await eventsOf(site)).toEqual(EVENTS);
  for (const account of site.accounts)
    expect(site.reads.filter((read) => read.account === account)).toHaveLength(1);
  await site.close();
});

test.each([0, 1, 2])(
  "account %i whose message never comes is missed, and the next roll call checks it",
  async (index) => {
    const site = await begin();
    site.deliverAs((account) => (account === site.accounts[index] ? { kind: "never" } : undefined));
    await site.schedule();
    await site.drain();
    const [{ id = "" } = {}] = await site.services().registry.rollCalls(1);
    expect((await site.services().registry.readRollCall(id))?.status).toBe("running");
    site.deliverAs(() => undefined);
    await site.schedule();
    await site.drain();
    expect(await wrongReports(site, "all over")).toEqual([]);
    const closed = await site.services().registry.readRollCall(id);
    expect(closed?.accounts).toMatchObject({ total: 4, checked: 3, missed: 1 });
    expect(await eventsOf(site)).toEqual(EVENTS);
    await site.close();
  },
);

test("a message that comes after its roll call was closed does nothing", async () => {
  const site = await begin();
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
  expect(await wrongReports(site, "all over")).toEqual([]);
  await site.close();
});

test("two roll calls at once publish each drift once, and both end", async () => {
  const site = await begin();
  const [one, other] = [site.services(), site.start()];
  await Promise.all([site.invoke(SCHEDULED, one), site.invoke(SCHEDULED, other)]);
  await site.drain();
  await site.schedule();
  await site.drain();
  expect(await wrongReports(site, "all over")).toEqual([]);
  expect(await eventsOf(site)).toEqual(EVENTS);
  await site.close();
});

test.each([
  "iam:GetRole",
  "iam:GetAccountAuthorizationDetails",
  "dynamodb:BatchGetItem AUDIT",
  "dynamodb:PutItem CHECKED",
])(
  "an account that is removed at %s ends the roll call as any other, and is not in the next one",
  async (at) => {
    const site = await begin();
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
    expect(await eventsOf(site)).toEqual(
      EVENTS.filter((line) => !line.includes("third")).concat(EVENTS.slice(3)),
    );
    await site.close();
  },
);
