/** One line of the results: ours beside its floor, measured in the same run. */
export type Row = {
  what: string;
  /** What it is compared with; none where the target is a number of its own. */
  floor?: number;
  ours: number;
  unit: "ms" | "kB" | "calls" | "MB" | "a second";
  /** The ratio, or the number itself, that is to be reached. */
  target: { most: number } | { least: number } | { more: number };
  /** What ours may not grow beyond unseen, where the target is not reached. */
  limit?: number;
};

/** What the target is about: the ratio to the floor (its inverse for what is to be larger), or the number itself. */
export const result = ({ floor, ours }: Row): number => (floor === undefined ? ours : ours / floor);

export function isMet(row: Row): boolean {
  if ("more" in row.target) return row.ours - (row.floor ?? 0) <= row.target.more;
  return "most" in row.target ? result(row) <= row.target.most : result(row) >= row.target.least;
}

/** Whether a row that is exact is worse than it may be: more calls than the floor, or more bytes than the limit. */
export const isWorse = (row: Row): boolean =>
  (row.unit === "calls" && !isMet(row)) || (row.limit !== undefined && row.ours > row.limit);

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** How long work takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** The medians of two kinds of work that take turns, so that what else the machine does falls on both. */
export async function sideBySide(
  rounds: number,
  ours: (round: number) => Promise<unknown>,
  floor: (round: number) => Promise<unknown>,
): Promise<{ ours: number; floor: number }> {
  const [times, floors]: [number[], number[]] = [[], []];
  // The first of each is to warm up.
  for (let round = -1; round < rounds; round++) {
    const [a, b] = [await timed(() => ours(round)), await timed(() => floor(round))];
    if (round < 0) continue;
    times.push(a);
    floors.push(b);
  }
  return { ours: median(times), floor: median(floors) };
}
