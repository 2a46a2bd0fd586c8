import { describe, expect, test } from "vitest";
import { type Registration, rolePath, startRolecall, uniqueName } from "../harness/rolecall.ts";

const { api, gitHubCalls } = await startRolecall();

const registered = async () => {
  const repo = uniqueName();
  const answer = await api("PUT", rolePath(repo));
  return { repo, etag: answer.headers["etag"] ?? "", registration: stored(answer.registration()) };
};
/** Without what only the answer to a PUT has. */
const stored = ({ changes: _, ...registration }: Registration) => registration;

describe("200", () => {
  test("is what the PUT has answered, without what it changed", async () => {
    const { repo, etag, registration } = await registered();
    const answer = await api("GET", rolePath(repo));
    expect(answer.status).toBe(200);
    expect(answer.registration()).toEqual(registration);
    expect(answer.headers["etag"]).toBe(etag);
    expect(etag).toMatch(/^"1-[0-9a-f]+"$/);
  });

  test("GitHub is not asked", async () => {
    const { repo } = await registered();
    const asked = gitHubCalls.length;
    await api("GET", rolePath(repo));
    expect(gitHubCalls.length).toBe(asked);
  });

  test("HEAD answers the same without the body", async () => {
    const { repo, etag } = await registered();
    const answer = await api("HEAD", rolePath(repo));
    expect(answer).toMatchObject({ status: 200, text: "" });
    expect(answer.headers["etag"]).toBe(etag);
  });

  test("comes with an id of the request, and is not to be stored or sniffed", async () => {
    const { repo } = await registered();
    const [first, second] = [await api("GET", rolePath(repo)), await api("GET", rolePath(repo))];
    expect(first.headers).toMatchObject({ "cache-control": "no-store", "x-content-type-options": "nosniff" });
    expect(first.headers["x-request-id"]).toMatch(/^\S{8,}$/);
    expect(first.headers["x-request-id"]).not.toBe(second.headers["x-request-id"]);
  });
});

describe("304", () => {
  type Tags = (etag: string) => string;
  const known: [string, Tags][] = [
    ["its tag", (etag) => etag],
    ["any", () => "*"],
    ["one of several", (etag) => `"a",${etag}, "b"`],
    ["its tag in the weak form, as a proxy that compresses passes it on", (etag) => `W/${etag}`],
  ];

  test.each(known)("is answered for %s", async (_, tags) => {
    const { repo, etag } = await registered();
    const answer = await api("GET", rolePath(repo), { headers: { "if-none-match": tags(etag) } });
    expect(answer).toMatchObject({ status: 304, text: "" });
    expect(answer.headers["etag"]).toBe(etag);
  });

  const unknown: [string, Tags][] = [
    ["another tag", () => '"1-000000000000"'],
    ["its tag without quotes", (etag) => etag.replaceAll('"', "")],
    ["nothing", () => ""],
  ];

  test.each(unknown)("is not answered for %s", async (_, tags) => {
    const { repo, etag } = await registered();
    expect((await api("GET", rolePath(repo), { headers: { "if-none-match": tags(etag) } })).status).toBe(200);
  });

  test("is not answered any more after a change", async () => {
    const { repo, etag } = await registered();
    await api("PUT", rolePath(repo), { body: { maxSessionSeconds: 7200 } });
    expect((await api("GET", rolePath(repo), { headers: { "if-none-match": etag } })).status).toBe(200);
  });

  test("not any more after the registration was deleted", async () => {
    const { repo } = await registered();
    await api("DELETE", rolePath(repo));
    expect((await api("GET", rolePath(repo), { headers: { "if-none-match": "*" } })).status).toBe(404);
  });
});

describe("404", () => {
  test("another role, repository, owner or spelling is not found", async () => {
    const { repo } = await registered();
    for (const path of [
      rolePath(repo, "other"),
      rolePath(`${repo}x`),
      rolePath(repo, "publish", "Umbrella"),
      rolePath(repo, "publish", "unknown"),
      rolePath(repo.toUpperCase()),
      rolePath(repo, "publish", "ACME"),
    ]) {
      const answer = await api("GET", path);
      expect(answer.status).toBe(404);
      expect(answer.problem().code).toBe("not-registered");
    }
  });
});

describe("422", () => {
  const paths: [string, string[]][] = [
    [rolePath("a%20b"), ["/repo"]],
    [rolePath("api", "A"), ["/role"]],
    [rolePath("api", "publish", "-"), ["/owner"]],
    [rolePath("%20", "A", "-"), ["/owner", "/repo", "/role"]],
    [`${rolePath("api")}?fields=spec`, ["/fields"]],
    [`${rolePath("api")}?role=other`, ["/role"]],
  ];

  test.each(paths)("%s is refused", async (path, pointers) => {
    const answer = await api("GET", path);
    expect(answer.status).toBe(422);
    expect(
      answer
        .problem()
        .errors?.map(({ pointer }) => pointer)
        .sort(),
    ).toEqual(pointers);
  });
});
