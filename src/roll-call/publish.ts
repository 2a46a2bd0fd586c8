import { failed } from "../lib/errors.ts";
import type { RegistrationItem } from "../registry/items.ts";
import type { Services } from "../services.ts";

/**
 * Publishes the pending event of an item, then removes the event from the item. After a crash in between, the event is
 * published again with the same id, so each event is published at least once. Returns the item after the write.
 */
export async function publishPending(
  { registry, events }: Services,
  item: RegistrationItem,
): Promise<RegistrationItem> {
  const { pendingEvent } = item;
  if (pendingEvent === undefined) return item;
  await events.put("Rolecall Drift Status Change", pendingEvent);
  const cleared = await registry.changeRegistration(item, item, (current) => {
    if (current === undefined) return { failure: "busy", retryAfterSeconds: 1 };
    if (current.pendingEvent?.id !== pendingEvent.id) return current;
    const { pendingEvent: _, ...rest } = current;
    return rest;
  });
  return failed(cleared) ? item : cleared;
}
