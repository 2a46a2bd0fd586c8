/** The console in a browser, before a stand-in of API Gateway that accepts signed requests only. */
import { afterAll, expect, test } from "vitest";
import { signedFetch } from "../../examples/typescript-client/signed-fetch.ts";
import { startConsole } from "../../local/console/server.ts";
import { CREDENTIALS, IDENTITY, startGateway } from "../harness/gateway.ts";
import { besidesStatus, COLOUR_SCHEMES, expectGoodLooksAtAllWidths, follow, viewportIn } from "./checks.ts";
import { openTab, startChromium } from "./chromium.ts";
import { startScene } from "./scene.ts";

const browser = await startChromium();
afterAll(() => browser.close());
const { origin: api, pages } = await startScene();
const gateway = await startGateway(api);
afterAll(() => gateway.close());

/** Starts a console that signs with an identity. */
async function start(identity: typeof IDENTITY | { accessKeyId: string; secretAccessKey: string }) {
  const started = await startConsole({
    apiUrl: gateway.url,
    send: signedFetch(CREDENTIALS.AWS_REGION, identity),
    remedyOf: () => undefined,
  });
  afterAll(() => started.close());
  return { url: started.url, origin: new URL(started.url).origin };
}

const { url, origin } = await start(IDENTITY);
const first = await openTab(browser, origin);
await first.page.goto(url);
/** The cookies of the browser that opened the first address. */
const storageState = await first.page.context().storageState();

test("the first address leads to the start page, and its token is in no address after it", async () => {
  const { page, complaints } = first;
  expect(page.url()).toBe(`${origin}/`);
  await page.getByRole("link", { name: "Registrations" }).first().click();
  expect(page.url()).toBe(`${origin}/v1/roles`);
  await page.goBack();
  expect(page.url()).toBe(`${origin}/`);
  expect(await page.evaluate<string>("document.referrer + document.documentElement.outerHTML")).not.toContain(
    new URL(url).searchParams.get("token"),
  );
  expect(complaints).toEqual([]);
});

test("the first address does not work in another browser once it was opened", async () => {
  const { page, complaints } = await openTab(browser, origin);
  expect((await page.goto(url))?.status()).toBe(403);
  expect(await page.locator("h1").innerText()).toBe("Not a valid address");
  expect((await page.goto(`${origin}/v1/roles`))?.status()).toBe(403);
  expect(besidesStatus(complaints, 403)).toEqual([]);
  await page.context().close();
});

test.each(COLOUR_SCHEMES)(
  "in %s colours at every width, every page is accessible, no wider than the screen, and asks nobody else",
  async (colorScheme) => {
    const { page, complaints } = await openTab(browser, origin, {
      colorScheme,
      viewport: viewportIn(colorScheme),
      storageState,
    });
    for (const path of ["/", ...pages]) {
      expect((await page.goto(origin + path))?.status(), path).toBe(200);
      await expectGoodLooksAtAllWidths(page, colorScheme);
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  },
);

test("every link from the start page on leads somewhere, through the console alone", async () => {
  const { page, complaints } = await openTab(browser, origin, { storageState });
  const before = gateway.seen.length;
  const { seen, broken } = await follow(page, origin, "/");
  expect(broken).toEqual([]);
  expect(complaints).toEqual([]);
  expect([...seen].filter((path) => path.startsWith("/v1/")).length).toBeGreaterThan(20);
  const passed = gateway.seen.slice(before);
  expect(passed.length).toBeGreaterThan(20);
  expect(passed.filter(({ method, status }) => method !== "GET" || status !== 200)).toEqual([]);
  await page.context().close();
});

test.each(COLOUR_SCHEMES)(
  "in %s colours at every width, the page of a refused request names the missing permission",
  async (colorScheme) => {
    const other = await start({ accessKeyId: "AKIDOTHER", secretAccessKey: "other" });
    const { page, complaints } = await openTab(browser, other.origin, {
      colorScheme,
      viewport: viewportIn(colorScheme),
    });
    await page.goto(other.url);
    await page.getByRole("link", { name: "Audit" }).first().click();
    expect(await page.locator("h1").innerText()).toBe("Not allowed");
    expect(await page.locator("pre").innerText()).toMatch(
      /"execute-api:Invoke"[\s\S]*"arn:aws:execute-api:.*\/GET\/v1\/audit"/,
    );
    await expectGoodLooksAtAllWidths(page, colorScheme);
    expect(besidesStatus(complaints, 403)).toEqual([]);
    await page.context().close();
  },
);

test("the page of an error has links to the other pages", async () => {
  const { page, complaints } = await openTab(browser, origin, { storageState });
  expect((await page.goto(`${origin}/v1/repos/acme/none/roles/none/history`))?.status()).toBe(404);
  await page.getByRole("link", { name: "Registrations" }).click();
  expect(page.url()).toBe(`${origin}/v1/roles`);
  expect(besidesStatus(complaints, 404)).toEqual([]);
  await page.context().close();
});
