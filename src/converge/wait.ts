import { setTimeout as sleep } from "node:timers/promises";
import { isHeldByOther, type Leases } from "../lib/lease.ts";

/** How long to wait for a writer of the same intent before joining it. By then the writer is done, or has crashed. */
const PATIENCE = { looks: 12, milliseconds: 150 };

/**
 * Waits for other writers of an item. Looks again and again, until no writer holds a lease or patience ends. Without the
 * wait, many writers of one intent would join each other and spend their time on each other's conditions.
 * @param first the item as it was read
 * @param isSameIntent whether the item still has the intent that is waited for
 * @returns the item as it was read last
 */
export async function waitForOthers<T extends { leases: Leases } | undefined>(
  first: T,
  look: () => Promise<T>,
  isSameIntent: (item: T) => boolean,
  now: () => number,
): Promise<T> {
  let item = first;
  for (let looks = 0; looks < PATIENCE.looks; looks++) {
    if (item === undefined || !isSameIntent(item) || !isHeldByOther(item.leases, "", now())) return item;
    await sleep(PATIENCE.milliseconds * (0.5 + Math.random()));
    item = await look();
  }
  return item;
}
