/** A roll call of the home account alone that is killed at one of its calls. It has no messages that would come again. */
import { expect, test } from "vitest";
import { isOver } from "../../src/registry/journal.ts";
import { rollCall } from "../../src/roll-call/roll-call.ts";
import { type FaultKind, isWrite } from "./switch.ts";
import { startWorld } from "./world.ts";

const drop = { kind: "drop" } as const;
const kill = { name: "killed", lasts: "once", kills: true, aws: () => drop } as const;
const KILLS: readonly FaultKind[] = [
  { ...kill, phase: "before" },
  { ...kill, phase: "after" },
];
/** Longer than the drift function may run. */
const LATER_MS = 16 * 60_000;

const { openSite } = await startWorld();

test("the next roll call closes one that was killed at any of its writes, and both say so", async () => {
  const site = await openSite();
  const { faults, clock } = site;
  await site.start().send("PUT", site.pathOf(site.first), {});
  clock.advance(LATER_MS);
  // The first roll call writes an audit, which the next ones find unchanged.
  await rollCall(site.start().services);
  clock.advance(LATER_MS);
  faults.on();
  await rollCall(site.start().services);
  faults.off();
  const points = faults.points.filter(isWrite);
  expect(points.length).toBeGreaterThanOrEqual(6);
  let closings = 0;
  for (const point of points)
    for (const fault of KILLS) {
      clock.advance(LATER_MS);
      const victim = site.start();
      faults.on({ point: point.name, fault });
      await rollCall(victim.services).catch(() => {});
      await site.quiet();
      faults.off();
      clock.advance(LATER_MS);
      const { services } = site.start();
      const [last] = await services.registry.rollCalls(1);
      const wasCut = last !== undefined && !isOver(last);
      const next = await rollCall(services);
      const latest = await services.registry.rollCalls(20);
      expect(latest.filter((called) => !isOver(called))).toEqual([]);
      expect(next.closed).toEqual(wasCut ? [{ id: last.id, missed: 1 }] : undefined);
      const closed = latest.find(({ id }) => id === last?.id);
      if (wasCut) expect(closed).toMatchObject({ status: "failed", closedBy: next.id, counts: last.counts });
      closings += Number(wasCut);
    }
  expect(closings).toBeGreaterThanOrEqual(3);
  await site.close();
});
