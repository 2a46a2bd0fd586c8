/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
import { createHash, randomUUID } from "node:crypto";
import { type Action, action } from "../action.ts";
import type { Input } from "../input.ts";
import type { Json } from "../wire/json.ts";
import { checkBatch, performEach, readEntries } from "./batch.ts";
import { anyInteger, checkRange, sqsError } from "./rules.ts";
import { find, type MessageAttribute, type Queue, queueArn, type SqsCall, seconds } from "./state.ts";

type Sent = {
  body: string;
  delaySeconds: number | undefined;
  attributes: Readonly<Record<string, MessageAttribute>>;
};

export const SendMessage: Action<SqsCall, Json> = action(
  (input) => ({ url: input.text("QueueUrl"), message: readMessage(input) }),
  (call, { url, message }) => send(call, find(call, url), message),
);

export const SendMessageBatch: Action<SqsCall, Json> = action(
  (input) => ({ url: input.text("QueueUrl"), entries: readEntries(input, readMessage) }),
  (call, { url, entries }) => {
    const queue = find(call, url);
    checkBatch(entries, "SendMessageBatchRequestEntry");
    const size = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
    if (size > MOST_BATCH_BYTES)
      throw sqsError(
        "BatchRequestTooLong",
        `Batch requests cannot be longer than ${MOST_BATCH_BYTES} bytes. You have sent ${size} bytes.`,
      );
    return performEach(entries, (entry) => send(call, queue, entry));
  },
);

const MOST_BATCH_BYTES = 1_048_576;

/** The characters that a message may have: those of XML 1.0. */
const TEXT = /^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u;

function readMessage(input: Input): Sent {
  const attributes = input.entries("MessageAttributes", (all, name) => all.structure(name, readAttribute));
  return {
    body: input.text("MessageBody"),
    delaySeconds: input.optionalInteger("DelaySeconds", anyInteger),
    attributes: Object.fromEntries(attributes ?? []),
  };
}

function readAttribute(input: Input): MessageAttribute {
  const text = input.optionalText("StringValue");
  const binary = input.optionalText("BinaryValue");
  return {
    type: input.text("DataType"),
    ...(text !== undefined && { text }),
    ...(binary !== undefined && { binary }),
  };
}

const sizeOf = ({ body, attributes }: Sent): number =>
  Object.entries(attributes).reduce(
    (sum, [name, { type, text = "", binary = "" }]) =>
      sum + Buffer.byteLength(name + type + text) + Buffer.from(binary, "base64").length,
    Buffer.byteLength(body),
  );

function send(call: SqsCall, queue: Queue, sent: Sent): { readonly [key: string]: Json } {
  const { body, attributes, delaySeconds } = sent;
  if (body === "")
    throw sqsError(
      "MissingRequiredParameterException",
      "The request must contain the parameter MessageBody.",
    );
  if (!TEXT.test(body))
    throw sqsError(
      "InvalidMessageContents",
      "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
    );
  const most = seconds(queue, "MaximumMessageSize");
  if (sizeOf(sent) > most)
    throw sqsError(
      "InvalidParameterValueException",
      `One or more parameters are invalid. Reason: Message must be shorter than ${most} bytes.`,
    );
  checkRange("DelaySeconds", delaySeconds, 0, 900);

  const arn = queueArn(call, queue);
  const delivery = call.delivery?.({ queue: queue.name, body });
  const delay =
    (delaySeconds ?? seconds(queue, "DelaySeconds")) + (delivery?.kind === "late" ? delivery.seconds : 0);
  const at = call.now().getTime();
  const message = {
    ...{ id: randomUUID(), queue: arn, body, attributes, senderId: call.senderId },
    ...{ sentAt: at, visibleAt: at + 1000 * delay, receives: 0 },
  };
  const copies = delivery?.kind === "never" ? 0 : delivery?.kind === "twice" ? 2 : 1;
  for (let copy = 0; copy < copies; copy++) {
    const key = randomUUID();
    call.messages.put(key, { ...message, key });
  }
  const named = Object.keys(attributes).length > 0;
  return {
    MessageId: message.id,
    MD5OfMessageBody: md5(body),
    ...(named && { MD5OfMessageAttributes: md5OfAttributes(attributes) }),
  };
}

export const md5 = (content: string | Buffer): string => createHash("md5").update(content).digest("hex");

/**
 * Returns the digest of a message's attributes, in the order of their names.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
 */
export function md5OfAttributes(attributes: Readonly<Record<string, MessageAttribute>>): string {
  const withLength = (content: Buffer): Buffer[] => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(content.length);
    return [length, content];
  };
  const parts = Object.entries(attributes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, { type, text, binary = "" }]) => [
      ...withLength(Buffer.from(name)),
      ...withLength(Buffer.from(type)),
      Buffer.from([text === undefined ? 2 : 1]),
      ...withLength(text === undefined ? Buffer.from(binary, "base64") : Buffer.from(text)),
    ]);
  return md5(Buffer.concat(parts));
}
