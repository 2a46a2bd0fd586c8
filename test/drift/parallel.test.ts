import { expect, test } from "vitest";
import { gate } from "../../src/parallel.ts";

test("a gate lets so much work through at a time, in order, and the next after a failure too", async () => {
  const through = gate(2);
  const ends: (() => void)[] = [];
  const begun: number[] = [];
  const results = [0, 1, 2, 3, 4].map((number) =>
    through(async () => {
      begun.push(number);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (number === 1) throw new Error("failed");
      return number;
    }),
  );
  const settled = Promise.allSettled(results);
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  for (const expected of [2, 3, 4, 5, 5]) {
    await turn();
    expect(begun).toHaveLength(expected);
    ends.shift()?.();
  }
  expect((await settled).map(({ status }) => status)).toEqual([
    "fulfilled",
    "rejected",
    "fulfilled",
    "fulfilled",
    "fulfilled",
  ]);
  expect(begun).toEqual([0, 1, 2, 3, 4]);
});
