/** Requests with faults: each fault has its JSON pointer, and nothing is written. 422-cases.ts is the table. */
import { describe, expect, test } from "vitest";
import { awsClients, roleArnsWith } from "../../harness/aws.ts";
import { rolePath, startRolecall, uniqueName } from "../../harness/rolecall.ts";
import { type Case, cases } from "./422-cases.ts";

const { api, repositories, clock } = await startRolecall({ tagKeys: ["team"] });
const aws = awsClients();

const repeated = (text: string): string =>
  text.replace(/\{(.)x(\d+)\}/g, (_, character: string, times: string) => character.repeat(Number(times)));

test.each(cases.map((each): [string, Case] => [each.name, each]))(
  "a request is refused: %s",
  async (_, given) => {
    const { owner = "acme", role = "publish", query = "", headers = {} } = given;
    const repo = given.exactRepo ?? uniqueName(given.repo ?? "r");
    const { id = 0, ownerId = 0 } = repositories.get(`acme/${repo}`) ?? {};
    const text = given.text ?? (given.body === undefined ? undefined : JSON.stringify(given.body));
    const body =
      text &&
      repeated(text)
        .replaceAll("{namespace}", `acme/${repo}`)
        .replaceAll('"{repositoryId}"', String(id))
        .replaceAll('"{ownerId}"', String(ownerId));
    const path = repeated(rolePath(repo, role, owner));
    const answer = await api("PUT", query === "" ? path : `${path}?${query}`, {
      body,
      headers: {
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(headers && mapped(headers)),
      },
    });

    expect(answer.status).toBe(422);
    const { code, errors = [] } = answer.problem();
    expect(code).toBe("invalid-input");
    expect([...new Set(errors.map(({ pointer }) => pointer))].sort()).toEqual(given.pointers);
    for (const { detail } of errors) expect(detail).toMatch(/^\S.*[.?]$/s);
    if (given.detail !== undefined)
      expect(errors.map(({ detail }) => detail).join("\n")).toMatch(new RegExp(given.detail));

    const isPathAtFault = given.pointers.some((pointer) => /^\/(owner|repo|role)$/.test(pointer));
    if (!isPathAtFault) expect((await api("GET", path)).status).toBe(404);
    expect(await roleArnsWith(aws, `-${repo}-`)).toEqual([]);
  },
);

const mapped = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, repeated(value)]));

test("every case has its own name, and pointers in order", () => {
  const names = cases.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
  for (const { pointers } of cases) expect(pointers).toEqual([...pointers].sort());
});

describe("spelling", () => {
  test("of a repository that GitHub spells otherwise: the answer names the right one", async () => {
    const repo = uniqueName("Mixed");
    repositories.set(`Umbrella/${repo}`);
    const answer = await api("PUT", rolePath(repo.toLowerCase(), "publish", "umbrella"));
    expect(answer.status).toBe(422);
    const { errors = [] } = answer.problem();
    expect(errors.map(({ pointer }) => pointer)).toEqual(["/owner", "/repo"]);
    for (const { detail } of errors) expect(detail).toContain(`Umbrella/${repo}`);
  });

  test("of an owner that is allowed in another case", async () => {
    const answer = await api("PUT", rolePath(uniqueName(), "publish", "ACME"));
    expect(answer.problem().errors).toMatchObject([{ pointer: "/owner" }]);
  });

  test("of a repository that was renamed: the answer names the new name", async () => {
    const [before, after] = [uniqueName("old"), uniqueName("new")];
    repositories.set(`acme/${before}`);
    repositories.rename(`acme/${before}`, `acme/${after}`);
    const answer = await api("PUT", rolePath(before));
    expect(answer.problem().errors).toMatchObject([
      { pointer: "/repo", detail: expect.stringContaining(after) },
    ]);
  });
});

describe("subjects that follow a template of the repository's own", () => {
  test("are refused if the template does not name the repository", async () => {
    const repo = uniqueName();
    repositories.set(`acme/${repo}`, { template: ["repository_owner", "repository_visibility"] });
    const answer = await api("PUT", rolePath(repo));
    expect(answer.status).toBe(422);
    expect(answer.problem().errors).toMatchObject([
      { pointer: "/repo", detail: expect.stringContaining("Put `repo` first") },
    ]);
    expect(await roleArnsWith(aws, repo)).toEqual([]);
  });
});

test("a default branch that cannot be trusted is a fault as one that was asked for", async () => {
  const repo = uniqueName();
  repositories.set(`acme/${repo}`, { defaultBranch: "ёлка" });
  expect((await api("PUT", rolePath(repo))).problem().errors).toMatchObject([
    { pointer: "/trust/branches/0" },
  ]);
});

test("a change of what is registered is refused as well, and the registration stays", async () => {
  const repo = uniqueName();
  const before = await api("PUT", rolePath(repo));
  clock.advance(1_000);
  expect((await api("PUT", rolePath(repo), { body: { trust: {} } })).status).toBe(422);
  const after = await api("GET", rolePath(repo));
  expect(after.headers["etag"]).toBe(before.headers["etag"]);
  expect(after.registration().updatedAt).toBe(before.registration().updatedAt);
});
