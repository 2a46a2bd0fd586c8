import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { Clients } from "./clients.ts";
import { entryFault } from "./fault.ts";

/** Publishes events on the account's bus, with the source `rolecall`. */
export type Events = { put(detailType: string, detail: object): Promise<void> };

/** Publishes on EventBridge's default bus. `put` throws an AwsFault if the bus does not accept the event. */
export function eventBridge({ events }: Clients): Events {
  return {
    async put(detailType, detail) {
      const { FailedEntryCount = 0, Entries = [] } = await events.send(
        new PutEventsCommand({
          Entries: [{ Source: "rolecall", DetailType: detailType, Detail: JSON.stringify(detail) }],
        }),
      );
      if (FailedEntryCount === 0) return;
      const { ErrorCode: Code, ErrorMessage: Message } = Entries[0] ?? {};
      throw entryFault("events", "PutEvents", { Code, Message });
    },
  };
}
