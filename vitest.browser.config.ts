import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

// The harness notes what it exercises; here nobody reads it.
process.env["ROLECALL_EXERCISED"] ??= mkdtempSync(join(tmpdir(), "rolecall-exercised-"));
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

/** Runs the tests that need a real browser: `npm run test:browser`. */
export default defineConfig({
  test: {
    pool: "forks",
    include: ["test/browser/*.test.ts"],
    setupFiles: "test/harness/environment.ts",
    globalSetup: "test/harness/global-setup.ts",
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
