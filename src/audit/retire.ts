/** When an old role can go: its replacements are in use, and it was not used for long. */
import type { components } from "../generated/contract.ts";
import type { AccountRole } from "./role.ts";

const DAY_MS = 24 * 60 * 60_000;
const IDLE_DAYS = 30;

/** How many days ago a role was last used; or, never used, created. */
export const idleDays = ({ createdAt, lastUsedAt }: AccountRole, now: number): number =>
  (now - Date.parse(lastUsedAt ?? createdAt)) / DAY_MS;

/** The same in words. */
export function idleSince(role: AccountRole, now: number): string {
  const days = Math.floor(idleDays(role, now));
  return role.lastUsedAt === undefined
    ? `It was never used, and was created ${days} days ago.`
    : `It was last used ${days} days ago.`;
}

/** @param replacements for each repository that the old role lets in, the registered roles of it */
export function retirement(
  role: AccountRole,
  replacements: readonly {
    readonly name: string;
    readonly registered: readonly { readonly role: string; readonly lastUsedAt: string | undefined }[];
  }[],
  now: number,
): components["schemas"]["Retirement"] {
  const notYet = (reason: string) => ({ ready: false, reason });
  if (replacements.length === 0) return notYet("No replacement can be suggested; see notes.");
  for (const { name, registered } of replacements) {
    if (registered.length === 0) return notYet(`${name} has no registered role yet.`);
    if (registered.every(({ lastUsedAt }) => lastUsedAt === undefined))
      return notYet(
        `${name} has not used its registered role ${registered.map((one) => one.role).join(", ")} yet.`,
      );
  }
  const since = idleSince(role, now);
  return idleDays(role, now) > IDLE_DAYS
    ? { ready: true, reason: `Its replacements are in use. ${since}` }
    : notYet(`${since} Wait until that is more than ${IDLE_DAYS}.`);
}
