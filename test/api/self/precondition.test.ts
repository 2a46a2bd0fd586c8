/** A workflow's PUT with `If-Match` or `If-None-Match`, in the home account and in a member account. */
import { describe, expect, test } from "vitest";
import { uniqueName } from "../../harness/rolecall.ts";
import { MEMBER, memberPath, startWithMembers } from "../embedded/accounts/start.ts";

const { api, token, repositories, clock } = await startWithMembers({
  self: {
    rules: [{ repositories: ["acme/*"], roles: ["publish"], access: ["push"], accounts: ["home", MEMBER] }],
  },
});
const HOME = (repo: string) => `/v1/repos/acme/${repo}/roles/publish`;
const NARROWER = { ecr: [] };

describe.each([
  ["the home account", HOME],
  ["a member account", (repo: string) => memberPath(MEMBER, repo)],
] as const)("in %s", (_, signedPath) => {
  const selfPath = (repo: string) => `/v1/self${signedPath(repo).slice("/v1".length)}`;
  const bearer = async (repo: string) => `Bearer ${await token({ repository: `acme/${repo}` })}`;
  const send = async (method: string, repo: string, headers: Record<string, string> = {}) =>
    api(method, selfPath(repo), { headers: { authorization: await bearer(repo), ...headers } });

  test.each<[string, (etag: string) => Record<string, string>, number]>([
    ["the current entity tag", (etag) => ({ "if-match": etag }), 200],
    ["any entity tag", () => ({ "if-match": "*" }), 200],
    ["another entity tag", () => ({ "if-match": '"999-zzz"' }), 412],
    ["no readable entity tag", () => ({ "if-match": "999" }), 412],
    ["the weak form of the current entity tag", (etag) => ({ "if-match": `W/${etag}` }), 412],
    ["the demand that nothing is registered", () => ({ "if-none-match": "*" }), 412],
    ["the demand for another entity tag", () => ({ "if-none-match": '"999-zzz"' }), 200],
    ["a tag of 1,025 characters", () => ({ "if-match": `"${"x".repeat(1023)}"` }), 422],
  ])("a PUT with %s is answered as a signed one, and writes only with 200", async (_, headersOf, status) => {
    const repo = uniqueName();
    const etag = (await send("PUT", repo)).headers["etag"] ?? "";
    for (const query of ["?dryRun=true", ""]) {
      const headers = { authorization: await bearer(repo), ...headersOf(etag) };
      const answer = await api("PUT", `${selfPath(repo)}${query}`, { headers, body: NARROWER });
      expect(answer.status, answer.text).toBe(status);
      if (status === 412) expect(answer.problem().code).toBe("precondition-failed");
    }
    const { spec } = (await send("GET", repo)).registration();
    expect(spec.ecr.length).toBe(status === 200 ? 0 : 1);
  });

  test("a PUT with If-Match registers nothing new, and one with If-None-Match: * does", async () => {
    const repo = uniqueName();
    expect((await send("PUT", repo, { "if-match": "*" })).status).toBe(412);
    expect((await send("GET", repo)).status).toBe(404);
    expect((await send("PUT", repo, { "if-none-match": "*" })).status).toBe(201);
  });

  test("a PUT that met 412 leaves its token unused, and another precondition makes no other request", async () => {
    const repo = uniqueName();
    const { etag = "" } = (await send("PUT", repo)).headers;
    const authorization = await bearer(repo);
    const put = (headers: object) =>
      api("PUT", selfPath(repo), { headers: { authorization, ...headers }, body: NARROWER });
    expect((await put({ "if-match": '"999-zzz"' })).status).toBe(412);
    expect((await put({ "if-match": etag })).status).toBe(200);
    expect((await put({ "if-match": "*" })).status).toBe(200);
  });

  test("a workflow learns no entity tag of a registration that is not its repository's", async () => {
    const repo = uniqueName();
    const { etag = "" } = (await send("PUT", repo)).headers;
    repositories.set(`acme/${repo}`, { id: 987_654_321 });
    clock.advance(61_000);
    const answer = await send("PUT", repo, { "if-match": '"999-zzz"' });
    expect(answer.problem()).toMatchObject({ status: 409, code: "repository-replaced" });
    expect(answer.text).not.toContain(etag.slice(1, -1));
  });
});
