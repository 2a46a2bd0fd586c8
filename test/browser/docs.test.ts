/** The documentation in a real browser: how it looks, what its search finds, and what it copies. */
import type { Page } from "playwright-core";
import { afterAll, describe, expect, test } from "vitest";
import { builtSite } from "../../local/docs/built.ts";
import { readSite } from "../../local/docs/pages.ts";
import { docsBelow } from "../../local/docs/serve.ts";
import { lineLog } from "../../local/log.ts";
import { startLocal } from "../../local/serve.ts";
import { COLOUR_SCHEMES, expectGoodLooksAt, viewportIn, WIDTHS } from "./checks.ts";
import { openTab, startChromium, violations } from "./chromium.ts";

await builtSite();
const browser = await startChromium();
const local = await startLocal({ log: lineLog("error"), besides: docsBelow("/docs") });
afterAll(async () => {
  await browser.close();
  await local.close();
});
const origin = local.url;

const PAGES = [
  "/docs/",
  "/docs/operating.html",
  "/docs/security.html",
  "/docs/reference.html",
  "/docs/reference-registrations.html",
];
describe.each(PAGES)("%s", (path) => {
  test.each(COLOUR_SCHEMES)(
    "in %s colours at every width, the page is accessible, no wider than the screen, and asks nobody else",
    async (colorScheme) => {
      const { page, complaints } = await openTab(browser, origin, {
        colorScheme,
        viewport: viewportIn(colorScheme),
      });
      await page.goto(origin + path);
      for (const width of WIDTHS) {
        await expectGoodLooksAt(width, page, colorScheme);
        // On a phone the text comes first, and the menu is behind a button.
        const top = await page.locator("h1").evaluate((one) => one.getBoundingClientRect().top);
        expect(top, `at ${width} px`).toBeLessThan(400);
      }
      expect(complaints).toEqual([]);
      await page.context().close();
    },
  );
});

/** The other pages: in one look each, because they are made of the same parts. */
const { groups } = await readSite();
const OTHERS = groups
  .flatMap(({ items }) => items.map(({ file }) => `/docs/${file.replace(/(?:index)?\.md$/, "")}`))
  .map((path) => (path.endsWith("/") ? path : `${path}.html`))
  .filter((path) => !PAGES.includes(path));

test.each(OTHERS.map((path, index) => ({ path, dark: index % 2 === 1 })))(
  "$path is accessible on a phone, and asks nobody else",
  async ({ path, dark }) => {
    const colorScheme = dark ? "dark" : "light";
    const viewport = { width: 390, height: 800 };
    const { page, complaints } = await openTab(browser, origin, { colorScheme, viewport });
    expect((await page.goto(origin + path))?.status()).toBe(200);
    await expectGoodLooksAt(390, page, colorScheme);
    expect(complaints).toEqual([]);
    await page.context().close();
  },
);

test("on a phone, the side list opens and closes by keyboard, and is accessible while it is open", async () => {
  const viewport = { width: 390, height: 800 };
  const { page, complaints } = await openTab(browser, origin, { viewport });
  await page.goto(`${origin}/docs/`);
  await page.waitForFunction("document.querySelector('#app').__vue_app__ !== undefined");
  const menu = page.getByRole("button", { name: "Menu", exact: true });
  await tabTo(page, "document.activeElement.textContent.trim() === 'Menu'");
  await page.keyboard.press("Enter");
  await page.locator(".VPSidebar.open").waitFor();
  expect(await menu.getAttribute("aria-expanded")).toBe("true");
  expect(await violations(page)).toEqual([]);
  await tabTo(page, "document.activeElement.textContent.trim() === 'Deploy and operate'");
  await page.keyboard.press("Enter");
  await page.waitForURL(`${origin}/docs/operating.html`);
  await page.locator(".VPSidebar:not(.open)").waitFor({ state: "attached" });
  expect(await page.locator("h1").innerText()).toContain("Operating");
  expect(complaints).toEqual([]);
  await page.context().close();
});

/** Presses Tab until a condition of the page holds. */
async function tabTo(page: Page, condition: string): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate<boolean>(condition)) return;
  }
  throw new Error(`Tab never reaches: ${condition}`);
}

test.each([
  ["drift-checks", "/v1/repos/{owner}/{repo}/roles/{role}/drift-checks"],
  ["environmentBranches", "environmentBranches"],
  ["claimant", "release"],
])("the search for %s finds a place that says %s, by keyboard alone", async (words, found) => {
  const { page, complaints } = await openTab(browser, origin, { viewport: { width: 1440, height: 800 } });
  await page.goto(`${origin}/docs/`);
  // The site listens to the keyboard once its script has taken over the page.
  await page.waitForFunction("document.querySelector('#app').__vue_app__ !== undefined");
  await page.keyboard.press("Control+k");
  await page.locator("#localsearch-input").fill(words);
  await page.locator("#localsearch-list li").first().waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.hash !== "" || url.pathname !== "/docs/");
  await page.locator(".vp-doc", { hasText: found }).waitFor();
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("the copy button of a sample copies its text, and nothing else", async () => {
  const { page, complaints } = await openTab(browser, origin, {
    viewport: { width: 1440, height: 800 },
    permissions: ["clipboard-read", "clipboard-write"],
  });
  await page.goto(`${origin}/docs/reference-registrations.html`);
  const block = page.locator("div.language-sh").first();
  await block.hover();
  await block.locator("button.copy").click();
  const copied = await page.evaluate<string>("navigator.clipboard.readText()");
  expect(copied).toMatch(/^curl -X PUT "\$API\/v1\/repos\/acme\/api\/roles\/publish" \\\n/);
  expect(copied.trim()).toBe((await block.locator("code").innerText()).trim());
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("a sample is shown in TypeScript and Python by its tabs", async () => {
  const { page } = await openTab(browser, origin, { viewport: { width: 1440, height: 800 } });
  await page.goto(`${origin}/docs/reference-registrations.html`);
  const group = page.locator(".vp-code-group").first();
  for (const [tab, text] of [
    ["TypeScript", "createClient<paths>"],
    ["Python", "SigV4Auth"],
  ] as const) {
    await group.getByText(tab, { exact: true }).click();
    await group.locator("div.active", { hasText: text }).waitFor();
  }
  await page.context().close();
});
