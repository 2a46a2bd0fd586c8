import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTrustPolicy } from "../../src/policy/parse.ts";

test("a policy is bounded in depth and in length", () => {
  const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
  expect(parseTrustPolicy(nested(33))).toEqual({ error: "not an object" });
  expect(parseTrustPolicy(nested(34))).toMatchObject({ error: expect.stringContaining("nested deeper") });
  expect(parseTrustPolicy(nested(60_000))).toMatchObject({ error: expect.stringContaining("nested deeper") });
  expect(parseTrustPolicy(" ".repeat(131_073))).toMatchObject({
    error: expect.stringContaining("longer than"),
  });
  expect(parseTrustPolicy(`{"Statement":[]}${" ".repeat(131_000)}`)).not.toHaveProperty("error");
});

describe("a policy in its longest form", () => {
  const parse = (policy: unknown) => {
    const parsed = parseTrustPolicy(JSON.stringify(policy));
    if ("error" in parsed) throw new Error(parsed.error);
    return parsed;
  };

  test("single forms become lists, numbers and booleans strings", () => {
    const { policy } = parse({
      Statement: {
        Effect: "Allow",
        Principal: { Federated: "p" },
        Action: "a",
        Condition: { StringEquals: { k: "v", n: [1, 2.5, -0] }, Bool: { b: true } },
      },
    });
    expect(policy).toEqual({
      version: "2008-10-17",
      statements: [
        {
          pointer: "/Statement",
          sid: null,
          effect: "Allow",
          principal: { not: false, values: [{ type: "Federated", value: "p" }] },
          action: { not: false, values: ["a"] },
          resource: undefined,
          conditions: [
            {
              pointer: "/Statement/Condition/StringEquals/k",
              operator: "StringEquals",
              key: "k",
              values: ["v"],
            },
            {
              pointer: "/Statement/Condition/StringEquals/n",
              operator: "StringEquals",
              key: "n",
              values: ["1", "2.5", "0"],
            },
            { pointer: "/Statement/Condition/Bool/b", operator: "Bool", key: "b", values: ["true"] },
          ],
        },
      ],
    });
  });

  test("every kind of principal and the negated elements are read", () => {
    const everybody = { AWS: ["1", "2"], Federated: "f", Service: "s", CanonicalUser: "c" };
    const { policy } = parse({
      Version: "2012-10-17",
      Id: "x",
      Statement: [
        { Sid: "A", Effect: "Deny", NotPrincipal: everybody, NotAction: ["a", "b"] },
        { Effect: "Allow", Principal: "*", Action: "*" },
      ],
    });
    expect(policy.version).toBe("2012-10-17");
    const [first, second] = policy.statements;
    expect(first).toMatchObject({
      sid: "A",
      effect: "Deny",
      action: { not: true, values: ["a", "b"] },
      conditions: [],
    });
    expect(first?.principal).toEqual({
      not: true,
      values: [
        { type: "AWS", value: "1" },
        { type: "AWS", value: "2" },
        { type: "Federated", value: "f" },
        { type: "Service", value: "s" },
        { type: "CanonicalUser", value: "c" },
      ],
    });
    expect(second?.principal).toEqual({ not: false, values: [{ type: "*", value: "*" }] });
    expect(second?.pointer).toBe("/Statement/1");
  });

  test("condition keys that differ only in letter case are duplicates, and both stay", () => {
    const Condition = { StringEquals: { "a:sub": "x", "A:SUB": "y" }, StringLike: { "a:sub": "z" } };
    const parsed = parse({ Statement: { Effect: "Allow", Principal: "*", Action: "*", Condition } });
    expect(parsed.duplicateKeys).toEqual([{ pointer: "/Statement/Condition/StringEquals/A:SUB" }]);
    expect(parsed.policy.statements[0]?.conditions).toHaveLength(3);
  });

  test("unknown elements are reported", () => {
    const Statement = [{ Effect: "Allow", Principal: "*", Action: "*", Resource: "*", condition: {} }];
    expect(parse({ Statement, statement: [] }).unknownElements).toEqual([
      { pointer: "/statement" },
      { pointer: "/Statement/0/Resource" },
      { pointer: "/Statement/0/condition" },
    ]);
  });

  const good = { Effect: "Allow", Principal: "*", Action: "*" };
  test.each<[string, unknown, string]>([
    ["no object", [], "not an object"],
    ["no Statement", {}, "no Statement"],
    ["a Version that is none", { Version: 2012, Statement: [] }, "/Version: not a string"],
    ["a statement that is none", { Statement: ["x"] }, "/Statement/0: not an object"],
    ["a Sid that is none", { Statement: { ...good, Sid: 1 } }, "/Statement/Sid: not a string"],
    ["no Effect", { Statement: { ...good, Effect: undefined } }, "/Statement/Effect: neither Allow nor Deny"],
    [
      "Effect in lower case",
      { Statement: { ...good, Effect: "allow" } },
      "/Statement/Effect: neither Allow nor Deny",
    ],
    ["no Principal", { Statement: { ...good, Principal: undefined } }, "/Statement: no Principal"],
    [
      "two principals",
      { Statement: { ...good, NotPrincipal: "*" } },
      "/Statement: both Principal and NotPrincipal",
    ],
    [
      "a principal's text",
      { Statement: { ...good, Principal: "me" } },
      "/Statement/Principal: not an object",
    ],
    [
      "a kind of principal",
      { Statement: { ...good, Principal: { aws: "*" } } },
      '/Statement/Principal: "aws" is not a kind of principal',
    ],
    [
      "a principal's number",
      { Statement: { ...good, Principal: { AWS: 1 } } },
      "/Statement/Principal/AWS: not a string or a list of strings",
    ],
    ["no Action", { Statement: { ...good, Action: undefined } }, "/Statement: no Action"],
    ["two actions", { Statement: { ...good, NotAction: "*" } }, "/Statement: both Action and NotAction"],
    [
      "a Condition that is none",
      { Statement: { ...good, Condition: null } },
      "/Statement/Condition: not an object",
    ],
    [
      "an operator that is none",
      { Statement: { ...good, Condition: { Bool: "x" } } },
      "/Statement/Condition/Bool: not an object",
    ],
    [
      "a value that is none",
      { Statement: { ...good, Condition: { Bool: { "a/b": [null] } } } },
      "/Statement/Condition/Bool/a~1b: not a string, number or boolean, or a list of them",
    ],
  ])("a policy is refused: %s", (_, policy, error) => {
    expect(parseTrustPolicy(JSON.stringify(policy))).toEqual({ error });
  });

  test("any text gives a document or an error", () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void parseTrustPolicy(text)));
  });
});
