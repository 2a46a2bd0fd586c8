import { rmSync } from "node:fs";
import { exercisedDirectory } from "./exercised.ts";

/** Removes the test files' records after the run. */
export default () => () => rmSync(exercisedDirectory(), { recursive: true, force: true });
