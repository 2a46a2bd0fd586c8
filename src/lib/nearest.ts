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

/** Returns how many characters have to be added, removed or replaced to turn one text into the other (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [i, char] of [...one].entries()) {
    const next = [i + 1];
    for (const [j, otherChar] of [...other].entries())
      next.push(
        Math.min((row[j] ?? 0) + (char === otherChar ? 0 : 1), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1),
      );
    row = next;
  }
  return row.at(-1) ?? 0;
}
