/**
 * Keeps a deadline, so that a request or a roll call ends in time. Every call ends at the deadline, even in the middle
 * of an attempt or a pause, and no attempt begins after it.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Pluggable } from "@smithy/types";
import { AwsFault } from "./fault.ts";

const deadlines = new AsyncLocalStorage<number>();

/**
 * Runs work with a deadline for its calls. An earlier deadline that already applies stays.
 * @param at milliseconds since 1970; undefined for no deadline
 */
export const underDeadline = <T>(at: number | undefined, work: () => Promise<T>): Promise<T> =>
  at === undefined
    ? work()
    : deadlines.run(Math.min(at, deadlines.getStore() ?? Number.POSITIVE_INFINITY), work);

/**
 * Ends a client's calls before the deadline.
 * @param reserveMs ends the calls this long before the deadline, to leave time for recording their result
 * @param abandoned is called with the name of a command that did not end in time
 */
export function inTime<I extends object, O extends object>(
  service: string,
  reserveMs: number,
  now: () => number,
  abandoned: (commandName: string) => void = () => {},
): Pluggable<I, O> {
  const left = () => (deadlines.getStore() ?? Number.POSITIVE_INFINITY) - reserveMs - now();
  const outOfTime = (commandName = "") => {
    const aws = { service, action: commandName.replace(/Command$/, ""), code: "OutOfTime" };
    const internal = `${aws.action} did not end before the deadline`;
    return new AwsFault(
      { failure: "aws-unavailable", aws, retryAfterSeconds: 5, internal },
      aws.code,
      undefined,
    );
  };
  return {
    applyToStack: (stack) => {
      stack.add(
        (next, { commandName }) =>
          async (args) => {
            if (left() <= 0) throw outOfTime(commandName);
            return next(args);
          },
        { step: "finalizeRequest", priority: "low", name: "beginInTime" },
      );
      stack.add(
        (next, { commandName = "" }) =>
          async (args) => {
            const milliseconds = left();
            if (milliseconds === Number.POSITIVE_INFINITY) return next(args);
            let timer: NodeJS.Timeout | undefined;
            const end = new Promise<never>((_, reject) => {
              timer = setTimeout(
                () => {
                  abandoned(commandName);
                  reject(outOfTime(commandName));
                },
                Math.max(0, milliseconds),
              );
            });
            try {
              return await Promise.race([next(args), end]);
            } finally {
              clearTimeout(timer);
            }
          },
        { step: "initialize", priority: "low", name: "endInTime" },
      );
    },
  };
}
