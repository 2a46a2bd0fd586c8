/** The keys of an issuer, and the verification of tokens with them. */
import { generateKeyPairSync } from "node:crypto";
import { exportJWK, SignJWT } from "jose";
import { describe, expect, onTestFinished, test } from "vitest";
import { keyFetcher, readToken, verifyToken } from "../../src/github/keys.ts";
import { GITHUB_COM, type Issuer } from "../../src/trust/issuer.ts";
import { type Reply, standingClock, startStub } from "./stub.ts";

const now = Date.parse("2026-11-23T06:00:00Z");
const seconds = now / 1000;
const right = generateKeyPairSync("rsa", { modulusLength: 2048 });
const wrong = generateKeyPairSync("rsa", { modulusLength: 2048 });
const published = {
  keys: [{ ...(await exportJWK(right.publicKey)), kid: "k1", use: "sig", alg: "RS256" }],
};

type Signing = {
  claims?: Record<string, unknown>;
  header?: Record<string, unknown>;
  key?: Parameters<SignJWT["sign"]>[0];
};
const token = ({ claims = {}, header = {}, key = right.privateKey }: Signing = {}) =>
  new SignJWT({
    iss: GITHUB_COM.url,
    sub: "repo:acme/api:pull_request",
    aud: "sts.amazonaws.com",
    iat: seconds,
    nbf: seconds,
    exp: seconds + 300,
    ...claims,
  })
    .setProtectedHeader({ alg: "RS256", kid: "k1", ...header })
    .sign(key);

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const parts = async () => (await token()).split(".") as [string, string, string];

describe("a token's signature", () => {
  const cases: [what: string, make: () => Promise<string>, verification: string][] = [
    ["of the issuer", () => token(), "valid"],
    ["for another audience, which the policy judges", () => token({ claims: { aud: "other" } }), "valid"],
    ["of a token that has ended", () => token({ claims: { exp: seconds - 1 } }), "expired"],
    ["of a token that begins later", () => token({ claims: { nbf: seconds + 60 } }), "invalid"],
    ["of another key", () => token({ key: wrong.privateKey }), "invalid"],
    [
      "of another key, by a token that has ended",
      () => token({ key: wrong.privateKey, claims: { exp: 1 } }),
      "invalid",
    ],
    ["of a key that is not published", () => token({ header: { kid: "k2" } }), "invalid"],
    ["of another issuer", () => token({ claims: { iss: `${GITHUB_COM.url}/acme` } }), "invalid"],
    ["of another algorithm of the same key", () => token({ header: { alg: "RS512" } }), "invalid"],
    [
      "made with the public key as a secret",
      () =>
        token({
          header: { alg: "HS256" },
          key: new TextEncoder().encode(right.publicKey.export({ type: "spki", format: "pem" }).toString()),
        }),
      "invalid",
    ],
    ["none at all", async () => `${encoded({ alg: "none" })}.${(await parts())[1]}.`, "invalid"],
    [
      "of other claims",
      async () => {
        const [head, , signature] = await parts();
        return `${head}.${encoded({ iss: GITHUB_COM.url, sub: "repo:acme/api:ref:refs/heads/main", exp: seconds + 9 })}.${signature}`;
      },
      "invalid",
    ],
    [
      "with a key of its own",
      async () =>
        token({ key: wrong.privateKey, header: { jwk: await exportJWK(wrong.publicKey), kid: undefined } }),
      "invalid",
    ],
  ];

  test.each(cases)("%s", async (_, make, verification) => {
    expect(await verifyToken(await make(), GITHUB_COM, async () => published, now)).toBe(verification);
  });

  test("cannot be verified without the issuer's keys", async () => {
    expect(await verifyToken(await token(), GITHUB_COM, async () => undefined, now)).toBe("unavailable");
  });

  test("is verified with the keys of the configured issuer, even if the token names another one", async () => {
    const asked: Issuer[] = [];
    const evil = await token({ claims: { iss: "https://evil.example" }, key: wrong.privateKey });
    await verifyToken(
      evil,
      GITHUB_COM,
      async (issuer) => {
        asked.push(issuer);
        return published;
      },
      now,
    );
    expect(asked).toEqual([GITHUB_COM]);
  });
});

describe("not a token", () => {
  test.each([
    "",
    "x",
    "a.b",
    "a.b.c",
    "....",
    `${encoded({})}.${encoded("text")}.x`,
    `${encoded({})}.e30.a.b.c`,
  ])("%j is not a token", (text) => expect(readToken(text)).toBeUndefined());
});

describe("the keys of an issuer", () => {
  /** Starts an issuer that publishes the keys with these ids, and a fetcher of its keys. */
  async function started(...kids: string[]) {
    let failing: Reply | undefined;
    let ids = kids;
    const stub = await startStub(({ path }) =>
      path === "/.well-known/jwks" ? (failing ?? { body: keysOf(ids) }) : undefined,
    );
    onTestFinished(() => stub.close());
    const clock = standingClock(now);
    const fetchKeys = keyFetcher(clock.now);
    return {
      stub,
      clock,
      rotate: (...to: string[]) => {
        ids = to;
      },
      fail: (reply: Reply | undefined) => {
        failing = reply;
      },
      keys: (kid?: string) => fetchKeys({ ...GITHUB_COM, url: stub.url }, kid),
    };
  }
  const keysOf = (ids: readonly string[]) => ({ keys: ids.map((kid) => ({ ...published.keys[0], kid })) });

  test("are kept for ten minutes", async () => {
    const { stub, clock, keys } = await started("k1");
    expect(await keys("k1")).toEqual(keysOf(["k1"]));
    clock.advance(599_999);
    expect(await keys("k1")).toEqual(keysOf(["k1"]));
    expect(stub.asked).toHaveLength(1);
    clock.advance(1);
    await keys("k1");
    expect(stub.asked).toHaveLength(2);
  });

  test("are fetched at once for a key that the issuer began to use after the last request", async () => {
    const { stub, clock, rotate, keys } = await started("k1");
    await keys("k1");
    rotate("k1", "k2");
    clock.advance(30_000);
    expect(await keys("k2")).toEqual(keysOf(["k1", "k2"]));
    expect(await keys("k1")).toEqual(keysOf(["k1", "k2"]));
    expect(stub.asked).toHaveLength(2);
  });

  test("cost one request in 30 seconds, for any number of unknown keys", async () => {
    const { stub, clock, keys } = await started("k1");
    const flood = (name: string) =>
      Promise.all(Array.from({ length: 50 }, (_, index) => keys(`${name}-${index}`)));
    expect(await flood("a")).toEqual(Array(50).fill(keysOf(["k1"])));
    clock.advance(29_999);
    await flood("b");
    expect(stub.asked).toHaveLength(1);
    clock.advance(1);
    await flood("c");
    expect(stub.asked).toHaveLength(2);
  });

  test("stay usable while the issuer fails, but an unknown key is neither right nor wrong then", async () => {
    const { stub, clock, fail, keys } = await started("k1");
    await keys("k1");
    fail({ drop: true });
    clock.advance(30_000);
    for (let times = 0; times < 3; times++) {
      expect(await keys("k2")).toBeUndefined();
      expect(await keys("k1")).toEqual(keysOf(["k1"]));
    }
    expect(stub.asked).toHaveLength(2);
  });

  test.each<[what: string, reply: Reply]>([
    ["an error", { status: 500, body: published }],
    ["no answer", { drop: true }],
    ["no JSON", { text: "<html>" }],
    ["no keys", { body: {} }],
    ["null", { text: "null" }],
  ])("are undefined after a failure and requested again after 30 seconds: %s", async (_, reply) => {
    const { stub, clock, fail, keys } = await started("k1");
    fail(reply);
    expect(await keys("k1")).toBeUndefined();
    fail(undefined);
    expect(await keys("k1")).toBeUndefined();
    expect(stub.asked).toHaveLength(1);
    clock.advance(30_000);
    expect(await keys("k1")).toEqual(keysOf(["k1"]));
  });
});
