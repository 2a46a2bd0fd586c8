import { isHeldByOther, type Leases } from "../lib/lease.ts";
import type { Services } from "../services.ts";

/**
 * The time to wait for a writer of the same intent before joining it. By then the writer has finished or has crashed.
 */
const PATIENCE = { looks: 12, milliseconds: 150 };

/**
 * Waits for other writers of an item. Reads the item repeatedly, until no writer holds a lease or the patience ends.
 * Without the wait, many writers of one intent would join each other and spend their time on failed conditional writes.
 * @param first the item as it was read
 * @param isSameIntent tells whether the item still has the intent to wait for
 * @returns the item as it was read last
 */
export async function waitForOthers<T extends { leases: Leases } | undefined>(
  first: T,
  look: () => Promise<T>,
  isSameIntent: (item: T) => boolean,
  { now, wait }: Pick<Services, "now" | "wait">,
): Promise<T> {
  let item = first;
  for (let looks = 0; looks < PATIENCE.looks; looks++) {
    if (item === undefined || !isSameIntent(item) || !isHeldByOther(item.leases, "", now())) return item;
    await wait(PATIENCE.milliseconds * (0.5 + Math.random()));
    item = await look();
  }
  return item;
}
