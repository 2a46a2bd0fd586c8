/**
 * Leases: who may write to AWS for an item, and until when. IAM has no conditional writes, so a writer without a
 * live lease does not write; what the rules are stands in docs/architecture.md.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Failure } from "../errors.ts";

/** Lease id → when it ends, in milliseconds since 1970. */
export type Leases = { readonly [id: string]: number };

/** Longer than a Lambda may run for (30 s), so no writer outlives its lease but one that was stopped. */
const LEASE_MS = 60_000;

/** A writer's own lease. */
export type Lease = {
  readonly id: string;
  readonly expiresAt: number;
  /** Set once an attempt's outcome is unknown: it may still take effect, so the lease is not given back. */
  unsettled: boolean;
};

export const newLease = (id: string, now: number): Lease => ({
  id,
  expiresAt: now + LEASE_MS,
  unsettled: false,
});

const live = (leases: Leases, now: number): [string, number][] =>
  Object.entries(leases).filter(([, expiresAt]) => expiresAt > now);

/** The live leases and one more; those that ran out are dropped. */
export const withLease = (leases: Leases, lease: Lease, now: number): Leases => ({
  ...Object.fromEntries(live(leases, now)),
  [lease.id]: lease.expiresAt,
});

/** The live leases without the writer's own, unless that has to run out. */
export const giveBack = (leases: Leases, lease: Lease, now: number): Leases =>
  Object.fromEntries(live(leases, now).filter(([id]) => id !== lease.id || lease.unsettled));

/** Whether another writer holds a live lease. */
export const isHeldByOther = (leases: Leases, own: string, now: number): boolean =>
  live(leases, now).some(([id]) => id !== own);

/** The failure for a writer that has to wait for other leases; undefined if there are none. */
export function busy(leases: Leases, own: string, now: number): Failure | undefined {
  const others = live(leases, now).filter(([id]) => id !== own);
  if (others.length === 0) return undefined;
  const last = Math.max(...others.map(([, expiresAt]) => expiresAt));
  return { failure: "busy", retryAfterSeconds: Math.max(1, Math.ceil((last - now) / 1000)) };
}

/** How long a writer of the same intent is waited for before it is joined: it is about to be done, or has crashed. */
const PATIENCE = { looks: 12, milliseconds: 150 };

/**
 * Waits for other writers, looking again and again, until none holds a lease or patience ends. Many writers of one
 * intent would otherwise join each other, and spend their time on each other's conditions.
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
