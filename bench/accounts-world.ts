/**
 * A bench's world with many member accounts. One of them is prepared, registered into and checked as usual. The others are
 * copies of it, in the table and in the embedded AWS.
 */
import { DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { JobMessage } from "../src/aws/jobs.ts";
import { inChunks, inParallel } from "../src/lib/parallel.ts";
import { placeOf } from "../src/roll-call/github.ts";
import { answer, SCHEDULED } from "../src/roll-call/invocation.ts";
import { partOf } from "../src/roll-call/plan.ts";
import { UNLIMITED } from "../src/roll-call/roll-call.ts";
import { openHttp } from "../test/harness/http.ts";
import { startWorld } from "./world.ts";

export type AccountsWorld = Awaited<ReturnType<typeof startAccountsWorld>>;

/** The id of the first account. The ids of the others follow. */
const FIRST = 200_000_000_000;
const MODEL = String(FIRST);
/** The kinds of items that a copy of an account needs. */
const COPIED = /^(?:ACCOUNTS|CHECKED|REPO#|ECR#)/;
/** The largest number of items in a BatchWriteItem request. */
const BATCH = 25;

/** A unit of capacity is a write of 1 kB or a consistent read of 4 kB. */
export type Capacity = { reads: number; writes: number };

/** @param roles the number of registrations in each account, each with a repository of its own */
export async function startAccountsWorld(roles: number) {
  const world = await startWorld({ ROLECALL_LOCAL_ACCOUNTS: MODEL });
  const { services, api } = world;
  const taken = capacityOf(services.clients.dynamodb);
  const { table: TableName, jobsQueueUrl: QueueUrl } = services.config;
  const put = async (path: string, body: object) => {
    const answer = await fetch(api + path, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`PUT ${path}: ${await answer.text()}`);
  };
  await put(`/v1/accounts/${MODEL}`, { name: "model", repositories: ["acme/*"] });
  const repositories = Array.from({ length: roles }, (_, index) => `fleet-${String(index).padStart(3, "0")}`);
  await inParallel(4, repositories, (repo) =>
    put(`/v1/accounts/${MODEL}/repos/acme/${repo}/roles/publish`, {}),
  );

  /** Does a roll call in this process. Returns the capacity that its calls of the table took. */
  async function checkHere(): Promise<Capacity> {
    const queue: JobMessage[] = [];
    const before = { ...taken };
    const here = {
      ...services,
      jobs: { send: async (some: readonly JobMessage[]) => void queue.push(...some) },
    };
    await answer(here, UNLIMITED, SCHEDULED);
    for (const { id, body } of queue)
      await answer(here, UNLIMITED, { Records: [{ messageId: id, body, eventSource: "aws:sqs" }] });
    return { reads: taken.reads - before.reads, writes: taken.writes - before.writes };
  }
  // The first roll call reads the details of ECR's repositories, and stores when.
  await checkHere();

  const rows: string[] = [];
  for await (const { Items = [] } of paginateScan({ client: new DynamoDBClient({}) }, { TableName }))
    for (const { pk, sk, ...rest } of Items)
      if (COPIED.test(pk?.S ?? "") && `${pk?.S} ${sk?.S}`.includes(MODEL))
        rows.push(JSON.stringify({ PutRequest: { Item: { pk, sk, ...rest } } }));
  const chunks = inChunks(rows, BATCH).map(
    (some) => `{"RequestItems":{${JSON.stringify(TableName)}:[${some.join()}]}}`,
  );
  const http = openHttp(world.aws);
  const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
  let size = 1;

  /** Writes items without the SDK, which would take most of the time. */
  async function write(body: string): Promise<void> {
    const { status, text } = await http.send({
      method: "POST",
      path: "/",
      headers: {
        authorization:
          "AWS4-HMAC-SHA256 Credential=local/20261123/eu-central-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
        "x-amz-date": "20261123T060000Z",
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": "DynamoDB_20120810.BatchWriteItem",
      },
      body: Buffer.from(body),
    });
    if (status !== 200 || !text.includes('"UnprocessedItems":{}')) throw new Error(text);
  }

  return {
    ...world,
    checkHere,
    /** The parts of GitHub's answers that a job reads. */
    answerParts: [...new Set(repositories.map((repo) => partOf(placeOf({ owner: "acme", repo, role: "" }))))],
    /** Adds accounts until there are as many. */
    async grow(accounts: number): Promise<void> {
      const added = Array.from({ length: accounts - size }, (_, index) => String(FIRST + size + index));
      size = accounts;
      for (const some of inChunks(added, 100)) await world.copyAccount(MODEL, some);
      await inParallel(4, added, async (account) => {
        for (const chunk of chunks) await write(chunk.replaceAll(MODEL, account));
      });
    },
    /** Takes all messages of the queue. */
    async takeMessages(): Promise<string[]> {
      const bodies: string[] = [];
      for (;;) {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
        );
        if (Messages.length === 0) return bodies;
        bodies.push(...Messages.map(({ Body = "" }) => Body));
        const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
        await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
      }
    },
    async close(): Promise<void> {
      http.close();
      await world.close();
    },
  };
}

/** Has the table tell the capacity of each call from now on. Returns the sums. The client must not have made a call yet. */
function capacityOf({ middlewareStack }: DynamoDBClient): Capacity {
  const sums = { reads: 0, writes: 0 };
  middlewareStack.add(
    (next, { commandName = "" }) =>
      async (args) => {
        const answer = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: "TOTAL" } });
        const { ConsumedCapacity: told } = Object(answer.output);
        const units = [told]
          .flat()
          .reduce((sum: number, one) => sum + Number(Object(one).CapacityUnits ?? 0), 0);
        sums[/^(?:Get|BatchGet|Query)/.test(commandName) ? "reads" : "writes"] += units;
        return answer;
      },
    { step: "initialize", name: "capacity" },
  );
  return sums;
}
