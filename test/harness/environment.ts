/** What a test file sets in the environment ends with it: files share their processes, for speed. */
import { afterAll } from "vitest";
import "./properties.ts";

const before = { ...process.env };
afterAll(() => {
  for (const name of Object.keys(process.env)) if (before[name] === undefined) delete process.env[name];
  Object.assign(process.env, before);
});
