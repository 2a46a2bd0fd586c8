import { expect, test } from "vitest";
import { forNewest, gate, inChunks, inParallel, readAhead } from "../../src/lib/parallel.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("a gate admits a limited amount of work at a time, in order, and continues after a failure", async () => {
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

test("a limited number of reads starts ahead at once, and their results come in order", async () => {
  const ends = new Map<number, () => void>();
  const reading = readAhead(2, [0, 1, 2, 3, 4], async (number) => {
    await new Promise<void>((resolve) => ends.set(number, resolve));
    return number;
  });
  expect([...ends.keys()], "before anything is taken").toEqual([0, 1]);
  const taken: number[] = [];
  const taking = (async () => {
    for await (const number of reading) {
      taken.push(number);
      await turn();
    }
  })();
  await turn();
  expect([...ends.keys()]).toEqual([0, 1, 2]);
  ends.get(1)?.();
  await turn();
  expect(taken, "1 waits for 0").toEqual([]);
  for (let end = 0; end < 5; end++) {
    ends.get(end)?.();
    await turn();
    await turn();
  }
  await taking;
  expect(taken).toEqual([0, 1, 2, 3, 4]);
});

test("a failed read throws in its turn, after the results before it were processed", async () => {
  const done: number[] = [];
  const reading = readAhead(3, [0, 1, 2], async (number) => {
    if (number === 1) throw new Error("not read");
    return number;
  });
  const taking = (async () => {
    for await (const number of reading) {
      await turn();
      done.push(number);
    }
  })();
  await expect(taking).rejects.toThrow("not read");
  expect(done).toEqual([0]);
});

test("reading or grouping nothing gives nothing", async () => {
  const read: unknown[] = [];
  for await (const item of readAhead(3, [], async () => 1)) read.push(item);
  expect(read).toEqual([]);
  expect(inChunks([], 2)).toEqual([]);
  expect(inChunks([1, 2, 3], 2)).toEqual([[1, 2], [3]]);
});

test("of the requests during running work only the newest is done next, and none after a failure", async () => {
  const begun: number[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const work = forNewest<number>((number) => {
    begun.push(number);
    return new Promise((resolve, reject) => ends.push((error) => (error ? reject(error) : resolve())));
  });
  const first = work(1);
  await turn();
  const [second, third] = [work(2), work(3)];
  await turn();
  expect(begun).toEqual([1]);
  ends.shift()?.();
  await first;
  await turn();
  expect(begun).toEqual([1, 3]);
  ends.shift()?.(new Error("not saved"));
  await expect(second).rejects.toThrow("not saved");
  await expect(third).rejects.toThrow("not saved");
  await expect(work(4)).rejects.toThrow("not saved");
  expect(begun).toEqual([1, 3]);
});

test("work in parallel returns the result of every item in its place, also an undefined one", async () => {
  const results = await inParallel(2, [3, 0, 1, 2], async (turns) => {
    for (let passed = 0; passed < turns; passed++) await turn();
    return turns === 0 ? undefined : turns;
  });
  expect(results).toEqual([3, undefined, 1, 2]);
});
