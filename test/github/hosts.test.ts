/** Several hosts of GitHub: each gets only its own credentials and requests, and answers are read up to a limit. */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import { gitHub } from "../../src/github/github.ts";
import { keyFetcher } from "../../src/github/keys.ts";
import { openServices } from "../../src/services.ts";
import { GITHUB_COM, type Issuer } from "../../src/trust/issuer.ts";
import { acmeApi, CUSTOMIZATION, DEFAULT_SUBJECT, REPOSITORY, type Routes, startStub } from "./stub.ts";

const silent = { info: () => {}, warn: () => {}, error: () => {} };

async function started(routes: Routes) {
  const stub = await startStub(routes);
  onTestFinished(() => stub.close());
  return stub;
}

/** A service with owners on two hosts and a secret in Secrets Manager. */
async function onTwoHosts(secret: string) {
  const [com, corp] = [await started(acmeApi()), await started(acmeApi())];
  const secrets = await started(() => ({ body: { Name: "github", SecretString: secret } }));
  process.env["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = secrets.url;
  process.env["AWS_ACCESS_KEY_ID"] = "local";
  process.env["AWS_SECRET_ACCESS_KEY"] = "local";
  const issuerOf = (url: string, gitHubHost: string, apiUrl: string): Issuer => {
    const host = url.slice("https://".length);
    return { ...GITHUB_COM, url, host, gitHubHost, apiUrl };
  };
  const issuers = {
    com: issuerOf(GITHUB_COM.url, "github.com", com.url),
    corp: issuerOf("https://github.corp.example/_services/token", "github.corp.example", corp.url),
  };
  const config = {
    ...readConfig({
      ROLECALL_OWNERS: "acme,corp",
      ROLECALL_TABLE: "rolecall",
      ROLECALL_BOUNDARY_ARN: "arn:aws:iam::123456789012:policy/rolecall/boundary",
      ROLECALL_GITHUB_SECRET: "github",
    }),
    issuers: new Map([
      ["*", issuers.com],
      ["corp", issuers.corp],
    ]),
  };
  const openEvents = () => ({ put: async () => {} });
  const { gitHub: of } = openServices({ config, region: "eu-central-1", log: silent, openEvents });
  for (const issuer of [issuers.com, issuers.corp])
    expect(await of(issuer).repository("acme", "api", "fresh")).toMatchObject({ archived: false });
  const authorizations = (stub: typeof com) => [
    ...new Set(stub.asked.map(({ headers }) => headers["authorization"] ?? "nobody's")),
  ];
  return { com: authorizations(com), corp: authorizations(corp) };
}

describe("credentials", () => {
  test.each<[what: string, secret: string, com: string, corp: string]>([
    ["of one token are for github.com alone", "ghp_of_com", "Bearer ghp_of_com", "nobody's"],
    ["as an object are for github.com alone", '{"token":"ghp_of_com"}', "Bearer ghp_of_com", "nobody's"],
    [
      "by host are each for its own",
      '{"github.com":"ghp_of_com","github.corp.example":{"token":"of-corp"}}',
      "Bearer ghp_of_com",
      "Bearer of-corp",
    ],
    [
      "of one host are not for github.com",
      '{"github.corp.example":"ghp_corp"}',
      "nobody's",
      "Bearer ghp_corp",
    ],
    ["of a third host are for neither", '{"acme.ghe.com":"ghp_third"}', "nobody's", "nobody's"],
  ])("%s", async (_, secret, com, corp) => {
    expect(await onTwoHosts(secret)).toEqual({ com: [com], corp: [corp] });
  });
});

const clientOf = (url: string) =>
  gitHub(
    url,
    async () => ({ kind: "token", token: "ghp_secret" }),
    () => 0,
  );

describe("a redirect", () => {
  test.each([301, 302, 303, 307, 308])("%i to another host is not followed", async (status) => {
    const other = await started(acmeApi());
    const stub = await started(({ path }) => ({ status, headers: { location: `${other.url}${path}` } }));
    expect(await clientOf(stub.url).repository("acme", "api", "fresh")).toMatchObject({
      failure: "github-unavailable",
      internal: expect.stringContaining("another host"),
    });
    expect(other.asked).toEqual([]);
  });

  test("from host to host by way of the same host is not followed either", async () => {
    const other = await started(acmeApi());
    const stub = await started(({ path }) => ({
      status: 301,
      headers: { location: path === "/moved" ? `${other.url}/repos/acme/api` : "/moved" },
    }));
    expect(await clientOf(stub.url).repository("acme", "api", "fresh")).toHaveProperty("failure");
    expect(other.asked).toEqual([]);
  });

  test("on the same host is followed with the credentials, as after a rename", async () => {
    const stub = await started(({ path }) => {
      if (path === "/repositories/2") return { body: REPOSITORY };
      if (path === `/repositories/2${CUSTOMIZATION}`) return { body: DEFAULT_SUBJECT };
      return { status: 301, headers: { location: path.replace("/repos/acme/old", "/repositories/2") } };
    });
    expect(await clientOf(stub.url).repository("acme", "old", "fresh")).toMatchObject({ archived: false });
    expect(new Set(stub.asked.map(({ headers }) => headers["authorization"]))).toEqual(
      new Set(["Bearer ghp_secret"]),
    );
  });

  test("in a circle ends", async () => {
    const stub = await started(() => ({ status: 301, headers: { location: "/again" } }));
    expect(await clientOf(stub.url).owner("acme", "fresh")).toHaveProperty("failure");
    expect(stub.asked.length).toBeLessThanOrEqual(8);
  });

  test("of an issuer's keys to another host is not followed", async () => {
    const other = await started(() => ({ body: { keys: [] } }));
    const stub = await started(({ path }) => ({ status: 302, headers: { location: `${other.url}${path}` } }));
    expect(await keyFetcher(() => 0)({ ...GITHUB_COM, url: stub.url }, undefined)).toBeUndefined();
    expect(other.asked).toEqual([]);
  });
});

/** A server with the answers of a test, which counts the bytes that it could send. */
async function answering(answer: (outgoing: ServerResponse) => void) {
  let sent = 0;
  const server = createServer((incoming, outgoing) => {
    answer(outgoing);
    outgoing.on("close", () => {
      sent += incoming.socket.bytesWritten;
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server listens on no port");
  return { url: `http://127.0.0.1:${address.port}`, sent: () => sent };
}

/** Writes bytes until the other side ends the connection. */
function endlessly(outgoing: ServerResponse, status = 200): void {
  const part = Buffer.alloc(65_536, " ");
  outgoing.writeHead(status, { "content-type": "application/json" });
  const more = (): void => {
    while (!outgoing.destroyed && outgoing.write(part));
    if (!outgoing.destroyed) outgoing.once("drain", more);
  };
  more();
}

/** The most bytes in transit between two sockets of one machine, which is far less than five seconds of a stream. */
const UNDER_WAY = 30_000_000;

describe("an answer without an end", () => {
  test("is read to a megabyte at most, about a repository", async () => {
    const server = await answering((outgoing) => endlessly(outgoing));
    expect(await clientOf(server.url).repository("acme", "api", "fresh")).toMatchObject({
      failure: "github-unavailable",
      internal: expect.stringContaining("more than 1000000 bytes"),
    });
    await expect.poll(server.sent).toBeGreaterThan(0);
    expect(server.sent()).toBeLessThan(UNDER_WAY);
  });

  test("is read to a megabyte at most, for an issuer's keys", async () => {
    const server = await answering((outgoing) => endlessly(outgoing));
    expect(await keyFetcher(() => 0)({ ...GITHUB_COM, url: server.url }, undefined)).toBeUndefined();
    await expect.poll(server.sent).toBeGreaterThan(0);
    expect(server.sent()).toBeLessThan(UNDER_WAY);
  });

  test("is not read at all if its status decides", async () => {
    const server = await answering((outgoing) => endlessly(outgoing, 503));
    expect(await clientOf(server.url).owner("acme", "fresh")).toMatchObject({
      internal: expect.stringContaining("answered 503"),
    });
    await expect.poll(server.sent).toBeGreaterThan(0);
    expect(server.sent()).toBeLessThan(UNDER_WAY);
  });
});

test.each([
  ["as much as is read", 1_000_000, true],
  ["a byte more", 1_000_001, false],
])("an answer with %s", async (_, bytes, isRead) => {
  const text = JSON.stringify({ login: "acme", id: 1 });
  const stub = await started(() => ({ text: text + " ".repeat(bytes - text.length) }));
  const answer = await clientOf(stub.url).owner("acme", "fresh");
  expect(answer).toEqual(isRead ? { owner: "acme", ownerId: 1 } : expect.objectContaining({}));
  expect(JSON.stringify(answer).includes("more than")).toBe(!isRead);
});

test("the limit counts the bytes of an answer after it is decompressed", async () => {
  const packed = gzipSync(Buffer.alloc(50_000_000, " "));
  expect(packed.length).toBeLessThan(1_000_000);
  const server = await answering((outgoing) => {
    outgoing.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
    outgoing.end(packed);
  });
  expect(await clientOf(server.url).owner("acme", "fresh")).toMatchObject({
    internal: expect.stringContaining("more than 1000000 bytes"),
  });
});
