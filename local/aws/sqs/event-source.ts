/**
 * The part of Lambda that polls a queue and invokes a function with its messages. It works with any SQS that the SDK
 * reaches. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
import { setTimeout as sleep } from "node:timers/promises";
import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { SQSEvent, SQSRecord } from "aws-lambda";
import { isRecord } from "../input.ts";

export type EventSource = {
  queueUrl: string;
  queueArn: string;
  /** The function that is invoked. If it throws, all messages of its event are delivered again. */
  handler: (event: SQSEvent) => Promise<unknown>;
  /** The largest number of messages in an event. */
  batchSize: number;
  /** The largest number of invocations at the same time. */
  maximumConcurrency: number;
  /** Is called with the reason when an invocation, or a call of SQS, failed. */
  report: (error: unknown) => void;
};

export type RunningEventSource = {
  /** Invokes the function until the queue has no visible message and no invocation runs. Returns the number of invocations. */
  drain(): Promise<number>;
  /** Polls the queue until `stop` is called. */
  start(): void;
  /** Ends the poll, and waits for the invocations that run. */
  stop(): Promise<void>;
};

/** The longest poll that SQS allows, in seconds. */
const LONG_POLL = 20;
/** The pause after a failed poll, in milliseconds. */
const AGAIN_MS = 1_000;

/**
 * Opens the event source of a queue. It does nothing until `drain` or `start` is called.
 * @param client makes one attempt a call: a message that could not be deleted is delivered again
 */
export function openEventSource(client: SQSClient, source: EventSource): RunningEventSource {
  const { queueUrl: QueueUrl, batchSize, maximumConcurrency, report } = source;
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  let polling: Promise<void> | undefined;

  const receive = async (WaitTimeSeconds: number): Promise<Message[]> => {
    const command = new ReceiveMessageCommand({
      ...{ QueueUrl, WaitTimeSeconds, MaxNumberOfMessages: batchSize },
      MessageSystemAttributeNames: ["All"],
      MessageAttributeNames: ["All"],
    });
    const { Messages = [] } = await client.send(command, { abortSignal: stopping.signal });
    return Messages;
  };

  /** Invokes the function, and deletes the messages that it does not report as failed. */
  const invoke = async (messages: readonly Message[]): Promise<void> => {
    const Records = messages.map((message) => recordOf(message, source.queueArn));
    const done = messagesDone(messages, await source.handler({ Records }));
    if (done.length === 0) return;
    const Entries = done.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    const { Failed = [] } = await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    for (const { Code, Message: says } of Failed) report(new Error(`${Code}: ${says}`));
  };

  const begin = (messages: readonly Message[]): void => {
    const invocation = invoke(messages)
      .catch(report)
      .finally(() => running.delete(invocation));
    running.add(invocation);
  };

  const poll = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        if (running.size >= maximumConcurrency) await Promise.race(running);
        else {
          const messages = await receive(LONG_POLL);
          if (messages.length > 0) begin(messages);
        }
      } catch (error) {
        if (stopping.signal.aborted) return;
        report(error);
        await sleep(AGAIN_MS, undefined, { signal: stopping.signal }).catch(() => {});
      }
    }
  };

  return {
    async drain() {
      let invocations = 0;
      for (;;) {
        const messages = running.size < maximumConcurrency ? await receive(0) : [];
        if (messages.length > 0) {
          begin(messages);
          invocations++;
        } else if (running.size === 0) return invocations;
        else await Promise.race(running);
      }
    },
    start() {
      polling ??= poll();
    },
    async stop() {
      stopping.abort();
      await polling;
      await Promise.all(running);
    },
  };
}

function recordOf(message: Message, eventSourceARN: string): SQSRecord {
  const [, , , awsRegion = ""] = eventSourceARN.split(":");
  const { MessageId = "", ReceiptHandle = "", Body = "", MD5OfBody = "", Attributes = {} } = message;
  const attributes = Object.entries(message.MessageAttributes ?? {}).map(
    ([name, { DataType = "", StringValue, BinaryValue }]) =>
      [
        name,
        {
          dataType: DataType,
          ...(StringValue !== undefined && { stringValue: StringValue }),
          ...(BinaryValue !== undefined && { binaryValue: Buffer.from(BinaryValue).toString("base64") }),
        },
      ] as const,
  );
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: {
      ApproximateReceiveCount: Attributes.ApproximateReceiveCount ?? "",
      SentTimestamp: Attributes.SentTimestamp ?? "",
      SenderId: Attributes.SenderId ?? "",
      ApproximateFirstReceiveTimestamp: Attributes.ApproximateFirstReceiveTimestamp ?? "",
    },
    messageAttributes: Object.fromEntries(attributes),
    md5OfBody: MD5OfBody,
    eventSource: "aws:sqs",
    eventSourceARN,
    awsRegion,
  };
}

/**
 * Returns the messages that the function's answer says are done. An answer without `batchItemFailures` means all.
 * @throws Error if Lambda would not understand the answer; then no message is done
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 */
function messagesDone(messages: readonly Message[], answer: unknown): readonly Message[] {
  const failures = isRecord(answer) ? (answer["batchItemFailures"] ?? []) : [];
  if (!Array.isArray(failures)) throw new Error("batchItemFailures is not a list");
  const failed = new Set(
    failures.map((failure: unknown) => {
      const { itemIdentifier } = Object(failure);
      if (messages.some(({ MessageId }) => MessageId === itemIdentifier)) return itemIdentifier;
      throw new Error(`batchItemFailures names ${JSON.stringify(itemIdentifier)}, which is no message`);
    }),
  );
  return messages.filter(({ MessageId }) => !failed.has(MessageId));
}
