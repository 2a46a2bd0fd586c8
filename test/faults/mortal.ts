import type { Pluggable } from "@smithy/types";

/** Counts the calls in progress, and fails each attempt of a killed process. */
export function mortal<I extends object, O extends object>(
  life: { isOver: boolean },
  traffic: { underWay: number },
): Pluggable<I, O> {
  return {
    applyToStack: (stack) => {
      stack.add(
        (next) => async (args) => {
          traffic.underWay++;
          try {
            return await next(args);
          } finally {
            traffic.underWay--;
          }
        },
        { step: "initialize", priority: "high", name: "underWay" },
      );
      stack.add(
        (next) => async (args) => {
          if (life.isOver) throw new Error("killed");
          try {
            return await next(args);
          } catch (error) {
            throw life.isOver ? new Error("killed") : error;
          }
        },
        { step: "finalizeRequest", priority: "low", name: "mortal" },
      );
    },
  };
}
