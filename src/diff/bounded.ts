/**
 * Changes as they are kept: whole where they are short. An item of the table has 400 kB, and what somebody has put into
 * AWS may be longer; a change that could not be kept would be neither told nor repaired.
 */
import type { StoredChange } from "./diff.ts";

/** How long a value may be that is kept whole: IAM's inline policies all are (10,240 characters). */
const WHOLE = 12_000;

/**
 * The changes with long values cut, so far that all of them together have at most so many characters as JSON. What has
 * been cut stays as it is.
 */
export function bounded(changes: readonly StoredChange[], most = 90_000): StoredChange[] {
  for (let whole = WHOLE; ; whole = Math.floor(whole / 2)) {
    const cut = changes.map((change) => ({
      ...change,
      expected: cutTo(whole, change.expected),
      actual: cutTo(whole, change.actual),
    }));
    if (whole < 100 || JSON.stringify(cut).length <= most) return cut;
  }
}

/** A value as it is, or the beginning of its text with how long that was: together no longer, so it is cut only once. */
function cutTo(whole: number, value: unknown): unknown {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  if (text.length <= whole) return value;
  const end = `… (${text.length} characters)`;
  return `${text.slice(0, whole - end.length)}${end}`;
}
