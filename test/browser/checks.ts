/** Checks that every page must pass in a browser, on each server that serves it. */
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { type Complaints, violations } from "./chromium.ts";

export const COLOUR_SCHEMES = ["light", "dark"] as const;
type ColourScheme = (typeof COLOUR_SCHEMES)[number];

/**
 * The widths of a phone, a tablet and a desktop, in CSS pixels. A test loads a page once and then resizes it, because
 * loading takes longer than the checks.
 */
export const WIDTHS = [390, 768, 1440];

/** Returns the viewport in which a test loads a page: a phone's in light colours, and a desktop's in dark ones. */
export const viewportIn = (colorScheme: ColourScheme) => ({
  width: colorScheme === "light" ? 390 : 1440,
  height: 800,
});

/**
 * Checks that a page has no scripts, and that at every width it is accessible, no wider than the screen and in the chosen
 * colours.
 */
export async function expectGoodLooksAtAllWidths(page: Page, colorScheme: ColourScheme): Promise<void> {
  for (const summary of await page.locator("summary").all()) await summary.click();
  for (const width of WIDTHS) await expectGoodLooksAt(width, page, colorScheme);
  expect(await page.evaluate<number>("document.scripts.length")).toBe(0);
}

/** Checks that a page is accessible, no wider than the screen and in the chosen colours at one width. */
export async function expectGoodLooksAt(width: number, page: Page, colorScheme: ColourScheme): Promise<void> {
  await page.setViewportSize({ width, height: 800 });
  // A menu that slides away is half transparent for a moment.
  await page.evaluate("Promise.allSettled(document.getAnimations().map(({ finished }) => finished))");
  const where = `${page.url()} at ${width} px`;
  expect(await violations(page), where).toEqual([]);
  expect(await page.evaluate<number>("document.documentElement.scrollWidth"), where).toBe(width);
  await expectColours(page, colorScheme);
}

async function expectColours(page: Page, colorScheme: ColourScheme): Promise<void> {
  const background = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
  const [red = 0] = background.match(/\d+/g)?.map(Number) ?? [];
  expect(red > 128).toBe(colorScheme === "light");
}

/** Follows every link within the site. Returns the paths that it opened, and the links that lead nowhere. */
export async function follow(page: Page, origin: string, start: string) {
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
  return { seen, broken };
}

/** Returns the complaints without the line that Chromium logs for a page whose status is an error. */
export const besidesStatus = (complaints: Complaints, status: number): Complaints =>
  complaints.filter((one) => !one.includes(`responded with a status of ${status} `));
