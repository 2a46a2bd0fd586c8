/** The token with which a workflow calls the service: what is accepted, and which part of a token is wrong. */
import { generateKeyPairSync } from "node:crypto";
import { exportJWK, SignJWT, UnsecuredJWT } from "jose";
import { expect, onTestFinished, test } from "vitest";
import { keyFetcher } from "../../src/github/keys.ts";
import { verifyRunToken } from "../../src/github/run-token.ts";
import { GITHUB_COM } from "../../src/trust/issuer.ts";
import { standingClock, startStub } from "./stub.ts";

const now = Date.parse("2026-11-23T06:00:00Z");
const at = now / 1000;
const AUDIENCE = "https://rolecall.example";
const right = generateKeyPairSync("rsa", { modulusLength: 2048 });
const wrong = generateKeyPairSync("rsa", { modulusLength: 2048 });
const published = { keys: [{ ...(await exportJWK(right.publicKey)), kid: "k1", use: "sig", alg: "RS256" }] };
const CLAIMS = {
  iss: GITHUB_COM.url,
  aud: AUDIENCE,
  sub: "repo:acme/api:ref:refs/heads/main",
  repository: "acme/api",
  repository_id: "2",
  repository_owner_id: "1",
  ref: "refs/heads/main",
  event_name: "push",
  jti: "a",
  iat: at,
  nbf: at - 300,
  exp: at + 21_600,
};

type Signing = { claims?: Record<string, unknown>; header?: object; key?: Parameters<SignJWT["sign"]>[0] };
const token = ({ claims = {}, header = {}, key = right.privateKey }: Signing = {}) =>
  new SignJWT(JSON.parse(JSON.stringify({ ...CLAIMS, ...claims })))
    .setProtectedHeader({ alg: "RS256", kid: "k1", ...header })
    .sign(key);
const secret = new TextEncoder().encode(right.publicKey.export({ type: "spki", format: "pem" }).toString());

const verify = (text: string, moment = now) =>
  verifyRunToken(text, { issuer: GITHUB_COM, audience: AUDIENCE }, async () => published, moment);

test("a token of the issuer for this audience is accepted, with its claims", async () => {
  const { iat, nbf: _, exp: __, ...texts } = CLAIMS;
  expect(await verify(await token())).toEqual({ claims: texts, jti: "a", refusedFrom: iat + 600 });
});

test("a token that GitHub issued 60 seconds ahead of this clock is accepted", async () => {
  expect(await verify(await token({ claims: { iat: at + 60, nbf: at + 60 } }))).toHaveProperty("jti");
});

test.each<[string, () => Promise<string>, object]>([
  ["a text that is no token", async () => "x", { fault: "form" }],
  ["the algorithm none", async () => new UnsecuredJWT(CLAIMS).encode(), { fault: "algorithm", was: "none" }],
  [
    "HS256 with the public key as its secret",
    () => token({ header: { alg: "HS256" }, key: secret }),
    { fault: "algorithm", was: "HS256" },
  ],
  [
    "another issuer",
    () => token({ claims: { iss: `${GITHUB_COM.url}/evil` } }),
    { fault: "issuer", accepts: GITHUB_COM.url },
  ],
  [
    "the audience of STS",
    () => token({ claims: { aud: "sts.amazonaws.com" } }),
    { fault: "audience", was: "sts.amazonaws.com" },
  ],
  [
    "two audiences, one of them right",
    () => token({ claims: { aud: [AUDIENCE, "x"] } }),
    { fault: "audience" },
  ],
  [
    "an audience that begins the same",
    () => token({ claims: { aud: `${AUDIENCE}.evil` } }),
    { fault: "audience" },
  ],
  ["no id", () => token({ claims: { jti: undefined } }), { fault: "missing", claim: "jti" }],
  ["no time of issue", () => token({ claims: { iat: undefined } }), { fault: "missing", claim: "iat" }],
  ["no end", () => token({ claims: { exp: undefined } }), { fault: "missing", claim: "exp" }],
  [
    "a time of issue in the future",
    () => token({ claims: { iat: at + 61 } }),
    { fault: "age", claim: "iat" },
  ],
  ["an end that has passed", () => token({ claims: { exp: at - 1 } }), { fault: "age", claim: "exp" }],
  ["a beginning in the future", () => token({ claims: { nbf: at + 61 } }), { fault: "age", claim: "nbf" }],
  ["another key", () => token({ key: wrong.privateKey }), { fault: "signature" }],
  ["a key that is not published", () => token({ header: { kid: "k2" } }), { fault: "signature" }],
])("a token is refused: %s", async (_, make, fault) => {
  expect(await verify(await make())).toMatchObject(fault);
});

test("a token that lives for six hours is refused in its eleventh minute", async () => {
  const text = await token();
  expect(await verify(text, now + 600_000)).toHaveProperty("jti");
  expect(await verify(text, now + 601_000)).toMatchObject({ fault: "age", claim: "iat" });
});

test("a flood of unknown keys costs one request in 30 seconds, and a new key works at the next one", async () => {
  const clock = standingClock(now);
  let keys = published.keys;
  const stub = await startStub(() => ({ status: 200, body: { keys } }));
  onTestFinished(() => stub.close());
  const fetchKeys = keyFetcher(clock.now);
  const issuer = { ...GITHUB_COM, url: stub.url };
  const sent = async (signing: Signing) => {
    const text = await token({ ...signing, claims: { iss: stub.url } });
    return verifyRunToken(text, { issuer, audience: AUDIENCE }, fetchKeys, clock.now());
  };
  for (let index = 0; index < 20; index++)
    expect(await sent({ header: { kid: `unknown-${index}` } })).toEqual({ fault: "signature" });
  expect(stub.asked).toHaveLength(1);
  keys = [...keys, { ...(await exportJWK(wrong.publicKey)), kid: "new", use: "sig", alg: "RS256" }];
  clock.advance(30_000);
  expect(await sent({ key: wrong.privateKey, header: { kid: "new" } })).toHaveProperty("jti");
  expect(stub.asked).toHaveLength(2);
});
