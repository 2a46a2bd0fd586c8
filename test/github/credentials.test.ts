/** The credentials for GitHub: the forms of the secret, and the token that an App gets with its key. */
import { generateKeyPairSync } from "node:crypto";
import { decodeProtectedHeader, jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import { type Credentials, readCredentials } from "../../src/github/credentials.ts";
import { type Asked, acmeApi, type Reply, type Routes, startClient } from "./stub.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pkcs8 = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
/** A private key in the format that GitHub gives out. */
const pkcs1 = privateKey.export({ type: "pkcs1", format: "pem" }).toString();
const APP: Credentials = { kind: "app", appId: "4711", privateKey: pkcs1 };
const MINUTE_MS = 60_000;

describe("the secret", () => {
  test.each<[secret: string, credentials: Credentials]>([
    ["ghp_abc123", { kind: "token", token: "ghp_abc123" }],
    ["  ghs_abc123\n", { kind: "token", token: "ghs_abc123" }],
    ["github_pat_11ABC_def", { kind: "token", token: "github_pat_11ABC_def" }],
    ['{"token": "gho_x"}', { kind: "token", token: "gho_x" }],
    ['{"token": "v1.of-a-server"}', { kind: "token", token: "v1.of-a-server" }],
    ['{"appId": "4711", "privateKey": "k"}', { kind: "app", appId: "4711", privateKey: "k" }],
    ['{"appId": 4711, "privateKey": "k"}', { kind: "app", appId: "4711", privateKey: "k" }],
  ])("%s", (secret, credentials) => expect(readCredentials(secret, "github.com")).toEqual(credentials));

  const BY_HOST = JSON.stringify({
    "github.com": "ghp_of_com",
    "acme.ghe.com": { token: "v1.of-acme" },
    "github.corp.example": { appId: 5, privateKey: "k" },
  });
  test.each<[secret: string, host: string, credentials: Credentials]>([
    [BY_HOST, "github.com", { kind: "token", token: "ghp_of_com" }],
    [BY_HOST, "acme.ghe.com", { kind: "token", token: "v1.of-acme" }],
    [BY_HOST, "github.corp.example", { kind: "app", appId: "5", privateKey: "k" }],
    [BY_HOST, "other.ghe.com", { kind: "none" }],
    [BY_HOST, "GitHub.com", { kind: "none" }],
    ["ghp_abc123", "acme.ghe.com", { kind: "none" }],
    ['{"token": "gho_x"}', "github.corp.example", { kind: "none" }],
    ['{"appId": 4711, "privateKey": "k"}', "github.corp.example", { kind: "none" }],
    ['{"acme.ghe.com": "ghp_1"}', "github.com", { kind: "none" }],
  ])("%s, for %s", (secret, host, credentials) => expect(readCredentials(secret, host)).toEqual(credentials));

  test.each([
    '{"github.com": "hunter2"}',
    '{"github.com": {}}',
    '{"github.com": "ghp_abc123", "token": "ghp_abc123"}',
    '{"github.com": "ghp_abc123", "acme.ghe.com": null}',
    '{"https://github.com": "ghp_abc123"}',
    '{"GitHub.com": "ghp_abc123"}',
    "",
    "{}",
    "null",
    "[]",
    '"ghp_abc123"',
    "hunter2",
    "ghp_abc 123",
    '{"appId": "4711"}',
    '{"privateKey": "k"}',
    '{"appId": true, "privateKey": "hunter2"}',
    '{"token": 5, "appId": "hunter2"}',
    '{"token": "hunter2"',
    pkcs1,
  ])("%j is refused as a secret, and the message does not repeat it", (secret) => {
    const read = () => readCredentials(secret, "github.com");
    expect(read).toThrow(/neither a token nor/);
    try {
      read();
    } catch (error) {
      const text = String(error instanceof Error ? error.stack : error);
      for (const part of ["hunter2", "abc123", pkcs1.slice(40, 80)]) expect(text).not.toContain(part);
    }
  });
});

/** An App that is installed at acme, with the changes of a test. */
function installed({
  installation = { body: { id: 99, repository_selection: "all" } },
  token,
  beyond = () => undefined,
}: {
  installation?: Reply;
  token?: (asked: Asked) => Reply;
  beyond?: Routes;
}): Routes {
  return (asked) => {
    if (asked.path === "/users/acme/installation") return installation;
    if (asked.path === "/app/installations/99/access_tokens" && asked.method === "POST") {
      return (
        token?.(asked) ?? { status: 201, body: { token: "ghs_of_acme", expires_at: "2026-11-23T07:00:00Z" } }
      );
    }
    return beyond(asked);
  };
}

const bearer = ({ headers }: Asked) => (headers["authorization"] ?? "").replace(/^Bearer /, "");

describe("an App", () => {
  test.each([
    ["as GitHub hands out its key", pkcs1],
    ["with its key as PKCS #8", pkcs8],
  ])("proves itself, gets a token and asks with it: %s", async (_, key) => {
    const { stub, client, clock } = await startClient(installed({ beyond: acmeApi() }), async () => ({
      ...APP,
      privateKey: key,
    }));
    expect(await client.repository("acme", "api", "cached")).toMatchObject({
      repository: { repositoryId: 2 },
    });
    const [first, second, ...rest] = stub.asked;
    expect([first?.path, second?.path]).toEqual([
      "/users/acme/installation",
      "/app/installations/99/access_tokens",
    ]);
    for (const one of [first, second]) {
      if (one === undefined) throw new Error("nothing was asked");
      expect(decodeProtectedHeader(bearer(one))).toEqual({ alg: "RS256" });
      const { payload } = await jwtVerify(bearer(one), publicKey, {
        algorithms: ["RS256"],
        currentDate: new Date(clock.now()),
      });
      const seconds = clock.now() / 1000;
      expect(Object.keys(payload).sort()).toEqual(["exp", "iat", "iss"]);
      expect(payload.iss).toBe("4711");
      // GitHub refuses a JWT from the future, or one that is valid for more than ten minutes.
      expect(payload.iat).toBeLessThan(seconds);
      expect(payload.exp).toBeGreaterThan(seconds);
      expect((payload.exp ?? 0) - seconds).toBeLessThanOrEqual(600);
    }
    expect(rest.map(bearer)).toEqual(["ghs_of_acme", "ghs_of_acme"]);
  });

  test("keeps its token until five minutes before its end", async () => {
    let made = 0;
    const { stub, client, clock } = await startClient(
      installed({
        token: () => ({
          status: 201,
          body: { token: `ghs_${++made}`, expires_at: new Date(clock.now() + 60 * MINUTE_MS).toISOString() },
        }),
        beyond: acmeApi(),
      }),
      async () => APP,
    );
    const last = () => stub.asked.map(bearer).at(-1);
    await client.repository("acme", "api", "fresh");
    clock.advance(55 * MINUTE_MS - 1);
    await client.repository("ACME", "api", "fresh");
    expect([made, last()]).toEqual([1, "ghs_1"]);
    clock.advance(1);
    await client.repository("acme", "api", "fresh");
    expect([made, last()]).toEqual([2, "ghs_2"]);
  });

  test("has another token for each owner", async () => {
    const { stub, client, clock } = await startClient(
      ({ method, path }) => {
        const id = { "/users/acme/installation": 1, "/users/globex/installation": 2 }[path];
        if (id !== undefined) return { body: { id, repository_selection: "all" } };
        const [, of] = /^\/app\/installations\/(\d)\/access_tokens$/.exec(path) ?? [];
        if (of === undefined || method !== "POST") return undefined;
        return { status: 201, body: { token: `ghs_${of}`, expires_at: "2026-11-23T07:00:00Z" } };
      },
      async () => APP,
    );
    for (const owner of ["acme", "globex", "acme"]) {
      await client.repository(owner, "api", "fresh");
      clock.advance(MINUTE_MS);
    }
    const asWhom = stub.asked
      .filter(({ path }) => /^\/repos\/\w+\/api$/.test(path))
      .map((one) => `${one.path} ${bearer(one)}`);
    expect(asWhom).toEqual(["/repos/acme/api ghs_1", "/repos/globex/api ghs_2", "/repos/acme/api ghs_1"]);
  });

  const unseen: [what: string, installation: Reply, expected: string, asWhom: string][] = [
    [
      "that sees all of the owner's: there is none",
      { body: { id: 99, repository_selection: "all" } },
      "missing",
      "ghs_of_acme",
    ],
    [
      "that sees some: it may be another",
      { body: { id: 99, repository_selection: "selected" } },
      "hidden",
      "ghs_of_acme",
    ],
    ["that does not say what it sees", { body: { id: 99 } }, "hidden", "ghs_of_acme"],
    ["that is not installed there", { status: 404 }, "hidden", ""],
  ];

  test.each(unseen)("%s", async (_, installation, expected, asWhom) => {
    const { stub, client } = await startClient(installed({ installation }), async () => APP);
    expect(await client.repository("acme", "api", "cached")).toBe(expected);
    expect(
      stub.asked.filter(({ path }) => path.startsWith("/repos/")).every((one) => bearer(one) === asWhom),
    ).toBe(true);
  });

  test("that is not installed is requested again after a minute", async () => {
    let installation: Reply = { status: 404 };
    const { client, clock } = await startClient(
      (asked) => installed({ installation })(asked),
      async () => APP,
    );
    expect(await client.repository("acme", "api", "fresh")).toBe("hidden");
    installation = { body: { id: 99, repository_selection: "all" } };
    clock.advance(MINUTE_MS - 1);
    expect(await client.repository("acme", "api", "fresh")).toBe("hidden");
    clock.advance(1);
    expect(await client.repository("acme", "api", "fresh")).toBe("missing");
  });

  const faults: [what: string, routes: Parameters<typeof installed>[0]][] = [
    ["whose key GitHub does not know", { installation: { status: 401 } }],
    ["with an installation that GitHub does not show", { installation: { status: 500 } }],
    ["whose installation is not JSON", { installation: { text: "<html>" } }],
    ["that is suspended", { token: () => ({ status: 403 }) }],
    ["that gets no token", { token: () => ({ status: 422 }) }],
    ["whose token is no text", { token: () => ({ status: 201, body: { token: 1, expires_at: "x" } }) }],
    ["whose token has no end", { token: () => ({ status: 201, body: { token: "ghs_x" } }) }],
    ["whose token comes with another status", { token: () => ({ status: 200, body: { token: "ghs_x" } }) }],
  ];

  test.each(faults)("%s: no request is sent with other credentials", async (_, routes) => {
    const { stub, client } = await startClient(installed({ ...routes, beyond: acmeApi() }), async () => APP);
    for (const ask of [
      () => client.repository("acme", "api", "cached"),
      () => client.owner("acme", "cached"),
    ])
      expect(await ask()).toMatchObject({ failure: "github-unavailable" });
    expect(stub.paths().filter((path) => /\/repos\/|\/users\/acme$/.test(path))).toEqual([]);
  });

  test("whose rate limit at one owner is used up still asks about another owner", async () => {
    const { stub, client, clock } = await startClient(
      (asked) => {
        const id = { "/users/acme/installation": 1, "/users/globex/installation": 2 }[asked.path];
        if (id !== undefined) return { body: { id, repository_selection: "all" } };
        const [, of] = /^\/app\/installations\/(\d)\/access_tokens$/.exec(asked.path) ?? [];
        if (of !== undefined)
          return { status: 201, body: { token: `ghs_${of}`, expires_at: "2026-11-23T07:00:00Z" } };
        return bearer(asked) === "ghs_1" ? { status: 429, headers: { "retry-after": "100" } } : undefined;
      },
      async () => APP,
    );
    const limited = { failure: "github-unavailable", retryAfterSeconds: 100 };
    expect(await client.repository("acme", "api", "cached")).toMatchObject(limited);
    expect(await client.repository("globex", "api", "cached")).toBe("missing");
    const asked = stub.asked.length;
    expect(await client.repository("acme", "web", "fresh")).toMatchObject(limited);
    expect(stub.asked).toHaveLength(asked);
    clock.advance(100_000);
    await client.repository("acme", "web", "fresh");
    expect(stub.asked.length).toBeGreaterThan(asked);
  });

  test("keeps a limited number of tokens", async () => {
    const { stub, client } = await startClient(
      ({ path }) => {
        const [, id] = /^\/users\/o(\d+)\/installation$/.exec(path) ?? [];
        if (id !== undefined) return { body: { id: Number(id), repository_selection: "all" } };
        return path.endsWith("/access_tokens")
          ? { status: 201, body: { token: "ghs_x", expires_at: "2026-11-23T07:00:00Z" } }
          : undefined;
      },
      async () => APP,
    );
    const installationsAsked = (owner: string) =>
      stub.paths().filter((path) => path === `GET /users/${owner}/installation`).length;
    for (let index = 0; index <= 1_000; index++) await client.owner(`o${index}`, "cached");
    await client.owner("o0", "cached");
    await client.owner("o1000", "cached");
    expect([installationsAsked("o0"), installationsAsked("o1000")]).toEqual([2, 1]);
  });
});

describe("unusable credentials", () => {
  test.each<[what: string, read: () => Promise<Credentials>]>([
    ["a malformed secret", async () => readCredentials("hunter2", "github.com")],
    ["an empty token", async () => readCredentials('{"token":""}', "github.com")],
    ["a secret that cannot be read", () => Promise.reject(new Error("AccessDeniedException"))],
    ["an App's key that is none", async () => ({ ...APP, privateKey: "hunter2" })],
    [
      "an App's key of another kind",
      async () => ({
        ...APP,
        privateKey: generateKeyPairSync("ed25519")
          .privateKey.export({ type: "pkcs8", format: "pem" })
          .toString(),
      }),
    ],
  ])("%s: a temporary failure, and no request is sent", async (_, read) => {
    const { stub, client } = await startClient(acmeApi(), read);
    const answer = await client.repository("acme", "api", "cached");
    expect(answer).toMatchObject({
      failure: "github-unavailable",
      internal: expect.stringMatching(/credentials/),
    });
    expect(JSON.stringify(answer)).not.toContain("hunter2");
    expect(stub.asked).toEqual([]);
  });

  test("after a failure, the secret is read again", async () => {
    let readable = false;
    const { client } = await startClient(acmeApi(), async () => {
      if (!readable) throw new Error("throttled");
      return { kind: "none" };
    });
    expect(await client.repository("acme", "api", "cached")).toMatchObject({ failure: "github-unavailable" });
    readable = true;
    expect(await client.repository("acme", "api", "cached")).toMatchObject({
      repository: { repositoryId: 2 },
    });
  });
});
