/** The order in which a token's checks come, and the conditions of a PUT that writes. */
import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { startEmbedded } from "../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../harness/rolecall.ts";
import { startForeign } from "./foreign.ts";

const RULE = { repositories: ["acme/*"], roles: ["publish"], access: ["push"] };
const { api, token, variables, services, gitHubCalls, repositories, clock, callsOf } = await startEmbedded({
  self: {
    rules: [
      RULE,
      { ...RULE, roles: ["protected"], protectedRefs: true },
      { ...RULE, roles: ["tagged"], refs: ["refs/tags/v*"] },
      { ...RULE, roles: ["both"], refs: ["refs/tags/v*"], protectedRefs: true },
      { ...RULE, roles: ["hosted"], runnerEnvironments: ["self-hosted"] },
    ],
  },
});

type Run = Partial<Parameters<typeof token>[0]>;
type Sent = { bearer: string; role?: string; below?: string; body?: unknown };

const send = (method: string, repo: string, { bearer, role = "publish", below = "", body }: Sent) =>
  api(method, `/v1/self/repos/acme/${repo}/roles/${role}${below}`, {
    headers: { authorization: `Bearer ${bearer}` },
    ...(body !== undefined && { body }),
  });
const tokenOf = (repo: string, run: Run = {}) => token({ repository: `acme/${repo}`, ...run });

/** Returns the record of a token that has written; undefined if there is none. */
async function recordOf(bearer: string) {
  const { iss, jti } = decodeJwt(bearer);
  const key = { pk: { S: `TOKEN#${iss}#${jti}` }, sk: { S: "USED" } };
  const command = new GetItemCommand({ TableName: variables.ROLECALL_TABLE, Key: key, ConsistentRead: true });
  return (await services.clients.dynamodb.send(command)).Item;
}

describe("a PUT that writes", () => {
  test.each(["push", "workflow_dispatch", "schedule"])("is accepted for the event %s", async (event) => {
    const repo = uniqueName();
    expect((await send("PUT", repo, { bearer: await tokenOf(repo, { event }) })).status).toBe(201);
  });

  test.each<[string, string, Run, number]>([
    ["a protected branch", "protected", { ref: "refs/heads/dev", refProtected: true }, 201],
    ["another branch", "protected", { ref: "refs/heads/dev", refProtected: false }, 403],
    ["the default branch, although nobody protects it", "protected", {}, 201],
    [
      "a protected branch, for a rule that does not say so",
      "publish",
      { ref: "refs/heads/dev", refProtected: true },
      403,
    ],
    ["a listed tag", "tagged", { ref: "refs/tags/v1" }, 201],
    ["another tag", "tagged", { ref: "refs/tags/x1" }, 403],
    ["the default branch, which the rule does not list", "tagged", {}, 403],
    [
      "a protected branch, for a rule that also lists tags",
      "both",
      { ref: "refs/heads/dev", refProtected: true },
      201,
    ],
    ["an unprotected branch, for a rule that also lists tags", "both", { ref: "refs/heads/dev" }, 403],
  ])("from %s, for the role %s", async (_, role, run, status) => {
    const repo = uniqueName();
    const { ref } = decodeJwt<{ ref: string }>(await tokenOf(repo, run));
    const [, kind = "", name = ""] = /^refs\/(heads|tags)\/(.+)$/.exec(ref) ?? [];
    const body = { trust: kind === "tags" ? { branches: [], tags: [name] } : { branches: [name] } };
    const answer = await send("PUT", repo, { bearer: await tokenOf(repo, run), role, body });
    expect(answer.status, answer.text).toBe(status);
    if (status === 403) expect(answer.problem().denied).toMatchObject({ claim: "ref", was: ref });
  });

  test("asks GitHub for the default branch as it is now", async () => {
    const repo = uniqueName();
    repositories.set(`acme/${repo}`, { defaultBranch: "trunk" });
    expect((await send("PUT", repo, { bearer: await tokenOf(repo) })).status).toBe(201);
    repositories.set(`acme/${repo}`, { defaultBranch: "main" });
    const bearer = await tokenOf(repo, { ref: "refs/heads/trunk" });
    const late = await send("PUT", repo, { bearer, body: { ecr: [] } });
    expect(late.problem()).toMatchObject({ denied: { claim: "ref", accepts: ["refs/heads/main"] } });
  });

  test("from another kind of runner than the rule lists is refused", async () => {
    const repo = uniqueName();
    const answer = await send("PUT", repo, { bearer: await tokenOf(repo), role: "hosted" });
    expect(answer.problem().denied).toMatchObject({
      claim: "runner_environment",
      was: "github-hosted",
      accepts: ["self-hosted"],
    });
  });
});

describe("the record of a token", () => {
  test("is made by the PUT that writes, and expires 15 minutes after the token's issue", async () => {
    const repo = uniqueName();
    const bearer = await tokenOf(repo);
    const { iat = 0 } = decodeJwt(bearer);
    expect((await send("PUT", repo, { bearer })).status).toBe(201);
    expect((await recordOf(bearer))?.["expiresAt"]).toEqual({ N: String(iat + 900) });
  });

  test("is not made by a read, a dry run or an explanation, and the token still writes", async () => {
    const repo = uniqueName();
    await send("PUT", repo, { bearer: await tokenOf(repo) });
    const bearer = await tokenOf(repo);
    for (const [method, below] of [
      ["GET", ""],
      ["GET", "/workflow"],
      ["POST", "/explanations"],
      ["PUT", "?dryRun=true"],
    ] as const)
      expect((await send(method, repo, { bearer, below })).status).toBe(200);
    expect(await recordOf(bearer)).toBeUndefined();
    expect((await send("PUT", repo, { bearer })).status).toBe(200);
  });

  test.each<[string, Omit<Sent, "bearer">, number]>([
    ["of the request's form", { body: { trust: { nonsense: true } } }, 422],
    ["of the role", { role: "admin" }, 403],
    ["of the trust", { body: { trust: { branches: ["main", "dev"] } } }, 403],
    ["of the length of sessions", { body: { maxSessionSeconds: 7200 } }, 403],
    [
      "of an ECR repository outside of its own namespace",
      { body: { ecr: [{ repository: "other/x" }] } },
      422,
    ],
  ])("is not made by a refusal %s, and the token still writes", async (_, sent, status) => {
    const repo = uniqueName();
    const bearer = await tokenOf(repo);
    expect((await send("PUT", repo, { bearer, ...sent })).status).toBe(status);
    expect(await recordOf(bearer)).toBeUndefined();
    expect((await send("PUT", repo, { bearer })).status).toBe(201);
  });

  test("is not made by a PUT for a registration of a caller with AWS credentials", async () => {
    const repo = uniqueName();
    const bearer = await tokenOf(repo);
    await api("PUT", rolePath(repo), { body: { ecr: [] } });
    expect((await send("PUT", repo, { bearer })).status).toBe(409);
    expect(await recordOf(bearer)).toBeUndefined();
  });
});

/** Returns the paths that GitHub is asked for, and the calls of AWS, while something is done. */
async function askedBy(work: () => Promise<unknown>) {
  const before = gitHubCalls.length;
  const { calls } = await callsOf(work);
  return {
    gitHub: gitHubCalls.slice(before).map(({ path }) => path),
    aws: calls.map(({ action }) => action),
  };
}

describe("a refusal asks neither GitHub nor the table", async () => {
  const { evilIssuer, evilKeys } = await startForeign(clock.now);
  const audience = variables.ROLECALL_SELF_AUDIENCE;
  const of = (run: Run) => (repo: string) => tokenOf(repo, run);
  test.each<[string, number, (repo: string) => Promise<string>, Omit<Sent, "bearer">]>([
    ["the token's form", 401, async () => "x", {}],
    ["the issuer", 401, (repo) => evilIssuer.mint({ repository: `acme/${repo}`, audience }), {}],
    ["the audience", 401, of({ audience: "https://other.example" }), {}],
    ["the age", 401, of({ expiresInSeconds: -1 }), {}],
    ["the signature", 401, (repo) => evilKeys.mint({ repository: `acme/${repo}`, audience }), {}],
    ["another repository", 403, of({ repository: "acme/other" }), {}],
    ["a repository that no rule names", 403, of({ repository: "Umbrella/web" }), {}],
    ["the request's form", 422, of({}), { body: { nonsense: 1 } }],
    ["the role", 403, of({}), { role: "admin" }],
    ["the event", 403, of({ event: "pull_request" }), {}],
    ["the runner", 403, of({}), { role: "hosted" }],
    ["a ref that the rule does not list", 403, of({}), { role: "tagged" }],
    ["the length of sessions", 403, of({}), { body: { maxSessionSeconds: 7200 } }],
  ])("for %s", async (_, status, make, sent) => {
    const repo = uniqueName();
    const bearer = await make(repo);
    const asked = await askedBy(async () => {
      expect((await send("PUT", repo, { bearer, ...sent })).status).toBe(status);
    });
    expect(asked).toEqual({ gitHub: [], aws: [] });
  });
});

describe("a PUT from a branch that no rule lists", () => {
  const dev = { ref: "refs/heads/dev" };
  const trunk = { ref: "refs/heads/trunk" };
  const status = async (repo: string, run: Run) =>
    (await send("PUT", repo, { bearer: await tokenOf(repo, run) })).status;

  test("asks GitHub once in ten seconds, for the default branch alone, and calls no AWS", async () => {
    const repo = uniqueName();
    const asked = await askedBy(async () => {
      for (let count = 0; count < 40; count++) expect(await status(repo, dev)).toBe(403);
      clock.advance(9_999);
      expect(await status(repo, dev)).toBe(403);
    });
    expect(asked).toEqual({ gitHub: [`/repos/acme/${repo}`], aws: [] });
    clock.advance(1);
    expect((await askedBy(() => status(repo, dev))).gitHub).toEqual([`/repos/acme/${repo}`]);
  });

  test("that has just become the default branch succeeds at the latest after ten seconds", async () => {
    const repo = uniqueName();
    expect(await status(repo, dev)).toBe(403);
    repositories.set(`acme/${repo}`, { defaultBranch: "trunk" });
    expect(await status(repo, trunk)).toBe(403);
    clock.advance(10_000);
    expect(await status(repo, trunk)).toBe(201);
  });
});

describe("a PUT from the default branch that does not write asks GitHub at most once in ten seconds", () => {
  test.each<[string, object | undefined, number]>([
    ["has a trust that it may not have", { trust: { branches: ["dev"] } }, 403],
    ["changes nothing", undefined, 200],
    ["has a token that has written", { ecr: [] }, 409],
  ])("as it %s", async (_, body, status) => {
    const repo = uniqueName();
    const used = await tokenOf(repo);
    await send("PUT", repo, { bearer: used });
    clock.advance(60_000);
    const asked = await askedBy(async () => {
      for (let count = 0; count < 10; count++) {
        const bearer = status === 409 ? used : await tokenOf(repo);
        expect((await send("PUT", repo, { bearer, ...(body && { body }) })).status).toBe(status);
      }
    });
    const path = `/repos/acme/${repo}`;
    expect(asked.gitHub).toEqual([path, `${path}/actions/oidc/customization/sub`]);
  });
});

test("a PUT that writes asks GitHub again, however recent its last answer is", async () => {
  const repo = uniqueName();
  const path = `/repos/acme/${repo}`;
  await send("PUT", repo, { bearer: await tokenOf(repo) });
  const asked = await askedBy(async () => {
    for (const body of [{ ecr: [] }, {}])
      expect((await send("PUT", repo, { bearer: await tokenOf(repo), body })).status).toBe(200);
  });
  expect(asked.gitHub).toEqual([path, path]);
});

test("a PUT from the default branch asks GitHub for the repository and for its template, once each", async () => {
  const repo = uniqueName();
  const path = `/repos/acme/${repo}`;
  const asked = await askedBy(async () => send("PUT", repo, { bearer: await tokenOf(repo) }));
  expect(asked.gitHub).toEqual([path, `${path}/actions/oidc/customization/sub`]);
});
