/**
 * `npm run package`: makes the deployable package, offline. It writes one bundle for each function to `dist/`; then
 * `osls package` writes the zips and the template to `.serverless/`. `dist/member.yml` is the template of member accounts. Arguments go to osls (`--stage`, `--region`,
 * `--param`, `--package`).
 */
import { spawnSync } from "node:child_process";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import { memberTemplate } from "../deploy/member.ts";
import { profilesJson, readProfilesFile } from "../local/profiles.ts";
import { revealingReads } from "../local/read-only.ts";
import { readSelfFile, selfJson } from "../local/self.ts";
import { ConfigError, readConfig } from "../src/config.ts";
import { bundle, bundleResources } from "./bundle.ts";
import {
  configurationFault,
  functionVariables,
  known,
  pathOf,
  sizeFault,
  stageFault,
} from "./configuration.ts";
import { licensesOf } from "./licenses.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const osls = fileURLToPath(import.meta.resolve("osls/bin/serverless.js"));

const { values } = parseArgs({
  strict: false,
  options: {
    package: { type: "string", short: "p", default: ".serverless" },
    stage: { type: "string", short: "s", default: "prod" },
  },
});
const stage = String(values.stage);
const wrongStage = stageFault(stage);
if (wrongStage !== undefined) refuse(new ConfigError(wrongStage));
const functions = ["api", "drift"];
try {
  if (readSelfFile(process.env["ROLECALL_SELF"]).rules.length > 0) functions.push("self");
  for (const warning of revealingReads(await readProfilesFile())) console.warn(`Warning: ${warning}`);
} catch (error) {
  refuse(error);
}
// The site of the documentation stays: `npm run docs` builds it only from changed sources.
for (const name of await readdir(dist).catch(() => []))
  if (!/^docs(-pages)?$/.test(name)) await rm(join(dist, name), { recursive: true });
const metafile = await bundle(
  functions.map((name) => join(root, "handlers", `${name}.ts`)),
  dist,
);
await writeFile(join(dist, "licenses.txt"), await licensesOf(metafile, root));
await bundleResources(dist);
const { status } = spawnSync(process.execPath, [osls, "package", ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
if (status !== 0) process.exit(status ?? 1);
const output = resolve(root, String(values.package));
const template = await readFile(join(output, "cloudformation-template-update-stack.json"), "utf8");
const member = await memberOf(JSON.parse(template));
const fault =
  configurationFault(JSON.parse(template), profilesJson(), selfJson()) ??
  sizeFault(JSON.parse(template), stage) ??
  (member && sizeFault(member, stage));
if (fault !== undefined) {
  // osls deploys nothing without this file, so a wrong package cannot be deployed by mistake.
  await rm(join(output, "serverless-state.json"));
  refuse(new ConfigError(fault));
}

for (const directory of [dist, output]) await writeFile(join(directory, "member.yml"), stringify(member));

/** Returns the template of a member account; undefined if the configuration of the packaged template is wrong. */
async function memberOf(packaged: Parameters<typeof functionVariables>[0]) {
  try {
    const config = readConfig(known(functionVariables(packaged)), profilesJson());
    return memberTemplate({ ...config, profiles: await readProfilesFile() }, pathOf(stage));
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

function refuse(error: unknown): never {
  if (!(error instanceof ConfigError)) throw error;
  console.error(`The configuration is wrong, so there is no package:\n${error.message}`);
  process.exit(1);
}
