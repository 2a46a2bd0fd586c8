/**
 * Shortens changes before they are stored. An item of the table holds 400 kB, and values that others wrote to AWS may
 * be longer. A change that cannot be stored could be neither reported nor repaired.
 */
import type { StoredChange } from "./diff.ts";

/** The length up to which a value is stored whole. All inline policies of IAM are shorter (10,240 characters). */
const WHOLE = 12_000;

/**
 * Returns the changes with long values cut, so that all of them together have at most `most` characters as JSON. The
 * function halves the permitted length down to about 100 characters, so very many changes may still be longer. A value
 * that was already cut is not cut again at the same length.
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

/**
 * Returns the value, or the beginning of its text with the length of that text. The result is no longer than `whole`,
 * so a second call does not cut it again.
 */
function cutTo(whole: number, value: unknown): unknown {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  if (text.length <= whole) return value;
  const end = `… (${text.length} characters)`;
  return `${text.slice(0, whole - end.length)}${end}`;
}
