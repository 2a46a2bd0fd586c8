/** `npm start` as its user meets it. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { npmStart } from "../harness/npm-start.ts";

/** Returns a port that was free a moment ago. */
async function freePort(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return String(port);
}

test("an AWS_ENDPOINT_URL that a terminal has from an earlier start does not stop the next one", async () => {
  const port = await freePort();
  const own = `http://127.0.0.1:${port}`;
  const local = await npmStart({ AWS_ENDPOINT_URL: own, ROLECALL_AWS_PORT: port });
  onTestFinished(() => local.close());
  expect(local.awsUrl).toBe(own);
  const put = await fetch(`${local.url}/v1/repos/acme/api/roles/publish`, { method: "PUT" });
  expect(put.status).toBe(201);
});

test("the start page leads to the pages, and each of them answers", async () => {
  const local = await npmStart();
  onTestFinished(() => local.close());
  const headers = { accept: "text/html" };
  const start = await (await fetch(`${local.url}/`, { headers })).text();
  const links = [...start.matchAll(/href="(v1\/[^"]+)"/g)].map(([, href = ""]) => href);
  expect(new Set(links)).toEqual(new Set(["v1/roll-calls/latest", "v1/roles", "v1/audit", "v1/accounts"]));
  await fetch(`${local.url}/v1/roll-calls`, { method: "POST" });
  for (const link of new Set(links)) {
    const answer = await fetch(new URL(link, `${local.url}/`), { headers });
    expect([link, answer.status]).toEqual([link, 200]);
  }
});

test.each([
  ["acme's issuer is the embedded GitHub's", "globex=https://token.actions.globex.ghe.com", true],
  ["acme has another issuer", "acme=https://token.actions.acme.ghe.com", false],
])(
  "the command for a token is printed only if Rolecall accepts its tokens: %s",
  async (_, issuers, isPrinted) => {
    const local = await npmStart({ ROLECALL_ISSUERS: issuers });
    onTestFinished(() => local.close());
    expect(local.printed.join("\n").includes("/token?repository=acme/api&")).toBe(isPrinted);
  },
);
