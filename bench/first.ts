/**
 * Measures the first registration in a fresh process, from the import of the bundle on. The floor is the bundle that the
 * import is compared with, which then makes the same calls by hand.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { bundle, bundleFloor } from "../scripts/bundle.ts";
import { event } from "../test/package/events.ts";
import { type Lambda, startLambda } from "../test/package/lambda.ts";
import { floorOf } from "./bundle.ts";
import { copyOf } from "./by-hand.ts";
import { variablesOf } from "./functions.ts";
import { median, type Row, timed } from "./measure.ts";
import type { World } from "./world.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** @param rounds the number of fresh processes for each */
export async function benchFirst(world: World, rounds: number): Promise<Row[]> {
  const copied = await copyOf(world, new DynamoDBClient({}));
  // The directory lies beside node_modules so that the floor's imports resolve.
  const directory = mkdtempSync(join(root, ".bench-"));
  try {
    const metafile = await bundle([join(root, "handlers/api.ts")], directory);
    writeFileSync(join(directory, "floor.ts"), floorOf(metafile));
    const calls = `export * from "./floor.ts";\nexport { register } from "../bench/first-floor.ts";\n`;
    writeFileSync(join(directory, "first.ts"), calls);
    await bundleFloor(join(directory, "first.ts"), directory);

    const env = variablesOf(world, "api");
    const first = async (handler: string, sent: unknown): Promise<number> => {
      const lambda: Lambda = await startLambda(directory, handler, env);
      const milliseconds = await timed(async () => {
        const { statusCode = 201, body } = Object(await lambda.invoke(sent));
        if (statusCode !== 201) throw new Error(body);
      });
      await lambda.close();
      return lambda.importMilliseconds + milliseconds;
    };
    const [times, floors]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      times.push(await first("api.handler", event("PUT", `/v1/repos/acme/first-${round}/roles/publish`)));
      floors.push(await first("first.register", { repo: `first-hand-${round}`, copied }));
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
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
