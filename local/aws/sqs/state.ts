import { join } from "node:path";
import type { Account } from "../account.ts";
import { type Collection, openCollection } from "../store.ts";
import { sqsError } from "./rules.ts";

export type Queue = {
  name: string;
  /** The region that the request was signed for. A queue belongs to one region. */
  region: string;
  createdAt: number;
  modifiedAt: number;
  /** Every attribute that can be set, as text. */
  attributes: Readonly<Record<string, string>>;
};

/** All times are milliseconds since 1970. */
export type Message = {
  /** Differs between two copies of one message. */
  key: string;
  id: string;
  /** The ARN of its queue. */
  queue: string;
  body: string;
  attributes: Readonly<Record<string, MessageAttribute>>;
  senderId: string;
  sentAt: number;
  /** The message is hidden until then. */
  visibleAt: number;
  receives: number;
  firstReceivedAt?: number;
  /** The secret part of the newest receipt handle. */
  receipt?: string;
  /** The ARN of the queue that the message was moved from, when it became a dead letter. */
  deadFrom?: string;
};

export type MessageAttribute = { type: string; text?: string; binary?: string };

/** A deviation from the usual delivery, which SQS allows a standard queue: once or more, and at any time. */
export type Delivery =
  /** A copy of the message is delivered too. */
  | { kind: "twice" }
  | { kind: "late"; seconds: number }
  /** SQS does not do this to a message within its retention period. It stands for a consumer that never comes. */
  | { kind: "never" };

/** Decides about each message that is sent. */
export type DeliveryHook = (message: { queue: string; body: string }) => Delivery | undefined;

export type Sqs = {
  account: Account;
  now: () => Date;
  delivery: DeliveryHook | undefined;
  queues: Collection<Queue>;
  messages: Collection<Message>;
};

export function openSqs(
  directory: string | undefined,
  setting: Pick<Sqs, "account" | "now" | "delivery">,
): Sqs {
  const path = (name: string) => (directory === undefined ? undefined : join(directory, "sqs", name));
  return {
    ...setting,
    queues: openCollection<Queue>(path("queues")),
    messages: openCollection<Message>(path("messages")),
  };
}

/** One account's queues as one caller sees them. */
export type SqsCall = Sqs & {
  region: string;
  /** The beginning of every queue's URL. */
  origin: string;
  senderId: string;
  /** Aborted when the caller hangs up. */
  hungUp: AbortSignal;
};

const keyOf = (region: string, name: string) => `${region}/${name}`;

export const queueArn = (
  { account }: Pick<Sqs, "account">,
  { region, name }: Pick<Queue, "region" | "name">,
): string => `arn:${account.partition}:sqs:${region}:${account.id}:${name}`;

export const queueUrl = ({ origin, account }: SqsCall, { name }: Queue): string =>
  `${origin}/${account.id}/${name}`;

/** Returns the account and the name in the URL of a queue; undefined if the text is no such URL. */
export function readQueueUrl(url: string): { account: string; name: string } | undefined {
  const [, account, name] = /^https?:\/\/[^/]+\/(\d{12})\/([^/?#]+)$/.exec(url) ?? [];
  return account === undefined || name === undefined ? undefined : { account, name };
}

export const lookUp = ({ queues, region }: SqsCall, name: string): Queue | undefined =>
  queues.get(keyOf(region, name));

/** Finds a queue. No queue lets in another account: queue policies are stored and have no effect. */
export function find(call: SqsCall, url: string): Queue {
  const read = readQueueUrl(url);
  if (read === undefined)
    throw sqsError("InvalidAddress", `The address ${url} is not valid for this endpoint.`);
  if (read.account !== call.account.id)
    throw sqsError("AccessDeniedException", `Access to the resource ${url} is denied.`);
  const queue = lookUp(call, read.name);
  if (queue === undefined) throw sqsError("QueueDoesNotExist", "The specified queue does not exist.");
  return queue;
}

export function put({ queues }: Sqs, queue: Queue): void {
  queues.put(keyOf(queue.region, queue.name), queue);
}

/** Deletes a queue with its messages. */
export function remove(sqs: Sqs, queue: Queue): void {
  for (const { key } of messagesOf(sqs, queue)) sqs.messages.delete(key);
  sqs.queues.delete(keyOf(queue.region, queue.name));
}

/** Returns the messages of a queue. Deletes those whose retention period is over. */
export function messagesOf(sqs: Sqs, queue: Queue): Message[] {
  const arn = queueArn(sqs, queue);
  const end = sqs.now().getTime() - 1000 * seconds(queue, "MessageRetentionPeriod");
  const [own, old]: [Message[], Message[]] = [[], []];
  for (const message of sqs.messages.values())
    if (message.queue === arn) (message.sentAt <= end ? old : own).push(message);
  for (const { key } of old) sqs.messages.delete(key);
  return own;
}

/** Returns a queue's attribute that is a number of seconds. */
export const seconds = ({ attributes }: Queue, name: string): number => Number(attributes[name]);
