/** The documentation as a site: it is complete, every link leads somewhere, and `npm start` serves it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { brokenLinks } from "../../local/docs/links.ts";
import { renderDocument } from "../../local/docs/markdown.ts";
import { docsBelow } from "../../local/docs/serve.ts";
import { buildSite } from "../../local/docs/site.ts";
import { lineLog } from "../../local/log.ts";
import { type Local, startLocal } from "../../local/serve.ts";
import { contract, operations } from "../harness/contract.ts";

const site = await buildSite();
const page = (name: string): string => site.get(name) ?? "";

test("the site has every document, and every operation, schema and example of the contract", () => {
  for (const name of [
    "index",
    "reference",
    "architecture",
    "operating",
    "security",
    "contributing",
    "changelog",
  ])
    expect(page(`${name}.html`)).toContain("<h1");
  const reference = page("reference.html");
  for (const { id, method, path } of operations) {
    expect(reference).toContain(`id="${id}"`);
    expect(reference).toContain(`<strong>${method}</strong> ${path}</code>`);
  }
  const { schemas = {} } = contract.components as { schemas?: Record<string, { properties?: object }> };
  for (const [name, { properties = {} }] of Object.entries(schemas)) {
    const [, section = ""] = reference.split(`id="schema-${name}"`);
    for (const property of Object.keys(properties))
      expect(section.split("</section>")[0]).toContain(`<code>${property}</code>`);
  }
});

test("the site loads nothing from elsewhere, runs no script, and works below any path", () => {
  for (const [name, text] of site) {
    if (!name.endsWith(".html")) continue;
    expect(text).not.toMatch(/<(script|img|iframe)|@import|url\(|\ssrc=/);
    for (const [, href = ""] of text.matchAll(/href="([^"]*)"/g))
      expect(href).toMatch(/^(https:\/\/|#|data:,$|[\w.-]+\.(html|yaml|txt)(#|$))/);
  }
});

describe("a broken link is found", () => {
  test.each([
    ['<a href="no.html">', ["a.html → no.html"]],
    ['<a class="x" href="b.html#no">', ["a.html → b.html#no"]],
    ['<a href="#no">', ["a.html → #no"]],
    ['<a href="../b.html">', ["a.html → ../b.html"]],
    ['<a href="b.html#yes"><a href="b.html"><a href="#here"><a href="https://example.com/#no">', []],
  ])("exactly the broken links of %s are reported", (link, broken) => {
    expect(
      brokenLinks(
        new Map([
          ["a.html", `<p id="here">${link}`],
          ["b.html", '<p id="yes">'],
        ]),
      ),
    ).toEqual(broken);
  });
});

test("links between documents and the anchors of headings are the same as on GitHub", () => {
  const names = new Map([
    ["README.md", "index.html"],
    ["docs/a.md", "a.html"],
  ]);
  const { body, title, sections } = renderDocument(
    "# One `x`\n\n## Who may call?\n\n[up](../README.md) [there](a.md#b) [here](#who-may-call) [out](https://example.com/a.md)\n\n| a | |\n| --- | --- |\n| <b> | c |\n",
    "docs/b.md",
    names,
  );
  expect(title).toBe("One x");
  expect(sections).toEqual([{ id: "who-may-call", name: "Who may call?" }]);
  for (const part of [
    'href="index.html"',
    'href="a.html#b"',
    'href="#who-may-call"',
    'href="https://example.com/a.md"',
    '<h2 id="who-may-call">',
    '<th scope="row">',
  ])
    expect(body).toContain(part);
});

describe("served", () => {
  let local: Local;
  beforeAll(async () => {
    local = await startLocal({ log: lineLog("error"), besides: docsBelow("/docs") });
  });
  afterAll(() => local.close());
  const ask = (path: string, method = "GET") => fetch(local.url + path, { method, redirect: "manual" });

  test("the site is served below /docs, beside the API", async () => {
    const moved = await ask("/docs");
    expect([moved.status, moved.headers.get("location")]).toEqual([301, "/docs/"]);
    const start = await ask("/docs/");
    expect([start.status, start.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(await start.text()).toBe(page("index.html"));
    expect(await (await ask("/docs/openapi.yaml")).text()).toContain("openapi: 3.1.0");
    expect((await ask("/docs/reference.html", "HEAD")).status).toBe(200);
    expect((await ask("/healthz")).status).toBe(200);
  });

  test.each([
    ["/docs/no.html", "GET", 404],
    ["/docsx", "GET", 404],
    ["/docs/index.html", "POST", 404],
  ])("%s by %s is left to the API", async (path, method, status) => {
    expect((await ask(path, method)).status).toBe(status);
  });
});
