/**
 * Sends the jobs of a roll call to their queue. Only the drift function may send, and only its bundle has this client.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type BatchResultErrorEntry, SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { inChunks, inParallel } from "../lib/parallel.ts";
import { type Clients, SETTINGS, unleasedRules } from "./clients.ts";
import { entryFault } from "./fault.ts";

/** A message of the queue. The id, which is unique among the messages of one `send`, matches `[A-Za-z0-9_-]{1,80}`. */
export type JobMessage = { readonly id: string; readonly body: string };

export type Jobs = {
  /**
   * Sends messages to the queue. Throws an AwsFault if the queue did not accept some of them; it may have accepted the
   * others. A message can be delivered more than once.
   */
  send(messages: readonly JobMessage[]): Promise<void>;
};

/** The largest number of messages in one call. */
const BATCH = 10;
/** The number of calls at the same time. */
const AT_ONCE = 10;
/** The number of times that a message is sent if the queue cannot accept it for the moment. */
const ATTEMPTS = 4;

/**
 * Opens the queue of the jobs.
 * @param now returns milliseconds since 1970
 * @param wait waits for a number of milliseconds
 */
export function openJobs(
  { place: { region } }: Clients,
  queueUrl: string,
  now: () => number,
  wait: (milliseconds: number) => Promise<unknown> = sleep,
): Jobs {
  // The client's own endpoint decides where a message is sent to, as for every other client, and not the queue's URL.
  const client = new SQSClient({ ...SETTINGS, region, useQueueUrlAsEndpoint: false });
  client.middlewareStack.use(unleasedRules("sqs", now, 0));

  /** Sends messages and returns the answers about those that the queue did not accept. */
  const sendOnce = async (messages: readonly JobMessage[]): Promise<BatchResultErrorEntry[]> => {
    const Entries = messages.map(({ id, body }) => ({ Id: id, MessageBody: body }));
    const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    return Failed;
  };

  /** Sends one batch. Repeats the messages that SQS could not accept for a reason of its own. */
  const sendBatch = async (messages: readonly JobMessage[]): Promise<void> => {
    let failed = await sendOnce(messages);
    const refused = failed.filter(({ SenderFault }) => SenderFault === true);
    for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
      const again = new Set(failed.filter(({ SenderFault }) => SenderFault !== true).map(({ Id }) => Id));
      if (again.size === 0) break;
      await wait(100 * 2 ** attempt * (0.5 + Math.random()));
      failed = await sendOnce(messages.filter(({ id }) => again.has(id)));
      refused.push(...failed.filter(({ SenderFault }) => SenderFault === true));
    }
    const [first] = [...refused, ...failed];
    if (first === undefined) return;
    throw entryFault("sqs", "SendMessageBatch", first);
  };

  return {
    async send(messages) {
      // Wait for every batch before reporting the first failure. A frozen function cannot finish a call.
      const faults = await inParallel(AT_ONCE, inChunks(messages, BATCH), (batch) =>
        sendBatch(batch).then(
          () => undefined,
          (error: unknown) => error,
        ),
      );
      const [first] = faults.filter((fault) => fault !== undefined);
      if (first !== undefined) throw first;
    },
  };
}
