/**
 * Makes the deployable package, offline: one bundle for each function in `dist/`, then by `osls package` the
 * zips and the template in `.serverless/`. Arguments go to osls (`--stage`, `--region`, `--param`, `--package`).
 */
import { spawnSync } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { ConfigError, readConfig } from "../src/config.ts";

type Variables = Record<string, unknown>;
type Template = { Resources: Record<string, { Properties?: { Environment?: { Variables?: Variables } } }> };

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const { resolve } = createRequire(import.meta.url);

await bundle();
const output = parseArgs({
  strict: false,
  options: { package: { type: "string", short: "p", default: ".serverless" } },
}).values.package;
const osls = spawnSync(process.execPath, [resolve("osls/bin/serverless.js"), "package", ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
if (osls.status !== 0) process.exit(osls.status ?? 1);
await refuseWrongConfiguration(new URL(`${output}/`, new URL("../", import.meta.url)));

/**
 * Bundles the handlers with all they use, the SDK too: that of the runtime is older, and slower to load.
 * `module` before `main` lets esbuild leave out what is not used: half the import time.
 */
async function bundle(): Promise<void> {
  await rm(dist, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: ["handlers/api.ts", "handlers/drift.ts"],
    outdir: dist,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node24",
    mainFields: ["module", "main"],
    legalComments: "none",
    sourcemap: "external",
    logLevel: "warning",
  });
}

/** The functions read their configuration when they start; what they would refuse is not to be deployed. */
async function refuseWrongConfiguration(directory: URL): Promise<void> {
  const file = new URL("cloudformation-template-update-stack.json", directory);
  const { Resources }: Template = JSON.parse(await readFile(file, "utf8"));
  try {
    for (const { Properties } of Object.values(Resources)) {
      if (Properties?.Environment?.Variables !== undefined) readConfig(known(Properties.Environment.Variables));
    }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // Without it osls finds nothing to deploy.
    await rm(new URL("serverless-state.json", directory));
    console.error(`The configuration is wrong, so there is no package:\n${error.message}`);
    process.exit(1);
  }
}

/** The variables as far as they are known before the deployment: an example stands for what CloudFormation fills in. */
function known(variables: Variables): Record<string, string> {
  const examples: Record<string, string> = {
    ROLECALL_TABLE: "rolecall",
    ROLECALL_BOUNDARY_ARN: "arn:aws:iam::123456789012:policy/rolecall/boundary",
  };
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, typeof value === "string" ? value : (examples[name] ?? "")]),
  );
}
