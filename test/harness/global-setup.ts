import { rmSync } from "node:fs";
import { bundlesDirectory } from "./bundled.ts";
import { exercisedDirectory } from "./exercised.ts";

/** Removes the test files' records and the bundles after the run. */
export default () => () => {
  for (const directory of [exercisedDirectory(), bundlesDirectory()])
    rmSync(directory, { recursive: true, force: true });
};
