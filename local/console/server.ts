/**
 * Shows the pages of a deployment in a browser. A browser cannot sign requests, so this server on loopback signs each
 * one with the caller's own credentials, and IAM decides what the caller sees. It passes on nothing but reads.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { wantsHtml } from "../../src/http/html.ts";
import { startPage } from "../../src/page/start.tsx";
import { PAGE_HEADERS } from "../../src/page/style.ts";
import { forbiddenPage, messagePage } from "./pages.tsx";

export type ConsoleOptions = {
  /** The URL of the API, without a path. */
  apiUrl: string;
  /** Sends a request to the API, signed if the API demands it. */
  send: typeof fetch;
  /** Returns a remedy for an error of `send`; undefined if it has none. */
  remedyOf: (error: unknown) => string | undefined;
  /** By default a free port. */
  port?: number;
};

/** The headers of the API's answers that the browser gets. Others, such as cookies, are left out. */
const PASSED_ON = ["content-type", "content-security-policy", "referrer-policy", "etag", "x-request-id"];
/** An API Gateway ends a request after 30 seconds. */
const PATIENCE_MS = 35_000;

/**
 * Starts the console on loopback.
 * @returns the URL to open, whose token is good for one use, so that it is worth nothing in a history or a process list
 */
export async function startConsole({
  apiUrl,
  send,
  remedyOf,
  port = 0,
}: ConsoleOptions): Promise<{ url: string; close(): Promise<void> }> {
  const session = secret();
  let token: string | undefined = secret();
  let host = "";
  const cookie = () => `rolecall-console-${host.split(":")[1]}`;
  const app = new Hono();

  app.use(async (c, next) => {
    await next();
    c.header("cache-control", "no-store");
    c.header("x-content-type-options", "nosniff");
    c.header("cross-origin-resource-policy", "same-origin");
  });

  app.use(async (c, next) => {
    // Another name that leads to loopback (DNS rebinding) would let its site read the pages.
    if (c.req.header("host") !== host)
      return refuse(421, "Another host", `This console answers only at http://${host}.`);
    if (c.req.method !== "GET" && c.req.method !== "HEAD") {
      const refusal = refuse(405, "Only reads", "The console only reads. Use the API to change something.");
      refusal.headers.set("allow", "GET, HEAD");
      return refusal;
    }
    const given = c.req.query("token");
    if (c.req.path === "/" && given !== undefined) {
      if (token === undefined || !isEqual(given, token))
        return refuse(
          403,
          "Not a valid address",
          "This address was used before, or is not complete. Start the console again for a new one.",
        );
      token = undefined;
      setCookie(c, cookie(), session, { httpOnly: true, sameSite: "Strict", path: "/" });
      return c.redirect("/", 303);
    }
    if (!isEqual(getCookie(c, cookie()) ?? "", session))
      return refuse(403, "Not signed in", "Open the address that the console printed when it started.");
    return next();
  });

  app.get("/", () => shown(200, startPage({ target: apiUrl })));

  app.get("*", async (c) => {
    const { pathname, search } = new URL(c.req.url);
    const isForBrowser = wantsHtml(c);
    try {
      const answer = await send(`${apiUrl}${pathname}${search}`, {
        headers: { accept: c.req.header("accept") ?? "*/*" },
        redirect: "manual",
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      const isPage = answer.headers.get("content-type")?.startsWith("text/html") === true;
      if (!isForBrowser || isPage || answer.ok) return passedOn(answer);
      const { status } = answer;
      const text = await answer.text();
      return status === 403
        ? shown(status, forbiddenPage(apiUrl, pathname, text))
        : refuse(502, `The API answers ${status}`, text.slice(0, 1_000));
    } catch (error) {
      // The error itself may hold the signed request, so only a remedy is shown.
      const remedy = remedyOf(error) ?? `Nothing answers at ${apiUrl}, or not in time.`;
      return refuse(502, "The API did not answer", remedy);
    }
  });

  const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port });
  await Promise.race([
    once(server, "listening"),
    once(server, "error").then(([error]) => Promise.reject(error)),
  ]);
  const address = server.address() as AddressInfo;
  host = `127.0.0.1:${address.port}`;
  return {
    url: `http://${host}/?token=${token}`,
    async close() {
      server.close();
      if ("closeAllConnections" in server) server.closeAllConnections();
      await once(server, "close");
    },
  };
}

const secret = (): string => randomBytes(32).toString("base64url");

const isEqual = (given: string, wanted: string): boolean =>
  given.length === wanted.length && timingSafeEqual(Buffer.from(given), Buffer.from(wanted));

function passedOn(answer: Response): Response {
  const headers = PASSED_ON.flatMap((name): [string, string][] => {
    const value = answer.headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  return new Response(answer.body, { status: answer.status, headers });
}

const refuse = (status: number, title: string, detail: string): Response =>
  shown(status, messagePage(title, detail));

const shown = (status: number, page: string): Response =>
  new Response(page, { status, headers: PAGE_HEADERS });
