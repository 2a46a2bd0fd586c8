/** Holds test/conformance.md against the tests that it names. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const text = readFileSync(join(root, "test/conformance.md"), "utf8");

const rules = text
  .split(/^## /m)
  .slice(1)
  .map((section) => ({
    rule: section.split("\n", 1)[0] ?? "",
    items: section.split("\n").filter((line) => line.startsWith("- ")),
  }));

test("there are the eleven rules of safety, in their order", () => {
  const numbers = rules.flatMap(({ rule }) => /^(\d+)\. /.exec(rule)?.[1] ?? []);
  expect(numbers).toEqual(Array.from({ length: 11 }, (_, index) => String(index + 1)));
});

describe.each(rules)("$rule", ({ items }) => {
  test("names tests", () => {
    expect(items.length).toBeGreaterThan(1);
  });

  test.each(items)("%s is there", (item) => {
    const [, file = "", name = ""] = /^- `(test\/[\w./-]+)`: "(.+)"$/.exec(item) ?? [];
    expect(existsSync(join(root, file)), item).toBe(true);
    const source = readFileSync(join(root, file), "utf8");
    expect([`"${name}"`, `\`${name}\``].some((quoted) => source.includes(quoted))).toBe(true);
  });
});
