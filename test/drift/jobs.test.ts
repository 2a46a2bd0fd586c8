/** The jobs of a roll call are sent to a queue of an embedded AWS, which refuses some of them. */
import { CreateQueueCommand, GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeEach, expect, test } from "vitest";
import type { Fault } from "../../local/aws/server.ts";
import { connect } from "../../src/aws/clients.ts";
import { underDeadline } from "../../src/aws/deadline.ts";
import { openJobs } from "../../src/aws/jobs.ts";
import { start } from "../local/clients.ts";

/** The faults of the next calls. */
const faults: (Fault | undefined)[] = [];
const aws = await start({
  fault: ({ action, phase }) =>
    action === "SendMessageBatch" && phase === "before" ? faults.shift() : undefined,
});
afterAll(() => aws.close());
Object.assign(process.env, {
  AWS_ENDPOINT_URL: aws.url,
  AWS_ACCESS_KEY_ID: "local",
  AWS_SECRET_ACCESS_KEY: "local",
});

const { QueueUrl = "" } = await aws.sqs.send(new CreateQueueCommand({ QueueName: "jobs" }));
const waits: number[] = [];
const PLACE = { account: "123456789012", partition: "aws", region: "eu-central-1" };
const open = (url = QueueUrl) =>
  openJobs(connect(PLACE, Date.now), url, Date.now, async (milliseconds) => waits.push(milliseconds));
const jobs = open();
const messages = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `job-${index}`, body: `{"job":${index}}` }));

/** Returns the ids that each call sent, in the order of the calls. */
const sent = (): string[][] =>
  aws.calls
    .filter(({ action }) => action === "SendMessageBatch")
    .map(({ request }) => Object(request)["Entries"].map(({ Id }: { Id: string }) => Id));
const queued = async (): Promise<number> => {
  const AttributeNames = ["ApproximateNumberOfMessages" as const];
  const { Attributes } = await aws.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
  return Number(Attributes?.ApproximateNumberOfMessages);
};
const answer = (...Failed: object[]): Fault => ({
  kind: "body",
  body: JSON.stringify({ Successful: [], Failed }),
});
const passing = { Code: "InternalError", Message: "Try again.", SenderFault: false };
const lasting = { Code: "InvalidMessageContents", Message: "Not that.", SenderFault: true };

beforeEach(() => {
  aws.calls.length = 0;
  faults.length = 0;
  waits.length = 0;
});

test("messages are sent ten at a time, each once", async () => {
  const before = await queued();
  await jobs.send(messages(25));
  expect(
    sent()
      .map((ids) => ids.length)
      .sort(),
  ).toEqual([10, 10, 5]);
  expect(new Set(sent().flat()).size).toBe(25);
  expect((await queued()) - before).toBe(25);
});

test("no message makes no call", async () => {
  await jobs.send([]);
  expect(sent()).toEqual([]);
});

test("a message that SQS could not accept for the moment is sent again, and no other one", async () => {
  faults.push(answer({ Id: "job-1", ...passing }));
  await jobs.send(messages(3));
  expect(sent()).toEqual([["job-0", "job-1", "job-2"], ["job-1"]]);
  expect(waits).toHaveLength(1);
});

test("a message that SQS cannot accept four times is reported", async () => {
  for (let times = 0; times < 4; times++) faults.push(answer({ Id: "job-0", ...passing }));
  await expect(jobs.send(messages(1))).rejects.toMatchObject({
    name: "AwsFault",
    failure: {
      failure: "aws-unavailable",
      aws: { service: "sqs", action: "SendMessageBatch", code: "InternalError" },
    },
  });
  expect(sent()).toHaveLength(4);
});

test("a message that SQS refuses is reported, and not sent again, but the others are", async () => {
  faults.push(answer({ Id: "job-0", ...lasting }, { Id: "job-1", ...passing }));
  await expect(jobs.send(messages(2))).rejects.toMatchObject({
    failure: { failure: "aws-refused", aws: { code: "InvalidMessageContents" } },
  });
  expect(sent()).toEqual([["job-0", "job-1"], ["job-1"]]);
});

test("a batch that fails does not stop the others", async () => {
  faults.push({ kind: "error", status: 400, code: "AccessDeniedException", message: "No." });
  const before = await queued();
  await expect(jobs.send(messages(30))).rejects.toMatchObject({ failure: { failure: "aws-refused" } });
  expect((await queued()) - before).toBe(20);
});

test("a queue that does not exist is a refusal", async () => {
  await expect(open(`${QueueUrl}s`).send(messages(1))).rejects.toMatchObject({
    failure: { failure: "aws-refused", aws: { service: "sqs", code: "QueueDoesNotExist" } },
  });
});

test("after the deadline nothing is sent", async () => {
  const late = underDeadline(Date.now() - 1, () => jobs.send(messages(1)));
  await expect(late).rejects.toMatchObject({ failure: { aws: { service: "sqs", code: "OutOfTime" } } });
  expect(sent()).toEqual([]);
});
