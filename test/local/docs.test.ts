/** The documentation as a site: it is complete, every link leads somewhere, and `npm start` serves it. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { brokenLinks } from "../../local/docs/anchors.ts";
import { builtSite, SITE } from "../../local/docs/built.ts";
import { readSite, withLinks } from "../../local/docs/pages.ts";
import { docsBelow } from "../../local/docs/serve.ts";

import { lineLog } from "../../local/log.ts";
import { type Local, startLocal } from "../../local/serve.ts";
import { contract, operations } from "../harness/contract.ts";

const { pages } = await readSite();
const page = (name: string): string => pages.get(name) ?? "";

test("the reference has every operation by method and path, with a sample in three languages", () => {
  const reference = [...pages].filter(([name]) => name.startsWith("reference-")).map(([, text]) => text);
  const sections = reference.join("\n").split(/^## /m);
  for (const { id, method, path } of operations) {
    const section = sections.find((text) => text.startsWith(`\`${method} ${path}\` {#${id.toLowerCase()}}`));
    expect(section, id).toBeDefined();
    for (const language of ["sh [curl]", "ts [TypeScript]", "python [Python]"])
      expect(section).toContain(`\`\`\`${language}`);
    expect(page("reference.md")).toContain(`#${id.toLowerCase()})`);
  }
});

test("the reference has every schema with every field", () => {
  const { schemas = {} } = contract.components as { schemas?: Record<string, { properties?: object }> };
  const sections = page("reference-schemas.md").split(/^## /m);
  for (const [name, { properties = {} }] of Object.entries(schemas)) {
    const section = sections.find((text) => text.startsWith(`${name} {#schema-${name.toLowerCase()}}`));
    for (const property of Object.keys(properties)) expect(section).toContain(`- \`${property}\``);
  }
});

test("every column of a table has a name", () => {
  const nameless = [...pages].flatMap(([name, text]) =>
    [...text.matchAll(/^(\|.*\|)\n\| *:?-{3}/gm)]
      .map(([, header = ""]) => header)
      .filter((header) =>
        header
          .slice(1, -1)
          .split("|")
          .some((cell) => cell.trim() === ""),
      )
      .map((header) => `${name}: ${header}`),
  );
  expect(nameless).toEqual([]);
});

describe("a broken link is found", () => {
  test.each([
    ['<a href="/docs/no.html">', ["a.html → /docs/no.html"]],
    ['<a class="x" href="/docs/b.html#no">', ["a.html → /docs/b.html#no"]],
    ['<a href="#no">', ["a.html → #no"]],
    ['<a href="../b.html">', ["a.html → ../b.html"]],
    [
      '<a href="/docs/b.html#yes"><a href="/docs/b.html"><a href="#here"><a href="https://example.com/#no"><a href="/docs/">',
      [],
    ],
  ])("exactly the broken links of %s are reported", (link, broken) => {
    const site = new Map([
      ["a.html", `<p id="here">${link}`],
      ["b.html", '<p id="yes">'],
    ]);
    expect(brokenLinks(site, new Set([...site.keys(), "index.html"]), "/docs/")).toEqual(broken);
  });

  test("a link of a document to a file that the site lacks is reported, and others lead to the site's pages", () => {
    const names = new Map([
      ["README.md", "index.md"],
      ["docs/a.md", "a.md"],
      ["examples/x.sh", "examples-x.sh.txt"],
    ]);
    const broken: string[] = [];
    const text =
      "[up](../README.md) [there](a.md#b) [here](#b) [file](../examples/x.sh) [out](https://example.com/a.md) [no](../src/no.ts)";
    expect(withLinks(text, "docs/b.md", names, (link) => broken.push(link))).toBe(
      '[up](./index.md) [there](./a.md#b) [here](#b) [file](./examples-x.sh.txt){target="_self"} [out](https://example.com/a.md) [no](../src/no.ts)',
    );
    expect(broken).toEqual(["../src/no.ts"]);
  });
});

describe("served", () => {
  let local: Local;
  beforeAll(async () => {
    await builtSite();
    local = await startLocal({ log: lineLog("error"), besides: docsBelow("/docs") });
  });
  afterAll(() => local.close());
  const ask = (path: string, method = "GET") => fetch(local.url + path, { method, redirect: "manual" });

  test("the site is served below /docs, beside the API", async () => {
    const moved = await ask("/docs");
    expect([moved.status, moved.headers.get("location")]).toEqual([301, "/docs/"]);
    const start = await ask("/docs/");
    expect([start.status, start.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(await start.text()).toContain("<h1");
    expect(await (await ask("/docs/openapi.yaml")).text()).toContain("openapi: 3.1.0");
    expect((await ask("/docs/reference.html", "HEAD")).status).toBe(200);
    expect((await ask("/healthz")).status).toBe(200);
  });

  test("no file of the site names another host that a browser would ask", async () => {
    const names = (await readdir(SITE, { recursive: true })).filter((name) => /\.(html|css)$/.test(name));
    expect(names.length).toBeGreaterThan(20);
    for (const name of names)
      expect(await readFile(join(SITE, name), "utf8")).not.toMatch(
        /<(?:script|img|iframe|link)[^>]*(?:src|href)="(?:https?:)?\/\/|url\(["']?(?:https?:)?\/\/|@import/,
      );
  });

  test.each([
    ["/docs/no.html", "GET", 404],
    ["/docsx", "GET", 404],
    ["/docs/index.html", "POST", 404],
    ["/docs/.digest", "GET", 404],
    ["/docs/assets/..%2f..%2f..%2fpackage.json", "GET", 400],
  ])("%s by %s is left to the API", async (path, method, status) => {
    expect((await ask(path, method)).status).toBe(status);
  });
});
