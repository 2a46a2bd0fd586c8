import { spawnSync } from "node:child_process";
import { cpus, totalmem } from "node:os";

/** One line of the results: Rolecall's figure beside its floor, measured in the same run. */
export type Row = {
  what: string;
  /** The figure to compare with; none if the target is an absolute number. */
  floor?: number;
  ours: number;
  unit: "ms" | "kB" | "calls" | "items" | "requests" | "MB" | "a second";
  /**
   * The target for the ratio to the floor (`most`, `least`), for the difference to the floor (`more`), or for the
   * number itself if there is no floor.
   */
  target: { most: number } | { least: number } | { more: number };
  /** If the target is missed: the limit that the figure must not exceed, so that it does not grow unnoticed. */
  limit?: number;
};

/** The ratio to the floor, or the number itself if there is no floor. */
const result = ({ floor, ours }: Row): number => (floor === undefined ? ours : ours / floor);

function isMet(row: Row): boolean {
  if ("more" in row.target) return row.ours - (row.floor ?? 0) <= row.target.more;
  return "most" in row.target ? result(row) <= row.target.most : result(row) >= row.target.least;
}

/** True if a row fails the run: more calls or written items than the target allows, or more than the limit. */
export const isWorse = (row: Row): boolean =>
  ((row.unit === "calls" || row.unit === "items") && !isMet(row)) ||
  (row.limit !== undefined && row.ours > row.limit);

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

/** Returns a row as a line of the table of results. */
export function lineOf(row: Row): string {
  const shown = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(1));
  const { target } = row;
  const wanted =
    "more" in target
      ? `floor + ${target.more}`
      : "most" in target
        ? `≤ ${Number(target.most.toFixed(3))}`
        : `≥ ${target.least}`;
  const ratio = row.floor === undefined ? "" : `${result(row).toFixed(result(row) < 0.1 ? 4 : 2)}×`;
  return `| ${row.what} | ${shown(row.ours)} ${row.unit} | ${row.floor === undefined ? "" : `${shown(row.floor)} ${row.unit}`} | ${ratio} | ${wanted} | ${isMet(row) ? "met" : "missed"} |`;
}

/** Returns rows as the table of results. */
export const tableOf = (rows: readonly Row[]): string => `| measured | Rolecall | floor | ratio | target | |
| --- | --- | --- | --- | --- | --- |
${rows.map(lineOf).join("\n")}`;

/** Returns the commit and the machine of a run. @param load the machine's load before the run */
export function madeOn(load: number): string {
  const { stdout } = spawnSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" });
  const memory = Math.round(totalmem() / 2 ** 30);
  return `on ${new Date().toISOString().slice(0, 10)} from commit ${stdout.trim()}: ${cpus().length} cores, ${memory} GiB, Node ${process.versions.node}, load ${load.toFixed(1)} before`;
}
