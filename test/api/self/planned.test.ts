/** A dry run says yes only to a request that a PUT of some run of the repository may make. */
import { describe, expect, test } from "vitest";
import { rolePath, startRolecall, uniqueName } from "../../harness/rolecall.ts";

const RULE = { repositories: ["acme/*"], roles: ["publish"], access: ["push"] };
const { api, token, failGitHub, clock, repositories } = await startRolecall({
  self: {
    rules: [
      RULE,
      { ...RULE, roles: ["any-branch"], refs: ["refs/heads/*"] },
      { ...RULE, roles: ["reader"], access: ["pull"] },
    ],
  },
});

type Sent = { role?: string; query?: string; body?: unknown };
type Run = Partial<Parameters<typeof token>[0]>;

const put = async (repo: string, { role = "publish", query = "", body }: Sent = {}, run: Run = {}) =>
  api("PUT", `/v1/self/repos/acme/${repo}/roles/${role}${query}`, {
    headers: { authorization: `Bearer ${await token({ repository: `acme/${repo}`, ...run })}` },
    ...(body !== undefined && { body }),
  });

describe("a dry run and the PUT of the same request both answer", () => {
  const both = (repo: string, sent: Sent) => [put(repo, { ...sent, query: "?dryRun=true" }), put(repo, sent)];

  test("409 for a registration of a caller with AWS credentials", async () => {
    const repo = uniqueName();
    await api("PUT", rolePath(repo), { body: { ecr: [] } });
    for (const answer of await Promise.all(both(repo, {})))
      expect(answer.problem()).toMatchObject({
        status: 409,
        code: "not-self-registered",
        detail: `The role publish of acme/${repo} does not belong to this repository's workflows. Nothing was changed; register another role, or ask the operator to hand it over with a PUT and ?origin=self.`,
      });
  });

  test("409 in a repository that took the name, and neither shows its predecessor's registration", async () => {
    const repo = uniqueName();
    failGitHub(({ path }) =>
      path.startsWith("/repos/") ? { kind: "error", status: 404, message: "x" } : undefined,
    );
    const github = { repositoryId: 111_222_333, ownerId: 444_555_666 };
    const former = await api("PUT", rolePath(repo), { body: { github, trust: { branches: ["secret"] } } });
    expect(former.status, former.text).toBe(201);
    failGitHub(undefined);
    clock.advance(61_000);
    const roles = ["publish", "any-branch"];
    const [own, other] = await Promise.all(roles.map((role) => Promise.all(both(repo, { role }))));
    for (const answer of other ?? [])
      expect(answer.problem()).toMatchObject({
        status: 409,
        code: "not-self-registered",
        detail: `The name acme/${repo} is reserved for another repository id than the token's, so no workflow can register a role there. Nothing was changed; ask the operator to take the name over with a PUT with AWS credentials.`,
      });
    for (const answer of own ?? []) {
      expect([answer.status, answer.problem().code]).toEqual([409, "not-self-registered"]);
      expect(answer.text).not.toMatch(/secret|111222333|createdAt/);
    }
  });

  test.each([["repo", "repository_owner"], ["repository_id"]])(
    "403 for a repository whose subject template is %s %s, whatever the trust is",
    async (...template) => {
      const repo = uniqueName();
      repositories.set(`acme/${repo}`, { template });
      for (const sent of [{}, { body: { trust: { anyRef: true } } }])
        for (const answer of await Promise.all(both(repo, sent)))
          expect(answer.problem()).toMatchObject({
            status: 403,
            denied: {
              claim: "sub",
              rule: "Rolecall's own rule",
              remedy: expect.stringContaining("Add `context` to the repository's subject template"),
            },
          });
    },
  );

  test("403 for access that only the defaults ask for", async () => {
    for (const answer of await Promise.all(both(uniqueName(), { role: "reader", body: {} })))
      expect(answer.problem()).toMatchObject({
        status: 403,
        denied: { claim: "/ecr/0/access", was: "push", accepts: ["pull"] },
      });
  });
});

test("a dry run of a run that may not register still shows the plan", async () => {
  const trust = { branches: ["main", "dev"] };
  const answer = await put(
    uniqueName(),
    { query: "?dryRun=true", body: { trust } },
    { event: "pull_request" },
  );
  expect([answer.status, answer.registration().dryRun]).toEqual([200, true]);
});

describe("a refusal of a trust names the rule", () => {
  test.each([
    ["of Rolecall, if the trust does not let in the run itself", ["main"], "Rolecall's own rule"],
    ["of the operator, if the trust lets in another run, too", ["dev", "main"], "self.json /rules/1"],
  ])("%s", async (_, branches, rule) => {
    const sent = { role: "any-branch", body: { trust: { branches } } };
    const answer = await put(uniqueName(), sent, { ref: "refs/heads/dev" });
    expect(answer.problem()).toMatchObject({ status: 403, denied: { claim: "sub", rule } });
  });
});
