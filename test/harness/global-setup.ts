import { rmSync } from "node:fs";
import { exercisedDirectory } from "./exercised.ts";

/** Removes, after the run, what the test files noted during it. */
export default () => () => rmSync(exercisedDirectory(), { recursive: true, force: true });
