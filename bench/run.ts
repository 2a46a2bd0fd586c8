/**
 * `npm run bench`: everything that has a target beside its floor, in one run, told as it goes on and written to
 * `bench/RESULTS.md`. `-- --quick` takes less than a minute, writes nothing. A run fails if there are more calls than
 * in the floor or more bytes than the limit: these are exact, and a time depends on the machine.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { benchBundle } from "./bundle.ts";
import { benchApi } from "./functions.ts";
import { benchHandler } from "./handler.ts";
import { isMet, isWorse, type Row, result } from "./measure.ts";
import { benchOperations } from "./operations.ts";
import { benchPure } from "./pure.ts";
import { benchRollCalls } from "./roll-call.ts";
import { startWorld } from "./world.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    latency: { type: "string", default: "50" },
    roles: { type: "string", default: "1000,5000" },
  },
});
const isQuick = values.quick;
const latencyMs = Number(values.latency);
/** What else the machine did before: with more than its cores, times say little. */
const [load = 0] = loadavg();
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";

const rows: Row[] = [];
const tell = (more: readonly Row[]) => {
  for (const row of more) console.log(lineOf(row));
  rows.push(...more);
};

const bundled = await benchBundle(isQuick ? 3 : 15);
tell(bundled.rows);
const world = await startWorld();
await world.setLatency(latencyMs);
tell(await benchOperations(world, isQuick ? 3 : 15));
const model = await world.services.registry.readRegistration({
  owner: "acme",
  repo: "model",
  role: "publish",
});
if (model === undefined) throw new Error("the model is not registered");
tell(benchPure(model));
await world.setLatency(0);
tell(await benchHandler(world, "model", isQuick ? 3 : 9));
const apiFunction = await benchApi(world, isQuick ? 10 : 200);
console.log(apiFunction);
await world.close();
// Another account: what the floors above have made by hand is no registration's.
const large = await startWorld();
const rollCalls = await benchRollCalls(
  large,
  isQuick ? [200] : values.roles.split(",").map(Number),
  latencyMs,
);
tell(rollCalls.rows);
await large.close();

if (!isQuick) writeFileSync(new URL("RESULTS.md", import.meta.url), report());
const worse = rows.filter(isWorse);
for (const { what } of worse) console.error(`More than there may be: ${what}`);
process.exit(worse.length > 0 ? 1 : 0);

function lineOf(row: Row): string {
  const shown = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(1));
  const { target } = row;
  const wanted =
    "more" in target
      ? `floor + ${target.more}`
      : "most" in target
        ? `≤ ${Number(target.most.toFixed(3))}`
        : `≥ ${target.least}`;
  const ratio = row.floor === undefined ? "" : `${result(row).toFixed(result(row) < 0.1 ? 4 : 2)}×`;
  return `| ${row.what} | ${shown(row.ours)} ${row.unit} | ${row.floor === undefined ? "" : `${shown(row.floor)} ${row.unit}`} | ${ratio} | ${wanted} | ${isMet(row) ? "met" : "missed"} |`;
}

function report(): string {
  const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");
  const { stdout } = spawnSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" });
  const memory = Math.round(totalmem() / 2 ** 30);
  return `# Results

Made by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)} from commit ${stdout.trim()}: ${cpus().length} cores, ${memory} GiB, Node ${process.versions.node}, load ${load.toFixed(1)} before,
every call of the embedded AWS and GitHub ${latencyMs} ms. Ours and its floor take turns in one run; times are medians. What the
floor of each is stands in [README](README.md).

| what | ours | floor | ratio | target | |
| --- | --- | --- | --- | --- | --- |
${rows.map(lineOf).join("\n")}

${[apiFunction, ...rollCalls.notes].map((note) => `- ${note}`).join("\n")}

## What is in the API's bundle

| of | kB |
| --- | --- |
${bundled.contents.join("\n")}

## What the processor does while the API's bundle is imported

By V8's profile (\`--cpu-prof\`), led back through the source map: Node's own start with it; packages by their name, what
takes a millisecond or more.

| in | ms |
| --- | --- |
${bundled.profile.join("\n")}

## What the processor does in a roll call

Of two over the most roles, the first of a fresh process among them, by the same kind of profile.

| in | share |
| --- | --- |
${rollCalls.profile.join("\n")}

${readme.slice(readme.indexOf("## Where a target is missed"))}`;
}
