import fc from "fast-check";
import { expect, test } from "vitest";
import { type Pattern, stringLike } from "../../src/policy/string-like.ts";
import { toPattern } from "../../src/policy/variables.ts";
import { cpuTimeOf, cpuTimeOfAllPairs } from "../harness/cpu.ts";
import { runs } from "../harness/properties.ts";

const patternOf = (text: string): Pattern => toPattern(text, { wildcards: true, variables: null }) ?? [];

/** A reference implementation, which is simple but slow in the worst case. */
function reference(text: string): RegExp {
  const escaped = text.replaceAll(/[\\^$.|+()[\]{}/-]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", "[^]*").replaceAll("?", "[^]")}$`);
}

test("matching agrees with a regular expression", () => {
  const few = fc.string({ unit: fc.constantFrom("a", "b", ":", "/", "*", "?"), maxLength: 12 });
  const any = fc.string({
    unit: fc.oneof(fc.constantFrom("*", "?", "\n", "$", "é"), fc.string({ maxLength: 1 })),
  });
  fc.assert(
    fc.property(fc.oneof(few, any), fc.oneof(few, any), (pattern, value) => {
      expect(stringLike(patternOf(pattern), value)).toBe(reference(pattern).test(value));
    }),
    { numRuns: runs(8_000) },
  );
});

test("a pattern matches itself with its wildcards filled in", () => {
  const parts = fc.array(fc.tuple(fc.constantFrom("*", "?", "a", "ab", ":"), fc.string({ maxLength: 3 })));
  fc.assert(
    fc.property(parts, (chosen) => {
      const pattern = chosen.map(([part]) => part).join("");
      const value = chosen.map(([part, fill]) => (part === "*" ? fill : part === "?" ? "x" : part)).join("");
      expect(stringLike(patternOf(pattern), value)).toBe(true);
    }),
  );
});

test.each([
  ["many stars", `${"*a".repeat(1_000)}*b`],
  ["many stars and question marks", `${"?*".repeat(1_000)}b`],
])("%s cost less CPU time than comparing all pairs of characters five times", (_, pattern) => {
  const value = "a".repeat(8_000);
  const floor = cpuTimeOfAllPairs(pattern, value);
  const used = cpuTimeOf(() => expect(stringLike(patternOf(pattern), value)).toBe(false));
  expect(used).toBeLessThan(5 * floor);
});

test("the pattern of a value without variables matches the value's own text", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!text.includes("${"));
      expect(toPattern(text, { wildcards: false, variables: () => "x" })).toEqual(text === "" ? [] : [text]);
    }),
  );
});
