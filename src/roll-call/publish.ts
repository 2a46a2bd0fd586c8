import { failed } from "../lib/errors.ts";
import { registrationPath } from "../page/paths.ts";
import type { RegistrationItem } from "../registry/items.ts";
import type { Services } from "../services.ts";

/**
 * Publishes the pending event of an item, then removes the event from the item. After a crash in between, the event is
 * published again with the same id, so each event is published at least once. Returns the item after the write.
 */
export async function publishPending(services: Services, item: RegistrationItem): Promise<RegistrationItem> {
  const { registry, events, config, home = { config } } = services;
  const { pendingEvent } = item;
  if (pendingEvent === undefined) return item;
  const { account } = config;
  const repairPath = `/v1/${registrationPath({ ...item, account }, home.config.account)}/repairs`;
  await events.put("Rolecall Drift Status Change", { ...pendingEvent, account, repairPath });
  const cleared = await registry.changeRegistration(item, item, (current) => {
    if (current === undefined) return { failure: "busy", retryAfterSeconds: 1 };
    if (current.pendingEvent?.id !== pendingEvent.id) return current;
    const { pendingEvent: _, ...rest } = current;
    return rest;
  });
  return failed(cleared) ? item : cleared;
}
