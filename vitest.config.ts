import { mkdtempSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { lambdasNode } from "./test/harness/lambdas-node.ts";
import { LongestFirst } from "./test/harness/longest-first.ts";

/** Names the folder in which each test file notes the contract's operations and statuses that it has exercised. */
process.env["ROLECALL_EXERCISED"] ??= mkdtempSync(join(tmpdir(), "rolecall-exercised-"));
/** Names the folder for bundles. Tests bundle the programs that they run in processes of their own. */
process.env["ROLECALL_BUNDLES"] ??= mkdtempSync(join(tmpdir(), "rolecall-bundles-"));
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

/** The tests of the service. They run on Lambda's version of Node. */
const SERVICE = "test/{api,audit,aws,desired,drift,faults,fuzz,github,page,registry,self,trust}/**/*.test.ts";
/** The signatures of calls. Lambda makes them, and so do the operator's commands on the user's Node. */
const ON_BOTH = "test/signature/**/*.test.ts";
/**
 * All tests. Those that are not of the service run on the Node that runs `npm test`, because users run the scripts,
 * `local/` and the action on their own Node.
 */
const TESTS = "test/**/*.test.ts";
/** They need Chromium, and have a configuration of their own. */
const IN_BROWSER = "test/browser/**";
/** It looks back on all others, so it runs alone and last. */
const EXERCISED = "test/contract/exercised.test.ts";

const SLOWEST = "./test/harness/slowest.ts";

/** Tests of the API that make the embedded AWS fail or look into it; another emulator cannot stand in for it. */
const isElsewhere = Object.entries(process.env).some(
  ([name, value]) => /^AWS_ENDPOINT_URL/.test(name) && value !== "",
);
const EMBEDDED = isElsewhere ? ["test/api/embedded/**"] : [];
if (isElsewhere) process.env["ROLECALL_ELSEWHERE"] = "true";

export default defineConfig({
  test: {
    // Files share their processes: loading the SDK anew for each took longer than most of the tests.
    isolate: false,
    // V8's space for young objects, in MB. With the default of 16, garbage collection takes about a tenth of the suite's
    // processor time.
    execArgv: ["--max-semi-space-size=64"],
    // The report of the slowest tests is at the end.
    reporters: ["default", SLOWEST],
    setupFiles: "test/harness/environment.ts",
    sequence: { sequencer: LongestFirst },
    // One more than there are cores: many tests wait for a retry or for an answer that comes late.
    maxWorkers: availableParallelism() + 1,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    globalSetup: "test/harness/global-setup.ts",
    projects: [
      {
        extends: true,
        test: {
          name: "service",
          include: [SERVICE, ON_BOTH],
          exclude: EMBEDDED,
          pool: lambdasNode,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "tools",
          include: [TESTS],
          exclude: [SERVICE, EXERCISED, IN_BROWSER],
          pool: "forks",
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: "exercised", include: [EXERCISED], sequence: { groupOrder: 1 } } },
    ],
  },
});
