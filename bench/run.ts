/**
 * `npm run bench`: measures everything that has a target, beside its floor, in one run. It prints each row as it is
 * ready and writes `bench/RESULTS.md`. With `-- --accounts N` it measures a roll call over N member accounts alone, and
 * writes that part of the results. With `-- --quick` it takes less than a minute and writes nothing. A run fails
 * if there are more calls than the target allows or more bytes than the limit. Calls and bytes are exact, but times
 * depend on the machine.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { benchAccounts } from "./accounts.ts";
import { accountsPart, withTable } from "./accounts-results.ts";
import { benchBundle } from "./bundle.ts";
import { benchFirst, benchProcessor } from "./first.ts";
import { benchApi } from "./functions.ts";
import { benchHandler } from "./handler.ts";
import { isWorse, lineOf, madeOn, type Row, tableOf } from "./measure.ts";
import { benchOperations } from "./operations.ts";
import { benchPure } from "./pure.ts";
import { benchRollCalls } from "./roll-call.ts";
import { startWorld } from "./world.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    latency: { type: "string", default: "50" },
    roles: { type: "string" },
    accounts: { type: "string" },
    consumers: { type: "string", default: "10,20" },
  },
});
const RESULTS = new URL("RESULTS.md", import.meta.url);
const isQuick = values.quick;
const latencyMs = Number(values.latency);
/** The machine's load before the run. If it is above the number of cores, the times mean little. */
const [load = 0] = loadavg();
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";

const rows: Row[] = [];
const tell = (more: readonly Row[]) => {
  for (const row of more) console.log(lineOf(row));
  rows.push(...more);
};

if (values.accounts !== undefined) {
  const [most, roles] = [Number(values.accounts), Number(values.roles ?? 20)];
  const sizes = [Math.ceil(most / 10), most];
  const found = await benchAccounts({ sizes, roles }, latencyMs, values.consumers.split(",").map(Number));
  tell(found.rows);
  for (const note of found.notes) console.log(note);
  const made = `${madeOn(load)}, every call ${latencyMs} ms`;
  writeFileSync(RESULTS, withTable(readFileSync(RESULTS, "utf8"), { most, roles, made }, found));
  end();
}

const bundled = await benchBundle(isQuick ? 3 : 15);
tell(bundled.rows);
const world = await startWorld();
await world.setLatency(latencyMs);
tell(await benchOperations(world, isQuick ? 3 : 15));
tell(await benchFirst(world, isQuick ? 3 : 15));
const model = await world.services.registry.readRegistration({
  owner: "acme",
  repo: "model",
  role: "publish",
});
if (model === undefined) throw new Error("the model is not registered");
tell(benchPure(model));
await world.setLatency(0);
tell(await benchHandler(world, "model", isQuick ? 3 : 9));
const processor = await benchProcessor(world, isQuick ? 10 : 200);
tell([processor.row]);
const apiNotes = [processor.note, await benchApi(world, isQuick ? 10 : 200)];
for (const note of apiNotes) console.log(note);
await world.close();
// Measure roll calls in another account. The roles that the floors above made by hand have no registration.
const large = await startWorld();
const rollCalls = await benchRollCalls(
  large,
  isQuick ? [200] : (values.roles ?? "1000,5000").split(",").map(Number),
  latencyMs,
  isQuick ? 1 : 6,
);
tell(rollCalls.rows);
await large.close();

const fleet = isQuick ? { sizes: [4], roles: 5 } : { sizes: [20], roles: 20 };
const overAccounts = await benchAccounts(fleet, latencyMs, [isQuick ? 2 : 4]);
tell(overAccounts.rows);

if (!isQuick) writeFileSync(RESULTS, report());
end();

/** Ends the run. It fails if a figure is above its limit. */
function end(): never {
  const worse = rows.filter(isWorse);
  for (const { what } of worse) console.error(`Above the limit: ${what}`);
  process.exit(worse.length > 0 ? 1 : 0);
}

function report(): string {
  const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");
  return `# Results

Made by \`npm run bench\` ${madeOn(load)},
every call of the embedded AWS and GitHub ${latencyMs} ms. Rolecall and its floor take turns in one run; times are medians. The
[README](README.md) describes each floor.

${tableOf(rows)}

${[...apiNotes, ...rollCalls.notes, ...overAccounts.notes].map((note) => `- ${note}`).join("\n")}

## What is in the API's bundle

| part | kB |
| --- | --- |
${bundled.contents.join("\n")}

## What the processor does while the API's bundle is imported

Measured with V8's profiler (\`--cpu-prof\`) and translated with the source map. Node's own start is included. Packages have
their name; entries below a millisecond are left out.

| in | ms |
| --- | --- |
${bundled.profile.join("\n")}

## What the processor does in a roll call

Two roll calls over the largest number of roles, the first one in a fresh process, measured in the same way.

| in | share |
| --- | --- |
${rollCalls.profile.join("\n")}

${accountsPart(readFileSync(RESULTS, "utf8"))}${readme.slice(readme.indexOf("## Where a target is missed"))}`;
}
