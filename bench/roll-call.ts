/** Measures a roll call over many roles. The floor reads each role by itself. */
import { rmSync } from "node:fs";
import { createServer } from "node:http";
import {
  ECRClient,
  GetLifecyclePolicyCommand,
  GetRepositoryPolicyCommand,
  ListTagsForResourceCommand,
} from "@aws-sdk/client-ecr";
import {
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from "@aws-sdk/client-iam";
import { observeDetails } from "../src/aws/repository-settings.ts";
import { failed } from "../src/lib/errors.ts";
import { inParallel } from "../src/lib/parallel.ts";
import { register } from "../src/registration/register.ts";
import { SCHEDULED } from "../src/roll-call/invocation.ts";
import { copyModel, directCalls, MODEL } from "../test/harness/copies.ts";
import { startLambda } from "../test/package/lambda.ts";
import { bundled, startPackaged, variablesOf } from "./functions.ts";
import { median, type Row, sideBySide, timed } from "./measure.ts";
import { profiled } from "./profile.ts";
import type { World } from "./world.ts";

/** The number of roles that the floor reads at a time, as a careful script would. */
const CONCURRENCY = 10;
/** The number of measured roll calls. The function has run two before. */
const ROUNDS = 5;
/** The number of roles from which on a roll call shall be thirty times as fast as the floor. */
const MANY = 5000;
/** The number of repositories for which ECR is asked for the details that need a call each. */
const DETAILS = 100;

/**
 * @param sizes the numbers of registered roles to measure with, in ascending order
 * @param trailPages the number of full pages of events that CloudTrail has of each drifted role
 */
export async function benchRollCalls(
  world: World,
  sizes: readonly number[],
  latencyMs: number,
  trailPages: number,
): Promise<{ rows: Row[]; notes: string[]; profile: string[] }> {
  const { services } = world;
  const { registry } = services;
  const gitHub = await exhaustedGitHub();
  const notes: string[] = [];
  await world.setLatency(0);
  const asked = { key: { owner: "acme", repo: MODEL, role: "publish" }, request: {}, precondition: {} };
  const done = await register(services, { ...asked, dryRun: false, caller: "bench" });
  if (failed(done)) throw new Error(JSON.stringify(done));
  const { account, region, desired } = done.item;
  const ecr = await registry.readEcrItem({ account, region, name: `acme/${MODEL}` });
  if (ecr === undefined) throw new Error("the model has no repository");
  const calls = directCalls(world.aws);

  const rows: Row[] = [];
  const perRole: number[] = [];
  let made = 1;
  for (const size of sizes) {
    await world.setLatency(0);
    const checkedAt = new Date(services.now()).toISOString();
    const indexes = Array.from({ length: size - made }, (_, index) => made + index);
    await inParallel(20, indexes, (index) =>
      copyModel(registry, calls, { item: done.item, ecr }, index, checkedAt),
    );
    made = size;
    const drift = await startPackaged(world, "drift", gitHub.url);
    // Not measured: the first roll call also asks ECR for the model's details.
    await drift.invoke(SCHEDULED);
    // The time without latency includes the embedded table, which runs on another core.
    const withoutLatency = await timed(() => drift.invoke(SCHEDULED));
    const cpuBefore = drift.usage().cpuMilliseconds;
    await world.setLatency(latencyMs);
    let awsCalls = 0;
    const times: number[] = [];
    const trailCalls = await world.trailCallsOf(async () => {
      for (let round = 0; round < ROUNDS; round++)
        times.push(
          await timed(async () => {
            awsCalls = Object(await drift.invoke(SCHEDULED)).awsCalls;
          }),
        );
    });
    const ours = median(times);
    const { megabytes, cpuMilliseconds } = drift.usage();
    await drift.remove();
    notes.push(
      `Over ${size.toLocaleString("en")} roles: ${Math.round((cpuMilliseconds - cpuBefore) / ROUNDS)} ms of the function's own processor time for each roll call; ${Math.round(withoutLatency)} ms in all if AWS had no latency.`,
    );
    const names = Array.from({ length: size }, (_, index) =>
      desired.role.name.replace(MODEL, `model-${String(index).padStart(5, "0")}`),
    );
    let floorCalls = 0;
    const floor = await timed(async () => {
      floorCalls = await oneByOne(names);
    });
    const over = `roll call over ${size.toLocaleString("en")} roles`;
    rows.push(
      {
        what: `${over}: calls of IAM and ECR`,
        ours: awsCalls,
        floor: floorCalls,
        unit: "calls",
        target: { most: 1 / 50 },
      },
      { what: `${over} in sync: calls of CloudTrail`, ours: trailCalls, unit: "calls", target: { most: 0 } },
      { what: over, ours, floor, unit: "ms", target: { most: 1 / (size < MANY ? 25 : 30) } },
      { what: `${over}: peak memory of the function`, ours: megabytes, unit: "MB", target: { most: 256 } },
    );
    perRole.push(ours / size);
  }
  await world.setLatency(latencyMs);
  const profile = await profileOf(world, gitHub.url);
  const [first = 0, last = 0] = [perRole[0], perRole.at(-1)];
  if (perRole.length > 1)
    rows.push({
      what: "time per role: the largest roll call against the smallest",
      ours: last,
      floor: first,
      unit: "ms",
      target: { most: 1 },
    });
  const [{ arn = "" } = {}] = desired.repositories;
  const names = Array.from({ length: DETAILS }, (_, index) => `acme/model-${String(index).padStart(5, "0")}`);
  const arnOf = (name: string) => arn.replace(`acme/${MODEL}`, name);
  const details = await sideBySide(
    3,
    () =>
      inParallel(CONCURRENCY, names, (name) => observeDetails(services.clients, { name, arn: arnOf(name) })),
    () => detailsByHand(names, arnOf),
  );
  rows.push({
    what: `ECR details that need a call each, of ${DETAILS} repositories`,
    ...details,
    unit: "ms",
    target: { most: 1.1 },
  });
  await world.setLatency(0);
  rows.push(await causesOf(world, gitHub.url, calls, desired.role.name, trailPages));
  gitHub.close();
  return { rows, notes, profile };
}

/** The number of roles that have drifted when the calls of CloudTrail are counted: more than a roll call asks about. */
const DRIFTED = 25;

/** Counts the calls of CloudTrail in a roll call that finds drift, if each role has so many pages of events. */
async function causesOf(
  world: World,
  gitHub: string,
  { iam }: ReturnType<typeof directCalls>,
  model: string,
  trailPages: number,
): Promise<Row> {
  const names = Array.from({ length: DRIFTED }, (_, index) =>
    model.replace(MODEL, `model-${String(index).padStart(5, "0")}`),
  );
  for (const RoleName of names) {
    await iam("UpdateRole", { RoleName, MaxSessionDuration: 7200 });
    await inParallel(20, Array.from({ length: 50 * trailPages }), () => iam("GetRole", { RoleName }));
  }
  const drift = await startPackaged(world, "drift", gitHub);
  const ours = await world.trailCallsOf(() => drift.invoke(SCHEDULED));
  await drift.remove();
  return {
    what: `roll call with ${DRIFTED} drifted roles of ${trailPages} full pages of events each: calls of CloudTrail`,
    ours,
    unit: "calls",
    target: { most: 100 },
  };
}

/** Profiles the function's processor in two roll calls over all roles. */
async function profileOf(world: World, gitHub: string): Promise<string[]> {
  const directory = await bundled("drift");
  const lines = await profiled(directory, async (execArgv) => {
    const drift = await startLambda(
      directory,
      "drift.handler",
      variablesOf(world, "drift", gitHub),
      execArgv,
    );
    for (let round = 0; round < 2; round++) await drift.invoke(SCHEDULED);
    await drift.close();
  });
  rmSync(directory, { recursive: true });
  return lines;
}

/**
 * Reads each role with GetRole, ListRolePolicies, GetRolePolicy and ListAttachedRolePolicies. Returns the number of
 * calls.
 */
async function oneByOne(names: readonly string[]): Promise<number> {
  const iam = new IAMClient({});
  let calls = 0;
  await inParallel(CONCURRENCY, names, async (RoleName) => {
    await iam.send(new GetRoleCommand({ RoleName }));
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    for (const PolicyName of PolicyNames) await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
    await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    calls += 3 + PolicyNames.length;
  });
  return calls;
}

/** Reads the ECR details that need a call each, for all repositories at the roll call's concurrency. */
async function detailsByHand(names: readonly string[], arnOf: (name: string) => string): Promise<void> {
  const ecr = new ECRClient({});
  await inParallel(CONCURRENCY, names, async (repositoryName) => {
    await Promise.all([
      ecr.send(new GetLifecyclePolicyCommand({ repositoryName })),
      ecr.send(new GetRepositoryPolicyCommand({ repositoryName })).catch(() => {}),
      ecr.send(new ListTagsForResourceCommand({ resourceArn: arnOf(repositoryName) })),
    ]);
  });
}

/**
 * Starts a GitHub whose rate limit is used up. GitHub has a rate limit of its own and is not part of what is
 * measured.
 */
async function exhaustedGitHub() {
  const server = createServer((_, response) => {
    const reset = String(Math.ceil(Date.now() / 1000) + 3600);
    response.writeHead(403, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset }).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    close: () => server.close(),
  };
}
