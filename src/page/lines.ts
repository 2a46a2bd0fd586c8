/** Two texts beside each other, line by line: which of each stand in the other too. */

export type Line = { readonly text: string; readonly differs: boolean };

/** Of how many lines the longest common part is looked for; what is longer than that differs as a whole. */
const MOST = 400;

/** The lines of both, each with whether the other has none for it. */
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

/** In JSON what comes after a line decides whether it ends with one. */
const withoutComma = (line: string): string => line.replace(/,$/, "");

/** The places of a longest common subsequence in both. */
function commonLines(left: readonly string[], right: readonly string[]) {
  const common = { left: new Set<number>(), right: new Set<number>() };
  if (left.length > MOST || right.length > MOST) return common;
  const width = right.length + 1;
  /** How long the longest is from a place in each on. */
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
