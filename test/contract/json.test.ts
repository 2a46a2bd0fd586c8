/** The reader that finds keys which stand twice, held against `JSON.parse`. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Json, readJson, repeatedKeys } from "../../src/lib/json.ts";
import { runs } from "../harness/properties.ts";
import { doubled, withOneKeyTwice } from "./repeated-key.ts";

/** Returns the value that `JSON.parse` would have returned. */
function plain(json: Json): unknown {
  if (json instanceof Map) return Object.fromEntries([...json].map(([key, value]) => [key, plain(value)]));
  return Array.isArray(json) ? json.map(plain) : json;
}

function outcome(read: () => unknown): { value: unknown } | "refused" {
  try {
    return { value: read() };
  } catch {
    return "refused";
  }
}

describe("the JSON reader", () => {
  test("agrees with JSON.parse on every document", () => {
    const spaces = fc.constantFrom(undefined, 1, "\t", " \n");
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), spaces, (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const read = readJson(text);
        expect(read.duplicates).toEqual([]);
        expect(plain(read.value)).toStrictEqual(JSON.parse(text));
      }),
      { numRuns: runs(2_000) },
    );
  });

  test("agrees with JSON.parse on what is hardly JSON", () => {
    const token = fc.constantFrom(
      ..."{ } [ ] , : \" \\ / - + . 0 1 12 e E true false null tru \u0000 \n \t \u2028 \ud800 é 'a' \ufeff".split(
        " ",
      ),
      ...['"a"', '"\\n"', '"\\u00e9"', '"\\x"', '"__proto__"', '{"a":1}', "1.5e-3", "-0", "01", "NaN", " "],
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 8 }), (tokens) => {
        const text = tokens.join("");
        expect(outcome(() => plain(readJson(text).value))).toStrictEqual(outcome(() => JSON.parse(text)));
      }),
      { numRuns: runs(20_000) },
    );
  });

  test.each([
    ['{"a":1,"a":2}', ["/a"], { a: 2 }],
    ['{"a":{"b":1,"c":2,"b":3}}', ["/a/b"], { a: { b: 3, c: 2 } }],
    ['[{"x":1},{"x":1,"x":1,"x":2}]', ["/1/x", "/1/x"], [{ x: 1 }, { x: 2 }]],
    ['{"a/b~c":1,"a\\/b~c":2}', ["/a~1b~0c"], { "a/b~c": 2 }],
    ['{"":1,"":2}', ["/"], { "": 2 }],
    ['{"__proto__":{"a":1},"__proto__":{"b":1}}', ["/__proto__"], JSON.parse('{"__proto__":{"b":1}}')],
    ['{"a":{"b":1},"a":{"b":2}}', ["/a"], { a: { b: 2 } }],
  ])("keys that stand twice, the later wins: %s", (text, duplicates, value) => {
    const read = readJson(text);
    expect(read.duplicates).toEqual(duplicates);
    expect(plain(read.value)).toEqual(value);
  });
});

describe("the keys that stand twice", () => {
  test("are found wherever they stand, however they are escaped", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.infiniteStream(fc.nat()), (value, picks) => {
        const pick = (count: number) => picks.next().value % count;
        expect(repeatedKeys(JSON.stringify(value))).toEqual([]);
        const twice = withOneKeyTwice(value, pick);
        if (twice !== undefined) expect(repeatedKeys(twice.text)).toEqual([twice.pointer]);
      }),
      { numRuns: runs(5_000) },
    );
  });

  test("are named once each, also where they stand three times", () => {
    expect(repeatedKeys('{"a":1,"a":2,"a":3,"b":{"c":1,"c":2}}')).toEqual(["/a", "/b/c"]);
  });

  test("are not looked for in what is nested too deeply to be anybody's body", () => {
    for (const depth of [34, 1_000, 32_000])
      expect(repeatedKeys(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`)).toBe("too-deep");
  });

  test("are found in as much as a body may hold, whatever it is made of", () => {
    const many = Array.from({ length: 8_000 }, (_, index) => `"k${index}":0`).join();
    expect(repeatedKeys(`{${many},"k0":1}`)).toEqual(["/k0"]);
    expect(repeatedKeys(doubled(`"${"\\n".repeat(15_000)}"`))).toHaveLength(1);
    expect(repeatedKeys(doubled(`"${"x".repeat(30_000)}"`))).toHaveLength(1);
    expect(repeatedKeys(`{"a":[${"0,".repeat(30_000)}0],"a":0}`)).toEqual(["/a"]);
  });
});
