/** The documents name files, commands and pages that are there. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const documents = [
  ...readdirSync(root).filter((name) => name.endsWith(".md")),
  ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`),
  ...readdirSync(join(root, "examples"), { recursive: true, encoding: "utf8" }).map(
    (name) => `examples/${name}`,
  ),
].filter((name) => name.endsWith(".md"));
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

test.each(documents)("every file, link and script that %s names exists", (document) => {
  const text = readFileSync(join(root, document), "utf8");
  const files = [
    ...text.matchAll(/`((?:src|test|docs|deploy|local|scripts|handlers|bench|examples)\/[\w./-]+)`/g),
  ];
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)];
  const missing = [
    ...files.filter(([, path = ""]) => !existsSync(join(root, path))),
    ...links.filter(([, path = ""]) => !existsSync(join(root, dirname(document), path))),
    ...[...text.matchAll(/npm run (?:-s )?([a-z][\w:-]*)/g)].filter(
      ([, name = ""]) => scripts[name] === undefined,
    ),
  ].map(([written]) => written);
  expect(missing).toEqual([]);
});
