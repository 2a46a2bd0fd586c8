/**
 * Measures registrations in processes of their own: the first one in a fresh process, from the import of the bundle on,
 * and the processor time of later ones. The floor is the bundle that the import is compared with. It makes the same calls
 * by hand.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { bundle, bundleFloor } from "../scripts/bundle.ts";
import { event } from "../test/package/events.ts";
import { startLambda } from "../test/package/lambda.ts";
import { floorOf } from "./bundle.ts";
import { copyOf } from "./by-hand.ts";
import { variablesOf } from "./functions.ts";
import { median, type Row, timed } from "./measure.ts";
import type { World } from "./world.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Half of the 19 ms that a registration took at 47f6fe5. */
const PROCESSOR_MS = 9.5;

/** A process that registers repositories. */
type Process = {
  readonly importMilliseconds: number;
  register(repo: string): Promise<void>;
  /** Returns the processor time of the process at its last answer, in milliseconds. */
  processor(): number;
  close(): Promise<void>;
};

/** Bundles Rolecall's API function and the same calls by hand. Returns functions that start a process of each. */
async function openBoth(world: World) {
  const copied = await copyOf(world, new DynamoDBClient({}));
  // The directory lies beside node_modules so that the floor's imports resolve.
  const directory = mkdtempSync(join(root, ".bench-"));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  try {
    const metafile = await bundle([join(root, "handlers/api.ts")], directory);
    writeFileSync(join(directory, "floor.ts"), floorOf(metafile));
    const calls = `export * from "./floor.ts";\nexport { register } from "../bench/first-floor.ts";\n`;
    writeFileSync(join(directory, "first.ts"), calls);
    await bundleFloor(join(directory, "first.ts"), directory);
  } catch (error) {
    remove();
    throw error;
  }

  const variables = { ...variablesOf(world, "api"), COPIED: JSON.stringify(copied) };
  async function start(handler: string, eventOf: (repo: string) => unknown): Promise<Process> {
    const lambda = await startLambda(directory, handler, variables);
    return {
      importMilliseconds: lambda.importMilliseconds,
      async register(repo) {
        const { statusCode = 201, body } = Object(await lambda.invoke(eventOf(repo)));
        if (statusCode !== 201) throw new Error(body);
      },
      processor: () => lambda.usage().cpuMilliseconds,
      close: () => lambda.close(),
    };
  }

  return {
    ours: () => start("api.handler", (repo) => event("PUT", `/v1/repos/acme/${repo}/roles/publish`)),
    floor: () => start("first.register", (repo) => ({ repo })),
    remove,
  };
}

/** @param rounds the number of fresh processes for each */
export async function benchFirst(world: World, rounds: number): Promise<Row[]> {
  const both = await openBoth(world);
  const first = async (fresh: Process, repo: string): Promise<number> => {
    const milliseconds = await timed(() => fresh.register(repo));
    await fresh.close();
    return fresh.importMilliseconds + milliseconds;
  };
  const [times, floors]: [number[], number[]] = [[], []];
  try {
    for (let round = 0; round < rounds; round++) {
      times.push(await first(await both.ours(), `first-${round}`));
      floors.push(await first(await both.floor(), `first-hand-${round}`));
    }
  } finally {
    both.remove();
  }
  return [
    {
      what: "import and first registration, fresh process, Node 24",
      ours: median(times),
      floor: median(floors),
      unit: "ms",
      target: { most: 1.05 },
    },
  ];
}

/**
 * Measures the mean processor time of a registration. The first registration of a process is not counted. The latency of
 * AWS and GitHub should be 0. Returns the row, and a sentence that compares it with the calls by hand.
 * @param count the number of registrations that each process makes after its first one
 */
export async function benchProcessor(world: World, count: number): Promise<{ row: Row; note: string }> {
  const both = await openBoth(world);
  try {
    const [ours, floor] = [await both.ours(), await both.floor()];
    let [before, floorBefore] = [0, 0];
    for (let index = 0; index <= count; index++) {
      await ours.register(`processor-${index}`);
      await floor.register(`processor-hand-${index}`);
      if (index === 0) [before, floorBefore] = [ours.processor(), floor.processor()];
    }
    const each = (ours.processor() - before) / count;
    const byHand = (floor.processor() - floorBefore) / count;
    await Promise.all([ours.close(), floor.close()]);
    const what = `processor time of the API function for a registration, mean of ${count}`;
    return {
      row: { what, ours: each, unit: "ms", target: { most: PROCESSOR_MS } },
      note: `A registration takes ${each.toFixed(1)} ms of processor time, the mean of ${count}. The same calls by hand take ${byHand.toFixed(1)} ms in the same run (${(each / byHand).toFixed(2)}×).`,
    };
  } finally {
    both.remove();
  }
}
