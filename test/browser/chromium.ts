/** The Chromium of the system, in which a page may speak to nobody but us. */
import { existsSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const ARGUMENTS = [
  // In a container everybody is root, for whom Chromium has no sandbox.
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts it. @throws Error that says what to install */
export async function startChromium(): Promise<Browser> {
  const named = process.env["ROLECALL_CHROMIUM"];
  const executablePath = named ?? PLACES.find((path) => existsSync(path));
  if (executablePath === undefined || !existsSync(executablePath))
    throw new Error(
      `There is no Chromium at ${named ?? PLACES.join(", ")}: install it (apt-get install chromium), or name one by ROLECALL_CHROMIUM.`,
    );
  return chromium.launch({ executablePath, args: ARGUMENTS });
}

/** What no page may do; empty if it is as it should be. */
export type Complaints = string[];

/** A tab that notes what no page may do: speak to another host, fail, or complain. */
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
