/** Writes the result of a soak as a Markdown page. */
import { execFileSync } from "node:child_process";
import { availableParallelism, cpus, totalmem } from "node:os";
import type { Options } from "./options.ts";
import type { Row } from "./tally.ts";

export type Soak = Options & {
  seconds: number;
  rows: readonly Row[];
  errors: readonly string[];
  /** The number of 502 and 503 answers, by the problem's code. */
  unavailable: Readonly<Record<string, number>>;
  calls: number;
  faults: number;
  rollCalls: number;
  /** The service's heap in use after a collection, in bytes. */
  heaps: readonly number[];
  heapSeconds: number;
  registrations: number;
  repositoriesInEcr: number;
  healed: number;
  disagreements: readonly string[];
};

/** The heap is flat if the mean of its last third is within this share of the mean of the middle one. */
const FLAT = 0.1;

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
const megabytes = (bytes: number): string => (bytes / 1024 ** 2).toFixed(1);

/** Returns the growth of the mean heap from the middle third to the last third, as a share. */
function growth(heaps: readonly number[]): number {
  const third = Math.floor(heaps.length / 3);
  const [middle, last] = [heaps.slice(third, heaps.length - third), heaps.slice(heaps.length - third)];
  return mean(last) / mean(middle) - 1;
}

/** Returns everything that is wrong with a soak; an empty list if it passed. */
export function faultsOf({ disagreements, errors, heaps }: Soak): string[] {
  const grown = growth(heaps);
  return [
    ...disagreements,
    ...errors,
    ...(Math.abs(grown) > FLAT ? [`The heap is not flat: ${(grown * 100).toFixed(1)} %`] : []),
  ];
}

export function page(soak: Soak): string {
  const { rows, heaps, seconds } = soak;
  const all = rows.at(-1);
  const classes = Object.keys(all?.classes ?? {});
  const table = (lines: readonly (readonly (string | number)[])[]) => {
    const [head = [], ...rest] = lines;
    return [head, head.map((_, index) => (index === 0 ? "---" : "---:")), ...rest]
      .map((line) => `| ${line.join(" | ")} |`)
      .join("\n");
  };
  const share = `${((100 * soak.faults) / soak.calls).toFixed(1)} %`;
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  const [cpu] = cpus();
  return `# Soak

Written by \`npm run soak\` (\`-- --minutes N --workers N --repositories N\`).

${table([
  ["", ""],
  ["date", new Date().toISOString().slice(0, 10)],
  ["commit", commit],
  [
    "machine",
    `${availableParallelism()} cores (${cpu?.model ?? "unknown"}), ${Math.round(totalmem() / 1024 ** 3)} GB, Node ${process.version}${soak.isShared ? "; shared with other work" : ""}`,
  ],
  ["duration", `${Math.round(seconds)} s`],
  [
    "load",
    `${soak.workers} workers without a pause, each with a service of its own, as each caller reaches its own Lambda; ${soak.repositories * 2} names`,
  ],
  [
    "requests",
    `${all?.count ?? 0}, ${((all?.count ?? 0) / seconds).toFixed(1)} a second; p50 ${all?.p50} ms, p99 ${all?.p99} ms`,
  ],
  ["calls of AWS and GitHub", `${soak.calls}, of which ${soak.faults} (${share}) had a fault`],
  ["roll calls during the load", soak.rollCalls],
  ["5xx other than the documented 502 and 503", soak.errors.length],
  ["heap, last third against the middle one", `${(growth(heaps) * 100).toFixed(1)} %`],
  ["disagreements at the end", soak.disagreements.length],
])}

## Requests

Times are in milliseconds as the caller sees them, with all retries. A 409 means that another writer holds the registration,
or that the registration is not ready. The answers 502 and 503, by their code: ${Object.entries(
    soak.unavailable,
  )
    .map(([code, count]) => `${count} \`${code}\``)
    .join(", ")}.

${table([
  ["kind", "requests", ...classes, "p50", "p99"],
  ...rows.map(({ kind, count, classes: counts, p50, p99 }) => [
    kind,
    count,
    ...classes.map((name) => counts[name] ?? 0),
    p50,
    p99,
  ]),
])}

## Memory

The service runs in a process of its own, apart from the embedded AWS and GitHub, which store what they are sent. The service's
heap in use after a garbage collection, every ${Math.round(soak.heapSeconds)} s, in MB:

    ${heaps.map(megabytes).join("  ")}

The heap is flat if the mean of the last third is within ${FLAT * 100} % of the mean of the middle third. The first third is left out because caches fill.

## Agreement

After the load the faults stop and all leases run out. One roll call follows, and one PUT or DELETE for each registration that
the roll call did not find or make as asked (${soak.healed}). Then the table and AWS are read directly:
${soak.registrations} registrations and ${soak.repositoriesInEcr} ECR repositories. They agree if each role is exactly as its item asks and no role under
\`/rolecall/\` lacks an item. The same holds for the ECR repositories, their ids and their settings.

${soak.disagreements.length === 0 ? "No disagreement." : soak.disagreements.map((each) => `- ${each}`).join("\n")}
`;
}
