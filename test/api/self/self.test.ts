/** A workflow registers the role of its own repository with nothing but its GitHub token. */
import { describe, expect, test } from "vitest";
import type { components } from "../../../src/generated/contract.ts";
import { rolePath, startRolecall, uniqueName } from "../../harness/rolecall.ts";

const RULE = { repositories: ["acme/*"], roles: ["publish"], access: ["push", "pull"] };
const { api, token, log, repositories, clock, failGitHub } = await startRolecall({
  self: { rules: [RULE, { ...RULE, roles: ["any-branch"], refs: ["refs/heads/*"] }] },
});

type Run = Parameters<typeof token>[0];
type Sent = { body?: unknown; bearer?: string; query?: string; role?: string };

const selfPath = (repo: string, role = "publish") => `/v1/self/repos/acme/${repo}/roles/${role}`;
const bearer = (text: string) => ({ authorization: `Bearer ${text}` });

/** Sends a request as a run of a repository. */
async function send(method: string, repo: string, run: Partial<Run> = {}, sent: Sent = {}) {
  const text = sent.bearer ?? (await token({ repository: `acme/${repo}`, ...run }));
  const path = `${selfPath(repo, sent.role)}${method === "POST" ? "/explanations" : ""}${sent.query ?? ""}`;
  const body = sent.body === undefined ? {} : { body: sent.body };
  return api(method, path, { ...body, headers: bearer(text) });
}

const put = (repo: string, run?: Partial<Run>, sent?: Sent) => send("PUT", repo, run, sent);

test("a token of main registers a role that lets in main alone", async () => {
  const repo = uniqueName();
  const answer = await put(repo);
  expect(answer.status).toBe(201);
  const { spec, subjects, origin, updatedBy } = answer.registration();
  expect(spec.trust).toMatchObject({ branches: ["main"], environments: [], pullRequests: false });
  expect(subjects).toHaveLength(1);
  expect(origin).toBe("self");
  expect(updatedBy).toMatch(new RegExp(`^github:acme/${repo}@\\d+ run \\d+ attempt 1 by octocat\\(\\d+\\)$`));
  const history = JSON.parse((await api("GET", `${rolePath(repo)}/history`)).text);
  expect(history.items[0]).toMatchObject({ by: updatedBy, action: "registered" });
});

test("a workflow reads its workflow file as a signed caller does", async () => {
  const repo = uniqueName();
  await put(repo);
  const own = await send("GET", repo, { event: "pull_request" }, { query: "/workflow?kind=docker" });
  const signed = await api("GET", `${rolePath(repo)}/workflow?kind=docker`);
  expect([own.status, own.text]).toEqual([200, signed.text]);
  expect(own.headers["content-disposition"]).toBe(signed.headers["content-disposition"]);
});

test("a token of another branch is refused, and the answer names the claim, the rule and what would do", async () => {
  const repo = uniqueName();
  const answer = await put(repo, { ref: "refs/heads/dev" });
  expect(answer.status).toBe(403);
  const { code, detail, denied } = answer.problem();
  expect(code).toBe("token-not-allowed");
  expect(denied).toMatchObject({
    claim: "ref",
    was: "refs/heads/dev",
    accepts: ["refs/heads/main"],
    rule: "self.json /rules/0",
  });
  expect(detail).toBe(
    "The token's ref is refs/heads/dev, which self.json /rules/0 does not allow. Accepted: refs/heads/main. Run the workflow from the default branch, or ask the operator to change the rule.",
  );
  expect((await api("GET", rolePath(repo))).status).toBe(404);
});

describe("403 for a PUT", () => {
  test.each<[string, Partial<Run>, Sent, string]>([
    ["for a role that no rule lists", {}, { role: "admin" }, "/role"],
    ["for one more branch", {}, { body: { trust: { branches: ["main", "dev"] } } }, "sub"],
    [
      "for main, from another branch",
      { ref: "refs/heads/dev" },
      { role: "any-branch", body: { trust: { branches: ["main"] } } },
      "sub",
    ],
    [
      "with settings of ECR repositories",
      {},
      { body: { ecr: [{ repository: "acme/x", settings: { scanOnPush: false } }] } },
      "/ecr/0/settings",
    ],
    ["with longer sessions", {}, { body: { maxSessionSeconds: 7200 } }, "/maxSessionSeconds"],
    ["with repairs", {}, { body: { onDrift: "repair" } }, "/onDrift"],
  ])("%s", async (_, run, sent, claim) => {
    const repo = uniqueName();
    const answer = await put(repo, run, sent);
    expect(answer.problem()).toMatchObject({ status: 403, code: "token-not-allowed", denied: { claim } });
    expect((await api("GET", rolePath(repo, sent.role))).status).toBe(404);
  });

  test("of another repository", async () => {
    const repo = uniqueName();
    const answer = await put(repo, { repository: `acme/${uniqueName()}` });
    expect(answer.problem()).toMatchObject({ status: 403, denied: { claim: "repository" } });
  });

  test("of a repository whose name has passed to another one", async () => {
    const repo = uniqueName();
    const text = await token({ repository: `acme/${repo}` });
    repositories.set(`acme/${repo}`, { id: 987_654 });
    clock.advance(61_000);
    const answer = await put(repo, {}, { bearer: text });
    expect(answer.problem()).toMatchObject({
      status: 403,
      denied: { claim: "repository_id", accepts: ["987654"] },
    });
  });
});

test("an environment of main's own is registered with the branch that it may come from", async () => {
  const repo = uniqueName();
  const trust = { environments: ["prod"], environmentBranches: ["main"] };
  expect((await put(repo, { environment: "prod" }, { body: { trust } })).status).toBe(201);
});

describe("401", () => {
  test.each<[string, Partial<Run>, Sent, string]>([
    ["no token", {}, { bearer: "" }, "form"],
    ["a text that is no token", {}, { bearer: "x" }, "form"],
    ["the audience of STS", { audience: "sts.amazonaws.com" }, {}, "aud"],
    ["a token that has ended", { expiresInSeconds: -1 }, {}, "exp"],
  ])("%s", async (_, run, sent, claim) => {
    for (const [method, query = ""] of [["PUT"], ["GET"], ["GET", "/workflow"], ["POST"]] as const) {
      const answer = await send(method, uniqueName(), run, { ...sent, query });
      expect(answer.problem()).toMatchObject({ status: 401, code: "token-invalid", denied: { claim } });
      expect(answer.headers["www-authenticate"]).toBe("Bearer");
      expect(answer.problem().detail).toMatch(
        claim === "form"
          ? /^The request has no GitHub token, or one that cannot be read\. /
          : new RegExp(`because of its claim \`${claim}\`\\. `),
      );
    }
  });
});

test("no answer and no log contains the token", async () => {
  const repo = uniqueName();
  const text = await token({ repository: `acme/${repo}` });
  const answers = [await put(repo, {}, { bearer: text }), await put(repo, {}, { bearer: `${text}x` })];
  const [, , signature = ""] = text.split(".");
  for (const seen of [...answers.map((answer) => answer.text), JSON.stringify(log)])
    expect(seen).not.toContain(signature);
});

test("the same request again is a retry, and another request with the same token gets 409", async () => {
  const repo = uniqueName();
  const text = await token({ repository: `acme/${repo}` });
  expect((await put(repo, {}, { bearer: text })).status).toBe(201);
  expect((await put(repo, {}, { bearer: text })).status).toBe(200);
  const other = await put(repo, {}, { bearer: text, body: { workflow: { chart: "x" }, ecr: [] } });
  expect(other.problem()).toMatchObject({ status: 409, code: "token-used" });
});

describe("ownership", () => {
  test("a workflow changes nothing that a caller with AWS credentials registered", async () => {
    const repo = uniqueName();
    expect((await api("PUT", rolePath(repo), { body: { ecr: [] } })).registration().origin).toBe("caller");
    expect((await put(repo)).problem()).toMatchObject({ status: 409, code: "not-self-registered" });
  });

  test("a caller with AWS credentials takes a workflow's registration over", async () => {
    const repo = uniqueName();
    const own = (await put(repo)).registration();
    const taken = (await api("PUT", rolePath(repo))).registration();
    expect([own.origin, taken.origin]).toEqual(["self", "caller"]);
    expect((await put(repo)).problem().code).toBe("not-self-registered");
  });
});

test("a signed PUT with ?origin=self hands a registration over to the repository's workflows", async () => {
  const repo = uniqueName();
  await api("PUT", rolePath(repo));
  expect((await put(repo)).status).toBe(409);
  expect((await api("PUT", `${rolePath(repo)}?origin=self`)).registration().origin).toBe("self");
  expect((await put(repo)).status).toBe(200);
});

describe("a run that may not register", () => {
  const pullRequest = { event: "pull_request" };

  test("reads, plans and asks why it is refused", async () => {
    const repo = uniqueName();
    await put(repo);
    expect((await send("GET", repo, pullRequest)).registration().role).toBe("publish");
    const plan = (await put(repo, pullRequest, { query: "?dryRun=true", body: { ecr: [] } })).registration();
    expect(plan).toMatchObject({ dryRun: true });
    const answer = await send("POST", repo, pullRequest);
    const explained: components["schemas"]["Explanation"] = JSON.parse(answer.text);
    expect(explained).toMatchObject({ allowed: false, verification: "valid" });
    expect(explained.remedy).toContain("pull request");
  });

  test.each<[string, string, object]>([
    ["a profile, and learns of none of the operator's", "/profiles/0", { profiles: ["x"] }],
    [
      "a managed policy, and learns of none of the operator's",
      "/managedPolicyArns/0",
      { managedPolicyArns: ["arn:aws:iam::aws:policy/AdministratorAccess"] },
    ],
    ["repairs", "/onDrift", { onDrift: "repair" }],
    ["longer sessions", "/maxSessionSeconds", { maxSessionSeconds: 7200 }],
  ])("may not plan %s", async (_, claim, body) => {
    const repo = uniqueName();
    const plan = await put(repo, pullRequest, { query: "?dryRun=true", body });
    expect(plan.problem()).toMatchObject({ status: 403, denied: { claim } });
    const real = await put(repo, {}, { body });
    expect(real.problem()).toMatchObject({ status: 403, denied: { claim } });
    expect((await put(repo, pullRequest, { query: "?dryRun=true" })).status).toBe(200);
  });

  test("learns of nothing that is not registered, or is another repository's", async () => {
    const repo = uniqueName();
    for (const method of ["GET", "POST"]) expect((await send(method, repo)).status).toBe(404);
    expect((await send("GET", repo, { repository: "Umbrella/web" })).status).toBe(403);
    expect((await send("POST", repo, { repository: "Umbrella/web" })).status).toBe(403);
  });
});

test("a silent GitHub is 503 and never a guess, and a hidden repository is 403", async () => {
  const repo = uniqueName();
  failGitHub(({ path }) =>
    path.startsWith("/repos/") ? { kind: "error", status: 500, message: "x" } : undefined,
  );
  const silent = await put(repo);
  failGitHub(undefined);
  expect(silent.problem()).toMatchObject({ status: 503, code: "github-unavailable" });
  failGitHub(({ path }) =>
    path.startsWith("/repos/") ? { kind: "error", status: 404, message: "x" } : undefined,
  );
  const hidden = await put(uniqueName());
  failGitHub(undefined);
  expect(hidden.problem()).toMatchObject({ status: 403, denied: { claim: "ref", accepts: [] } });
});
