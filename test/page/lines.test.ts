/** The comparison of two texts, line by line. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { compareLines, type Line } from "../../src/page/lines.ts";

const shown = (lines: readonly Line[]) =>
  lines.map(({ text, differs }) => (differs ? `!${text}` : text)).join(" ");

test.each([
  ["a b c", "a b c", "a b c", "a b c"],
  ["a b c", "a x c", "a !b c", "a !x c"],
  ["a c", "a b c", "a c", "a !b c"],
  ["a b a b", "b a", "!a b a !b", "b a"],
  ["a, b", "a b,", "a, b", "a b,"],
  ["a a a", "a a", "a a !a", "a a"],
  ["", "", "", ""],
])("%j and %j: a line that only one of them has is marked", (before, after, left, right) => {
  const { before: from, after: to } = compareLines(before.replaceAll(" ", "\n"), after.replaceAll(" ", "\n"));
  expect([shown(from), shown(to)]).toEqual([left, right]);
});

test("unmarked lines are the same in both texts, and no line is lost", () => {
  const text = fc.array(fc.constantFrom("a", "b", "c", "{", "}")).map((lines) => lines.join("\n"));
  const same = (lines: readonly Line[]) => lines.filter(({ differs }) => !differs).map((line) => line.text);
  const whole = (lines: readonly Line[]) => lines.map((line) => line.text).join("\n");
  fc.assert(
    fc.property(text, text, (left, right) => {
      const { before, after } = compareLines(left, right);
      expect(same(before)).toEqual(same(after));
      expect([whole(before), whole(after)]).toEqual([left, right]);
    }),
  );
});

test("in texts too long to compare, every line between the common start and end is marked", () => {
  const lines = (letter: string) => Array(50_000).fill(letter).join("\n");
  const { before, after } = compareLines(`same\n${lines("a")}`, `same\n${lines("b")}`);
  expect(before.filter(({ differs }) => !differs)).toHaveLength(1);
  expect(after.filter(({ differs }) => differs)).toHaveLength(50_000);
});
