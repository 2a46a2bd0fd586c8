import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { Clients } from "./clients.ts";
import { AwsFault } from "./fault.ts";

/** Puts an event on the account's bus, under the source `rolecall`. */
export type Events = { put(detailType: string, detail: object): Promise<void> };

/** EventBridge's default bus. @throws AwsFault if the bus does not take an event; it is then put again later */
export function eventBridge({ events }: Clients): Events {
  return {
    async put(detailType, detail) {
      const { FailedEntryCount = 0, Entries = [] } = await events.send(
        new PutEventsCommand({
          Entries: [{ Source: "rolecall", DetailType: detailType, Detail: JSON.stringify(detail) }],
        }),
      );
      if (FailedEntryCount === 0) return;
      // EventBridge says so in an answer of status 200.
      const { ErrorCode: code = "InternalFailure", ErrorMessage: internal = "" } = Entries[0] ?? {};
      const aws = { service: "events", action: "PutEvents", code };
      throw new AwsFault(
        { failure: "aws-unavailable", aws, retryAfterSeconds: 5, internal },
        code,
        undefined,
      );
    },
  };
}
