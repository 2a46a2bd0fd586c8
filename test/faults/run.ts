/**
 * Runs every operation with every fault at each of its calls, one at a time. Then the operation is requested again,
 * after the lease has run out. The calls are found on the wire, so a new call is covered automatically.
 * `npm run faults` runs all faults. By default a process is killed after every write, and of the other faults one in
 * sixty is run. A process that is killed anywhere between two writes leaves the same state.
 */
import { afterAll, describe, expect, test } from "vitest";
import { inParallel } from "../../src/lib/parallel.ts";
import type { Operation, Outcome } from "./operations.ts";
import { type FaultKind, faultsAt, isWrite, type Point } from "./switch.ts";
import { type Process, type Site, startWorld } from "./world.ts";

const LEASE_MS = 60_000;
/** Longer than the lease, and longer than GitHub asks to wait. */
const LATER_MS = LEASE_MS + 1_000;
const CONCURRENCY = 8;
const STRIDE = process.env["ROLECALL_FAULTS"] === "all" ? 1 : 60;
/** All faults of a roll call are more than a thousand runs, which take longer than ten minutes on a busy machine. */
const LIMIT_MS = STRIDE === 1 ? 4 * 60 * 60_000 : 600_000;

type Seen = Awaited<ReturnType<Site["look"]>>;
type Row = { operation: string; points: number; "faults run": number; "ended wrong": number };

/** A new site with the state before the operation, and the process that is asked for it. */
type Start = () => Promise<{ site: Site; process: Process }>;

/** Runs the operation without a fault. Returns its calls and the resulting state. */
async function once(operation: Operation, begin: Start): Promise<{ points: Point[]; left: Seen }> {
  const { site, process } = await begin();
  site.faults.on();
  const { isDone, detail } = await operation.ask(site, process);
  site.faults.off();
  if (!isDone) throw new Error(`${operation.name} fails without a fault: ${detail}`);
  const left = await site.look();
  await site.close();
  return { points: site.faults.points, left };
}

/** Runs the operation with a fault, then whatever repairs the damage. Returns everything that is wrong in the end. */
async function suffer(
  operation: Operation,
  begin: Start,
  point: Point,
  fault: FaultKind,
  asked: Seen,
): Promise<string[]> {
  const begun = await begin();
  const { site } = begun;
  const { faults, clock } = site;
  let { process } = begun;
  const before = await versionsOf(site);
  const ask = async () => {
    const outcome = await operation.ask(site, process);
    await site.quiet();
    return outcome;
  };

  faults.on({ point: point.name, fault });
  let outcome = await ask();
  const wrong = faults.wasHit() ? [] : ["the call was not made"];
  if (fault.lasts === "until mended" && !outcome.isDone) {
    clock.advance(LATER_MS);
    outcome = await ask();
    if (!outcome.isDone) wrong.push(...(await unexplained(site, operation, point, outcome, before)));
  }
  faults.off();
  if (fault.kills) {
    process = site.start();
    outcome = { isDone: false, detail: "killed" };
  }
  clock.advance(LATER_MS);
  let differences = outcome.isDone ? await compare(site, asked) : [];
  if (!outcome.isDone || (fault.misleads && differences.length > 0)) {
    outcome = await ask();
    if (!outcome.isDone) wrong.push(`asked again: ${outcome.detail}`);
    clock.advance(LATER_MS);
    differences = await compare(site, asked);
  }
  wrong.push(...differences);
  await site.close();
  return wrong;
}

/** Returns the differences between a site's state and the wanted state. */
async function compare(site: Site, asked: Seen): Promise<string[]> {
  const left = await site.look();
  return [
    ...asked.lines.filter((line) => !left.lines.includes(line)).map((line) => `- ${line}`),
    ...left.lines.filter((line) => !asked.lines.includes(line)).map((line) => `+ ${line}`),
    ...asked.kept.filter((entry) => !left.kept.includes(entry)).map((entry) => `- ${entry}`),
  ];
}

async function versionsOf(site: Site): Promise<Map<string, number>> {
  const { registrations } = await site.items();
  return new Map(registrations.map(({ repo, specVersion }) => [repo, specVersion]));
}

const saysWhatToDo = (text = ""): boolean =>
  /^AWS refused .+ with \w+\. .*(its operator|raise it|repeat)/.test(text) ||
  /^AWS does not let Rolecall assume .+\. Ask the owner of account /.test(text);

/** While AWS keeps refusing, checks that the answer and the item say what to do. Returns what is missing. */
async function unexplained(
  site: Site,
  { name }: Operation,
  { service }: Point,
  { detail }: Outcome,
  before: ReadonlyMap<string, number>,
): Promise<string[]> {
  const wrong = saysWhatToDo(detail) ? [] : [`the answer does not say what to do: ${detail}`];
  const { registrations, history } = await site.items();
  for (const { repo, status, lastError, specVersion } of registrations) {
    if (status === "ready") {
      // Either nothing was begun, or a repair was. A repair's history says why it did not finish.
      const isRepair = name === "repair" || name === "roll call";
      if (!isRepair && before.get(repo) !== specVersion) wrong.push("it is ready although the update failed");
    } else if (service !== "dynamodb" && !saysWhatToDo(lastError?.detail)) {
      wrong.push(`${status}, and lastError does not say what to do: ${lastError?.detail}`);
    }
  }
  const failures = history.filter(({ action }) => action === "failed");
  if (!failures.every((entry) => saysWhatToDo(entry.detail)))
    wrong.push("the history does not say what to do");
  return wrong;
}

/**
 * Declares the tests of some operations.
 * @param member the member account that they run in. By default they run in the home account
 */
export async function testOperations(operations: readonly Operation[], member?: string): Promise<void> {
  const { openSite } = await startWorld();
  const table: Row[] = [];
  afterAll(() => console.table(table));

  describe.sequential.each(operations)("$name", (operation) => {
    const begin: Start = async () => {
      const site = await openSite(member);
      const prepared = site.start();
      await operation.prepare(site, prepared);
      // In a member account a new process is asked, because it has no session yet. So it also opens the reader's.
      return { site, process: site.isMember ? site.start() : prepared };
    };

    test(
      "a repeated request reaches the wanted state, whichever call failed",
      async () => {
        const { points, left } = await once(operation, begin);
        expect([...left.lines, ...left.kept]).toEqual(expect.arrayContaining([...operation.leaves]));
        expect(points.length).toBeGreaterThanOrEqual(operation.least);
        const all = points.flatMap((point) =>
          faultsAt(point, member !== undefined).map((fault) => ({ point, fault })),
        );
        const chosen = all.filter(({ point, fault }, index) => {
          const leavesWrite = fault.kills && fault.phase === "after" && isWrite(point);
          return leavesWrite || index % STRIDE === 0;
        });
        const results = await inParallel(CONCURRENCY, chosen, async ({ point, fault }) => {
          const wrong = await suffer(operation, begin, point, fault, left);
          return wrong.length === 0 ? [] : [`${fault.name} at ${point.name}\n    ${wrong.join("\n    ")}`];
        });
        const wrong = results.flat();
        table.push({
          operation: operation.name,
          points: points.length,
          "faults run": chosen.length,
          "ended wrong": wrong.length,
        });
        expect(wrong.join("\n")).toBe("");
      },
      LIMIT_MS,
    );
  });
}
