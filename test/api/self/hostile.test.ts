/** Attacks with a workflow's token over the wire: nothing is registered, and the answer names the reason. */
import { createPublicKey, type JsonWebKey } from "node:crypto";
import { decodeJwt, SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, test } from "vitest";
import type { EmbeddedGitHub } from "../../../local/github/server.ts";
import { GITHUB_COM } from "../../../src/trust/issuer.ts";
import { rolePath, startRolecall, uniqueName } from "../../harness/rolecall.ts";
import { startForeign } from "./foreign.ts";

const PIN = "acme/platform/.github/workflows/register.yml@refs/heads/main";
const RULE = { repositories: ["acme/*"], roles: ["publish", "deploy"], access: ["push"] };
const { api, token, clock, repositories, variables, gitHubCalls } = await startRolecall({
  self: {
    rules: [
      { ...RULE, roles: ["release"], jobWorkflowRefs: [PIN] },
      RULE,
      { ...RULE, repositories: ["Umbrella/moved-*"] },
      { ...RULE, roles: ["any-branch"], refs: ["refs/heads/*"] },
      { ...RULE, accounts: ["222222222222"], roles: ["member"] },
    ],
  },
});

type Run = Partial<Parameters<typeof token>[0]>;
type Sent = { bearer?: string; role?: string; query?: string; body?: unknown; owner?: string };

const path = (repo: string, { role = "publish", query = "", owner = "acme" }: Sent) =>
  `/v1/self/repos/${owner}/${repo}/roles/${role}${query}`;

async function put(repo: string, run: Run = {}, sent: Sent = {}) {
  const { bearer = await token({ repository: `acme/${repo}`, ...run }), body } = sent;
  const headers = { authorization: `Bearer ${bearer}` };
  return api("PUT", path(repo, sent), { headers, ...(body !== undefined && { body }) });
}

const { evilIssuer, evilKeys } = await startForeign(clock.now);
const AUDIENCE = variables.ROLECALL_SELF_AUDIENCE;
const forged = (github: EmbeddedGitHub, repo: string) =>
  github.mint({ repository: `acme/${repo}`, audience: AUDIENCE });

/** Returns the public key with which Rolecall verifies tokens, as a text. */
async function publicKey(): Promise<string> {
  const response = await fetch(`${variables.GITHUB_API_URL}/.well-known/jwks`);
  const { keys }: { keys: JsonWebKey[] } = JSON.parse(await response.text());
  const [key = {}] = keys;
  return createPublicKey({ key, format: "jwk" }).export({ type: "spki", format: "pem" }).toString();
}

/** Returns a token with these claims and a signature that nobody made. */
const unsigned = (claims: object): string =>
  [{ alg: "RS256" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .concat("AAAA")
    .join(".");

/** Returns the token that GitHub issues when this service's clock is so many seconds behind. */
async function fromFuture(repo: string, seconds: number): Promise<string> {
  clock.advance(seconds * 1000);
  const text = await token({ repository: `acme/${repo}` });
  clock.advance(-seconds * 1000);
  return text;
}

describe("401 for a token", () => {
  test.each<[string, string, (repo: string) => Promise<string>]>([
    [
      "for another audience",
      "aud",
      (repo) => token({ repository: `acme/${repo}`, audience: "https://x.example" }),
    ],
    [
      "for the audience of STS",
      "aud",
      (repo) => token({ repository: `acme/${repo}`, audience: "sts.amazonaws.com" }),
    ],
    ["of a foreign issuer", "iss", (repo) => forged(evilIssuer, repo)],
    ["of the right issuer's name, signed by another key", "signature", (repo) => forged(evilKeys, repo)],
    [
      "without a signature",
      "alg",
      async (repo) => new UnsecuredJWT(decodeJwt(await token({ repository: `acme/${repo}` }))).encode(),
    ],
    [
      "signed by HS256 with the public key as the secret",
      "alg",
      async (repo) =>
        new SignJWT(decodeJwt(await token({ repository: `acme/${repo}` })))
          .setProtectedHeader({ alg: "HS256", kid: "k" })
          .sign(new TextEncoder().encode(await publicKey())),
    ],
    [
      "with the claims of another token's signature",
      "signature",
      async (repo) => {
        const [own = "", other = ""] = [
          await token({ repository: `acme/${repo}` }),
          await token({ repository: "acme/x" }),
        ];
        const [head, , signature] = other.split(".");
        return [head, own.split(".")[1], signature].join(".");
      },
    ],
    ["whose issuer has no text", "iss", async () => unsigned({ iss: { toString: 1 } })],
    [
      "whose audience has no text",
      "aud",
      async () => unsigned({ iss: GITHUB_COM.url, aud: [{ toString: 1 }] }),
    ],
    [
      "without a first valid second",
      "nbf",
      async (repo) => {
        const { nbf: _, ...claims } = decodeJwt(await token({ repository: `acme/${repo}` }));
        return unsigned(claims);
      },
    ],
    [
      "whose first valid second has no number",
      "nbf",
      async (repo) =>
        unsigned({ ...decodeJwt(await token({ repository: `acme/${repo}` })), nbf: { toString: 1 } }),
    ],
    ["of the future", "iat", (repo) => fromFuture(repo, 61)],
  ])("%s", async (_, claim, make) => {
    const repo = uniqueName();
    const asked = gitHubCalls.length;
    const answer = await put(repo, {}, { bearer: await make(repo) });
    expect(answer.problem()).toMatchObject({ status: 401, code: "token-invalid", denied: { claim } });
    expect((await api("GET", rolePath(repo))).status).toBe(404);
    expect(gitHubCalls.slice(asked).filter((call) => call.path.startsWith("/repos/"))).toEqual([]);
  });

  test("of six hours' life at minute eleven, and at minute ten it is accepted", async () => {
    const repo = uniqueName();
    const make = () => token({ repository: `acme/${repo}`, expiresInSeconds: 21_600 });
    const [late, early] = [await make(), await make()];
    clock.advance(599_000);
    expect((await put(repo, {}, { bearer: early })).status).toBe(201);
    clock.advance(61_000);
    expect((await put(repo, {}, { bearer: late })).problem()).toMatchObject({
      status: 401,
      denied: { claim: "iat" },
    });
  });

  test("of each of a flood of unknown keys, and the right token is still accepted", async () => {
    const repo = uniqueName();
    const [, payload] = (await forged(evilKeys, repo)).split(".");
    for (let index = 0; index < 30; index++) {
      const head = Buffer.from(JSON.stringify({ alg: "RS256", kid: `unknown-${index}` })).toString(
        "base64url",
      );
      const answer = await put(repo, {}, { bearer: `${head}.${payload}.AAAA` });
      expect(answer.problem()).toMatchObject({ status: 401, denied: { claim: "signature" } });
    }
    expect((await put(repo)).status).toBe(201);
  });
});

describe("403 for a run", () => {
  const dev = "refs/heads/dev";
  test.each<[string, Run, Sent, string]>([
    ["of a pull request", { event: "pull_request" }, {}, "event_name"],
    ["of a fork", { fork: "mallory/api" }, {}, "event_name"],
    ["of pull_request_target", { event: "pull_request_target" }, {}, "event_name"],
    [
      "of a fork's pull_request_target",
      { event: "pull_request_target", fork: "mallory/api" },
      {},
      "event_name",
    ],
    ["of workflow_run", { event: "workflow_run" }, {}, "event_name"],
    ["of a tag that is named like the default branch", { ref: "refs/tags/main" }, {}, "ref"],
    ["of a branch that is named like the ref of main", { ref: "refs/heads/refs/heads/main" }, {}, "ref"],
    [
      "of a branch that is named like the ref of main, for main",
      { ref: "refs/heads/refs/heads/main" },
      { role: "any-branch", body: { trust: { branches: ["main"] } } },
      "sub",
    ],
    [
      "of a branch that is named like an event, for pull requests",
      { ref: "refs/heads/pull_request" },
      { role: "any-branch", body: { trust: { pullRequests: true }, ecr: [] } },
      "sub",
    ],
    [
      "of an environment that is named like the ref of main, for main",
      { ref: dev, environment: "x:ref:refs/heads/main" },
      { role: "any-branch", body: { trust: { branches: ["main"] } } },
      "sub",
    ],
    [
      "of main in a new environment, for the environment from every branch",
      { environment: "new" },
      { body: { trust: { environments: ["new"] } } },
      "ref",
    ],
    [
      "of another branch in a new environment, for the environment from main",
      { ref: dev, environment: "new" },
      { role: "any-branch", body: { trust: { environments: ["new"], environmentBranches: ["main"] } } },
      "ref",
    ],
    ["without the pinned workflow", {}, { role: "release" }, "job_workflow_ref"],
    [
      "of the pinned workflow at another ref",
      { jobWorkflowRef: PIN.replace("heads/main", "heads/evil") },
      { role: "release" },
      "job_workflow_ref",
    ],
    [
      "of a workflow whose path begins like the pinned one",
      { jobWorkflowRef: PIN.replace("@", "@refs/heads/main/../") },
      { role: "release" },
      "job_workflow_ref",
    ],
  ])("%s", async (_, run, sent, claim) => {
    const repo = uniqueName();
    const answer = await put(repo, run, sent);
    expect(answer.problem()).toMatchObject({ status: 403, code: "token-not-allowed", denied: { claim } });
    expect((await api("GET", rolePath(repo, sent.role))).status).toBe(404);
  });

  test("of a custom subject template, which names no ref, for every branch", async () => {
    const repo = uniqueName();
    repositories.set(`acme/${repo}`, { template: ["repo", "environment"] });
    const run = { environment: "prod" };
    const open = await put(repo, run, { body: { trust: { environments: ["prod"] } } });
    expect(open.problem()).toMatchObject({ status: 403, denied: { claim: "ref" } });
    const trust = { environments: ["prod"], environmentBranches: ["main"] };
    expect((await put(repo, run, { body: { trust } })).status).toBe(201);
  });

  test("of a repository that has the name of another one, and of its predecessor's role it learns nothing", async () => {
    const repo = uniqueName();
    expect((await put(repo)).status).toBe(201);
    repositories.set(`acme/${repo}`, { id: 987_655 });
    clock.advance(61_000);
    expect((await put(repo)).problem()).toMatchObject({ status: 409, code: "repository-replaced" });
    const headers = { authorization: `Bearer ${await token({ repository: `acme/${repo}` })}` };
    expect((await api("GET", path(repo, {}), { headers })).status).toBe(404);
    expect((await api("POST", `${path(repo, {})}/explanations`, { headers })).status).toBe(404);
  });

  test("of a renamed repository under its old name", async () => {
    const [before, after] = [uniqueName(), uniqueName()];
    const old = await token({ repository: `acme/${before}` });
    repositories.rename(`acme/${before}`, `acme/${after}`);
    clock.advance(61_000);
    const late = await put(before, {}, { bearer: old });
    expect(late.status).toBeGreaterThanOrEqual(403);
    expect((await api("GET", rolePath(before))).status).toBe(404);
    const now = await put(before, { repository: `acme/${after}` });
    expect(now.problem()).toMatchObject({ status: 403, denied: { claim: "repository" } });
    expect((await put(after)).status).toBe(201);
  });

  test("of a repository that was transferred to an owner outside of the ceiling", async () => {
    const repo = uniqueName();
    expect((await put(repo)).status).toBe(201);
    repositories.rename(`acme/${repo}`, `Umbrella/${repo}`);
    const moved = { repository: `Umbrella/${repo}` };
    expect((await put(repo, moved)).problem()).toMatchObject({
      status: 403,
      denied: { claim: "repository" },
    });
    const own = await put(repo, moved, { owner: "Umbrella" });
    expect(own.problem()).toMatchObject({
      status: 403,
      denied: { claim: "repository", rule: "self.json /rules", accepts: [] },
    });
  });

  test("of a repository that was transferred within the ceiling, for its former name; it registers its own role and changes no former one", async () => {
    const repo = uniqueName("moved");
    const former = (await put(repo)).registration();
    repositories.rename(`acme/${repo}`, `Umbrella/${repo}`);
    clock.advance(61_000);
    const moved = { repository: `Umbrella/${repo}` };
    expect((await put(repo, moved)).problem()).toMatchObject({
      status: 403,
      denied: { claim: "repository", accepts: [`acme/${repo}`] },
    });
    const answer = await put(repo, moved, { owner: "Umbrella" });
    expect([answer.status, answer.registration().origin]).toEqual([201, "self"]);
    expect(answer.registration().roleArn).not.toBe(former.roleArn);
    for (const subject of answer.registration().subjects) expect(subject).toMatch(/^repo:Umbrella[@/]/);
    const { spec, subjects, updatedBy } = (await api("GET", rolePath(repo))).registration();
    expect({ spec, subjects, updatedBy }).toEqual({
      spec: former.spec,
      subjects: former.subjects,
      updatedBy: former.updatedBy,
    });
  });

  test.each(["", "/accounts/222222222222", "/accounts/333333333333"])(
    "of a repository that no rule names, and the answer below %j shows nothing of the rules",
    async (below) => {
      const headers = { authorization: `Bearer ${await token({ repository: "Umbrella/web" })}` };
      const answer = await api("GET", `/v1/self${below}/repos/Umbrella/web/roles/publish`, { headers });
      expect(answer.problem()).toMatchObject({
        status: 403,
        denied: { claim: "repository", was: "Umbrella/web", accepts: [], rule: "self.json /rules" },
      });
      expect(answer.text).not.toMatch(/acme|222222222222/);
    },
  );
});

test("the pinned workflow at its ref registers", async () => {
  expect((await put(uniqueName(), { jobWorkflowRef: PIN }, { role: "release" })).status).toBe(201);
});

describe("a workflow that passes its token on", () => {
  test.each<[string, Sent]>([
    ["another body", { body: { ecr: [] } }],
    ["another role", { role: "deploy" }],
  ])("gives nobody a second request with %s", async (_, sent) => {
    const repo = uniqueName();
    const bearer = await token({ repository: `acme/${repo}` });
    expect((await put(repo, {}, { bearer })).status).toBe(201);
    const other = await put(repo, {}, { bearer, ...sent });
    expect(other.problem()).toMatchObject({ status: 409, code: "token-used" });
  });

  test("gives nobody a second request with another query", async () => {
    const repo = uniqueName();
    const bearer = await token({ repository: `acme/${repo}` });
    expect((await put(repo, {}, { bearer })).status).toBe(201);
    expect((await api("DELETE", rolePath(repo))).status).toBe(200);
    const other = await put(repo, {}, { bearer, query: "?dryRun=false" });
    expect(other.problem()).toMatchObject({ status: 409, code: "token-used" });
    expect(other.problem().detail).toContain("has already written, with another request");
  });

  test("gives nobody more than the run has: no other repository, subject or rule", async () => {
    const [repo, victim] = [uniqueName(), uniqueName()];
    const bearer = await token({ repository: `acme/${repo}` });
    const statuses = [
      await put(victim, {}, { bearer }),
      await put(repo, {}, { bearer, role: "release" }),
      await put(repo, {}, { bearer, body: { trust: { branches: ["main", "evil"] } } }),
      await put(repo, {}, { bearer, body: { ecr: [{ repository: `acme/${repo}`, access: "both" }] } }),
    ].map(({ status }) => status);
    expect(statuses).toEqual([403, 403, 403, 403]);
    expect((await put(repo, {}, { bearer })).status).toBe(201);
  });
});
