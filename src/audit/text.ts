/** Shortens lists so that people can read them and the table can store them. */

/** Joins names for a sentence: all of them if there are few, otherwise the first ones and the number of the others. */
export function listed(names: readonly string[], most = 4): string {
  if (names.length <= most) return names.join(", ");
  return `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
}

const MOST_LINES = 15;
const LONGEST_LINE = 300;

/**
 * Shortens a list of lines. Repeated lines appear once, a long line keeps its beginning and its end, and a long list
 * keeps its first lines and the number of the others.
 */
export function shortened(lines: readonly string[]): string[] {
  const all = [...new Set(lines)].map((line) =>
    line.length <= LONGEST_LINE
      ? line
      : `${line.slice(0, LONGEST_LINE / 2 - 1)}…${line.slice(-LONGEST_LINE / 2)}`,
  );
  if (all.length <= MOST_LINES) return all;
  return [...all.slice(0, MOST_LINES - 1), `and ${all.length - MOST_LINES + 1} more`];
}
