/** Finds the name that somebody probably meant. */

/** Returns the name that is nearest to a wrong one; undefined if none is near enough to be meant. */
export function nearest(wrong: string, names: readonly string[]): string | undefined {
  // Nobody mistypes a long name by chance, and the distance of long texts takes long to find.
  if (wrong.length > 40) return undefined;
  const given = plain(wrong);
  const near = names
    .map((name) => ({ name, distance: distance(given, plain(name)) }))
    .filter(({ name, distance }) => distance <= Math.min(2, Math.floor(name.length / 3)))
    .sort((one, other) => one.distance - other.distance);
  return near[0]?.name;
}

/** `pull_requests`, `PullRequests` and `pullRequests` differ only in style. */
const plain = (name: string): string => name.toLowerCase().replace(/[-_ ]/g, "");

/**
 * Returns the number of single slips that turn one text into the other: a character too many, missing or wrong, or two
 * neighbours swapped (optimal string alignment).
 */
function distance(one: string, other: string): number {
  const [a, b] = [[...one], [...other]];
  let rowBefore: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, char] of a.entries()) {
    const next = [i + 1];
    for (const [j, otherChar] of b.entries()) {
      const isSwapped = i > 0 && j > 0 && char === b[j - 1] && otherChar === a[i - 1];
      next.push(
        Math.min(
          (row[j] ?? 0) + (char === otherChar ? 0 : 1),
          (row[j + 1] ?? 0) + 1,
          (next[j] ?? 0) + 1,
          isSwapped ? (rowBefore[j - 1] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    [rowBefore, row] = [row, next];
  }
  return row.at(-1) ?? 0;
}
