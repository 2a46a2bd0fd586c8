/** Measures a roll call over member accounts: its calls, the items it writes, its time and its memory. */
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { bundleFloor } from "../scripts/bundle.ts";
import { inChunks, inParallel } from "../src/lib/parallel.ts";
import { SCHEDULED } from "../src/roll-call/invocation.ts";
import { type Lambda, startLambda } from "../test/package/lambda.ts";
import type { FloorJob } from "./accounts-floor.ts";
import { type AccountsWorld, startAccountsWorld } from "./accounts-world.ts";
import { bundled, variablesOf } from "./functions.ts";
import { type Row, timed } from "./measure.ts";
import { profiled } from "./profile.ts";
import type { Tally } from "./world.ts";

/** A process that does jobs, and the accounts that it has had. It gets none twice, because a session lasts an hour. */
type Consumer = { readonly lambda: Lambda; readonly had: Set<string> };
type Message = { readonly account: string; readonly body: string };
type Pair<T> = { readonly ours: T; readonly floor: T };

/** The number of accounts in a group, of which the home account is one (src/roll-call/plan.ts). */
const GROUP = 100;
/** The items that the report of a roll call writes beside one for each group: itself, its summary, and its end. */
const REPORT_ITEMS = 3;
/** The number of jobs after which a process of the floor counts as warm. */
const WARM = 5;

/**
 * @param sizes the numbers of accounts, in ascending order
 * @param roles the number of roles in each account, each with a repository of its own
 * @param consumers the numbers of consumers to measure with, in ascending order
 */
export async function benchAccounts(
  { sizes, roles }: { sizes: readonly number[]; roles: number },
  latencyMs: number,
  consumers: readonly number[],
): Promise<{ rows: Row[]; notes: string[]; profile: string[] }> {
  const world = await startAccountsWorld(roles);
  const directory = await bundled("drift");
  await bundleFloor(fileURLToPath(new URL("accounts-floor.ts", import.meta.url)), directory);
  const start = (file: string, execArgv: string[] = []) =>
    startLambda(directory, `${file}.handler`, variablesOf(world, "drift"), execArgv);
  const most = consumers.at(-1) ?? 1;
  const startAll = (file: string): Promise<Consumer[]> =>
    inParallel(4, [...Array(most)], async () => ({ lambda: await start(file), had: new Set<string>() }));

  const rows: Row[] = [];
  const notes: string[] = [];
  const memories: Memory[] = [];
  const paces: number[] = [];
  let profile: string[] = [];
  let again = 0;
  for (const size of sizes) {
    await world.setLatency(0);
    const addedMs = await timed(() => world.grow(size));
    // Processes of their own, so that their memory is that of this number of accounts.
    const planner = await start("drift");
    const all: Pair<Consumer[]> = { ours: await startAll("drift"), floor: await startAll("accounts-floor") };
    // Not measured: the first roll call saves the audits, and makes the processes warm.
    const first = await plan(world, planner, 0);
    await consume(all.ours, first.messages);
    await consume(all.floor, (await floorMessages(world, first)).slice(0, WARM * most));
    for (const number of consumers) {
      const some = { ours: all.ours.slice(0, number), floor: all.floor.slice(0, number) };
      const one = await measure(world, planner, some, { size, roles, latencyMs });
      rows.push(...one.rows);
      notes.push(...one.notes);
      if (number === consumers[0]) paces.push(one.pace);
    }
    if (size === sizes[0])
      profile = await profiled(directory, (execArgv) => profileOf(world, planner, start("drift", execArgv)));
    memories.push({ planner: planner.usage().megabytes, consumer: memoryOf(all.ours) });
    if (size === sizes[0] && sizes.length > 1) {
      const jobs = jobsOf(sizes.at(-1) ?? size, [most, ...consumers]);
      again = await memoryAfter(world, planner, start("drift"), { jobs, latencyMs });
    }
    const added = `${named(size)} accounts were added in ${(addedMs / 1000).toFixed(0)} s.`;
    notes.push(size === sizes[0] ? `${added} ${await capacityOf(world, size)}` : added);
    for (const { lambda } of [{ lambda: planner }, ...all.ours, ...all.floor]) await lambda.close();
  }
  await world.close();
  rmSync(directory, { recursive: true, force: true });
  return { rows: [...rows, ...growth(sizes, memories, paces, again)], notes, profile };
}

/** Returns the capacity of the table that a whole roll call takes, as a sentence. */
async function capacityOf(world: AccountsWorld, size: number): Promise<string> {
  const { reads, writes } = await world.checkHere();
  const each = (units: number) => (units / size).toFixed(1);
  return `A whole roll call over them takes ${each(reads)} read units (consistent reads of 4 kB) and ${each(writes)} write units (of 1 kB) of the table for each account.`;
}

/** Peak memory in megabytes: of the process that plans, and of the consumer that has most. */
type Memory = { readonly planner: number; readonly consumer: number };

/**
 * Returns how memory and time grow from the smallest number of accounts to the largest.
 * @param again the peak memory of a consumer that has done as many jobs as with the largest number, over the smallest
 */
function growth(
  sizes: readonly number[],
  memories: readonly Memory[],
  paces: readonly number[],
  again: number,
): Row[] {
  const [first, last] = [memories[0], memories.at(-1)];
  if (first === undefined || last === undefined || sizes.length < 2) return [];
  const against = `${named(sizes.at(-1))} accounts against ${named(sizes[0])}`;
  return [
    {
      what: `peak memory of a consumer: ${against}`,
      ours: last.consumer,
      floor: first.consumer,
      unit: "MB",
      target: { most: 1.1 },
    },
    {
      what: `peak memory of a consumer after as many jobs: ${against}`,
      ours: last.consumer,
      floor: again,
      unit: "MB",
      target: { most: 1.1 },
    },
    {
      what: `peak memory of the invocation that plans: ${against}`,
      ours: last.planner,
      floor: first.planner,
      unit: "MB",
      target: { most: 1.1 },
    },
    {
      what: `time of a consumer for an account: ${against}`,
      ours: paces.at(-1) ?? 0,
      floor: paces[0] ?? 0,
      unit: "ms",
      target: { most: 1.1 },
    },
  ];
}

/**
 * Returns the number of jobs that each consumer does over so many accounts.
 * @param consumers the number of consumers in each of the roll calls
 */
const jobsOf = (size: number, consumers: readonly number[]): number =>
  consumers.reduce((sum, number) => sum + Math.ceil(size / number), 0);

/** Has one process check the same accounts again and again, until it has done so many jobs. Returns its peak memory. */
async function memoryAfter(
  world: AccountsWorld,
  planner: Lambda,
  starting: Promise<Lambda>,
  { jobs, latencyMs }: { jobs: number; latencyMs: number },
): Promise<number> {
  const lambda = await starting;
  for (let done = 0; done < jobs; ) {
    const { messages } = await plan(world, planner, 0);
    await world.setLatency(latencyMs);
    await consume([{ lambda, had: new Set() }], messages);
    done += messages.length;
  }
  await lambda.close();
  return lambda.usage().megabytes;
}

const named = (number = 0): string => number.toLocaleString("en");
const memoryOf = (consumers: readonly Consumer[]): number =>
  Math.max(...consumers.map(({ lambda }) => lambda.usage().megabytes));
const processorOf = (consumers: readonly Consumer[]): number =>
  consumers.reduce((sum, { lambda }) => sum + lambda.usage().cpuMilliseconds, 0);

/** Measures one roll call, and the same calls by hand. Returns how long a consumer works on an account, in milliseconds. */
async function measure(
  world: AccountsWorld,
  planner: Lambda,
  { ours, floor }: Pair<Consumer[]>,
  { size, roles, latencyMs }: { size: number; roles: number; latencyMs: number },
): Promise<{ rows: Row[]; notes: string[]; pace: number }> {
  const planned = await plan(world, planner, latencyMs);
  if (planned.messages.length !== size) throw new Error("the plan lacks messages");
  const byHand = await floorMessages(world, planned);
  await world.setLatency(latencyMs);
  const mine = await measured(world, ours, planned.messages);
  const hands = await measured(world, floor, byHand);

  const over = `${named(size)} accounts of ${roles} roles`;
  const pages = Math.ceil(roles / 1000);
  const report = Math.ceil((size + 1) / GROUP) + REPORT_ITEMS;
  const each = ({ of, count }: { of: number; count: number }): string => (of / count).toFixed(0);
  const rows: Row[] = [
    {
      what: `${over}: calls of STS, IAM and ECR for each`,
      ours: countOf(mine, /^(?:sts|iam|ecr):/) / size,
      unit: "calls",
      target: { most: 3 * pages + 3 },
    },
    {
      what: `${over}: items written for each, beside the report`,
      ours: (countOf(mine, WRITES) - report) / size,
      unit: "items",
      target: { most: 4 },
    },
    {
      what: `${over}: requests that read the table for each`,
      ours: countOf(mine, READS) / size,
      floor: countOf(hands, READS) / size,
      unit: "requests",
      target: { most: 1.2 },
    },
    {
      what: `${over}, ${ours.length} consumers`,
      ours: mine.milliseconds,
      floor: hands.milliseconds,
      unit: "ms",
      target: { most: 1.2 },
    },
  ];
  const both = (of: (one: Measured) => number) =>
    `${each({ of: of(mine), count: size })} ms (by hand ${each({ of: of(hands), count: size })})`;
  const notes = [
    `${over}, ${ours.length} consumers: a consumer has an account for ${both(({ milliseconds }) => milliseconds * ours.length)}. Its processor works for ${both(({ processorMs }) => processorMs)} on it, and that of the embedded AWS for ${both(({ tally }) => tally.cpuMilliseconds)}.`,
    `${over}: the invocation that plans them took ${(planned.milliseconds / 1000).toFixed(1)} s and ${(planned.processorMs / 1000).toFixed(1)} s of its processor. It sent ${planned.messages.length} messages in ${countOf(planned, /^sqs:Send/)} calls.`,
  ];
  return { rows, notes, pace: (mine.milliseconds * ours.length) / size };
}

const READS = /^dynamodb:(?:Get|BatchGet|Query)/;
const WRITES = /^dynamodb:(?:Put|Update|Delete)/;

type Measured = { milliseconds: number; processorMs: number; tally: Tally };

/** Returns the number of calls whose names match. */
const countOf = ({ tally }: Pick<Measured, "tally">, names: RegExp): number =>
  Object.entries(tally.byAction).reduce((sum, [name, count]) => sum + (names.test(name) ? count : 0), 0);

/** Has messages consumed, and measures it. */
async function measured(
  world: AccountsWorld,
  consumers: readonly Consumer[],
  messages: readonly Message[],
): Promise<Measured> {
  const before = processorOf(consumers);
  let milliseconds = 0;
  const tally = await world.tallyOf(async () => {
    milliseconds = await timed(() => consume(consumers, messages));
  });
  return { milliseconds, tally, processorMs: processorOf(consumers) - before };
}

type Planned = Measured & { readonly rollCall: string; readonly messages: readonly Message[] };

/** Has all jobs of a roll call done by one consumer, whose processor is profiled. */
async function profileOf(world: AccountsWorld, planner: Lambda, starting: Promise<Lambda>): Promise<void> {
  const lambda = await starting;
  const { messages } = await plan(world, planner, 0);
  await consume([{ lambda, had: new Set() }], messages);
  await lambda.close();
}

/** Plans a roll call, and takes its messages from the queue. */
async function plan(world: AccountsWorld, planner: Lambda, latencyMs: number): Promise<Planned> {
  const before = planner.usage().cpuMilliseconds;
  await world.setLatency(latencyMs);
  let [milliseconds, rollCall] = [0, ""];
  const tally = await world.tallyOf(async () => {
    milliseconds = await timed(async () => {
      rollCall = String(Object(await planner.invoke(SCHEDULED)).id);
    });
  });
  await world.setLatency(0);
  const bodies = await world.takeMessages();
  const messages = bodies.map((body) => ({ account: String(JSON.parse(body).account), body }));
  const processorMs = planner.usage().cpuMilliseconds - before;
  return { milliseconds, tally, processorMs, rollCall, messages };
}

/** Makes the jobs of the floor: a roll call of its own, over the same accounts, which reads the same answers of GitHub. */
async function floorMessages(world: AccountsWorld, { rollCall, messages }: Planned): Promise<Message[]> {
  const { table: TableName } = world.services.config;
  const dynamodb = new DynamoDBClient({});
  const own = `floor-${rollCall}`;
  const jobs: Message[] = [];
  for (const [index, some] of inChunks(messages, GROUP).entries()) {
    const group = `GROUP#${String(index).padStart(4, "0")}`;
    const document = { startedAt: new Date().toISOString(), accounts: some.map(({ account }) => account) };
    const Item = {
      pk: { S: `ROLLCALL#${own}` },
      sk: { S: group },
      document: { S: JSON.stringify(document) },
    };
    await dynamodb.send(new PutItemCommand({ TableName, Item }));
    for (const { account } of some) {
      const job: FloorJob = { rollCall: own, group, account, answersOf: rollCall, parts: world.answerParts };
      jobs.push({ account, body: JSON.stringify(job) });
    }
  }
  return jobs;
}

/** Gives each consumer one message after another, until none is left. */
async function consume(consumers: readonly Consumer[], messages: readonly Message[]): Promise<void> {
  const left = [...messages];
  const next = ({ had }: Consumer): Message | undefined => {
    const at = left.findIndex(({ account }) => !had.has(account));
    return at < 0 ? undefined : left.splice(at, 1)[0];
  };
  const work = async (consumer: Consumer): Promise<void> => {
    for (let message = next(consumer); message !== undefined; message = next(consumer)) {
      const { account, body } = message;
      consumer.had.add(account);
      const record = { messageId: account, body, eventSource: "aws:sqs" };
      const { batchItemFailures } = Object(await consumer.lambda.invoke({ Records: [record] }));
      if (batchItemFailures?.length !== 0)
        throw new Error(`The job of account ${account} failed: ${consumer.lambda.output().slice(-1000)}`);
    }
  };
  await Promise.all(consumers.map(work));
  if (left.length > 0) throw new Error(`${left.length} messages were left`);
}
