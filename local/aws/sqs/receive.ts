/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Action, action } from "../action.ts";
import { Dropped } from "../fault.ts";
import type { Json } from "../wire/json.ts";
import { redriveOf } from "./queues.ts";
import { receiptHandle } from "./receipts.ts";
import { anyInteger, checkRange } from "./rules.ts";
import { md5, md5OfAttributes } from "./send.ts";
import { find, type Message, messagesOf, type Queue, queueArn, type SqsCall, seconds } from "./state.ts";

/** The time between two looks at a queue in a long poll, in milliseconds. */
const LOOK_MS = 20;

/**
 * Receives up to ten messages. A long poll waits by the process's own clock, because the emulator's may stand still. If the
 * caller hangs up meanwhile, no message is received.
 */
export const ReceiveMessage: Action<SqsCall, Json> = action(
  (input) => {
    input.optionalText("ReceiveRequestAttemptId");
    return {
      url: input.text("QueueUrl"),
      most: input.optionalInteger("MaxNumberOfMessages", anyInteger),
      wait: input.optionalInteger("WaitTimeSeconds", anyInteger),
      visibility: input.optionalInteger("VisibilityTimeout", anyInteger),
      systemNames: [
        ...(input.optionalTexts("AttributeNames", {}) ?? []),
        ...(input.optionalTexts("MessageSystemAttributeNames", {}) ?? []),
      ],
      names: input.optionalTexts("MessageAttributeNames", {}) ?? [],
    };
  },
  async (call, { url, most = 1, wait, visibility, systemNames, names }) => {
    const queue = find(call, url);
    checkRange("MaxNumberOfMessages", most, 1, 10);
    checkRange("WaitTimeSeconds", wait, 0, 20);
    checkRange("VisibilityTimeout", visibility, 0, 43_200);
    const end = performance.now() + 1000 * (wait ?? seconds(queue, "ReceiveMessageWaitTimeSeconds"));
    for (;;) {
      const messages = take(call, queue, most, visibility ?? seconds(queue, "VisibilityTimeout"));
      if (messages.length > 0) return { Messages: messages.map((one) => shown(one, systemNames, names)) };
      if (performance.now() >= end) return {};
      await sleep(LOOK_MS, undefined, { signal: call.hungUp }).catch(() => {
        throw new Dropped();
      });
    }
  },
);

/** Takes the visible messages of a queue and hides them. Moves a message that was received too often to the dead letters. */
function take(call: SqsCall, queue: Queue, most: number, visibilitySeconds: number): Message[] {
  const at = call.now().getTime();
  const redrive = redriveOf(queue);
  const taken: Message[] = [];
  for (const message of messagesOf(call, queue)) {
    if (taken.length === most) break;
    if (message.visibleAt > at) continue;
    if (redrive !== undefined && message.receives >= redrive.most) {
      const { receipt: _, ...dead } = message;
      call.messages.put(message.key, { ...dead, queue: redrive.target, deadFrom: queueArn(call, queue) });
      continue;
    }
    const received: Message = {
      ...message,
      receives: message.receives + 1,
      firstReceivedAt: message.firstReceivedAt ?? at,
      visibleAt: at + 1000 * visibilitySeconds,
      receipt: randomUUID(),
    };
    call.messages.put(message.key, received);
    taken.push(received);
  }
  return taken;
}

/** @param names the names of the wanted attributes: `All`, `.*`, or a beginning with `.*` at its end */
function shown(message: Message, systemNames: readonly string[], names: readonly string[]): Json {
  const isNamed = (name: string): boolean =>
    names.some(
      (one) => one === "All" || one === name || (one.endsWith(".*") && name.startsWith(one.slice(0, -2))),
    );
  const attributes = Object.fromEntries(Object.entries(message.attributes).filter(([name]) => isNamed(name)));
  const system: Readonly<Record<string, string | undefined>> = {
    SenderId: message.senderId,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receives),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    DeadLetterQueueSourceArn: message.deadFrom,
  };
  const wanted = Object.entries(system).filter(
    ([name, value]) => value !== undefined && (systemNames.includes("All") || systemNames.includes(name)),
  );
  return {
    MessageId: message.id,
    ReceiptHandle: receiptHandle(message),
    MD5OfBody: md5(message.body),
    Body: message.body,
    ...(wanted.length > 0 && { Attributes: Object.fromEntries(wanted) }),
    ...(Object.keys(attributes).length > 0 && {
      MD5OfMessageAttributes: md5OfAttributes(attributes),
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, { type, text, binary }]) => [
          name,
          { DataType: type, StringValue: text, BinaryValue: binary },
        ]),
      ),
    }),
  };
}
