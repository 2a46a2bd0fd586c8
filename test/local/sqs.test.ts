/** SQS of the embedded AWS: messages are sent, received, hidden and deleted, by its clock and with the SDK. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as sqs from "@aws-sdk/client-sqs";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { sqsActions } from "../../local/aws/sqs/service.ts";
import type { Delivery } from "../../local/aws/sqs/state.ts";
import { run } from "../harness/run.ts";
import { account, clientsOf, refused, start } from "./clients.ts";

let now = Date.parse("2026-11-23T10:00:00Z");
let delivery: Delivery | undefined;
const aws = await start({ now: () => now, delivery: () => delivery });
afterAll(() => aws.close());

const minutes = (count: number) => {
  now += 60_000 * count;
};
let made = 0;
/** The queue of the current test, and its dead letters. */
let QueueUrl = "";
let deadUrl = "";
const arnOf = (url: string) => `arn:aws:sqs:eu-central-1:${account}:${url.split("/").at(-1)}`;
const create = async (Attributes: Record<string, string> = {}) => {
  made++;
  const { QueueUrl: url = "" } = await aws.sqs.send(
    new sqs.CreateQueueCommand({ QueueName: `queue-${made}`, Attributes }),
  );
  return url;
};
beforeEach(async () => {
  delivery = undefined;
  deadUrl = await create();
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf(deadUrl), maxReceiveCount: 2 });
  QueueUrl = await create({ VisibilityTimeout: "60", RedrivePolicy });
});

const sendText = (MessageBody: string, more: Partial<sqs.SendMessageCommandInput> = {}) =>
  aws.sqs.send(new sqs.SendMessageCommand({ QueueUrl, MessageBody, ...more }));
const receive = async (more: Partial<sqs.ReceiveMessageCommandInput> = {}) => {
  const { Messages = [] } = await aws.sqs.send(
    new sqs.ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...more }),
  );
  return Messages;
};
const bodies = async (more: Partial<sqs.ReceiveMessageCommandInput> = {}) =>
  (await receive(more)).map(({ Body }) => Body);
const remove = (ReceiptHandle: string | undefined) =>
  aws.sqs.send(new sqs.DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
const attributesOf = async (url = QueueUrl) => {
  const { Attributes = {} } = await aws.sqs.send(
    new sqs.GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["All"] }),
  );
  return Attributes;
};

describe("a queue", () => {
  test("is found by its name, and has the attributes that were set and the default of all others", async () => {
    const name = QueueUrl.split("/").at(-1);
    expect(await aws.sqs.send(new sqs.GetQueueUrlCommand({ QueueName: name }))).toMatchObject({ QueueUrl });
    expect(QueueUrl).toBe(`${aws.url}/${account}/${name}`);
    expect(await attributesOf()).toEqual({
      ApproximateNumberOfMessages: "0",
      ApproximateNumberOfMessagesDelayed: "0",
      ApproximateNumberOfMessagesNotVisible: "0",
      CreatedTimestamp: String(now / 1000),
      LastModifiedTimestamp: String(now / 1000),
      DelaySeconds: "0",
      MaximumMessageSize: "1048576",
      MessageRetentionPeriod: "345600",
      ReceiveMessageWaitTimeSeconds: "0",
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf(deadUrl), maxReceiveCount: 2 }),
      SqsManagedSseEnabled: "true",
      VisibilityTimeout: "60",
      QueueArn: arnOf(QueueUrl),
    });
  });

  test("created again with the same attributes is the same queue, and with others is refused", async () => {
    const QueueName = QueueUrl.split("/").at(-1);
    const again = (VisibilityTimeout: string) =>
      aws.sqs.send(new sqs.CreateQueueCommand({ QueueName, Attributes: { VisibilityTimeout } }));
    expect(await again("60")).toMatchObject({ QueueUrl });
    expect(await refused(again("61"))).toMatchObject({ name: "QueueNameExists", status: 400 });
  });

  test("is listed, changed, purged and deleted", async () => {
    const prefix = { QueueNamePrefix: QueueUrl.split("/").at(-1) ?? "" };
    expect((await aws.sqs.send(new sqs.ListQueuesCommand(prefix))).QueueUrls).toEqual([QueueUrl]);
    const Attributes = { VisibilityTimeout: "7", RedrivePolicy: "" };
    await aws.sqs.send(new sqs.SetQueueAttributesCommand({ QueueUrl, Attributes }));
    expect(await attributesOf()).toMatchObject({ VisibilityTimeout: "7" });
    expect(await attributesOf()).not.toHaveProperty("RedrivePolicy");
    await sendText("one");
    await aws.sqs.send(new sqs.PurgeQueueCommand({ QueueUrl }));
    expect(await receive()).toEqual([]);
    await aws.sqs.send(new sqs.DeleteQueueCommand({ QueueUrl }));
    expect(await refused(attributesOf())).toMatchObject({ name: "QueueDoesNotExist", status: 400 });
  });

  test("is one region's and one account's alone", async () => {
    const elsewhere = clientsOf(aws.url, "eu-west-1").sqs;
    const stranger = clientsOf(aws.url, "eu-central-1", "210987654321").sqs;
    const read = new sqs.GetQueueAttributesCommand({ QueueUrl });
    expect((await refused(elsewhere.send(read))).name).toBe("QueueDoesNotExist");
    expect(await refused(stranger.send(read))).toMatchObject({ name: "AccessDenied" });
    const QueueName = QueueUrl.split("/").at(-1);
    const own = await stranger.send(new sqs.CreateQueueCommand({ QueueName }));
    expect(own.QueueUrl).toBe(`${aws.url}/210987654321/${QueueName}`);
    await sendText("ours");
    expect(
      (await stranger.send(new sqs.ReceiveMessageCommand({ QueueUrl: own.QueueUrl }))).Messages,
    ).toBeUndefined();
  });
});

describe("a message", () => {
  test("has its digests, its attributes and the facts that were asked for", async () => {
    // The SDK and botocore compute these digests themselves, and refuse an answer with others.
    const MessageAttributes = {
      kind: { DataType: "String", StringValue: "job" },
      bytes: { DataType: "Binary", BinaryValue: new Uint8Array([1, 2, 3]) },
    };
    const sent = await sendText("hello", { MessageAttributes });
    expect(sent).toMatchObject({
      MD5OfMessageBody: "5d41402abc4b2a76b9719d911017c592",
      MD5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    const sentAt = now;
    minutes(1);
    const names = { MessageSystemAttributeNames: ["All" as const], MessageAttributeNames: ["ki.*"] };
    expect(await receive(names)).toEqual([
      {
        MessageId: sent.MessageId,
        ReceiptHandle: expect.any(String),
        Body: "hello",
        MD5OfBody: "5d41402abc4b2a76b9719d911017c592",
        MD5OfMessageAttributes: expect.not.stringMatching(sent.MD5OfMessageAttributes ?? ""),
        MessageAttributes: { kind: MessageAttributes.kind },
        Attributes: {
          SenderId: expect.stringMatching(/^AIDA/),
          SentTimestamp: String(sentAt),
          ApproximateReceiveCount: "1",
          ApproximateFirstReceiveTimestamp: String(now),
        },
      },
    ]);
  });

  test("is hidden from all others once it is received, until its visibility timeout", async () => {
    await sendText("one");
    expect(await bodies()).toEqual(["one"]);
    now += 59_999;
    expect(await bodies()).toEqual([]);
    expect(await attributesOf()).toMatchObject({ ApproximateNumberOfMessagesNotVisible: "1" });
    now += 1;
    expect(await bodies()).toEqual(["one"]);
  });

  test("is hidden for as long as its receiver says, at once and later", async () => {
    await sendText("one");
    const [first] = await receive({ VisibilityTimeout: 10 });
    const change = (VisibilityTimeout: number) =>
      aws.sqs.send(
        new sqs.ChangeMessageVisibilityCommand({
          ...{ QueueUrl, VisibilityTimeout },
          ReceiptHandle: first?.ReceiptHandle,
        }),
      );
    await change(600);
    minutes(9);
    expect(await bodies()).toEqual([]);
    await change(0);
    expect(await refused(change(10))).toMatchObject({ name: "MessageNotInflight", status: 400 });
    expect(await bodies()).toEqual(["one"]);
  });

  test("is gone once it is deleted, and a second deletion is no error", async () => {
    await sendText("one");
    const [first] = await receive();
    await remove(first?.ReceiptHandle);
    await remove(first?.ReceiptHandle);
    minutes(2);
    expect(await bodies()).toEqual([]);
  });

  test("that was received again outlives the handle of its earlier receipt", async () => {
    await sendText("one");
    const [first] = await receive();
    minutes(1);
    const [second] = await receive();
    await remove(first?.ReceiptHandle);
    expect(await attributesOf()).toMatchObject({ ApproximateNumberOfMessagesNotVisible: "1" });
    await remove(second?.ReceiptHandle);
    expect(await attributesOf()).toMatchObject({ ApproximateNumberOfMessagesNotVisible: "0" });
  });

  test("is delayed by its own delay or else by the queue's", async () => {
    const Attributes = { DelaySeconds: "120" };
    await aws.sqs.send(new sqs.SetQueueAttributesCommand({ QueueUrl, Attributes }));
    await sendText("later");
    await sendText("soon", { DelaySeconds: 60 });
    expect(await attributesOf()).toMatchObject({ ApproximateNumberOfMessagesDelayed: "2" });
    expect(await bodies()).toEqual([]);
    minutes(1);
    expect(await bodies({ VisibilityTimeout: 600 })).toEqual(["soon"]);
    minutes(1);
    expect(await bodies()).toEqual(["later"]);
  });

  test("that was received as often as the queue allows becomes a dead letter", async () => {
    await sendText("poison");
    for (let times = 1; times <= 2; times++) {
      expect(await bodies()).toEqual(["poison"]);
      minutes(1);
    }
    expect(await bodies()).toEqual([]);
    const [dead] = await receive({ QueueUrl: deadUrl, MessageSystemAttributeNames: ["All"] });
    expect(dead).toMatchObject({
      Body: "poison",
      Attributes: { ApproximateReceiveCount: "3", DeadLetterQueueSourceArn: arnOf(QueueUrl) },
    });
  });

  test("is dropped at the end of the queue's retention period", async () => {
    await sendText("old");
    now += 345_600_000 - 1;
    expect(await attributesOf()).toMatchObject({ ApproximateNumberOfMessages: "1" });
    now += 1;
    expect(await bodies()).toEqual([]);
  });

  test("that is sent during a long poll ends the poll", async () => {
    const polled = bodies({ WaitTimeSeconds: 20 });
    await sendText("awaited");
    expect(await polled).toEqual(["awaited"]);
  });

  test("is not received by a caller that hung up", async () => {
    const hangUp = new AbortController();
    const Wait = new sqs.ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 });
    const polled = refused(aws.sqs.send(Wait, { abortSignal: hangUp.signal }));
    // The poll has begun once another call, which was sent later, is answered.
    await attributesOf();
    hangUp.abort();
    expect((await polled).name).toBe("AbortError");
    await expect
      .poll(() => aws.calls.filter(({ errorCode }) => errorCode === "ConnectionDropped").length)
      .toBe(1);
    await sendText("for others");
    expect(await bodies()).toEqual(["for others"]);
  });
});

describe("a batch", () => {
  test("is sent, hidden and deleted, and each entry is answered alone", async () => {
    const sent = await aws.sqs.send(
      new sqs.SendMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: "a", MessageBody: "A" },
          { Id: "b", MessageBody: "B", DelaySeconds: 901 },
          { Id: "c", MessageBody: "C" },
        ],
      }),
    );
    expect(sent.Successful?.map(({ Id }) => Id)).toEqual(["a", "c"]);
    expect(sent.Failed).toEqual([
      {
        ...{ Id: "b", SenderFault: true, Code: "InvalidParameterValue" },
        Message:
          "Value 901 for parameter DelaySeconds is invalid. Reason: Must be between 0 and 900, if provided.",
      },
    ]);
    const received = await receive();
    const handles = received.map(({ ReceiptHandle, Body }) => ({ Id: Body, ReceiptHandle }));
    const changed = await aws.sqs.send(
      new sqs.ChangeMessageVisibilityBatchCommand({
        QueueUrl,
        Entries: handles.map((entry) => ({ ...entry, VisibilityTimeout: 600 })),
      }),
    );
    expect(changed.Successful).toHaveLength(2);
    minutes(5);
    expect(await bodies()).toEqual([]);
    const deleted = await aws.sqs.send(
      new sqs.DeleteMessageBatchCommand({ QueueUrl, Entries: [...handles, { Id: "x", ReceiptHandle: "x" }] }),
    );
    expect(deleted.Successful?.map(({ Id }) => Id)).toEqual(["A", "C"]);
    expect(deleted.Failed).toMatchObject([{ Id: "x", SenderFault: true, Code: "ReceiptHandleIsInvalid" }]);
    minutes(10);
    expect(await bodies()).toEqual([]);
  });

  const entries = (count: number, Id = (index: number) => String(index), MessageBody = "x") =>
    Array.from({ length: count }, (_, index) => ({ Id: Id(index), MessageBody }));
  test.each([
    ["no entry", entries(0), "EmptyBatchRequest"],
    ["eleven entries", entries(11), "TooManyEntriesInBatchRequest"],
    ["an id twice", entries(2, () => "a"), "BatchEntryIdsNotDistinct"],
    ["an id with a dot", entries(1, () => "a.b"), "InvalidBatchEntryId"],
    ["more than a mebibyte", entries(2, String, "x".repeat(600_000)), "BatchRequestTooLong"],
  ])("with %s is refused as a whole", async (_, Entries, name) => {
    const batch = new sqs.SendMessageBatchCommand({ QueueUrl, Entries });
    expect(await refused(aws.sqs.send(batch))).toMatchObject({ name, status: 400 });
    expect(await bodies()).toEqual([]);
  });
});

describe("a standard queue may deliver", () => {
  test("a message twice", async () => {
    delivery = { kind: "twice" };
    await sendText("one");
    const [first, second] = await receive();
    expect(second?.MessageId).toBe(first?.MessageId);
    await remove(first?.ReceiptHandle);
    minutes(1);
    expect(await bodies()).toEqual(["one"]);
  });

  test("a message late", async () => {
    delivery = { kind: "late", seconds: 600 };
    await sendText("one");
    minutes(9);
    expect(await bodies()).toEqual([]);
    minutes(1);
    expect(await bodies()).toEqual(["one"]);
  });

  test("a message never, as if nobody came for it", async () => {
    delivery = { kind: "never" };
    expect((await sendText("one")).MessageId).toBeDefined();
    expect(await bodies()).toEqual([]);
  });
});

describe("refuses", () => {
  const createQueue = (QueueName: string, Attributes?: Record<string, string>) => () =>
    aws.sqs.send(new sqs.CreateQueueCommand({ QueueName, ...(Attributes && { Attributes }) }));
  const redrive = (deadLetterTargetArn: string, maxReceiveCount: unknown) =>
    createQueue("new", { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount }) });
  const hide = (input: Partial<sqs.ChangeMessageVisibilityCommandInput>) => async () => {
    await sendText("one");
    const [{ ReceiptHandle } = {}] = await receive();
    const VisibilityTimeout = 10;
    return aws.sqs.send(
      new sqs.ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout, ...input }),
    );
  };
  test.each<[string, () => Promise<unknown>, string, number, RegExp]>([
    ["a name with a dot", createQueue("a.fifo"), "InvalidParameterValue", 400, /alphanumeric/],
    [
      "an unknown attribute",
      createQueue("new", { FifoQueue: "false" }),
      "InvalidAttributeName",
      400,
      /FifoQueue/,
    ],
    [
      "a visibility timeout of more than 12 hours",
      createQueue("new", { VisibilityTimeout: "43201" }),
      "InvalidAttributeValue",
      400,
      /VisibilityTimeout/,
    ],
    ["a policy that is no JSON", createQueue("new", { Policy: "{" }), "InvalidAttributeValue", 400, /Policy/],
    [
      "dead letters in a queue that does not exist",
      redrive(`arn:aws:sqs:eu-central-1:${account}:gone`, 3),
      "InvalidParameterValue",
      400,
      /does not exist/,
    ],
    [
      "dead letters after no receipt",
      () => redrive(arnOf(deadUrl), 0)(),
      "InvalidParameterValue",
      400,
      /maxReceive/,
    ],
    [
      "a queue that does not exist",
      () => sendText("x", { QueueUrl: `${QueueUrl}s` }),
      "QueueDoesNotExist",
      400,
      /exist/,
    ],
    ["a URL of no queue", () => sendText("x", { QueueUrl: aws.url }), "InvalidAddress", 404, /not valid/],
    ["an empty message", () => sendText(""), "MissingParameter", 400, /MessageBody/],
    [
      "a character that XML does not have",
      () => sendText("\u0000"),
      "InvalidMessageContents",
      400,
      /characters/,
    ],
    [
      "a message over the limit",
      () => sendText("x".repeat(1_048_577)),
      "InvalidParameterValue",
      400,
      /1048576 bytes/,
    ],
    [
      "eleven messages at once",
      () => receive({ MaxNumberOfMessages: 11 }),
      "InvalidParameterValue",
      400,
      /1 and 10/,
    ],
    [
      "a poll of 21 seconds",
      () => receive({ WaitTimeSeconds: 21 }),
      "InvalidParameterValue",
      400,
      /0 and 20/,
    ],
    ["a handle of another form", () => remove("x"), "ReceiptHandleIsInvalid", 404, /"x"/],
    [
      "to hide a message for too long",
      hide({ VisibilityTimeout: 43_201 }),
      "InvalidParameterValue",
      400,
      /43200/,
    ],
    [
      "to hide a message for no time",
      hide({ VisibilityTimeout: undefined }),
      "MissingParameter",
      400,
      /Visibility/,
    ],
  ])("%s", async (_, call, name, status, message) => {
    const error = await refused(call());
    // The SDK takes the name of an error that the model does not have from the header, and of all others from the body.
    expect(error).toMatchObject({ name: expect.stringMatching(`^${name}(Exception)?$`), status });
    expect(error.message).toMatch(message);
  });

  test("a handle of another queue's message", async () => {
    await sendText("one", { QueueUrl: deadUrl });
    const [other] = await receive({ QueueUrl: deadUrl });
    expect(await refused(remove(other?.ReceiptHandle))).toMatchObject({ name: "ReceiptHandleIsInvalid" });
  });
});

test("an error has its code in the header of the Query protocol and its type in the body", async () => {
  const response = await fetch(aws.url, {
    method: "POST",
    headers: {
      "x-amz-target": "AmazonSQS.GetQueueUrl",
      authorization: "AWS4-HMAC-SHA256 Credential=a/20261123/eu-central-1/sqs/aws4_request",
    },
    body: JSON.stringify({ QueueName: "gone" }),
  });
  expect(response.status).toBe(400);
  expect(response.headers.get("content-type")).toBe("application/x-amz-json-1.0");
  expect(response.headers.get("x-amzn-query-error")).toBe("AWS.SimpleQueueService.NonExistentQueue;Sender");
  expect(await response.json()).toEqual({
    __type: "com.amazonaws.sqs#QueueDoesNotExist",
    message: "The specified queue does not exist.",
  });
});

test("queues and messages on disk outlive the server", async () => {
  const directory = mkdtempSync(join(tmpdir(), "embedded-sqs-"));
  try {
    const first = await start({ directory, now: () => now });
    const { QueueUrl: url } = await first.sqs.send(new sqs.CreateQueueCommand({ QueueName: "kept" }));
    for (const MessageBody of ["kept", "gone"])
      await first.sqs.send(new sqs.SendMessageCommand({ QueueUrl: url, MessageBody }));
    const { Messages = [] } = await first.sqs.send(
      new sqs.ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
    );
    const { ReceiptHandle } = Messages.find(({ Body }) => Body === "gone") ?? {};
    await first.sqs.send(new sqs.DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
    await first.close();
    const second = await start({ directory, now: () => now });
    const { QueueUrl: again } = await second.sqs.send(new sqs.GetQueueUrlCommand({ QueueName: "kept" }));
    const all = new sqs.ReceiveMessageCommand({ QueueUrl: again, MaxNumberOfMessages: 10 });
    const { Messages: left = [] } = await second.sqs.send(all);
    expect(left.map(({ Body }) => Body)).toEqual(["kept"]);
    await second.close();
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test.skipIf(spawnSync("aws", ["--version"]).status !== 0)("the aws CLI shows a dead letter", async () => {
  await sendText("by the SDK", { QueueUrl: deadUrl });
  const options = [
    "--endpoint-url",
    aws.url,
    "--queue-url",
    deadUrl,
    "--attribute-names",
    "All",
    "--output",
    "json",
  ];
  const { code, stdout, stderr } = await run("aws", ["sqs", "receive-message", ...options], {
    env: {
      ...{ PATH: process.env["PATH"] ?? "", AWS_REGION: "eu-central-1", AWS_DEFAULT_REGION: "eu-central-1" },
      ...{ AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" },
    },
  });
  expect([code, stderr]).toEqual([0, ""]);
  expect(JSON.parse(stdout).Messages).toMatchObject([
    { Body: "by the SDK", Attributes: { ApproximateReceiveCount: "1" } },
  ]);
});

test("each of its actions was called in this file", () => {
  const called = new Set(aws.calls.filter(({ status }) => status === 200).map(({ action }) => action));
  expect(Object.keys(sqsActions).filter((name) => !called.has(name))).toEqual([]);
});
