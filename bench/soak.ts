/**
 * `npm run soak`: puts as much load on the service as the machine takes, with faults at a twentieth of all calls of
 * AWS and GitHub. In the end the table and AWS must agree, and the service's memory must not have grown. It writes
 * `bench/SOAK.md`.
 */
import { rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { startEmbeddedAws } from "../local/aws/server.ts";
import { startEmbeddedGitHub } from "../local/github/server.ts";
import type { components } from "../src/generated/contract.ts";
import { inParallel } from "../src/lib/parallel.ts";
import type { RegistrationItem } from "../src/registry/items.ts";
import { awsClients } from "../test/harness/aws.ts";
import { bundlesDirectory } from "../test/harness/bundled.ts";
import { openClock, startProcess } from "../test/harness/process.ts";
import { disagreements, readStored } from "./agreement.ts";
import { openFaults } from "./faults.ts";
import { openLoad } from "./load.ts";
import { readOptions } from "./options.ts";
import { faultsOf, page, type Soak } from "./report.ts";
import { openTally } from "./tally.ts";

const SHARE = 0.05;
const LATER_MS = 61_000;
const TABLE = "rolecall";

const options = readOptions();
const faults = openFaults("service", SHARE);
const aws = await startEmbeddedAws({ fault: faults.aws });
const gitHub = await startEmbeddedGitHub({ owners: ["acme"], rateLimit: 1e9, fault: faults.gitHub });
Object.assign(process.env, {
  AWS_ENDPOINT_URL: aws.url,
  AWS_REGION: "eu-central-1",
  AWS_ACCESS_KEY_ID: "somebody",
  AWS_SECRET_ACCESS_KEY: "local",
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  GITHUB_API_URL: gitHub.url,
  ROLECALL_OWNERS: "acme",
  ROLECALL_TABLE: TABLE,
});
const clients = awsClients();
const dynamodb = new DynamoDBClient({});
const clock = openClock();
const service = await startProcess("service", clock.file, options.workers + 1);
const tally = openTally();
const load = openLoad(service.url, service.urls.slice(1), options.repositories, clients, tally);

const heapSeconds = Math.min(60, options.minutes * 6);
const heaps: number[] = [];
let rollCalls = 0;
let isOver = false;
faults.on();
const startedAt = performance.now();
const running = load.run(options.workers, () => isOver);
const rollCallEvery = Math.max(1, Math.round(30 / heapSeconds));
const samples = Math.round((options.minutes * 60) / heapSeconds);
for (let sample = 1; sample <= samples; sample++) {
  await sleep(startedAt + sample * heapSeconds * 1000 - performance.now());
  heaps.push(await service.heapBytes());
  // Start no roll call at the end: one that still runs would record an outdated state.
  if (sample < samples && sample % rollCallEvery === 0) {
    const { status } = await load.ask("/v1/roll-calls", "POST");
    if (status === 202) rollCalls++;
  }
  console.log(
    `${Math.round(sample * heapSeconds)} s: ${tally.rows().at(-1)?.count} requests, heap ${heaps.at(-1)}`,
  );
}
isOver = true;
await running;
const seconds = (performance.now() - startedAt) / 1000;
faults.off();

clock.advance(LATER_MS);
const found = await rollCall();
const { registrations } = await readStored(dynamodb, TABLE);
const unsettled = registrations.filter((item) => !isSettled(item, found));
const refused = await inParallel(8, unsettled, heal);
const stored = await readStored(dynamodb, TABLE);
// The service's clock is ahead of the machine's by LATER_MS.
const wrong = [...refused.flat(), ...(await disagreements(clients, stored, Date.now() + LATER_MS))];

const soak: Soak = {
  ...options,
  ...faults.counts,
  seconds,
  rows: tally.rows(),
  errors: tally.errors,
  unavailable: tally.unavailable,
  rollCalls,
  heaps,
  heapSeconds,
  registrations: stored.registrations.length,
  repositoriesInEcr: stored.repositories.length,
  healed: unsettled.length,
  disagreements: wrong,
};
const text = page(soak);
writeFileSync(new URL("SOAK.md", import.meta.url), text);
console.log(text);
console.log(found.counts);
const failures = faultsOf(soak);
for (const failure of failures.slice(0, 50)) console.error(failure);

load.close();
dynamodb.destroy();
await service.close();
await gitHub.close();
await aws.close();
clock.close();
rmSync(bundlesDirectory(), { recursive: true });
process.exit(failures.length === 0 ? 0 : 1);

type RollCall = components["schemas"]["RollCall"];

/** Starts a roll call and waits for its end. */
async function rollCall(): Promise<RollCall> {
  const { status, text: requested } = await load.ask("/v1/roll-calls", "POST");
  if (status !== 202) throw new Error(`The roll call was answered with ${status}: ${requested}`);
  const { id } = JSON.parse(requested);
  for (;;) {
    const { text: known } = await load.ask(`/v1/roll-calls/${id}`);
    const seen: RollCall = JSON.parse(known);
    if (seen.status === "finished") return seen;
    await sleep(100);
  }
}

/** True if the roll call found a registration as it was asked for, or repaired it. */
function isSettled({ status, repo, role }: RegistrationItem, { drifted }: RollCall): boolean {
  const entry = drifted.find((other) => other.repo === repo && other.role === role);
  return status === "ready" && (entry === undefined || entry.status === "repaired");
}

/** Repeats the last request for a registration that is unfinished or differs. Returns the errors. */
async function heal({ owner, repo, role, status, spec }: RegistrationItem): Promise<string[]> {
  const path = load.pathOf({ repo, role });
  const answer = await (status === "removing" ? load.ask(path, "DELETE") : load.ask(path, "PUT", spec));
  return answer.status < 300
    ? []
    : [`${owner}/${repo}/${role}, requested again: ${answer.status} ${answer.text}`];
}
