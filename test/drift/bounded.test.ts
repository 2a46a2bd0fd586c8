import { describe, expect, test } from "vitest";
import { bounded } from "../../src/diff/bounded.ts";
import type { Change } from "../../src/diff/diff.ts";

const change = (actual: unknown, expected: unknown = null): Change => ({
  resource: "arn:aws:iam::123456789012:role/rolecall/x",
  path: "/inlinePolicies/theirs",
  expected,
  actual,
  effect: "widens",
  repairable: true,
});
const long = (length: number) => ({ Statement: '"'.repeat(length) });

describe("the stored form of changes", () => {
  test("short values are stored whole", () => {
    const changes = [change({ Statement: [] }), change("text", null)];
    expect(bounded(changes)).toEqual(changes);
  });

  test("a value as long as all inline policies of a role together is stored whole", () => {
    const changes = [change({ Statement: "x".repeat(10_240) })];
    expect(bounded(changes)).toEqual(changes);
  });

  test("of a long value, the beginning and the length are stored", () => {
    const [cut] = bounded([change({ Statement: "x".repeat(20_000) })]);
    expect(cut?.actual).toMatch(/^\{"Statement":"x+… \(20016 characters\)$/);
    expect(String(cut?.actual)).toHaveLength(12_000);
  });

  test.each([
    ["one of them long", [change(long(50_000))]],
    ["many of them long", Array.from({ length: 60 }, () => change(long(30_000), long(30_000)))],
    ["many of them short", Array.from({ length: 60 }, () => change(long(900)))],
  ])("changes together fit into the limit, and cutting again changes nothing: %s", (_, changes) => {
    const kept = bounded(changes);
    expect(JSON.stringify(kept).length).toBeLessThanOrEqual(90_000);
    expect(bounded(kept)).toEqual(kept);
    expect(kept.map(({ path, effect }) => [path, effect])).toEqual(
      changes.map(({ path, effect }) => [path, effect]),
    );
  });
});
