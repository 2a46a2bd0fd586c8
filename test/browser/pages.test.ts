/** Checks the pages in a real browser: their rendering, their accessibility, their use by keyboard, and their links. */
import { afterAll, describe, expect, test } from "vitest";
import { besidesStatus, COLOUR_SCHEMES, expectGoodLooksAtAllWidths, follow, viewportIn } from "./checks.ts";
import { openTab, startChromium } from "./chromium.ts";
import { startScene } from "./scene.ts";

const browser = await startChromium();
afterAll(() => browser.close());
const { origin, pages } = await startScene();

describe.each(pages)("%s", (path) => {
  test.each(COLOUR_SCHEMES)(
    "in %s colours at every width, the page is accessible, no wider than the screen, and logs no error",
    async (colorScheme) => {
      const { page, complaints } = await openTab(browser, origin, {
        colorScheme,
        viewport: viewportIn(colorScheme),
      });
      await page.goto(origin + path);
      await expectGoodLooksAtAllWidths(page, colorScheme);
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

test("the command that repairs a drifted role stands open, and one click selects all of it", async () => {
  const { page } = await openTab(browser, origin);
  await page.goto(`${origin}/v1/roll-calls/latest`);
  const command = page.locator("#drifted article").first().locator("pre.command");
  expect(await command.isVisible()).toBe(true);
  await command.click();
  const text = (await command.innerText()).trim();
  expect(text).toMatch(/^curl -X POST "http:.*\/repairs"$/);
  expect(await page.evaluate<string>("getSelection().toString().trim()")).toBe(text);
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
  const { seen, broken } = await follow(page, origin, start);
  expect(broken).toEqual([]);
  expect(complaints).toEqual([]);
  expect(seen.size).toBeGreaterThan(20);
  await page.context().close();
});

describe.each([
  ["/v1/nothing", 404],
  ["/v1/roll-calls/20200101T000000Z-00000000", 404],
  ["/v1/roles?limit=none&status=x", 422],
] as const)("the error of %s", (path, status) => {
  test.each(COLOUR_SCHEMES)(
    "in %s colours at every width, it is a page like the others",
    async (colorScheme) => {
      const { page, complaints } = await openTab(browser, origin, {
        colorScheme,
        viewport: viewportIn(colorScheme),
      });
      expect((await page.goto(origin + path))?.status()).toBe(status);
      await expectGoodLooksAtAllWidths(page, colorScheme);
      expect(besidesStatus(complaints, status)).toEqual([]);
      await page.context().close();
    },
  );
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
