/**
 * Decides what an invocation of the drift function may do. Anyone who may put events on the bus can choose an event's
 * source, detail-type and detail. So an event is only a hint; the table says whether a roll call can start or continue.
 */
import { isOver, type RollCallItem } from "../registry/journal.ts";
import type { Services } from "../services.ts";
import { answerJob } from "./job.ts";
import { REQUESTED, rollCall, type Time } from "./roll-call.ts";

/**
 * The input of the packaged schedule (deploy/schedule.yml). Nobody can send this input over a bus, because EventBridge
 * wraps a sender's data in an event of its own.
 * https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
 */
export const SCHEDULED = { start: "roll-call" };

/** The form of a roll call's id, as in the contract's path parameter. */
const ROLL_CALL_ID = /^[A-Za-z0-9-]{1,64}$/;

/**
 * Starts a roll call if the schedule invoked the function. If an event names a roll call that the table holds and that
 * has not ended, starts or continues that one. Ignores and logs any other event.
 * @param event the input of the invocation
 * @returns the roll call after the invocation; undefined if the event was ignored
 * @throws AwsFault as `rollCall` does
 */
export async function answerInvocation(
  services: Services,
  time: Time,
  event: unknown,
): Promise<RollCallItem | undefined> {
  if (isScheduled(event)) return rollCall(services, time);
  const { registry, log } = services;
  const { source, "detail-type": detailType, detail } = Object(event);
  const { id } = Object(detail);
  const ignore = (reason: string): undefined => {
    log.warn("event ignored", {
      reason,
      source: shown(source),
      detailType: shown(detailType),
      id: shown(id),
    });
  };
  if (source !== "rolecall" || detailType !== REQUESTED) return ignore("not a request for a roll call");
  if (typeof id !== "string" || !ROLL_CALL_ID.test(id)) return ignore("no id of a roll call");
  const known = (await registry.readRollCall(id)) ?? (await unsaved(registry, id));
  if (known === undefined) return ignore("no such roll call");
  if (isOver(known)) return ignore("the roll call has ended");
  return rollCall(services, time, known);
}

/**
 * Returns a roll call that was requested last but not saved, because the request was cut off in between; otherwise
 * undefined.
 */
async function unsaved(registry: Services["registry"], id: string): Promise<RollCallItem | undefined> {
  const turn = await registry.readTurn();
  return turn?.id === id ? turn : undefined;
}

/** Tells whether the schedule made an invocation: its input is exactly `SCHEDULED`. */
const isScheduled = (event: unknown): boolean => JSON.stringify(event) === JSON.stringify(SCHEDULED);

/** Returns the beginning of an untrusted value for the log. */
const shown = (value: unknown): string => (JSON.stringify(value) ?? "undefined").slice(0, 100);

/** The part of an SQS event that is used. */
type Batch = { readonly Records: readonly { readonly messageId: string; readonly body: string }[] };

/** The messages of a batch that SQS must deliver again. */
export type BatchAnswer = { batchItemFailures: { itemIdentifier: string }[] };

/** Tells whether SQS invoked the function. The table decides what its messages mean. */
function isBatch(event: unknown): event is Batch {
  const { Records } = Object(event);
  return (
    Array.isArray(Records) &&
    Records.every((record) => {
      const { eventSource, messageId, body } = Object(record);
      return eventSource === "aws:sqs" && typeof messageId === "string" && typeof body === "string";
    })
  );
}

/**
 * Does the jobs that the messages of a batch name.
 * @returns the messages that must be delivered again
 */
async function answerMessages(
  services: Services,
  time: Time,
  { Records }: Batch,
  ended: (called: RollCallItem | undefined) => void,
): Promise<BatchAnswer> {
  const batchItemFailures: BatchAnswer["batchItemFailures"] = [];
  for (const { messageId, body } of Records) {
    const done = await answerJob(services, time, body).catch((error: unknown) => {
      services.log.error("job failed", { error: String(error), body: shown(body) });
      return { isDone: false, finished: undefined };
    });
    if (!done.isDone) batchItemFailures.push({ itemIdentifier: messageId });
    ended(done.finished);
  }
  return { batchItemFailures };
}

/**
 * Answers any invocation of the drift function: a batch of messages of the queue, the schedule, or an event.
 * @param ended receives each roll call that the invocation worked on or ended; undefined for none
 */
export async function answer(
  services: Services,
  time: Time,
  event: unknown,
  ended: (called: RollCallItem | undefined) => void = () => {},
): Promise<RollCallItem | BatchAnswer | undefined> {
  if (isBatch(event)) return answerMessages(services, time, event, ended);
  const called = await answerInvocation(services, time, event);
  ended(called);
  return called;
}
