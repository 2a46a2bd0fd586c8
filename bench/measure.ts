/** One line of the results: Rolecall's figure beside its floor, measured in the same run. */
export type Row = {
  what: string;
  /** The figure to compare with; none if the target is an absolute number. */
  floor?: number;
  ours: number;
  unit: "ms" | "kB" | "calls" | "MB" | "a second";
  /**
   * The target for the ratio to the floor (`most`, `least`), for the difference to the floor (`more`), or for the
   * number itself if there is no floor.
   */
  target: { most: number } | { least: number } | { more: number };
  /** If the target is missed: the limit that the figure must not exceed, so that it does not grow unnoticed. */
  limit?: number;
};

/** The ratio to the floor, or the number itself if there is no floor. */
export const result = ({ floor, ours }: Row): number => (floor === undefined ? ours : ours / floor);

export function isMet(row: Row): boolean {
  if ("more" in row.target) return row.ours - (row.floor ?? 0) <= row.target.more;
  return "most" in row.target ? result(row) <= row.target.most : result(row) >= row.target.least;
}

/** True if a row fails the run: more calls than the target allows, or more than the limit. */
export const isWorse = (row: Row): boolean =>
  (row.unit === "calls" && !isMet(row)) || (row.limit !== undefined && row.ours > row.limit);

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Returns how long the work takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/**
 * Measures two kinds of work in turn, so that other load on the machine affects both. Returns the median of each, in
 * milliseconds.
 */
export async function sideBySide(
  rounds: number,
  ours: (round: number) => Promise<unknown>,
  floor: (round: number) => Promise<unknown>,
): Promise<{ ours: number; floor: number }> {
  const [times, floors]: [number[], number[]] = [[], []];
  // The first run of each warms up and is not counted.
  for (let round = -1; round < rounds; round++) {
    const [a, b] = [await timed(() => ours(round)), await timed(() => floor(round))];
    if (round < 0) continue;
    times.push(a);
    floors.push(b);
  }
  return { ours: median(times), floor: median(floors) };
}
