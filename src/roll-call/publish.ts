import { failed } from "../lib/errors.ts";
import type { RegistrationItem } from "../registry/items.ts";
import type { Services } from "../services.ts";

/**
 * Puts the event that an item holds, then takes it off the item. After a crash in between it is put again, with the
 * same id: at least once, never lost. Answers the item as it then is.
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
