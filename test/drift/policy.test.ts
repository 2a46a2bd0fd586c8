import { describe, expect, test } from "vitest";
import { canonicalText, isNarrower, samePolicy } from "../../src/policy/compare.ts";
import { cpuTimeOf, cpuTimeOfAllPairs } from "../harness/cpu.ts";
import { documentOf } from "./policy-evaluator.ts";
import { narrowerCases } from "./policy-narrower-cases.ts";
import { sameCases } from "./policy-same-cases.ts";

describe("the same", () => {
  test.each(sameCases)("$name: $same", ({ same, kind, a, b }) => {
    const [one, other] = [documentOf(kind, a), documentOf(kind, b)];
    expect(samePolicy(one, other)).toBe(same);
    expect(samePolicy(other, one)).toBe(same);
  });

  test("two policies that are the same are each narrower than the other", () => {
    for (const { name, same, kind, a, b } of sameCases.filter(({ same }) => same)) {
      const [one, other] = [documentOf(kind, a), documentOf(kind, b)];
      expect([isNarrower(one, other), isNarrower(other, one)], name).toEqual([same, same]);
    }
  });

  test.each([
    null,
    undefined,
    "",
    "{}",
    1,
    [],
    {},
    { Statement: {} },
    { Version: "2020-01-01", Statement: [] },
  ])("%j is not a policy, so it is the same only as itself", (document) => {
    expect(samePolicy(document, document)).toBe(true);
    expect(samePolicy(document, { Version: "2012-10-17", Statement: [] })).toBe(false);
    expect(isNarrower(document, document)).toBe(false);
  });

  test("the canonical form of a policy has the meaning of the policy", () => {
    const Condition = { StringLike: { b: ["y", "x"], A: true }, Bool: { C: "false" } };
    const Principal = { Service: "s", AWS: ["arn:aws:iam::123456789012:root", "*"] };
    const statement = {
      Sid: "x",
      Effect: "Deny",
      Principal,
      NotAction: ["S3:b", "a:*"],
      Resource: "R",
      Condition,
    };
    expect(JSON.parse(canonicalText({ Id: "x", Statement: statement }))).toEqual({
      Version: "2008-10-17",
      Statement: [
        {
          Effect: "Deny",
          Principal: { AWS: ["*", "123456789012"], Service: ["s"] },
          NotAction: ["a:*", "s3:b"],
          Resource: ["R"],
          Condition: { Bool: { c: ["false"] }, StringLike: { a: ["true"], b: ["x", "y"] } },
        },
      ],
    });
  });
});

describe("narrower", () => {
  test.each(narrowerCases)("$name: $narrower", ({ narrower, kind, before, after }) => {
    expect(isNarrower(documentOf(kind, before), documentOf(kind, after))).toBe(narrower);
  });

  test("the tables have their expected length, and no name appears twice", () => {
    expect(sameCases.filter(({ same }) => same).length).toBeGreaterThanOrEqual(15);
    expect(narrowerCases.length).toBeGreaterThanOrEqual(60);
    const names = [...sameCases, ...narrowerCases].map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test("hostile documents cost less CPU time than 20 comparisons of all pairs of their characters", () => {
    const many = (count: number, make: (index: number) => unknown) =>
      Array.from({ length: count }, (_, i) => make(i));
    // The most that all inline policies of a role may have together.
    const wide = documentOf("identity", {
      Action: many(350, (i) => `a:${i}*`),
      Resource: many(350, (i) => `*${i}*a*b*c*`),
    });
    const scattered = documentOf(
      "identity",
      many(100, (i) => ({ Action: `a:*${i}*`, Resource: `*${i}*` })),
    );
    const long = documentOf("identity", { Action: `a:${"*a".repeat(2500)}`, Resource: "*?".repeat(2500) });
    const floor = cpuTimeOfAllPairs(JSON.stringify(long), JSON.stringify(long));
    const used = cpuTimeOf(() => {
      for (const before of [wide, scattered, long])
        for (const after of [wide, scattered, long]) isNarrower(before, after);
    });
    expect(used).toBeLessThan(20 * floor);
  });
});
