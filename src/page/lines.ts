/** Compares two texts line by line and marks the lines that only one of them has. */

export type Line = { readonly text: string; readonly differs: boolean };

/**
 * The most lines that are compared, without those that both texts have at the start and at the end. If a text has more
 * lines, all of them count as different.
 */
const MOST = 400;

/** Returns the lines of both texts. `differs` is true for a line that the other text lacks. */
export function compareLines(before: string, after: string): { before: Line[]; after: Line[] } {
  const texts = { before: before.split("\n"), after: after.split("\n") };
  const [left, right] = [texts.before.map(withoutComma), texts.after.map(withoutComma)];
  let start = 0;
  while (start < Math.min(left.length, right.length) && left[start] === right[start]) start++;
  let end = 0;
  while (
    end < Math.min(left.length, right.length) - start &&
    left[left.length - 1 - end] === right[right.length - 1 - end]
  )
    end++;
  const [middleLeft, middleRight] = [
    left.slice(start, left.length - end),
    right.slice(start, right.length - end),
  ];
  const common = commonLines(middleLeft, middleRight);
  const marked = (lines: readonly string[], kept: ReadonlySet<number>): Line[] =>
    lines.map((text, index) => ({
      text,
      differs: index >= start && index < lines.length - end && !kept.has(index - start),
    }));
  return { before: marked(texts.before, common.left), after: marked(texts.after, common.right) };
}

/** Removes a trailing comma. In JSON a line's comma depends on the next line, so it is no difference. */
const withoutComma = (line: string): string => line.replace(/,$/, "");

/** Returns the positions of a longest common subsequence in both lists. */
function commonLines(left: readonly string[], right: readonly string[]) {
  const common = { left: new Set<number>(), right: new Set<number>() };
  if (left.length > MOST || right.length > MOST) return common;
  const width = right.length + 1;
  /** The length of the longest common subsequence that starts at a position in each list, or after it. */
  const length = new Uint16Array((left.length + 1) * width);
  const from = (i: number, j: number): number => length[i * width + j] ?? 0;
  for (let i = left.length - 1; i >= 0; i--)
    for (let j = right.length - 1; j >= 0; j--)
      length[i * width + j] =
        left[i] === right[j] ? from(i + 1, j + 1) + 1 : Math.max(from(i + 1, j), from(i, j + 1));
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    if (left[i] === right[j]) {
      common.left.add(i++);
      common.right.add(j++);
    } else if (from(i + 1, j) >= from(i, j + 1)) i++;
    else j++;
  }
  return common;
}
