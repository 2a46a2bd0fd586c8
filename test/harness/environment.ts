/**
 * Restores the environment after each test file, because test files share a process for speed. The harness sets only the
 * variables that the AWS SDK reads, such as `AWS_ENDPOINT_URL`. Rolecall gets its configuration as a value.
 */
import { afterAll } from "vitest";
import "./properties.ts";

const before = { ...process.env };
afterAll(() => {
  for (const name of Object.keys(process.env)) if (before[name] === undefined) delete process.env[name];
  Object.assign(process.env, before);
});
