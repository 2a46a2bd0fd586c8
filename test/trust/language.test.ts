import fc from "fast-check";
import { expect, test } from "vitest";
import { ending, example, examples, sequence, text } from "../../src/policy/language.ts";
import { CLAIM_VALUES, defaultSubjects, type Kind, templateSubjects } from "../../src/trust/grammar.ts";

/** The same single text, but as a sequence, which says nothing of a single text. */
const inParts = (whole: string) => sequence(text(whole.slice(0, 1)), text(whole.slice(1)));

const KINDS: readonly Kind[] = ["branch", "tag", "environment", "pull request"];
const SUBJECTS = {
  default: defaultSubjects(new Map()),
  template: templateSubjects(new Map(), KINDS),
};
const subject = fc
  .tuple(
    fc.constantFrom("repo:acme/api", "repo:acme@1/api@2", "repo:acme", "repository_id:7", ""),
    fc.constantFrom(":ref:refs/heads/main", ":ref:refs/tags/v1", ":environment:prod", ":pull_request", ":"),
    fc.constantFrom("", "/x", " ", "é", "🚀", ":ref:refs/pull/1/merge"),
  )
  .map((parts) => parts.join(""));

test("a single text reaches the same ends as any other language of that text", () => {
  const reached = new Set<number>();
  fc.assert(
    fc.property(subject, fc.constantFrom("default", "template"), (whole, by) => {
      const found = examples(text(whole), SUBJECTS[by]);
      reached.add(found.size);
      expect([...found].sort()).toEqual([...examples(inParts(whole), SUBJECTS[by])].sort());
    }),
    { numRuns: 1000 },
  );
  expect(reached.size).toBeGreaterThan(1);
});

test("a single text is in another language, whichever of the two comes first", () => {
  const ids = CLAIM_VALUES["repository_id"] ?? text("");
  for (const [whole, isId] of [
    ["17", true],
    ["017", false],
    ["", false],
  ] as const) {
    expect(example(ids, text(whole))).toBe(isId ? whole : undefined);
    expect(example(text(whole), ids)).toBe(isId ? whole : undefined);
    expect(examples(text(whole), ids(ending("id"))).has("id")).toBe(isId);
  }
});
