/** Decides when an old role can be deleted: all replacements are in use, and the role has been idle for 30 days. */

import type { AccountRole } from "../../desired/account-role.ts";
import type { components } from "../../generated/contract.ts";

const DAY_MS = 24 * 60 * 60_000;
const IDLE_DAYS = 30;

/** Returns the days since a role was last used; since it was created, if it was never used. */
export const idleDays = ({ createdAt, lastUsedAt }: AccountRole, now: number): number =>
  (now - Date.parse(lastUsedAt ?? createdAt)) / DAY_MS;

/** Says in words since when a role has been idle. Names the day, so that the text stays the same until the role is used. */
export const idleSince = ({ createdAt, lastUsedAt }: AccountRole): string =>
  lastUsedAt === undefined
    ? `The role was created on ${dayOf(createdAt)} and has never been used.`
    : `The role was last used on ${dayOf(lastUsedAt)}.`;

const dayOf = (at: string): string => at.slice(0, "2026-11-23".length);

/** @param replacements each repository that the old role lets in, with the repository's registered roles */
export function retirement(
  role: AccountRole,
  replacements: readonly {
    readonly name: string;
    readonly registered: readonly { readonly role: string; readonly lastUsedAt: string | undefined }[];
  }[],
  now: number,
): components["schemas"]["Retirement"] {
  const notYet = (reason: string) => ({ ready: false, reason });
  if (replacements.length === 0) return notYet("No replacement can be suggested. See notes.");
  for (const { name, registered } of replacements) {
    if (registered.length === 0) return notYet(`${name} has no registered role yet.`);
    if (registered.every(({ lastUsedAt }) => lastUsedAt === undefined))
      return notYet(
        `${name} has not used its registered role ${registered.map((one) => one.role).join(", ")} yet.`,
      );
  }
  const since = idleSince(role);
  return idleDays(role, now) > IDLE_DAYS
    ? { ready: true, reason: `Its replacements are in use. ${since}` }
    : notYet(`${since} Wait until it has been idle for more than ${IDLE_DAYS} days.`);
}
