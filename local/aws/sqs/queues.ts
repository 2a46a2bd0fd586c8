/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html */
import { type Action, action } from "../action.ts";
import { type Input, isRecord } from "../input.ts";
import type { Json } from "../wire/json.ts";
import { anyInteger, invalidParameter, sqsError } from "./rules.ts";
import {
  find,
  lookUp,
  messagesOf,
  put,
  type Queue,
  queueArn,
  queueUrl,
  remove,
  type Sqs,
  type SqsCall,
} from "./state.ts";

type SqsAction = Action<SqsCall, Json>;

/** The attributes that are numbers: the least, the most and the default. */
const NUMBERS: Readonly<Record<string, readonly [least: number, most: number, usual: number]>> = {
  DelaySeconds: [0, 900, 0],
  MaximumMessageSize: [1024, 1_048_576, 1_048_576],
  MessageRetentionPeriod: [60, 1_209_600, 345_600],
  ReceiveMessageWaitTimeSeconds: [0, 20, 0],
  VisibilityTimeout: [0, 43_200, 30],
  KmsDataKeyReusePeriodSeconds: [60, 86_400, 300],
};
const TEXTS = ["Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId", "SqsManagedSseEnabled"];

/** The attributes that a queue has from the start. */
const DEFAULTS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.entries(NUMBERS)
      .filter(([name]) => name !== "KmsDataKeyReusePeriodSeconds")
      .map(([name, [, , usual]]) => [name, String(usual)]),
  ),
  SqsManagedSseEnabled: "true",
};

const NAME = /^[A-Za-z0-9_-]{1,80}$/;

export const CreateQueue: SqsAction = action(
  (input) => {
    input.entries("tags", (tags, key) => tags.text(key));
    return { name: input.text("QueueName"), attributes: readAttributes(input) };
  },
  (call, { name, attributes }) => {
    if (!NAME.test(name))
      throw sqsError(
        "InvalidParameterValueException",
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
      );
    checkAttributes(call, attributes);
    const known = lookUp(call, name);
    // The same attributes again are a retry. Attributes that the request leaves out are not compared.
    const differs = Object.entries(attributes).find(([key, value]) => known?.attributes[key] !== value);
    if (known !== undefined && differs !== undefined)
      throw sqsError(
        "QueueNameExists",
        `A queue already exists with the same name and a different value for attribute ${differs[0]}`,
      );
    const at = call.now().getTime();
    const made: Queue = known ?? {
      ...{ name, region: call.region, createdAt: at, modifiedAt: at },
      attributes: { ...DEFAULTS, ...attributes },
    };
    put(call, made);
    return { QueueUrl: queueUrl(call, made) };
  },
);

export const GetQueueUrl: SqsAction = action(
  (input) => ({
    name: input.text("QueueName"),
    owner: input.optionalText("QueueOwnerAWSAccountId"),
  }),
  (call, { name, owner = call.account.id }) => ({
    QueueUrl: queueUrl(call, find(call, `${call.origin}/${owner}/${encodeURIComponent(name)}`)),
  }),
);

export const ListQueues: SqsAction = action(
  (input) => {
    input.optionalText("NextToken");
    input.optionalInteger("MaxResults", anyInteger);
    return input.optionalText("QueueNamePrefix") ?? "";
  },
  (call, prefix) => ({
    QueueUrls: call.queues
      .values()
      .filter(({ region, name }) => region === call.region && name.startsWith(prefix))
      .map((queue) => queueUrl(call, queue)),
  }),
);

export const GetQueueAttributes: SqsAction = action(
  (input) => ({ url: input.text("QueueUrl"), names: input.optionalTexts("AttributeNames", {}) ?? [] }),
  (call, { url, names }) => {
    const queue = find(call, url);
    const all: Readonly<Record<string, string>> = {
      ...queue.attributes,
      ...countsOf(call, queue),
      QueueArn: queueArn(call, queue),
      CreatedTimestamp: String(Math.floor(queue.createdAt / 1000)),
      LastModifiedTimestamp: String(Math.floor(queue.modifiedAt / 1000)),
    };
    const known = [...Object.keys(all), ...TEXTS, ...Object.keys(NUMBERS), "All"];
    const unknown = names.find((name) => !known.includes(name));
    if (unknown !== undefined) throw unknownAttribute(unknown);
    return {
      Attributes: Object.fromEntries(
        Object.entries(all).filter(([name]) => names.includes("All") || names.includes(name)),
      ),
    };
  },
);

export const SetQueueAttributes: SqsAction = action(
  (input) => ({ url: input.text("QueueUrl"), attributes: readAttributes(input) }),
  (call, { url, attributes }) => {
    const queue = find(call, url);
    checkAttributes(call, attributes);
    // An empty text takes the attribute away.
    const left = Object.entries({ ...queue.attributes, ...attributes }).filter(([, value]) => value !== "");
    put(call, { ...queue, modifiedAt: call.now().getTime(), attributes: Object.fromEntries(left) });
    return {};
  },
);

export const DeleteQueue: SqsAction = action(
  (input) => input.text("QueueUrl"),
  (call, url) => {
    remove(call, find(call, url));
    return {};
  },
);

export const PurgeQueue: SqsAction = action(
  (input) => input.text("QueueUrl"),
  (call, url) => {
    for (const { key } of messagesOf(call, find(call, url))) call.messages.delete(key);
    return {};
  },
);

/** Returns where the dead letters of a queue go; undefined if the queue keeps them. */
export function redriveOf({ attributes }: Queue): { target: string; most: number } | undefined {
  const text = attributes["RedrivePolicy"];
  return text === undefined ? undefined : readRedrive(text);
}

function readRedrive(text: string): { target: string; most: number } | undefined {
  const policy = parsed(text);
  const { deadLetterTargetArn: target, maxReceiveCount } = Object(policy);
  const most = Number(maxReceiveCount);
  return typeof target === "string" && Number.isInteger(most) && most >= 1 && most <= 1000
    ? { target, most }
    : undefined;
}

const unknownAttribute = (name: string) => sqsError("InvalidAttributeName", `Unknown Attribute ${name}.`);

const readAttributes = (input: Input): Readonly<Record<string, string>> =>
  Object.fromEntries(input.entries("Attributes", (attributes, name) => attributes.text(name)) ?? []);

function checkAttributes(call: SqsCall, attributes: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(attributes)) {
    const range = NUMBERS[name];
    if (range === undefined && !TEXTS.includes(name)) throw unknownAttribute(name);
    if (range !== undefined && !isBetween(value, range))
      throw sqsError("InvalidAttributeValue", `Invalid value for the parameter ${name}.`);
    if (name === "RedrivePolicy" && value !== "") checkRedrive(call, value);
    if (name === "Policy" && value !== "" && !isRecord(parsed(value)))
      throw sqsError("InvalidAttributeValue", "Invalid value for the parameter Policy.");
  }
}

const isBetween = (value: string, [least, most]: readonly [number, number, number]): boolean =>
  /^\d{1,9}$/.test(value) && Number(value) >= least && Number(value) <= most;

/** Dead letters go to a queue of the same account and region, which has to exist. */
function checkRedrive(call: SqsCall, text: string): void {
  const redrive = readRedrive(text);
  const refused = (reason: string) => invalidParameter("RedrivePolicy", text, reason);
  if (redrive === undefined) throw refused("Invalid value for maxReceiveCount or deadLetterTargetArn.");
  const target = lookUp(call, redrive.target.split(":").at(-1) ?? "");
  if (target === undefined || queueArn(call, target) !== redrive.target)
    throw refused("Dead letter target does not exist.");
}

function countsOf(sqs: Sqs, queue: Queue): Readonly<Record<string, string>> {
  const messages = messagesOf(sqs, queue);
  const at = sqs.now().getTime();
  const count = (isCounted: (one: (typeof messages)[number]) => boolean): string =>
    String(messages.filter(isCounted).length);
  return {
    ApproximateNumberOfMessages: count(({ visibleAt }) => visibleAt <= at),
    ApproximateNumberOfMessagesNotVisible: count(
      ({ visibleAt, receipt }) => visibleAt > at && receipt !== undefined,
    ),
    ApproximateNumberOfMessagesDelayed: count(
      ({ visibleAt, receipt }) => visibleAt > at && receipt === undefined,
    ),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
