/**
 * Leases: who may write to AWS for an item, and until when. IAM has no conditional writes, so a writer without a live
 * lease does not write. docs/architecture.md has the rules.
 */
import type { Failure } from "./errors.ts";

/** Lease id → when it ends, in milliseconds since 1970. */
export type Leases = { readonly [id: string]: number };

/**
 * The duration of a lease. The API function ends after 29 seconds, so its writers never outlive their leases. The
 * drift function may run for 15 minutes; the guard in `src/aws/clients.ts` stops its writes before their lease ends.
 */
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

/** Returns the live leases and one more, without expired leases. */
export const withLease = (leases: Leases, lease: Lease, now: number): Leases => ({
  ...Object.fromEntries(live(leases, now)),
  [lease.id]: lease.expiresAt,
});

/** Returns the live leases without the writer's own. An unsettled lease stays until it expires. */
export const giveBack = (leases: Leases, lease: Lease, now: number): Leases =>
  Object.fromEntries(live(leases, now).filter(([id]) => id !== lease.id || lease.unsettled));

/** Tells whether another writer holds a live lease. */
export const isHeldByOther = (leases: Leases, own: string, now: number): boolean =>
  live(leases, now).some(([id]) => id !== own);

/** Returns the failure for a writer that has to wait for other leases; undefined if there are none. */
export function busy(leases: Leases, own: string, now: number): Failure | undefined {
  const others = live(leases, now).filter(([id]) => id !== own);
  if (others.length === 0) return undefined;
  const last = Math.max(...others.map(([, expiresAt]) => expiresAt));
  return { failure: "busy", retryAfterSeconds: Math.max(1, Math.ceil((last - now) / 1000)) };
}
