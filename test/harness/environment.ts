/** Restores the environment after each test file, because test files share a process for speed. */
import { afterAll } from "vitest";
import "./properties.ts";

const before = { ...process.env };
afterAll(() => {
  for (const name of Object.keys(process.env)) if (before[name] === undefined) delete process.env[name];
  Object.assign(process.env, before);
});
