/** What a soak has shown, as a page. */
import { execFileSync } from "node:child_process";
import { availableParallelism, cpus, totalmem } from "node:os";
import type { Options } from "./options.ts";
import type { Row } from "./tally.ts";

export type Soak = Options & {
  seconds: number;
  rows: readonly Row[];
  errors: readonly string[];
  /** How many answers said 502 or 503, by the code of the problem. */
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

/** By how much the last third of the heaps is above the middle one. */
function growth(heaps: readonly number[]): number {
  const third = Math.floor(heaps.length / 3);
  const [middle, last] = [heaps.slice(third, heaps.length - third), heaps.slice(heaps.length - third)];
  return mean(last) / mean(middle) - 1;
}

/** What is wrong with a soak; nothing, if it passed. */
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
    `${soak.workers} workers without a pause, each with a service of its own, as each Lambda has one; ${soak.repositories * 2} names`,
  ],
  [
    "requests",
    `${all?.count ?? 0}, ${((all?.count ?? 0) / seconds).toFixed(1)} a second; p50 ${all?.p50} ms, p99 ${all?.p99} ms`,
  ],
  ["calls of AWS and GitHub", `${soak.calls}, of which ${soak.faults} (${share}) had a fault`],
  ["roll calls meanwhile", soak.rollCalls],
  ["5xx other than the documented 502 and 503", soak.errors.length],
  ["heap, last third against the middle one", `${(growth(heaps) * 100).toFixed(1)} %`],
  ["disagreements at the end", soak.disagreements.length],
])}

## Requests

Milliseconds as the caller sees them, with all retries. 409: another writer holds the registration, or it is not ready.
502 and 503, by their codes: ${Object.entries(soak.unavailable)
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

The service runs in a process of its own; the embedded AWS and GitHub, which keep what they are given, in another. Its
heap in use after a collection, every ${Math.round(soak.heapSeconds)} s, in MB:

    ${heaps.map(megabytes).join("  ")}

It is flat if the mean of the last third is within ${FLAT * 100} % of the mean of the middle one: at first caches fill.

## Agreement

At the end there are no more faults and all leases run out. One roll call, and one PUT or DELETE for each registration
that it did not find or make as asked (${soak.healed}), end what was open. Then the table and AWS are read directly:
${soak.registrations} registrations and ${soak.repositoriesInEcr} ECR repositories. Each role is there exactly as its item asks, no role under
\`/rolecall/\` is without an item, and so it is with ECR's repositories, their ids and their settings.

${soak.disagreements.length === 0 ? "No disagreement." : soak.disagreements.map((each) => `- ${each}`).join("\n")}
`;
}
