/** STS exchanges a token of the embedded GitHub for a session of a role. */
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import * as iam from "@aws-sdk/client-iam";
import {
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  ExpiredTokenException,
  GetCallerIdentityCommand,
  IDPRejectedClaimException,
  InvalidIdentityTokenException,
  MalformedPolicyDocumentException,
  STSClient,
} from "@aws-sdk/client-sts";
import { decodeJwt, exportJWK, exportSPKI, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EmbeddedGitHub, type Run, startEmbeddedGitHub } from "../../local/github/server.ts";
import { type Conditions, cases } from "./cases/web-identity.ts";
import { account, clientsOf, identity, issuer, provider, type Running, refused, start } from "./clients.ts";

const startedAt = Date.parse("2026-11-23T10:00:00Z");
const seconds = startedAt / 1000;
let now = startedAt;
const clock = () => now;

const original = { id: 2, ownerId: 1 };
const slug = "https://token.actions.githubusercontent.com/acme-inc";
const unreachable = "https://token.actions.unreachable.ghe.com";

let github: EmbeddedGitHub;
let enterprise: EmbeddedGitHub;
let aws: Running;
/** A key pair whose public key GitHub also publishes, so that a test can sign what GitHub would not. */
const own = generateKeyPairSync("rsa", { modulusLength: 2048 });

async function ownKeys() {
  return { keys: [{ ...(await exportJWK(own.publicKey)), kid: "own", alg: "RS256", use: "sig" }] };
}

async function publishedKeys(of: string) {
  return { keys: [...(await github.keys(of)).keys, ...(await ownKeys()).keys] };
}

beforeAll(async () => {
  const owners = ["acme", "mallory"];
  github = await startEmbeddedGitHub({ owners, repositories: { "acme/api": original }, now: clock });
  enterprise = await startEmbeddedGitHub({ owners, issuer: slug, now: clock });
  aws = await start({ now: clock, githubKeys: publishedKeys });
  for (const url of [`https://${issuer}`, unreachable]) await createProvider(aws, url);
  await createRole("publish");
});
afterAll(async () => {
  await aws.close();
  await github.close();
  await enterprise.close();
});

const main: Conditions = {
  StringEquals: {
    aud: "sts.amazonaws.com",
    sub: "repo:acme@1/api@2:ref:refs/heads/main",
    repository_id: "2",
  },
};

/** Returns a trust policy with these conditions. Claims are named without their issuer. */
function trustOf(conditions: Conditions): string {
  const keyOf = (key: string) => (key.includes(":") ? key : `${issuer}:${key}`);
  const Condition = Object.fromEntries(
    Object.entries(conditions).map(([operator, keys]) => [
      operator,
      Object.fromEntries(Object.entries(keys).map(([key, value]) => [keyOf(key), value])),
    ]),
  );
  const Principal = { Federated: provider };
  const Statement = [{ Effect: "Allow", Principal, Action: "sts:AssumeRoleWithWebIdentity", Condition }];
  return JSON.stringify({ Version: "2012-10-17", Statement });
}

async function createProvider({ iam: client }: Running, Url = `https://${issuer}`): Promise<void> {
  const ClientIDList = ["sts.amazonaws.com", "other"];
  await client.send(new iam.CreateOpenIDConnectProviderCommand({ Url, ClientIDList }));
}

async function createRole(
  RoleName: string,
  conditions: Conditions = main,
  { iam: client } = aws,
): Promise<void> {
  const AssumeRolePolicyDocument = trustOf(conditions);
  await client.send(new iam.CreateRoleCommand({ RoleName, Path: "/rolecall/", AssumeRolePolicyDocument }));
}

const arnOf = (role: string) => `arn:aws:iam::${account}:role/rolecall/${role}`;
const mint = (run: Partial<Run> = {}) => github.mint({ repository: "acme/api", ...run });

type Input = Partial<AssumeRoleWithWebIdentityCommandInput>;

async function assume(input: Input = {}, { sts } = aws) {
  return sts.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: arnOf("publish"),
      RoleSessionName: "run-1",
      WebIdentityToken: await mint(),
      ...input,
    }),
  );
}

/** Returns a refusal with the error code from the wire, because the SDK renames some codes. */
async function refusalOf(call: Promise<unknown>, { calls } = aws) {
  const { status, message } = await refused(call);
  return { code: calls.at(-1)?.errorCode, status, message };
}

const notAuthorized = {
  code: "AccessDenied",
  status: 403,
  message: "Not authorized to perform sts:AssumeRoleWithWebIdentity",
};

describe("a run with a token", () => {
  const numbered = cases.map((each, index) => ({ ...each, RoleName: `case-${index}` }));
  test.each(numbered)("$what is let in: $in", async ({ RoleName, repository, conditions, run, in: isIn }) => {
    await createRole(RoleName, conditions);
    github.repositories.set("acme/api", { ...original, ...repository });
    const WebIdentityToken = await mint(run);
    github.repositories.remove("acme/api");
    github.repositories.set("acme/api", original);

    const call = assume({ RoleArn: arnOf(RoleName), WebIdentityToken });
    if (isIn) await call;
    else expect(await refusalOf(call)).toEqual(notAuthorized);
    const { Role } = await aws.iam.send(new iam.GetRoleCommand({ RoleName }));
    expect(Role?.RoleLastUsed?.LastUsedDate).toEqual(isIn ? new Date(startedAt) : undefined);
  });
});

describe("the session", () => {
  test("the answer has everything that AWS answers", async () => {
    const WebIdentityToken = await mint();
    const { $metadata: _, ...answer } = await assume({ WebIdentityToken, RoleSessionName: "a@b" });
    const { Role } = await aws.iam.send(new iam.GetRoleCommand({ RoleName: "publish" }));
    expect(answer).toEqual({
      SubjectFromWebIdentityToken: "repo:acme@1/api@2:ref:refs/heads/main",
      Audience: "sts.amazonaws.com",
      Provider: provider,
      AssumedRoleUser: {
        Arn: `arn:aws:sts::${account}:assumed-role/publish/a@b`,
        AssumedRoleId: `${Role?.RoleId}:a@b`,
      },
      Credentials: {
        AccessKeyId: expect.stringMatching(/^ASIA[A-Z0-9]{16}$/),
        SecretAccessKey: expect.stringMatching(/^[\w+/]{40}$/),
        SessionToken: expect.stringMatching(/^[\w+/]{400}$/),
        Expiration: new Date(startedAt + 3_600_000),
      },
    });
    expect(Role?.RoleLastUsed).toEqual({ LastUsedDate: new Date(startedAt), Region: "eu-central-1" });
  });

  test("a call without a signature gets a session", async () => {
    const body = new URLSearchParams({
      Action: "AssumeRoleWithWebIdentity",
      Version: "2011-06-15",
      RoleArn: arnOf("publish"),
      RoleSessionName: "run-1",
      WebIdentityToken: await mint(),
    });
    const answer = await fetch(aws.url, { method: "POST", body });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toMatch(
      /^<AssumeRoleWithWebIdentityResponse xmlns="https:\/\/sts.amazonaws.com\/doc\/2011-06-15\/"><AssumeRoleWithWebIdentityResult><SubjectFromWebIdentityToken>repo:acme@1/,
    );
  });

  test.each<[number | undefined, number]>([
    [undefined, 3600],
    [900, 900],
    [7200, 7200],
  ])("a session with DurationSeconds %s lasts %s seconds", async (DurationSeconds, lasts) => {
    const RoleName = `lasts-${DurationSeconds}`;
    await createRole(RoleName);
    await aws.iam.send(new iam.UpdateRoleCommand({ RoleName, MaxSessionDuration: 7200 }));
    const { Credentials } = await assume({
      RoleArn: arnOf(RoleName),
      ...(DurationSeconds === undefined ? {} : { DurationSeconds }),
    });
    expect(Credentials?.Expiration).toEqual(new Date(startedAt + lasts * 1000));
  });

  test("the session is for the first audience of the token that the provider lists", async () => {
    const { Audience } = await assume({
      WebIdentityToken: await signed({ aud: ["unlisted", "sts.amazonaws.com"] }),
    });
    expect(Audience).toBe("sts.amazonaws.com");
    const listed = await signed({ aud: ["other", "sts.amazonaws.com"] });
    expect(await refusalOf(assume({ WebIdentityToken: listed }))).toEqual(notAuthorized);
  });

  test("the size of session policies is counted", async () => {
    const Policy = identity("ecr:*");
    const { PackedPolicySize } = await assume({
      Policy,
      PolicyArns: [{ arn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }],
    });
    expect(PackedPolicySize).toBe(Math.ceil(((Policy.length + 38) * 100) / 2048));
  });

  test("the last use names the region that was called", async () => {
    const RoleName = "used-elsewhere";
    await createRole(RoleName);
    const body = new URLSearchParams({
      Action: "AssumeRoleWithWebIdentity",
      Version: "2011-06-15",
      RoleArn: arnOf(RoleName),
      RoleSessionName: "run-1",
      WebIdentityToken: await mint(),
    });
    const authorization =
      "AWS4-HMAC-SHA256 Credential=AKID/20261123/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=00";
    await fetch(aws.url, { method: "POST", body, headers: { authorization } });
    const { RoleDetailList } = await aws.iam.send(new iam.GetAccountAuthorizationDetailsCommand({}));
    const used = RoleDetailList?.find((role) => role.RoleName === RoleName)?.RoleLastUsed;
    expect(used).toEqual({ LastUsedDate: new Date(startedAt), Region: "us-east-1" });
  });

  describe("as a caller", () => {
    async function caller(change: { sessionToken?: string } = {}) {
      const { Credentials = {}, AssumedRoleUser } = await assume();
      const {
        AccessKeyId = "",
        SecretAccessKey = "",
        SessionToken = "",
      } = Credentials as Record<string, string>;
      const credentials = {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: SessionToken,
        ...change,
      };
      const sts = new STSClient({ endpoint: aws.url, region: "eu-central-1", credentials, maxAttempts: 1 });
      return { identity: () => sts.send(new GetCallerIdentityCommand({})), AssumedRoleUser };
    }

    test("a session calls as the assumed role", async () => {
      const { identity, AssumedRoleUser } = await caller();
      expect(await identity()).toMatchObject({
        Account: account,
        Arn: `arn:aws:sts::${account}:assumed-role/publish/run-1`,
        UserId: AssumedRoleUser?.AssumedRoleId,
      });
    });

    test("a session with another token is refused", async () => {
      const { identity } = await caller({ sessionToken: "another" });
      expect(await refused(identity())).toMatchObject({ name: "InvalidClientTokenId", status: 403 });
    });

    test("a session is refused after it has expired", async () => {
      const { identity } = await caller();
      now += 3_600_000 - 1;
      await identity();
      now += 1;
      expect(await refused(identity())).toMatchObject({ name: "ExpiredToken", status: 403 });
      now = startedAt;
    });

    test("another access key id is the name of a user", async () => {
      const { Arn } = await clientsOf(aws.url).sts.send(new GetCallerIdentityCommand({}));
      expect(Arn).toBe(`arn:aws:iam::${account}:user/test`);
    });
  });
});

const validated =
  "The web identity token that was passed could not be validated by AWS. Get a new identity token from the identity provider and then retry the request.";
const noJwt =
  "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)";
const noKey =
  "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements";
const invalid = (message: string) => ({ code: "InvalidIdentityToken", status: 400, message });

/** Returns GitHub's token with changed claims, signed with a key that GitHub publishes. */
async function signed(change: JWTPayload = {}, header: { alg?: string; kid?: string } = {}): Promise<string> {
  const claims = { ...decodeJwt(await mint()), ...change };
  return new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "own", ...header }).sign(own.privateKey);
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

async function tampered(change: JWTPayload): Promise<string> {
  const [header, , signature] = (await mint()).split(".");
  return [header, encode({ ...decodeJwt(await mint()), ...change }), signature].join(".");
}

async function githubKey() {
  const [key] = (await github.keys(github.issuer)).keys;
  if (key?.kid === undefined) throw new Error("GitHub publishes no key");
  return { ...key, kid: key.kid };
}

/** Signs with the public key as the secret of an HMAC. A verifier that trusts the token's `alg` would accept it. */
async function confused(secretOf: (pem: string) => Uint8Array): Promise<string> {
  const { kid, ...key } = await githubKey();
  const pem = await exportSPKI(createPublicKey({ key, format: "jwk" }));
  const claims = decodeJwt(await mint());
  return new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid, typ: "JWT" }).sign(secretOf(pem));
}

describe("a token that is refused", () => {
  test("the unchanged tokens of these tests are accepted", async () => {
    await assume({ WebIdentityToken: await signed() });
    await assume({ WebIdentityToken: await mint({ expiresInSeconds: 1 }) });
  });

  const refusals: [what: string, token: () => string | Promise<string>, refusal: object][] = [
    ["not a JWT", () => "gho_16C7e42F292c6912E7710c838347Ae178B4a", invalid(noJwt)],
    ["two parts", async () => (await mint()).split(".").slice(0, 2).join("."), invalid(noJwt)],
    ["alg none", async () => new UnsecuredJWT(decodeJwt(await mint())).encode(), invalid(noJwt)],
    [
      "alg none with GitHub's signature",
      async () => {
        const [, claims, signature] = (await mint()).split(".");
        return [encode({ alg: "none", typ: "JWT" }), claims, signature].join(".");
      },
      invalid(noJwt),
    ],
    [
      "HS256 with the public key's PEM as the secret",
      () => confused((pem) => Buffer.from(pem)),
      invalid(noJwt),
    ],
    [
      "HS256 with the public key's DER as the secret",
      () => confused((pem) => createPublicKey(pem).export({ type: "spki", format: "der" })),
      invalid(noJwt),
    ],
    ["a tampered subject", () => tampered({ repository_id: "3" }), invalid(validated)],
    ["a tampered expiry", () => tampered({ exp: seconds + 9999 }), invalid(validated)],
    [
      "a tampered signature",
      async () => (await mint()).replace(/\.[^.]{4}([^.]*)$/, ".AAAA$1"),
      invalid(validated),
    ],
    ["no signature", async () => (await mint()).replace(/[^.]*$/, ""), invalid(validated)],
    [
      "another key under the name of GitHub's",
      async () => signed({}, { kid: (await githubKey()).kid }),
      invalid(validated),
    ],
    ["an unknown kid", () => signed({}, { kid: "unknown" }), invalid(noKey)],
    [
      "no kid",
      async () =>
        new SignJWT(decodeJwt(await mint())).setProtectedHeader({ alg: "RS256" }).sign(own.privateKey),
      invalid(noKey),
    ],
    ["an algorithm that is not the key's", () => signed({}, { alg: "RS512" }), invalid(noKey)],
    [
      "a key of its own in the header",
      async () => {
        const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 });
        const jwk = await exportJWK(stranger.publicKey);
        return new SignJWT(decodeJwt(await mint()))
          .setProtectedHeader({ alg: "RS256", kid: (await githubKey()).kid, jwk })
          .sign(stranger.privateKey);
      },
      invalid(validated),
    ],
    [
      "an expired token",
      () => mint({ expiresInSeconds: 0 }),
      {
        code: "ExpiredTokenException",
        status: 400,
        message: `Token expired: current date/time ${seconds} must be before the expiration date/time ${seconds}`,
      },
    ],
    ["not valid yet", () => signed({ nbf: seconds + 1 }), invalid(validated)],
    ["issued in the future", () => signed({ iat: seconds + 1 }), invalid(validated)],
    ["times that are strings", () => signed({ exp: "9999999999" } as never), invalid(validated)],
    [
      "a wrong audience",
      () => mint({ audience: "https://github.com/acme" }),
      invalid("Incorrect token audience"),
    ],
    ["no audience in the list", () => signed({ aud: [] }), invalid("Incorrect token audience")],
    ...["sub", "aud", "exp", "iat", "iss"].map((claim): [string, () => Promise<string>, object] => [
      `without ${claim}`,
      () => signed({ [claim]: undefined }),
      invalid(`Missing a required claim: ${claim}`),
    ]),
    ["a subject that is not a string", () => signed({ sub: ["repo"] } as never), invalid(validated)],
    [
      "a token of another issuer",
      () => enterprise.mint({ repository: "acme/api" }),
      invalid(`No OpenIDConnect provider found in your account for ${slug}`),
    ],
    [
      "a token of an issuer without https",
      () => signed({ iss: `http://${issuer}` }),
      invalid(`No OpenIDConnect provider found in your account for http://${issuer}`),
    ],
    [
      "another issuer's token in GitHub's name",
      async () => {
        const claims = {
          ...decodeJwt(await enterprise.mint({ repository: "acme/api" })),
          iss: github.issuer,
        };
        return new SignJWT(claims)
          .setProtectedHeader({ alg: "RS256", kid: "enterprise" })
          .sign(own.privateKey);
      },
      invalid(noKey),
    ],
    ["a token of an issuer that publishes no keys", () => signed({ iss: unreachable }), invalid(noKey)],
  ];
  test.each(refusals)("a token is refused: %s", async (_, token, refusal) => {
    expect(await refusalOf(assume({ WebIdentityToken: await token() }))).toEqual(refusal);
  });

  test("a token without kid is refused, even if there is only one key", async () => {
    const elsewhere = await start({ now: clock, githubKeys: ownKeys });
    await createProvider(elsewhere);
    await createRole("publish", main, elsewhere);
    await assume({ WebIdentityToken: await signed() }, elsewhere);
    const WebIdentityToken = await new SignJWT(decodeJwt(await mint()))
      .setProtectedHeader({ alg: "RS256" })
      .sign(own.privateKey);
    expect(await refusalOf(assume({ WebIdentityToken }, elsewhere), elsewhere)).toEqual(invalid(noKey));
    await elsewhere.close();
  });

  test("a token is refused if its issuer's provider does not exist", async () => {
    const elsewhere = await start({ now: clock, githubKeys: github.keys });
    const refusal = invalid(`No OpenIDConnect provider found in your account for https://${issuer}`);
    expect(await refusalOf(assume({}, elsewhere), elsewhere)).toEqual(refusal);
    await elsewhere.close();
  });
});

test("the SDK recognizes the errors", async () => {
  const expired = assume({ WebIdentityToken: await mint({ expiresInSeconds: -1 }) });
  await expect(expired).rejects.toBeInstanceOf(ExpiredTokenException);
  await expect(assume({ WebIdentityToken: "none" })).rejects.toBeInstanceOf(InvalidIdentityTokenException);
  await expect(assume({ ProviderId: "www.amazon.com" })).rejects.toBeInstanceOf(IDPRejectedClaimException);
  await expect(assume({ Policy: "{}" })).rejects.toBeInstanceOf(MalformedPolicyDocumentException);
});

describe("a call that is refused", () => {
  const validation = (message: string | RegExp) => ({
    code: "ValidationError",
    status: 400,
    message: typeof message === "string" ? message : expect.stringMatching(message),
  });
  const constraint = (field: string, says: string) =>
    validation(
      new RegExp(
        `^1 validation error detected: Value '.*' at '${field}' failed to satisfy constraint: ${says}`,
      ),
    );
  const managed = (count: number) =>
    Array.from({ length: count }, () => ({ arn: `arn:aws:iam::aws:policy/${"x".repeat(200)}` }));

  test.each<[what: string, input: Input, refusal: object]>([
    ["a role that does not exist", { RoleArn: arnOf("nobody") }, notAuthorized],
    ["a role under another path", { RoleArn: `arn:aws:iam::${account}:role/publish` }, notAuthorized],
    ["a role's name in another case", { RoleArn: arnOf("Publish") }, notAuthorized],
    [
      "a role of another account",
      { RoleArn: arnOf("publish").replace(account, "999999999999") },
      invalid(`No OpenIDConnect provider found in your account for https://${issuer}`),
    ],
    [
      "a role of another partition",
      { RoleArn: arnOf("publish").replace("aws", "aws-cn") },
      validation("Request ARN is invalid"),
    ],
    ["a user's ARN", { RoleArn: `arn:aws:iam::${account}:user/local` }, validation("Request ARN is invalid")],
    ["a short ARN", { RoleArn: "publish" }, constraint("roleArn", "Member must have length greater than")],
    [
      "a session that is too short",
      { DurationSeconds: 899 },
      constraint("durationSeconds", "Member must have value greater than"),
    ],
    [
      "a session that is too long",
      { DurationSeconds: 43_201 },
      constraint("durationSeconds", "Member must have value less than"),
    ],
    [
      "a session that is longer than the role allows",
      { DurationSeconds: 3601 },
      validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role."),
    ],
    [
      "a session name with slashes",
      { RoleSessionName: "refs/heads/main" },
      constraint("roleSessionName", "Member must satisfy"),
    ],
    [
      "a session name of one letter",
      { RoleSessionName: "a" },
      constraint("roleSessionName", "Member must have length greater than"),
    ],
    [
      "a session name that is too long",
      { RoleSessionName: "a".repeat(65) },
      constraint("roleSessionName", "Member must have length less than"),
    ],
    [
      "an invalid session policy",
      { Policy: "{}" },
      { code: "MalformedPolicyDocument", status: 400, message: expect.any(String) },
    ],
    [
      "a session policy that is too long",
      { Policy: " ".repeat(2049) },
      constraint("policy", "Member must have length less than"),
    ],
    [
      "session policies that are too large together",
      { Policy: identity("ecr:*"), PolicyArns: managed(10) },
      {
        code: "PackedPolicyTooLarge",
        status: 400,
        message: expect.stringMatching(/^Packed policy consumes 1\d\d%/),
      },
    ],
    [
      "more than ten session policies",
      { PolicyArns: managed(11) },
      validation(
        /'policyArns' failed to satisfy constraint: Member must have length less than or equal to 10/,
      ),
    ],
    [
      "a token that is said to be Amazon's",
      { ProviderId: "www.amazon.com" },
      { code: "IDPRejectedClaim", status: 403, message: expect.any(String) },
    ],
  ])("a call is refused: %s", async (_, input, refusal) => {
    expect(await refusalOf(assume(input))).toEqual(refusal);
  });

  test("a role whose own policy denies everything is assumed all the same", async () => {
    await createRole("suspended");
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Deny", Action: "*", Resource: "*" }],
    });
    const policy = { RoleName: "suspended", PolicyName: "rolecall-revocation", PolicyDocument };
    await aws.iam.send(new iam.PutRolePolicyCommand(policy));
    const { Credentials } = await assume({ RoleArn: arnOf("suspended") });
    expect(Credentials?.SessionToken).toBeDefined();
  });

  test("a refused caller learns nothing about the role", async () => {
    const WebIdentityToken = await mint({ ref: "refs/heads/dev" });
    const refusal = await refusalOf(assume({ WebIdentityToken, DurationSeconds: 43_200, Policy: "{}" }));
    expect(refusal).toEqual(notAuthorized);
  });

  test("every caller is refused if no issuer's keys are known", async () => {
    const elsewhere = await start({ now: clock });
    await createProvider(elsewhere);
    expect(await refusalOf(assume({}, elsewhere), elsewhere)).toEqual(invalid(noKey));
    await elsewhere.close();
  });
});
