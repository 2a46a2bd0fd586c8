/** The tokens of the embedded GitHub, and its issuer on the wire. */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import {
  type EmbeddedGitHub,
  type EmbeddedGitHubOptions,
  type Run,
  startEmbeddedGitHub,
} from "../../local/github/server.ts";
import { subjects } from "./cases/subjects.ts";

const now = Date.parse("2026-11-23T10:00:00Z");
const seconds = now / 1000;

const running: EmbeddedGitHub[] = [];
const directories: string[] = [];
function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "rolecall-github-"));
  directories.push(directory);
  return directory;
}

/** The folder of a signing key that all tests share unless they need their own, because making a key takes time. */
const directory = newDirectory();
async function started(options: Partial<EmbeddedGitHubOptions> = {}): Promise<EmbeddedGitHub> {
  const repositories = { "acme/api": { id: 2, ownerId: 1 } };
  const defaults = { owners: ["acme"], repositories, directory, now: () => now };
  const github = await startEmbeddedGitHub({ ...defaults, ...options });
  running.push(github);
  return github;
}
afterEach(async () => {
  for (const github of running.splice(0)) await github.close();
});
afterAll(() => {
  for (const each of directories) rmSync(each, { recursive: true });
});

describe("the subject", () => {
  test.each(subjects)("the subject is right for $what", async ({ repository, run, sub }) => {
    const github = await started();
    github.repositories.set("acme/api", repository);
    expect(decodeJwt(await github.mint({ repository: "ACME/API", ...run }))).toMatchObject({ sub });
  });

  test("the subject begins with the prefix that the REST API gives", async () => {
    const github = await started();
    const answer = await fetch(`${github.url}/repos/acme/web/actions/oidc/customization/sub`);
    const { sub_claim_prefix } = (await answer.json()) as { sub_claim_prefix: string };
    const { sub } = decodeJwt(await github.mint({ repository: "acme/web" }));
    expect(sub).toBe(`${sub_claim_prefix}:ref:refs/heads/main`);
  });

  test("after a rename the subject carries the new name and ids", async () => {
    const github = await started();
    github.repositories.set("acme/api", { immutableSubject: false });
    github.repositories.rename("acme/api", "acme/service");
    expect(decodeJwt(await github.mint({ repository: "acme/service" }))).toMatchObject({
      sub: "repo:acme@1/service@2:ref:refs/heads/main",
      repository: "acme/service",
      repository_id: "2",
    });
    await expect(github.mint({ repository: "acme/api" })).rejects.toThrow("acme/api does not exist");
  });

  test("on an Enterprise Server the subject never carries ids", async () => {
    const github = await started({ issuer: "https://github.acme.example/_services/token" });
    const { sub, iss } = decodeJwt(await github.mint({ repository: "acme/api" }));
    expect([sub, iss]).toEqual([
      "repo:acme/api:ref:refs/heads/main",
      "https://github.acme.example/_services/token",
    ]);
  });
});

describe("the claims", () => {
  test("the token of a push has all claims", async () => {
    const github = await started();
    const number = expect.stringMatching(/^\d+$/);
    const sha = expect.stringMatching(/^[0-9a-f]{40}$/);
    expect(decodeJwt(await github.mint({ repository: "acme/api" }))).toEqual({
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      iss: "https://token.actions.githubusercontent.com",
      sub: "repo:acme@1/api@2:ref:refs/heads/main",
      aud: "sts.amazonaws.com",
      iat: seconds,
      nbf: seconds - 600,
      exp: seconds + 300,
      actor: "octocat",
      actor_id: number,
      base_ref: "",
      check_run_id: number,
      event_name: "push",
      head_ref: "",
      job_workflow_ref: "acme/api/.github/workflows/publish.yml@refs/heads/main",
      job_workflow_sha: sha,
      ref: "refs/heads/main",
      ref_protected: "false",
      ref_type: "branch",
      repository: "acme/api",
      repository_id: "2",
      repository_owner: "acme",
      repository_owner_id: "1",
      repository_visibility: "public",
      run_attempt: "1",
      run_id: number,
      run_number: "1",
      runner_environment: "github-hosted",
      sha,
      workflow: "publish",
      workflow_ref: "acme/api/.github/workflows/publish.yml@refs/heads/main",
      workflow_sha: sha,
    });
  });

  test.each<[what: string, run: Partial<Run>, claims: object]>([
    ["a tag", { ref: "refs/tags/v1" }, { ref: "refs/tags/v1", ref_type: "tag" }],
    ["an environment", { environment: "a:b" }, { environment: "a:b", ref: "refs/heads/main" }],
    [
      "a fork's pull request",
      { fork: "mallory/api" },
      {
        repository: "acme/api",
        repository_id: "2",
        event_name: "pull_request",
        actor: "mallory",
        ref: "refs/pull/1/merge",
        ref_type: "branch",
        head_ref: "patch-1",
        base_ref: "main",
        workflow_ref: "acme/api/.github/workflows/publish.yml@refs/pull/1/merge",
      },
    ],
    [
      "pull_request_target",
      { event: "pull_request_target" },
      { ref: "refs/heads/main", head_ref: "patch-1", base_ref: "main" },
    ],
    ["an audience", { audience: "https://github.com/acme" }, { aud: "https://github.com/acme" }],
    [
      "a reusable workflow",
      { jobWorkflowRef: "acme/ci/x.yml@v1" },
      {
        job_workflow_ref: "acme/ci/x.yml@v1",
        workflow_ref: "acme/api/.github/workflows/publish.yml@refs/heads/main",
      },
    ],
    ["an actor", { actor: "hubot" }, { actor: "hubot" }],
    ["a longer lifetime", { expiresInSeconds: 3600 }, { iat: seconds, exp: seconds + 3600 }],
    [
      "a token that has expired",
      { expiresInSeconds: -60 },
      { nbf: seconds - 660, iat: seconds - 60, exp: seconds - 60 },
    ],
  ])("the claims are right for %s", async (_, run, claims) => {
    const github = await started();
    expect(decodeJwt(await github.mint({ repository: "acme/api", ...run }))).toMatchObject(claims);
  });

  test.each([
    ["https://token.actions.githubusercontent.com/acme-inc", "acme-inc"],
    ["https://token.actions.acme-inc.ghe.com", "acme-inc"],
    ["https://token.actions.githubusercontent.com", undefined],
  ])("the token has the enterprise of the issuer %s", async (issuer, enterprise) => {
    const github = await started({ issuer });
    const claims = decodeJwt(await github.mint({ repository: "acme/api" }));
    expect([claims.iss, claims["enterprise"], typeof claims["enterprise_id"]]).toEqual([
      issuer,
      enterprise,
      typeof enterprise,
    ]);
  });
});

const impossible: [what: string, run: Run, message: RegExp][] = [
  ["a repository that does not exist", { repository: "acme/missing" }, /^acme\/missing does not exist$/],
  ["a name that no repository can have", { repository: "acme/a:ref:b" }, /does not exist$/],
  ["a short ref", { repository: "acme/api", ref: "main" }, /refs\/heads\/main$/],
  ["an environment without a name", { repository: "acme/api", environment: "" }, /name/],
  ["a push from a fork", { repository: "acme/api", event: "push", fork: "mallory/api" }, /fork/],
  ["a template with a claim that the job does not have", { repository: "acme/deploy" }, /environment/],
];

test.each(impossible)("GitHub mints no token for %s", async (_, run, message) => {
  const github = await started({ repositories: { "acme/deploy": { template: ["repo", "environment"] } } });
  await expect(github.mint(run)).rejects.toThrow(message);
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(run)) query.set(name, String(value));
  const answer = await fetch(`${github.url}/token?${query}`);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toEqual({ message: expect.stringMatching(message) });
});

describe("on the wire", () => {
  test("a client that knows the server's URL can verify a token", async () => {
    const github = await started();
    const discovery = await fetch(`${github.url}/.well-known/openid-configuration`);
    const configuration = (await discovery.json()) as { issuer: string; jwks_uri: string };
    expect(configuration).toEqual({
      issuer: "https://token.actions.githubusercontent.com",
      jwks_uri: `${github.url}/.well-known/jwks`,
      subject_types_supported: ["public", "pairwise"],
      response_types_supported: ["id_token"],
      id_token_signing_alg_values_supported: ["RS256"],
      scopes_supported: ["openid"],
    });
    const token = await github.mint({ repository: "acme/api" });
    const { protectedHeader } = await jwtVerify(token, createRemoteJWKSet(new URL(configuration.jwks_uri)), {
      issuer: configuration.issuer,
      audience: "sts.amazonaws.com",
      currentDate: new Date(now),
    });
    expect(protectedHeader).toEqual({ alg: "RS256", typ: "JWT", kid: expect.any(String) });
  });

  test("the published keys are public keys", async () => {
    const github = await started();
    const jwks = await (await fetch(`${github.url}/.well-known/jwks`)).json();
    const text = expect.stringMatching(/^[\w-]+$/);
    expect(jwks).toEqual({ keys: [{ kty: "RSA", use: "sig", alg: "RS256", kid: text, n: text, e: text }] });
    expect(await github.keys("https://token.actions.githubusercontent.com")).toEqual(jwks);
    await expect(github.keys("https://token.actions.githubusercontent.com/acme")).rejects.toThrow();
  });

  test("a job requests a token as from GitHub's runner", async () => {
    const github = await started({ rateLimit: 0 });
    const run = "repository=acme/api&ref=refs/heads/dev&environment=prod&jobWorkflowRef=a&actor=b";
    const rest = "event=workflow_dispatch&expiresInSeconds=60&subjectForm=name&audience=first";
    const answer = await fetch(`${github.url}/token?${run}&${rest}&audience=sts.amazonaws.com.cn`);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const { value, count } = (await answer.json()) as { value: string; count: number };
    expect(count).toBe(value.length);
    expect(decodeJwt(value)).toMatchObject({
      sub: "repo:acme/api:environment:prod",
      aud: "sts.amazonaws.com.cn",
      ref: "refs/heads/dev",
      environment: "prod",
      event_name: "workflow_dispatch",
      job_workflow_ref: "a",
      actor: "b",
      exp: seconds + 60,
    });
    const fork = await fetch(`${github.url}/token?repository=acme/api&fork=mallory/api`);
    expect(decodeJwt(((await fork.json()) as { value: string }).value)).toMatchObject({ actor: "mallory" });
  });

  test.each([
    ["", /repository/],
    ["repository=acme/api&branch=main", /^branch is none of/],
    ["repository=acme/api&subjectForm=both", /subjectForm/],
    ["repository=acme/api&refProtected=yes", /refProtected must be true or false/],
    ["repository=acme/api&expiresInSeconds=soon", /expiresInSeconds/],
    ["repository=acme/api&expiresInSeconds=1e3", /expiresInSeconds/],
  ])("a request for a token with %j is refused", async (query, message) => {
    const answer = await fetch(`${(await started()).url}/token?${query}`);
    expect([answer.status, await answer.json()]).toEqual([400, { message: expect.stringMatching(message) }]);
  });

  test("a POST gets no token", async () => {
    const answer = await fetch(`${(await started()).url}/token?repository=acme/api`, { method: "POST" });
    expect(answer.status).toBe(404);
  });
});

describe("the key", () => {
  const kidOf = async (github: EmbeddedGitHub) =>
    decodeProtectedHeader(await github.mint({ repository: "acme/api" })).kid;

  test("every server has a key of its own", async () => {
    const options = { owners: ["acme"] };
    running.push(await startEmbeddedGitHub(options), await startEmbeddedGitHub(options));
    const kids = await Promise.all(running.map(kidOf));
    expect(new Set(kids).size).toBe(2);
  });

  test("a server in the same directory has the same key, in a file that only its owner can read", async () => {
    const directory = newDirectory();
    const first = await started({ directory });
    const token = await first.mint({ repository: "acme/api" });
    const again = await started({ directory });
    expect(await again.keys(again.issuer)).toEqual(await first.keys(first.issuer));
    expect(await kidOf(again)).toBe(decodeProtectedHeader(token).kid);
    expect(readdirSync(join(directory, "github"))).toEqual(["signing-key.pem"]);
    expect(statSync(join(directory, "github", "signing-key.pem")).mode & 0o777).toBe(0o600);
  });
});
