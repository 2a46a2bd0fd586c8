import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";

test("the tests of the service run on the Node version that Lambda runs the functions on", async () => {
  const [, version] = /runtime: nodejs(\d+)\.x/.exec(await readFile("serverless.yml", "utf8")) ?? [];
  expect(process.versions.node.split(".")[0]).toBe(version);
});
