/** Checks the pages in a real browser: their rendering, their accessibility, their use by keyboard, and their links. */
import { afterAll, describe, expect, test } from "vitest";
import { openTab, startChromium, violations } from "./chromium.ts";
import { startScene } from "./scene.ts";

const browser = await startChromium();
afterAll(() => browser.close());
const { origin, pages } = await startScene();

const WIDTHS = [390, 768, 1440];
const SCHEMES = ["light", "dark"] as const;

describe.each(pages)("%s", (path) => {
  test.each(SCHEMES.flatMap((colorScheme) => WIDTHS.map((width) => ({ colorScheme, width }))))(
    "$colorScheme, $width px: the page is accessible, no wider than the screen, and logs no error",
    async ({ colorScheme, width }) => {
      const { page, complaints } = await openTab(browser, origin, {
        colorScheme,
        viewport: { width, height: 800 },
      });
      await page.goto(origin + path);
      for (const summary of await page.locator("summary").all()) await summary.click();
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBe(width);
      expect(await page.evaluate<number>("document.scripts.length")).toBe(0);
      const background = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
      const [red = 0] = background.match(/\d+/g)?.map(Number) ?? [];
      expect(red > 128).toBe(colorScheme === "light");
      expect(complaints).toEqual([]);
      await page.context().close();
    },
  );

  test("Tab reaches every link and control in order, and each one that has the focus is visible", async () => {
    const { page, complaints } = await openTab(browser, origin, { viewport: { width: 1440, height: 800 } });
    await page.goto(origin + path);
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to the text");
    expect(
      await page.evaluate<number>("document.activeElement.getBoundingClientRect().top"),
    ).toBeGreaterThanOrEqual(0);
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("main");

    // After the skip link, Tab would go on from the main text. Load the page again to start at its top.
    await page.goto("about:blank");
    await page.goto(origin + path);
    await page.evaluate(`
      window.reachable = [...document.querySelectorAll("a[href], summary, [tabindex='0']")].filter((one) => one.checkVisibility());
    `);
    const count = await page.evaluate<number>("reachable.length");
    const wrong: string[] = [];
    for (let index = 0; index < count; index++) {
      await page.keyboard.press("Tab");
      const fault = await page.evaluate<string>(`(() => {
        const { activeElement: focused } = document;
        const { outlineStyle, outlineWidth } = getComputedStyle(focused);
        const { top, bottom, left } = focused.getBoundingClientRect();
        if (focused !== reachable[${index}]) return "out of order";
        if (outlineStyle === "none" || parseFloat(outlineWidth) < 2) return "no outline";
        return bottom < 0 || top > innerHeight || left < -1 ? "not on the screen" : "";
      })()`);
      if (fault !== "") wrong.push(`${index}: ${fault}`);
    }
    expect(count).toBeGreaterThan(5);
    expect(wrong).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

test("on a phone, the first drifted role of a roll call is on the first screen", async () => {
  const { page } = await openTab(browser, origin, { viewport: { width: 390, height: 844 } });
  await page.goto(`${origin}/v1/roll-calls/latest`);
  const box = await page.locator("#drifted h3").first().boundingBox();
  expect((box?.y ?? Number.NaN) + (box?.height ?? Number.NaN)).toBeLessThan(844);
  await page.context().close();
});

test("the page of a roll call names each account with its result, those that failed first", async () => {
  const { page } = await openTab(browser, origin);
  await page.goto(`${origin}/v1/roll-calls/latest`);
  const rows = await page.locator("#accounts tbody tr").allInnerTexts();
  expect(rows).toHaveLength(4);
  expect(rows[0]).toMatch(/^410987654321\s+failed\s+\S/);
  expect(rows.find((row) => row.startsWith("210987654321"))).toMatch(/\schecked\s+1 role: 1 drifted/);
  await page.context().close();
});

test("every link within the site leads somewhere, on all pages that can be reached", async () => {
  const { page, complaints } = await openTab(browser, origin);
  const [start = ""] = pages;
  const waiting = [start];
  const seen = new Set<string>();
  const broken: string[] = [];
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    const response = await page.goto(origin + path);
    if (response?.status() !== 200) broken.push(`${path}: ${response?.status()}`);
    const links = await page
      .locator("a[href]")
      .evaluateAll<string[], { href: string }>((found) => found.map(({ href }) => href));
    for (const href of links) {
      if (!href.startsWith(`${origin}/`)) {
        // Do not follow links to other hosts, but check their form.
        if (!/^https:\/\/[\w.-]+\//.test(href)) broken.push(`${path}: ${href}`);
        continue;
      }
      const [whole = "", anchor] = href.split("#");
      if (anchor !== undefined && whole === origin + new URL(page.url()).pathname) {
        if ((await page.locator(`[id="${decodeURIComponent(anchor)}"]`).count()) !== 1)
          broken.push(`${path}: #${anchor}`);
      }
      const next = whole.slice(origin.length);
      // The filters of a list combine to many pages. Each is followed alone.
      if (seen.has(next) || new URL(whole).searchParams.size > 1) continue;
      seen.add(next);
      waiting.push(next);
    }
  }
  expect(broken).toEqual([]);
  expect(complaints).toEqual([]);
  expect(seen.size).toBeGreaterThan(20);
  await page.context().close();
});

test("markup in AWS's data is shown as text and does nothing", async () => {
  for (const path of pages.slice(0, 4)) {
    const { page, complaints } = await openTab(browser, origin);
    page.on("dialog", (dialog) => complaints.push(dialog.message()));
    await page.goto(origin + path);
    expect(await page.locator("main img, main script, main a[href^='javascript']").count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  }
});
