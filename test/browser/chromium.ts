/** Starts the system's Chromium with pages that may only connect to the test's own server. */
import { existsSync } from "node:fs";
import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const ARGUMENTS = [
  // In a container every process runs as root, and Chromium has no sandbox for root.
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts Chromium. @throws Error that says what to install */
export async function startChromium(): Promise<Browser> {
  const named = process.env["ROLECALL_CHROMIUM"];
  const executablePath = named ?? PLACES.find((path) => existsSync(path));
  if (executablePath === undefined || !existsSync(executablePath))
    throw new Error(
      `There is no Chromium at ${named ?? PLACES.join(", ")}. Install it (apt-get install chromium), or set ROLECALL_CHROMIUM to its path.`,
    );
  return chromium.launch({ executablePath, args: ARGUMENTS });
}

/** Things that no page may do. Empty if the page behaves. */
export type Complaints = string[];

/** Opens a tab that records what no page may do: connect to another host, fail, or log an error or warning. */
export async function openTab(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; complaints: Complaints }> {
  const complaints: Complaints = [];
  const context = await browser.newContext(options);
  await context.route(
    () => true,
    (route) => {
      const url = route.request().url();
      if (url.startsWith(`${origin}/`) || url.startsWith("data:")) return route.continue();
      complaints.push(`request to ${url}`);
      return route.abort();
    },
  );
  const page = await context.newPage();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()))
      complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`page error: ${error.message}`));
  return { page, complaints };
}

/** Returns what axe finds wrong with a page, as `rule: element`. */
export async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(axe.source);
  // Return the violations alone. The whole report lists every element of the page, and takes long to send.
  const found = await page.evaluate<axe.Result[]>(
    "axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations)",
  );
  return found.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(" ")}`));
}
