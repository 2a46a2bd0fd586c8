/**
 * What starts the drift function, and what it may do. Whoever may put events on the bus chooses an event's source,
 * detail-type and detail, so an event is a hint: the table says whether there is a roll call to go on with.
 */
import type { RollCallItem } from "../registry/journal.ts";
import type { Services } from "../services.ts";
import { isOver, REQUESTED, rollCall, type Time } from "./roll-call.ts";

/**
 * The input of the packaged schedule (deploy/schedule.yml). Nobody can send it over a bus: EventBridge wraps what a
 * sender wrote in an event of its own.
 * https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
 */
export const SCHEDULED = { start: "roll-call" };

/** The form of a roll call's id, as the contract has it in the path. */
const ROLL_CALL_ID = /^[A-Za-z0-9-]{1,64}$/;

/**
 * Calls the roll if the schedule invoked the function, or goes on with the roll call that an event names, if the table
 * has it as requested or handed on. Ignores and logs any other event.
 * @param event what the function was invoked with
 * @returns the roll call as it then is; undefined if the event was ignored
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

/** A roll call whose asker noted it as asked for last, and was cut off before it saved it. */
async function unsaved(registry: Services["registry"], id: string): Promise<RollCallItem | undefined> {
  const turn = await registry.readTurn();
  return turn?.id === id ? turn : undefined;
}

/** Whether an invocation is the schedule's: its input, and nothing beside it. */
const isScheduled = (event: unknown): boolean => JSON.stringify(event) === JSON.stringify(SCHEDULED);

/** The beginning of what a stranger may have written, for the log. */
const shown = (value: unknown): string => (JSON.stringify(value) ?? "undefined").slice(0, 100);
