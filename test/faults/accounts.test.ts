/**
 * A roll call over three member accounts, with every fault at each of its calls. The next schedule must mend everything:
 * no drift without its event, no report that claims a check that was not made, and no roll call that never ends.
 */
import { afterAll, describe, expect, test } from "vitest";
import { inParallel } from "../../src/lib/parallel.ts";
import { type Time, UNLIMITED } from "../../src/roll-call/roll-call.ts";
import { wrongReports } from "./accounts-reports.ts";
import { type Seen, type Site, startWorld } from "./accounts-world.ts";
import { type FaultKind, faultsAt, isWrite, type Point } from "./switch.ts";

const CONCURRENCY = 4;
const isAll = process.env["ROLECALL_FAULTS"] === "all";
/** The share of the faults that run by default, and of the kills after a write. */
const [STRIDE, KILL_STRIDE] = isAll ? [1, 1] : [320, 6];

const { openSite } = await startWorld();
const table: object[] = [];
afterAll(() => console.table(table));

/** A day of the schedule: a roll call, and every message until it is deleted or dead. */
async function day(site: Site): Promise<void> {
  await site.schedule();
  await site.drain();
  for (let delivery = 0; delivery < 3; delivery++) {
    await site.makeVisible();
    await site.drain();
  }
}

async function begin(time: Time): Promise<Site> {
  const site = await openSite(time);
  await site.tamper();
  site.restart();
  return site;
}

/** Returns everything that is wrong with a site after the day of a fault and the next day. */
async function endedWrong(site: Site, asked: Seen): Promise<string[]> {
  const wrong = await wrongReports(site, "may be open");
  await day(site);
  wrong.push(...(await wrongReports(site, "all over")));
  const left = await site.look();
  return [
    ...wrong,
    ...asked.lines.filter((line) => !left.lines.includes(line)).map((line) => `- ${line}`),
    ...left.lines.filter((line) => !asked.lines.includes(line)).map((line) => `+ ${line}`),
    ...asked.kept.filter((entry) => !left.kept.includes(entry)).map((entry) => `- ${entry}`),
  ];
}

/** Returns the calls of a roll call without a fault, and the state after two days. */
async function once(time: Time): Promise<{ points: Point[]; left: Seen }> {
  const site = await begin(time);
  site.faults.on();
  await day(site);
  site.faults.off();
  const points = [...site.faults.points];
  const first = await wrongReports(site, "all over");
  await day(site);
  const wrong = [...first, ...(await wrongReports(site, "all over"))];
  if (wrong.length > 0) throw new Error(`without a fault: ${wrong.join("\n")}`);
  const left = await site.look();
  await site.close();
  return { points, left };
}

async function suffer(time: Time, point: Point, fault: FaultKind, asked: Seen) {
  const site = await begin(time);
  site.faults.on({ point: point.name, fault });
  await day(site);
  site.faults.off();
  const wrong = await endedWrong(site, asked);
  const wasMade = site.faults.wasHit();
  await site.close();
  return { wrong, wasMade };
}

const TIMES = [
  ["that has time", UNLIMITED, ["cloudtrail"]],
  ["that hands on after each registration", { remaining: () => 59_000, chunk: 1 }, []],
] as const;

describe.sequential.each(TIMES)("a roll call over accounts %s", (name, time, more) => {
  test("is mended by the next one, whichever call failed", async () => {
    const { points, left } = await once(time);
    expect(left.lines).toEqual(
      expect.arrayContaining([
        '/events/first/0 = "in-sync → drifted"',
        '/events/third/0 = "in-sync → repaired"',
        "/events/fourth = []",
      ]),
    );
    const services = new Set(points.map(({ service }) => service));
    expect([...services].sort()).toEqual([
      ...more,
      ...["dynamodb", "ecr", "events", "github", "iam", "sqs", "sts"],
    ]);
    const all = points.flatMap((point) => faultsAt(point, true).map((fault) => ({ point, fault })));
    const kills = all.filter(({ point, fault }) => fault.kills && fault.phase === "after" && isWrite(point));
    const chosen = all.filter((one, index) => kills.indexOf(one) % KILL_STRIDE === 0 || index % STRIDE === 0);
    const results = await inParallel(CONCURRENCY, chosen, async ({ point, fault }) => ({
      name: `${fault.name} at ${point.name}`,
      ...(await suffer(time, point, fault, left)),
    }));
    const wrong = results.flatMap(({ name, wrong }) =>
      wrong.length === 0 ? [] : [`${name}\n    ${wrong.join("\n    ")}`],
    );
    // The number of items with GitHub's answers depends on the repositories' names, which differ from site to site.
    const notMade = results.filter(({ wasMade }) => !wasMade).map(({ name }) => name);
    expect(notMade.length, notMade.join()).toBeLessThanOrEqual(chosen.length / 10);
    table.push({
      "roll call": name,
      points: points.length,
      faults: all.length,
      "faults run": chosen.length,
      "ended wrong": wrong.length,
    });
    expect(wrong.join("\n")).toBe("");
  }, 600_000);
});
