/** The console before a stand-in of API Gateway that accepts signed requests only. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { signedFetch } from "../../examples/typescript-client/signed-fetch.ts";
import { type ConsoleOptions, startConsole } from "../../local/console/server.ts";
import { startEmbedded } from "../harness/embedded.ts";
import { CREDENTIALS, IDENTITY, startGateway } from "../harness/gateway.ts";
import { openHttp } from "../harness/http.ts";
import { rolePath, uniqueName } from "../harness/rolecall.ts";

const { api, url } = await startEmbedded();
const gateway = await startGateway(url);
afterAll(() => gateway.close());

const signed = signedFetch(CREDENTIALS.AWS_REGION, IDENTITY);

/** Starts a console, and returns functions that ask it as a browser would. */
async function start(options: Partial<ConsoleOptions> = {}) {
  const console = await startConsole({
    apiUrl: gateway.url,
    send: signed,
    remedyOf: () => undefined,
    ...options,
  });
  const { host, pathname, search } = new URL(console.url);
  const http = openHttp(console.url);
  onTestFinished(async () => {
    http.close();
    await console.close();
  });
  const ask = (path: string, headers: Record<string, string> = {}, method = "GET") =>
    http.send({ method, path, headers: { host, accept: "text/html", ...headers }, body: undefined });
  const first = await ask(`${pathname}${search}`);
  const cookie = first.headers["set-cookie"]?.split(";")[0] ?? "";
  return {
    ask,
    first,
    firstPath: `${pathname}${search}`,
    /** Asks as the browser that opened the first URL. */
    see: (path: string, headers: Record<string, string> = {}) => ask(path, { cookie, ...headers }),
    cookie,
  };
}

test("the first URL signs the browser in once, and its token is in no later address", async () => {
  const { ask, first, firstPath, see } = await start();
  expect(first.status).toBe(303);
  expect(first.headers["location"]).toBe("/");
  expect(first.headers["set-cookie"]).toMatch(/; HttpOnly; SameSite=Strict$/);
  expect((await see("/")).text).toContain('href="v1/audit"');
  expect((await ask(firstPath)).status).toBe(403);
  expect((await see(firstPath)).status).toBe(403);
});

test("a page of the API arrives as the API sends it, signed with the caller's credentials", async () => {
  const { see } = await start();
  const repo = uniqueName();
  await api("PUT", rolePath(repo));
  const { status, text, headers } = await see(rolePath(repo));
  expect(status).toBe(200);
  expect(text).toContain(`acme/${repo}`);
  expect(headers["content-security-policy"]).toContain("default-src 'none'");
  expect(headers["cache-control"]).toBe("no-store");
  expect(gateway.seen.at(-1)).toEqual({ method: "GET", path: rolePath(repo), status: 200 });
  expect(JSON.parse((await see(rolePath(repo), { accept: "application/json" })).text)).toMatchObject({
    repo,
  });
});

test.each([
  ["without the cookie", "", 403],
  ["with another cookie", "rolecall-console-1=x", 403],
])("a request %s sees nothing and reaches no API", async (_, cookie, status) => {
  const { ask } = await start();
  const before = gateway.seen.length;
  expect((await ask("/v1/roles", { cookie })).status).toBe(status);
  expect(gateway.seen).toHaveLength(before);
});

test.each(["localhost", "rebound.example", "127.0.0.1:1", "127.0.0.1"])(
  "a request for the host %s sees nothing, even with the cookie",
  async (host) => {
    const { see } = await start();
    const before = gateway.seen.length;
    expect((await see("/v1/roles", { host })).status).toBe(421);
    expect(gateway.seen).toHaveLength(before);
  },
);

test.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])(
  "%s is refused, even with the cookie",
  async (method) => {
    const { ask, cookie } = await start();
    const before = gateway.seen.length;
    const { status, headers } = await ask("/v1/roll-calls", { cookie }, method);
    expect([status, headers["allow"]]).toEqual([405, "GET, HEAD"]);
    expect(gateway.seen).toHaveLength(before);
  },
);

test("a refusal of API Gateway names the permission that is missing", async () => {
  const forbidden = async () => Response.json({ message: "Forbidden <b>" }, { status: 403 });
  const apiUrl = "https://a1b2c3.execute-api.eu-west-1.amazonaws.com";
  const { see } = await start({ apiUrl, send: forbidden });
  const { status, text } = await see("/v1/audit?limit=5");
  expect(status).toBe(403);
  expect(text).toContain("execute-api:Invoke");
  expect(text).toContain("arn:aws:execute-api:eu-west-1:ACCOUNT_ID:a1b2c3/*/GET/v1/audit&quot;");
  expect(text).toContain("Forbidden &lt;b&gt;");
});

test("a problem of the API is a page with its detail, and stays JSON for other programs", async () => {
  const { see } = await start();
  const { status, text } = await see("/v1/repos/acme/none/roles/none");
  expect(status).toBe(404);
  expect(text).toMatch(/^<!doctype html>/);
  expect(text).toContain("No role none is registered for acme/none");
  const json = await see("/v1/repos/acme/none/roles/none", { accept: "*/*" });
  expect(json.headers["content-type"]).toBe("application/problem+json");
});

test("credentials are in no page, also when signing fails or nothing answers", async () => {
  const keys = Object.values(IDENTITY);
  const failing = await start({
    send: () => Promise.reject(new Error(`not signed: ${keys.join(" ")}`)),
    remedyOf: (error) => (error instanceof Error ? "Sign in with `aws sso login`." : undefined),
  });
  const nothing = createServer();
  nothing.listen(0, "127.0.0.1");
  await once(nothing, "listening");
  const { port } = nothing.address() as AddressInfo;
  nothing.close();
  await once(nothing, "close");
  const silent = await start({ apiUrl: `http://127.0.0.1:${port}` });
  const pages = [await failing.see("/v1/roles"), await silent.see("/v1/roles")];
  expect(pages.map(({ status }) => status)).toEqual([502, 502]);
  expect(pages[0]?.text).toContain("aws sso login");
  expect(pages[1]?.text).toContain(`Nothing answers at http://127.0.0.1:${port}`);
  const shown = pages.map(({ text, headers }) => text + JSON.stringify(headers)).join("");
  expect(keys.filter((key) => shown.includes(key))).toEqual([]);
});

test("no header of the API's answer reaches the browser but those that a page needs", async () => {
  const headers = { "set-cookie": "a=b", "x-amzn-remapped-date": "now", "content-type": "text/html" };
  const { see } = await start({ send: async () => new Response("page", { headers }) });
  const answer = await see("/v1/roles");
  expect(answer.text).toBe("page");
  expect(answer.headers).not.toHaveProperty("set-cookie");
  expect(answer.headers).not.toHaveProperty("x-amzn-remapped-date");
});
