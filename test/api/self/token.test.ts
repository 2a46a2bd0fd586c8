/** The order in which a token's checks come, and the conditions of a PUT that writes. */
import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { rolePath, startRolecall, uniqueName } from "../../harness/rolecall.ts";

const RULE = { repositories: ["acme/*"], roles: ["publish"], access: ["push"] };
const { api, token, variables, services, gitHubCalls, repositories } = await startRolecall({
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
    const late = await send("PUT", repo, { bearer: await tokenOf(repo, { ref: "refs/heads/trunk" }) });
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

test("a refusal for the token's form, audience, repository, role or event asks neither GitHub nor the table", async () => {
  const repo = uniqueName();
  const before = gitHubCalls.length;
  const refused: [Run, string | undefined][] = [
    [{ audience: "https://other.example" }, undefined],
    [{ repository: "acme/other" }, undefined],
    [{}, "admin"],
    [{ event: "pull_request" }, undefined],
  ];
  for (const [run, role = "publish"] of refused) {
    const answer = await send("PUT", repo, { bearer: await tokenOf(repo, run), role });
    expect([401, 403]).toContain(answer.status);
  }
  expect(gitHubCalls.length).toBe(before);
});
