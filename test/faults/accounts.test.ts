/**
 * A roll call over three member accounts, with every fault at each of its calls. The next schedule must mend everything:
 * no drift without its event, no report that claims a check that was not made, and no roll call that never ends.
 * A site is prepared once. Each fault begins at the last checkpoint before its call: the schedule, or a poll of the queue.
 */
import { appendFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { type Time, UNLIMITED } from "../../src/roll-call/roll-call.ts";
import { openReports } from "./accounts-reports.ts";
import { type Seen, type Site, startWorld } from "./accounts-world.ts";
import { FAULT_NAMES, type FaultKind, faultsAt, isWrite, type Point, stagedFaultsAt } from "./switch.ts";

const isAll = process.env["ROLECALL_FAULTS"] === "all";
/** The sites on which faults run at the same time. With more of them an answer may take longer than the SDK waits. */
const CONCURRENCY = 2;
/** The share of the faults that run by default, of the kills after a write, and of the faults of time and order. */
const [STRIDE, KILL_STRIDE, STAGED_STRIDE] = isAll ? [1, 1, 1] : [200, 4, 75];
/** The file that gets a line after every fifty faults, because a run of all of them takes long. */
const PROGRESS = process.env["ROLECALL_FAULTS_LOG"];

const { openSite } = await startWorld();
const table: object[] = [];
afterAll(() => console.table(table));

/** A day of the schedule: a roll call, and every message until it is deleted or dead. */
const STEPS: readonly ((site: Site) => Promise<void>)[] = [
  (site) => site.schedule(),
  (site) => site.drain(),
  ...Array(3).fill(async (site: Site) => {
    await site.makeVisible();
    await site.drain();
  }),
  (site) => site.release("day"),
];

async function day(site: Site, begin: (step: number) => Promise<void> = async () => {}, first = 0) {
  for (const [step, make] of STEPS.entries()) {
    if (step < first) continue;
    await begin(step);
    await make(site);
  }
}

/** The state before a step or a poll of the first day. */
type Checkpoint = {
  readonly step: number;
  /** The number of calls before it, and how often each kind was made. */
  readonly calls: number;
  readonly seen: ReadonlyMap<string, number>;
  restore(): Promise<void>;
};

/** A site that can go back to each checkpoint of its first day. */
type Prepared = {
  readonly site: Site;
  readonly points: readonly Point[];
  readonly checkpoints: readonly Checkpoint[];
  /** The state after two days, and the state if the last account is removed before. */
  readonly left: Seen;
  readonly leftWithout: Seen;
};

/** Runs a roll call without a fault. */
async function prepareSite(time: Time): Promise<Prepared> {
  const site = await openSite(time);
  await site.tamper();
  const checkpoints: Checkpoint[] = [];
  let step = 0;
  const save = async () => {
    const [calls, seen] = [site.faults.points.length, site.faults.seen()];
    const restore = await site.save();
    checkpoints.push({ step, calls, seen, restore });
    site.restart();
  };
  site.faults.on();
  site.onPoll(save);
  await day(site, async (next) => {
    step = next;
    if (step === 0) await save();
  });
  site.faults.off();
  site.onPoll(async () => site.restart());
  const points = [...site.faults.points];
  const reports = openReports(site);
  const left = await twoDays(site, reports);
  await checkpoints[0]?.restore();
  await site.removeLast();
  await day(site);
  const leftWithout = await twoDays(site, openReports(site, 2));
  return { site, points, checkpoints, left, leftWithout };
}

/** Ends the first day and runs the second one, without a fault. */
async function twoDays(site: Site, reports: ReturnType<typeof openReports>): Promise<Seen> {
  const first = await reports.wrong("all over");
  await day(site);
  const wrong = [...first, ...(await reports.wrong("all over"))];
  if (wrong.length > 0) throw new Error(`without a fault: ${wrong.join("\n")}`);
  return site.look();
}

/** Runs a roll call with a fault, and the next one without. Returns everything that is wrong then. */
async function suffer(
  { site, checkpoints, left, leftWithout }: Prepared,
  index: number,
  point: Point,
  fault: FaultKind,
) {
  const checkpoint = checkpoints.findLast(({ calls }) => calls <= index) ?? checkpoints[0];
  if (checkpoint === undefined) throw new Error("the site has no checkpoint");
  await checkpoint.restore();
  const reports = openReports(site, fault.removes ? 2 : 3);
  site.faults.on({ point: point.name, fault, stage: site.stage }, checkpoint.seen);
  await day(site, undefined, checkpoint.step);
  site.faults.off();
  const wasMade = site.faults.wasHit();
  const wrong = await reports.wrong("may be open");
  await day(site);
  wrong.push(...(await reports.wrong("all over")));
  const [asked, found] = [fault.removes && wasMade ? leftWithout : left, await site.look()];
  wrong.push(
    ...asked.lines.filter((line) => !found.lines.includes(line)).map((line) => `- ${line}`),
    ...found.lines.filter((line) => !asked.lines.includes(line)).map((line) => `+ ${line}`),
    ...asked.kept.filter((entry) => !found.kept.includes(entry)).map((entry) => `- ${entry}`),
  );
  return { wrong, wasMade };
}

type Chosen = { readonly index: number; readonly point: Point; readonly fault: FaultKind };

/** Returns the number of faults that are possible at the calls, and those that are run. */
function choose(points: readonly Point[]): { possible: number; chosen: Chosen[] } {
  const all = points.flatMap((point, index) =>
    [...faultsAt(point, true), ...stagedFaultsAt(point)].map((fault) => ({ index, point, fault })),
  );
  const kills = all.filter(({ point, fault }) => fault.kills && fault.phase === "after" && isWrite(point));
  const staged = all.filter(({ point, fault }) => stagedFaultsAt(point).includes(fault));
  const chosen = all.filter(
    (one, index) =>
      kills.indexOf(one) % KILL_STRIDE === 0 ||
      staged.indexOf(one) % STAGED_STRIDE === 0 ||
      index % STRIDE === 0,
  );
  // One kind of fault after the other, so that the log says which of them were run at every call.
  const inOrder = FAULT_NAMES.flatMap((kind) => chosen.filter(({ fault }) => fault.name === kind));
  return { possible: all.length, chosen: inOrder };
}

/** Runs the faults on the sites. Returns what ended wrong, and the faults whose call was not made. */
async function runAll(sites: readonly Prepared[], chosen: readonly Chosen[], report: (line: string) => void) {
  const [wrong, notMade]: [string[], string[]] = [[], []];
  let ran = 0;
  const queue = chosen.values();
  await Promise.all(
    sites.map(async (prepared) => {
      for (const { index, point, fault } of queue) {
        if (++ran % 50 === 0) report(`${ran} of ${chosen.length}, now ${fault.name}`);
        const name = `${fault.name} at ${point.name}`;
        const ended = await suffer(prepared, index, point, fault);
        if (!ended.wasMade) notMade.push(name);
        if (ended.wrong.length === 0) continue;
        wrong.push(`${name}\n    ${ended.wrong.join("\n    ")}`);
        report(wrong.at(-1) ?? "");
      }
    }),
  );
  return { wrong, notMade };
}

const TIMES = [
  ["that has time", UNLIMITED, ["cloudtrail"]],
  ["that hands on after each registration", { remaining: () => 59_000, chunk: 1 }, []],
] as const;

describe.sequential.each(TIMES)("a roll call over accounts %s", (name, time, more) => {
  const report = (line: string): void => {
    if (PROGRESS !== undefined) appendFileSync(PROGRESS, `${new Date().toISOString()} ${name}: ${line}\n`);
  };

  test(
    "is mended by the next one, whichever call failed",
    async () => {
      const begun = performance.now();
      const first = await prepareSite(time);
      const { points, left } = first;
      expect(left.lines).toEqual(
        expect.arrayContaining([
          '/events/first/0 = "in-sync → drifted"',
          '/events/third/0 = "in-sync → repaired"',
          "/events/fourth = []",
        ]),
      );
      expect([...new Set(points.map(({ service }) => service))].sort()).toEqual([
        ...more,
        ...["dynamodb", "ecr", "events", "github", "iam", "sqs", "sts"],
      ]);
      const { possible, chosen } = choose(points);
      const sites = [first];
      while (sites.length < CONCURRENCY) sites.push(await prepareSite(time));
      const { wrong, notMade } = await runAll(sites, chosen, report);
      for (const { site } of sites) await site.close();
      table.push({
        ...{ "roll call": name, points: points.length, faults: possible, "faults run": chosen.length },
        ...{ "ended wrong": wrong.length, "not made": notMade.length },
        seconds: Math.round((performance.now() - begun) / 1000),
      });
      report(`${JSON.stringify(table.at(-1))} ${notMade.join("; ")}`);
      expect(wrong.join("\n")).toBe("");
      // The order of calls that are made at the same time may differ, and with it the number of a call.
      expect(notMade.length, notMade.join()).toBeLessThanOrEqual(2 + chosen.length / 50);
    },
    isAll ? 4 * 60 * 60_000 : 600_000,
  );
});
