/**
 * Assigns a packaged function's processor time to source files. It reads V8's samples and translates them with the
 * source map.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { SourceMap } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageOf } from "./bundle.ts";

type Node = {
  id: number;
  callFrame: { functionName: string; url: string; lineNumber: number; columnNumber: number };
};
type CpuProfile = { nodes: Node[]; samples: number[]; timeDeltas: number[] };

/** A source, or a part of the runtime, with the processor time that it took. */
export type Share = { of: string; milliseconds: number };

/**
 * Profiles the processor of a packaged drift function. Returns lines of a table with everything above a fiftieth.
 * @param bundles the directory of its bundle
 * @param work runs the function with these options of Node, and ends it
 */
export async function profiled(
  bundles: string,
  work: (execArgv: string[]) => Promise<unknown>,
): Promise<string[]> {
  const directory = mkdtempSync(join(tmpdir(), "rolecall-profile-"));
  try {
    await work(["--cpu-prof", `--cpu-prof-dir=${directory}`]);
    const shares = sharesOf(directory, join(bundles, "drift.mjs"));
    const whole = shares.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
    return shares
      .filter(({ milliseconds }) => milliseconds >= whole / 50)
      .map(({ of, milliseconds }) => `| ${of} | ${Math.round((100 * milliseconds) / whole)} % |`);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/**
 * Reads the one profile that `--cpu-prof` left in a directory. Returns the shares, the largest first.
 * @param bundle the file that ran, with its source map beside it
 */
export function sharesOf(directory: string, bundle: string): Share[] {
  const [file = ""] = readdirSync(directory).filter((name) => name.endsWith(".cpuprofile"));
  const { nodes, samples, timeDeltas }: CpuProfile = JSON.parse(readFileSync(join(directory, file), "utf8"));
  const map = new SourceMap(JSON.parse(readFileSync(`${bundle}.map`, "utf8")));
  const sources = new Map(nodes.map((node) => [node.id, sourceOf(node, map)]));
  const shares = new Map<string, number>();
  for (const [index, sample] of samples.entries()) {
    const of = sources.get(sample) ?? "";
    if (of !== "(idle)") shares.set(of, (shares.get(of) ?? 0) + (timeDeltas[index] ?? 0) / 1000);
  }
  return [...shares]
    .map(([of, milliseconds]) => ({ of, milliseconds }))
    .sort((a, b) => b.milliseconds - a.milliseconds);
}

function sourceOf(
  { callFrame: { functionName, url, lineNumber, columnNumber } }: Node,
  map: SourceMap,
): string {
  if (functionName.startsWith("(")) return functionName;
  if (url.startsWith("node:")) return "Node";
  const entry = map.findEntry(lineNumber, columnNumber);
  if (!("originalSource" in entry)) return "V8";
  const { originalSource } = entry;
  return packageOf(originalSource) ?? /\b(?:src|handlers)\/.*$/.exec(originalSource)?.[0] ?? originalSource;
}
