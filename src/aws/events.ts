import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { Clients } from "./clients.ts";

/** Puts an event on the account's bus, under the source `rolecall`. */
export type Events = { put(detailType: string, detail: object): Promise<void> };

/** EventBridge's default bus. @throws Error if the bus does not take an event; it is then put again later */
export function eventBridge({ events }: Clients): Events {
  return {
    async put(detailType, detail) {
      const { FailedEntryCount = 0, Entries = [] } = await events.send(
        new PutEventsCommand({
          Entries: [{ Source: "rolecall", DetailType: detailType, Detail: JSON.stringify(detail) }],
        }),
      );
      if (FailedEntryCount > 0)
        throw new Error(`EventBridge did not take the event: ${Entries[0]?.ErrorCode}`);
    },
  };
}
