/** The consumers of generated clients are what a user of the generator would write. */
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";

/** Functions that send a request. They pass on each answer as the type that the generated function expects. */
const SENDERS = ["orval-fetch.ts", "kubb-fetch.ts"];

test("no consumer has a cast, except the functions that the generators leave to their users", async () => {
  const files = (await readdir(new URL("consumers", import.meta.url))).filter((file) => file.endsWith(".ts"));
  expect(files.length).toBe(7 + 1 + SENDERS.length);
  for (const file of files) {
    const text = ts.sys.readFile(fileURLToPath(new URL(`consumers/${file}`, import.meta.url))) ?? "";
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
    const casts: string[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isAsExpression(node) || ts.isTypeAssertionExpression(node))
        casts.push(node.type.getText(source));
      if (ts.isNonNullExpression(node)) casts.push("!");
      if (node.kind === ts.SyntaxKind.AnyKeyword) casts.push("any");
      ts.forEachChild(node, visit);
    };
    visit(source);
    expect(casts.length, file).toBe(SENDERS.includes(file) ? 1 : 0);
    expect(casts).not.toContain("any");
  }
});
