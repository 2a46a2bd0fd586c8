/** Says in words who wrote last to what has drifted. It does not say who caused the difference: nobody can know that. */
import type { components } from "../generated/contract.ts";
import { count } from "./count.ts";

type Drift = components["schemas"]["Drift"];
type Known = Pick<Drift, "since" | "causes" | "causesStatus">;

/** Returns one sentence; undefined if there is nothing to say. */
export function lastWritten({ since, causes = [], causesStatus }: Known): string | undefined {
  const [last] = causes;
  if (last !== undefined) {
    const { by, action, at, invokedBy, sourceIp } = last;
    const through = invokedBy === undefined || invokedBy === by ? "" : ` through ${invokedBy}`;
    const from = sourceIp === undefined || sourceIp === invokedBy ? "" : ` from ${sourceIp}`;
    const before = since === undefined ? "" : `, ${timeBetween(at, since)} before the check that found it`;
    return `Last written by ${by} with ${action}${through}${from}${before}.`;
  }
  return causesStatus === undefined ? undefined : UNKNOWN[causesStatus];
}

/** Returns the time between two times in words, such as `12 minutes`. */
function timeBetween(earlier: string, later: string): string {
  const minutes = Math.max(0, Math.round((Date.parse(later) - Date.parse(earlier)) / 60_000));
  if (minutes < 1) return "less than a minute";
  if (minutes < 120) return count(minutes, "minute");
  return minutes < 48 * 60
    ? count(Math.round(minutes / 60), "hour")
    : count(Math.round(minutes / (24 * 60)), "day");
}

const UNKNOWN: Record<NonNullable<Drift["causesStatus"]>, string | undefined> = {
  found: undefined,
  "none-found": "CloudTrail lists no write by others since the role was last in sync.",
  "pages-left":
    "CloudTrail lists more events than a roll call reads, and none of those that it read is a write by others.",
  "not-yet": "CloudTrail does not list the write yet. The next roll call asks again.",
  "not-allowed": "AWS does not let Rolecall ask CloudTrail who wrote last (cloudtrail:LookupEvents).",
  "not-asked": "Nobody has asked CloudTrail yet who wrote last. The next roll call asks.",
  failed: "CloudTrail did not answer who wrote last. The next roll call asks again.",
};
