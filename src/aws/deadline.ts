/**
 * In time to answer: what works on a request, or on a roll call, makes no call that it could not wait for. Each call
 * ends at the deadline, whatever its attempts and pauses are doing, and no attempt begins after it.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Pluggable } from "@smithy/types";
import { AwsFault } from "./fault.ts";

const deadlines = new AsyncLocalStorage<number>();

/** Does work whose calls have to end in time. @param at milliseconds since 1970; no limit without it */
export const underDeadline = <T>(at: number | undefined, work: () => Promise<T>): Promise<T> =>
  at === undefined ? work() : deadlines.run(at, work);

/**
 * Ends a client's calls in time.
 * @param reserveMs how long before the deadline: what changes AWS ends earlier than what records how that ended
 * @param abandoned is told of a command whose outcome is not waited for
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
    const internal = `${aws.action} was not waited for: the time to answer was over`;
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
