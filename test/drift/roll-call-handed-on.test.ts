import { describe, expect, test } from "vitest";
import { rollCall } from "../../src/roll-call/roll-call.ts";
import { writesOf } from "../harness/embedded.ts";

import { startWorld } from "./roll-call-world.ts";

const { aws, call, callsOf, register, services } = await startWorld();

describe("handing on", async () => {
  for (let count = 0; count < 7; count++) await register("report", "many");
  const whole = await call();

  test("a roll call that runs out of time continues at the same place, with the same counts", async () => {
    const before = aws.events.length;
    const short = { remaining: () => 59_999, chunk: 2 };
    let part = await rollCall(services, short);
    const { id } = part;
    const seen: number[] = [];
    for (let rounds = 0; part.status !== "finished" && rounds < 20; rounds++) {
      expect(part.status).toBe("running");
      seen.push(part.counts.checked);
      const stored = await services.registry.readRollCall(id);
      expect(stored?.counts).toEqual(part.counts);
      const asked = aws.events.slice(before).filter(({ detail }) => detail["id"] === id);
      expect(asked).toHaveLength(seen.length);
      part = await rollCall(services, short, part);
    }
    expect(seen).toEqual([2, 4, 6]);
    expect([...seen].sort((a, b) => a - b)).toEqual(seen);
    expect(part.status).toBe("finished");
    expect(part.counts).toEqual(whole.counts);
    // Handing it on a second time does nothing.
    const { result, calls } = await callsOf(() => rollCall(services, short, part));
    expect(result.counts).toEqual(part.counts);
    expect(writesOf(calls)).toEqual([]);
  });
});
