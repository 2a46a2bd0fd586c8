/** The fate of a received message: it is hidden for longer or shorter, or deleted. */
import { type Action, action } from "../action.ts";
import type { Input } from "../input.ts";
import type { Json } from "../wire/json.ts";
import { checkBatch, performEach, readEntries } from "./batch.ts";
import { anyInteger, invalidParameter, sqsError } from "./rules.ts";
import { find, type Message, type Queue, queueArn, type SqsCall } from "./state.ts";

type SqsAction = Action<SqsCall, Json>;

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html */
export const DeleteMessage: SqsAction = action(
  (input) => ({ url: input.text("QueueUrl"), handle: input.text("ReceiptHandle") }),
  (call, { url, handle }) => remove(call, find(call, url), handle),
);

export const DeleteMessageBatch: SqsAction = action(
  (input) => ({
    url: input.text("QueueUrl"),
    entries: readEntries(input, (entry) => ({ handle: entry.text("ReceiptHandle") })),
  }),
  (call, { url, entries }) => {
    const queue = find(call, url);
    checkBatch(entries, "DeleteMessageBatchRequestEntry");
    return performEach(entries, ({ handle }) => remove(call, queue, handle));
  },
);

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html */
export const ChangeMessageVisibility: SqsAction = action(
  (input) => ({ url: input.text("QueueUrl"), ...readVisibility(input) }),
  (call, { url, ...change }) => hide(call, find(call, url), change),
);

export const ChangeMessageVisibilityBatch: SqsAction = action(
  (input) => ({ url: input.text("QueueUrl"), entries: readEntries(input, readVisibility) }),
  (call, { url, entries }) => {
    const queue = find(call, url);
    checkBatch(entries, "ChangeMessageVisibilityBatchRequestEntry");
    return performEach(entries, (change) => hide(call, queue, change));
  },
);

/** Returns the handle of the newest receipt of a message. */
export const receiptHandle = ({ queue, key, receipt }: Message): string =>
  Buffer.from(JSON.stringify([queue, key, receipt])).toString("base64");

type Visibility = { handle: string; visibility: number | undefined };

const readVisibility = (input: Input): Visibility => ({
  handle: input.text("ReceiptHandle"),
  visibility: input.optionalInteger("VisibilityTimeout", anyInteger),
});

/** Returns the message and the receipt that a handle names. The message may be gone. */
function read(
  call: SqsCall,
  queue: Queue,
  handle: string,
): { message: Message | undefined; receipt: string } {
  const invalid = () =>
    sqsError("ReceiptHandleIsInvalid", `The input receipt handle "${handle}" is not a valid receipt handle.`);
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(handle, "base64").toString("utf8"));
  } catch {
    throw invalid();
  }
  const [arn, key, receipt]: unknown[] = Array.isArray(parts) ? parts : [];
  if (arn !== queueArn(call, queue) || typeof key !== "string" || typeof receipt !== "string")
    throw invalid();
  return { message: call.messages.get(key), receipt };
}

/** Deletes a message. An older receipt's handle deletes nothing, and is no error. */
function remove(call: SqsCall, queue: Queue, handle: string): { readonly [key: string]: Json } {
  const { message, receipt } = read(call, queue, handle);
  if (message?.receipt === receipt) call.messages.delete(message.key);
  return {};
}

const MOST_SECONDS = 43_200;

function hide(
  call: SqsCall,
  queue: Queue,
  { handle, visibility }: Visibility,
): { readonly [key: string]: Json } {
  const { message, receipt } = read(call, queue, handle);
  if (visibility === undefined)
    throw sqsError(
      "MissingRequiredParameterException",
      "The request must contain the parameter VisibilityTimeout.",
    );
  if (visibility < 0 || visibility > MOST_SECONDS)
    throw invalidParameter("VisibilityTimeout", visibility, `Must be between 0 and ${MOST_SECONDS}.`);
  const at = call.now().getTime();
  if (message === undefined || message.receipt !== receipt)
    throw invalidParameter(
      "ReceiptHandle",
      handle,
      "Message does not exist or is not available for visibility timeout change.",
    );
  if (message.visibleAt <= at) throw sqsError("MessageNotInflight", "The specified message isn't in flight.");
  call.messages.put(message.key, { ...message, visibleAt: at + 1000 * visibility });
  return {};
}
