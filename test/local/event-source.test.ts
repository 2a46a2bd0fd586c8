/** The event source invokes a function as Lambda does: its batches, its concurrency, and what becomes of messages that fail. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as sqs from "@aws-sdk/client-sqs";
import type { SQSEvent } from "aws-lambda";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import type { Fault } from "../../local/aws/server.ts";
import { type EventSource, openEventSource } from "../../local/aws/sqs/event-source.ts";
import { startLocal } from "../../local/serve.ts";
import { account, clientsOf, start } from "./clients.ts";

let now = Date.parse("2026-11-23T10:00:00Z");
/** A fault of the next deletion, before or after its effect. */
let fault: { phase: "before" | "after"; fault: Fault } | undefined;
const aws = await start({
  now: () => now,
  fault: ({ action, phase }) => {
    if (action !== "DeleteMessageBatch" || fault?.phase !== phase) return undefined;
    const met = fault.fault;
    fault = undefined;
    return met;
  },
});
Object.assign(process.env, {
  AWS_ENDPOINT_URL: aws.url,
  AWS_ACCESS_KEY_ID: "local",
  AWS_SECRET_ACCESS_KEY: "local",
});
afterAll(() => aws.close());

const VISIBILITY_MS = 30_000;
let made = 0;
let QueueUrl = "";
let reported: string[] = [];
beforeEach(async () => {
  reported = [];
  fault = undefined;
  const created = await aws.sqs.send(new sqs.CreateQueueCommand({ QueueName: `source-${++made}` }));
  QueueUrl = created.QueueUrl ?? "";
});

const sendAll = (...bodies: string[]) =>
  aws.sqs.send(
    new sqs.SendMessageBatchCommand({
      QueueUrl,
      Entries: bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody })),
    }),
  );
/** Returns the number of messages that the queue has, visible or not. */
async function left(): Promise<number> {
  const { Attributes = {} } = await aws.sqs.send(
    new sqs.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
  );
  return (
    Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible)
  );
}
const bodiesOf = ({ Records }: SQSEvent): string[] => Records.map(({ body }) => body);
const open = (handler: EventSource["handler"], more: Partial<EventSource> = {}) =>
  openEventSource(aws.sqs, {
    queueUrl: QueueUrl,
    queueArn: `arn:aws:sqs:eu-central-1:${account}:source`,
    handler,
    batchSize: 1,
    maximumConcurrency: 2,
    report: (error) => reported.push(String(error)),
    ...more,
  });

/** Opens an event source whose invocations end only when the test says so. */
function openHeld(more: Partial<EventSource> = {}) {
  const held: { body: string; end: () => void }[] = [];
  const source = open(
    (event) => new Promise((end) => held.push({ body: bodiesOf(event).join(), end: () => end({}) })),
    more,
  );
  return { held, source };
}

test("the function gets the messages as Lambda passes them, and they are deleted once it has answered", async () => {
  const events: SQSEvent[] = [];
  await sendAll("one");
  const source = open(async (event) => void events.push(event));
  expect(await source.drain()).toBe(1);
  expect(events).toEqual([
    {
      Records: [
        {
          messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          receiptHandle: expect.any(String),
          body: "one",
          attributes: {
            ApproximateReceiveCount: "1",
            SentTimestamp: String(now),
            SenderId: expect.stringMatching(/^AIDA/),
            ApproximateFirstReceiveTimestamp: String(now),
          },
          messageAttributes: {},
          md5OfBody: "f97c5d29941bfb1b2fdab0874906ab82",
          eventSource: "aws:sqs",
          eventSourceARN: `arn:aws:sqs:eu-central-1:${account}:source`,
          awsRegion: "eu-central-1",
        },
      ],
    },
  ]);
  expect(await left()).toBe(0);
});

test.each([
  [1, [1, 1, 1]],
  [2, [2, 1]],
])("an event has at most %i messages", async (batchSize, sizes) => {
  const seen: number[] = [];
  await sendAll("one", "two", "three");
  await open(async ({ Records }) => void seen.push(Records.length), { batchSize }).drain();
  expect(seen).toEqual(sizes);
});

test.each(["drain", "start"] as const)("%s lets no more invocations run at once than it may", async (how) => {
  await sendAll("one", "two", "three");
  const { held, source } = openHeld();
  const drained = source[how]();
  await expect.poll(() => held.length).toBe(2);
  // A poll that has begun would be answered first.
  expect(await left()).toBe(3);
  expect(held.map(({ body }) => body)).toEqual(["one", "two"]);
  held[0]?.end();
  await expect.poll(() => held.length).toBe(3);
  for (const { end } of held) end();
  await drained;
  await source.stop();
});

test("a message that the function sends is consumed too", async () => {
  const seen: string[] = [];
  await sendAll("first");
  const source = open(async (event) => {
    seen.push(...bodiesOf(event));
    if (seen.length < 3) await sendAll(`after ${seen.at(-1)}`);
  });
  await source.drain();
  expect(seen).toEqual(["first", "after first", "after after first"]);
});

describe("delivered again after their visibility timeout are", () => {
  const twice = async (answer: (event: SQSEvent) => unknown): Promise<string[][]> => {
    const rounds: string[][] = [];
    await sendAll("good", "bad");
    const source = open(async (event) => answer(event), { batchSize: 10 });
    for (let round = 0; round < 2; round++) {
      const bodies: string[] = [];
      const seen = open(
        async (event) => {
          bodies.push(...bodiesOf(event));
          return answer(event);
        },
        { batchSize: 10 },
      );
      await seen.drain();
      rounds.push(bodies);
      // Before that time no message comes again.
      now += VISIBILITY_MS - 1;
      expect(await source.drain()).toBe(0);
      now += 1;
    }
    return rounds;
  };
  const all = ["good", "bad"];
  const bad = ({ Records }: SQSEvent) => Records.filter(({ body }) => body === "bad");

  test("the messages that the answer names, and no others", async () => {
    const rounds = await twice((event) => ({
      batchItemFailures: bad(event).map(({ messageId }) => ({ itemIdentifier: messageId })),
    }));
    expect(rounds).toEqual([all, ["bad"]]);
    expect(reported).toEqual([]);
  });

  test.each<[string, (event: SQSEvent) => unknown]>([
    ["the function throws", () => Promise.reject(new Error("no"))],
    ["the answer names no message", () => ({ batchItemFailures: [{ itemIdentifier: "x" }] })],
    ["the answer names a message wrongly", () => ({ batchItemFailures: [{ messageId: "x" }] })],
    ["the answer has no list", () => ({ batchItemFailures: "x" })],
  ])("all messages if %s", async (_, answer) => {
    expect(await twice(answer)).toEqual([all, all]);
    expect(reported).toHaveLength(2);
  });

  test.each([
    ["is empty", {}],
    ["names none", { batchItemFailures: [] }],
    ["has null", { batchItemFailures: null }],
    ["is missing", undefined],
  ])("none if the answer %s", async (_, answer) => {
    expect(await twice(() => answer)).toEqual([all, []]);
  });
});

test("a consumer that is killed before the deletion gets the message again, and after it does not", async () => {
  for (const [phase, times] of [
    ["before", 2],
    ["after", 1],
  ] as const) {
    const seen: string[] = [];
    await sendAll(phase);
    fault = { phase, fault: { kind: "drop" } };
    const source = open(async (event) => void seen.push(...bodiesOf(event)));
    await source.drain();
    now += VISIBILITY_MS;
    await source.drain();
    expect(seen).toEqual(Array.from({ length: times }, () => phase));
  }
});

test("started, it consumes until it is stopped, and stopping waits for what runs", async () => {
  const { held, source } = openHeld();
  source.start();
  await sendAll("one");
  await expect.poll(() => held.length).toBe(1);
  let isStopped = false;
  const stopped = source.stop().then(() => {
    isStopped = true;
  });
  await sendAll("two");
  expect([held.length, isStopped]).toEqual([1, false]);
  held[0]?.end();
  await stopped;
  expect(held).toHaveLength(1);
});

test("a started server consumes the messages that an earlier one has left", async () => {
  const directory = mkdtempSync(join(tmpdir(), "rolecall-queue-"));
  const { AWS_ENDPOINT_URL } = process.env;
  const none = () => {};
  const log = { info: none, warn: none, error: none };
  delete process.env["AWS_ENDPOINT_URL"];
  const begin = () => startLocal({ directory, log });
  try {
    const first = await begin();
    const queueUrl = first.services.config.jobsQueueUrl;
    expect(queueUrl).toBe(`${first.aws?.url}/${account}/rolecall-jobs`);
    await first.close();
    const idle = await start({ directory });
    const sent = new sqs.SendMessageCommand({
      QueueUrl: `${idle.url}/${account}/rolecall-jobs`,
      MessageBody: "{}",
    });
    await idle.sqs.send(sent);
    await idle.close();
    const second = await begin();
    const { sqs: client } = clientsOf(second.aws?.url ?? "");
    const counts = async () => {
      const asked = new sqs.GetQueueAttributesCommand({
        QueueUrl: second.services.config.jobsQueueUrl,
        AttributeNames: ["All"],
      });
      const { Attributes = {} } = await client.send(asked);
      return [
        Attributes.ApproximateNumberOfMessages,
        Attributes.ApproximateNumberOfMessagesNotVisible,
        Attributes.VisibilityTimeout,
      ];
    };
    await expect.poll(counts).toEqual(["0", "0", "960"]);
    await second.close();
  } finally {
    if (AWS_ENDPOINT_URL !== undefined) process.env["AWS_ENDPOINT_URL"] = AWS_ENDPOINT_URL;
    rmSync(directory, { recursive: true });
  }
});
