/**
 * Prepares each test file. It restores the environment after it, because test files share a process for speed. The
 * harness sets only the variables that the AWS SDK reads, such as `AWS_ENDPOINT_URL`. Rolecall gets its configuration as
 * a value.
 */
import { afterAll, expect } from "vitest";
import { handOver } from "./loopback.ts";
import "./properties.ts";

/**
 * Test files that call the embedded AWS through sockets, so that a share of all calls takes the way of production: those
 * about the embedded AWS itself, and about connections, late answers, crashes and processes that write at once.
 */
const THROUGH_SOCKETS =
  /\/test\/local\/|\/test\/api\/.*(apart|at-once|busy|dropped|embedded\/crash|late|unavailable|warm)\.test\.ts$/;

handOver(!THROUGH_SOCKETS.test(expect.getState().testPath ?? ""));

const before = { ...process.env };
afterAll(() => {
  for (const name of Object.keys(process.env)) if (before[name] === undefined) delete process.env[name];
  Object.assign(process.env, before);
});
