/**
 * Ends the connections of clients that a process has dropped. Without that, an idle connection would stay open, and in
 * memory, until AWS closes it.
 */
import type { MiddlewareStack } from "@smithy/types";

type Client<I extends object, O extends object> = {
  readonly middlewareStack: Pick<MiddlewareStack<I, O>, "add">;
  destroy(): void;
};

/** Returns the connections of an account's clients. */
export function openConnections() {
  const clients = new Set<{ destroy(): void }>();
  let underWay = 0;
  let isEnding = false;
  const endIdle = () => {
    if (isEnding && underWay === 0) for (const client of clients) client.destroy();
  };
  return {
    /** Adds the connections of a client, and counts its calls. */
    add<I extends object, O extends object>(client: Client<I, O>): void {
      clients.add(client);
      client.middlewareStack.add(
        (next) => async (args) => {
          underWay++;
          try {
            return await next(args);
          } finally {
            underWay--;
            endIdle();
          }
        },
        { step: "initialize", priority: "high", name: "callsUnderWay" },
      );
    },
    /**
     * Ends all connections once no call is under way. A later call connects again, and its connections end with it. So
     * work that still has the clients goes on.
     */
    end(): void {
      isEnding = true;
      endIdle();
    },
  };
}
