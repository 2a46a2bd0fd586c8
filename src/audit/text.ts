/** Lists for people to read, of a length that a report can hold. */

/** Names in a sentence: all of a few, else the first and how many more there are. */
export function listed(names: readonly string[], most = 4): string {
  if (names.length <= most) return names.join(", ");
  return `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
}

const MOST_LINES = 15;
const LONGEST_LINE = 300;

/** Lines of a report, each once: of many the first, and how many more there are; of a long one both ends. */
export function shortened(lines: readonly string[]): string[] {
  const all = [...new Set(lines)].map((line) =>
    line.length <= LONGEST_LINE
      ? line
      : `${line.slice(0, LONGEST_LINE / 2 - 1)}…${line.slice(-LONGEST_LINE / 2)}`,
  );
  if (all.length <= MOST_LINES) return all;
  return [...all.slice(0, MOST_LINES - 1), `and ${all.length - MOST_LINES + 1} more`];
}
