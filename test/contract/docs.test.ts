/** The documents name files, commands and pages that are there. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { contract } from "../harness/contract.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const documents = [
  ...readdirSync(root).filter((name) => name.endsWith(".md")),
  ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`),
  ...readdirSync(join(root, "examples"), { recursive: true, encoding: "utf8" }).map(
    (name) => `examples/${name}`,
  ),
].filter((name) => name.endsWith(".md"));
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

test.each([
  [403, "Forbidden"],
  [404, "Not Found"],
  [429, "Too Many Requests"],
  [500, "Internal Server Error"],
  [503, "Service Unavailable"],
])("the contract and docs/errors.md show API Gateway's own %i", (status, message) => {
  const row = `| ${status} | \`{"message":"${message}"}\` |`;
  expect(contract.info.description).toContain(row);
  expect(readFileSync(join(root, "docs/errors.md"), "utf8")).toContain(row);
});

test("the contract and docs/errors.md sign for execute-api with the same curl", () => {
  const curl = /^ +curl --aws-sigv4 .*:execute-api" .*$/m;
  const errors = readFileSync(join(root, "docs/errors.md"), "utf8");
  const [inErrors = "none"] = curl.exec(errors) ?? [];
  expect(contract.info.description).toContain(inErrors.trim());
});

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
