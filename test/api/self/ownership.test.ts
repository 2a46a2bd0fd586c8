/** A repository that takes another one's name gets nothing of its predecessor's. */
import { expect, test } from "vitest";
import { rolePath, startRolecall, uniqueName } from "../../harness/rolecall.ts";

const OWNER_ID = 271_828;
const RULE = { repositories: ["acme/*"], roles: ["publish"], access: ["push"] };
const { api, token, repositories, clock } = await startRolecall({
  self: { rules: [RULE, { ...RULE, repositories: ["Umbrella/*"], ownerIds: [OWNER_ID] }] },
});

const send = async (method: string, repo: string, below = "") =>
  api(method, `/v1/self/repos/acme/${repo}/roles/publish${below}`, {
    headers: { authorization: `Bearer ${await token({ repository: `acme/${repo}` })}` },
  });

test("a repository that took the name neither changes nor reads its predecessor's registration", async () => {
  const repo = uniqueName();
  const first = (await send("PUT", repo)).registration();
  repositories.set(`acme/${repo}`, { id: 987_654_321 });
  clock.advance(61_000);
  expect((await send("PUT", repo)).problem()).toMatchObject({ status: 409 });
  for (const [method, below] of [
    ["GET", ""],
    ["GET", "/workflow"],
    ["POST", "/explanations"],
  ] as const)
    expect((await send(method, repo, below)).problem()).toMatchObject({
      status: 404,
      code: "not-registered",
    });
  expect((await api("GET", rolePath(repo))).registration()).toMatchObject({
    updatedBy: first.updatedBy,
    spec: first.spec,
  });
});

test("an owner who took over the name of a listed owner neither registers nor reads", async () => {
  const repo = uniqueName();
  const path = `/v1/self/repos/Umbrella/${repo}/roles/publish`;
  const sent = async (method: string, below = "") =>
    api(method, `${path}${below}`, {
      headers: { authorization: `Bearer ${await token({ repository: `Umbrella/${repo}` })}` },
    });
  repositories.set(`Umbrella/${repo}`, { ownerId: OWNER_ID });
  expect((await sent("PUT")).status).toBe(201);
  repositories.set(`Umbrella/${repo}`, { id: 987_654_322, ownerId: OWNER_ID + 1 });
  clock.advance(61_000);
  for (const [method, below] of [
    ["PUT", ""],
    ["PUT", "?dryRun=true"],
    ["GET", ""],
    ["GET", "/workflow"],
    ["POST", "/explanations"],
  ] as const) {
    const answer = await sent(method, below);
    expect(answer.problem()).toMatchObject({
      status: 403,
      denied: {
        claim: "repository_owner_id",
        was: String(OWNER_ID + 1),
        accepts: [],
        rule: "self.json /rules",
      },
    });
    expect(answer.text).not.toContain(String(OWNER_ID));
  }
});

test("the history of a hand-over and of the PUT after it names the caller, then the run", async () => {
  const repo = uniqueName();
  await api("PUT", `${rolePath(repo)}?origin=self`, { body: { ecr: [] } });
  expect((await send("PUT", repo)).status).toBe(200);
  const history: { items: { by: string }[] } = JSON.parse(
    (await api("GET", `${rolePath(repo)}/history`)).text,
  );
  expect(history.items.map(({ by }) => by)).toEqual([
    expect.stringMatching(new RegExp(`^github:acme/${repo}@\\d+ run \\d+ attempt 1 by octocat\\(\\d+\\)$`)),
    "local",
  ]);
});

test("the lists and the pages say who registered a role", async () => {
  const repo = uniqueName();
  const listed = async (path: string) => (await api("GET", path)).page().items.map(({ origin }) => origin);
  const page = async (path: string) => (await api("GET", path, { headers: { accept: "text/html" } })).text;
  const lists = [`/v1/roles?repository=acme/${repo}`, `/v1/repos/acme/${repo}/roles`];
  await send("PUT", repo);
  for (const path of lists) expect(await listed(path)).toEqual(["self"]);
  expect(await page(lists[0] ?? "")).toContain("; registered by a workflow");
  expect(await page(rolePath(repo))).toContain("by a workflow of the repository, which may change it");
  await api("PUT", rolePath(repo));
  for (const path of lists) expect(await listed(path)).toEqual(["caller"]);
  expect(await page(lists[0] ?? "")).not.toContain("registered by a workflow");
  expect(await page(rolePath(repo))).not.toContain("by a workflow of the repository");
});
