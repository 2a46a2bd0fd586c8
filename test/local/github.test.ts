import { afterEach, describe, expect, test } from "vitest";
import {
  type EmbeddedGitHub,
  type EmbeddedGitHubOptions,
  startEmbeddedGitHub,
} from "../../local/github/server.ts";

const running: EmbeddedGitHub[] = [];
async function started(options: Partial<EmbeddedGitHubOptions> = {}): Promise<EmbeddedGitHub> {
  const github = await startEmbeddedGitHub({ owners: ["acme", "Globex"], ...options });
  running.push(github);
  return github;
}
afterEach(async () => {
  for (const github of running.splice(0)) await github.close();
});

const subject = "/actions/oidc/customization/sub";

async function get(github: EmbeddedGitHub, path: string, headers: Record<string, string> = {}) {
  const response = await fetch(github.url + path, { headers, redirect: "manual" });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === "" ? undefined : JSON.parse(text),
  };
}

describe("GET /repos/{owner}/{repo}", () => {
  test("a repository is described as by GitHub", async () => {
    const { status, headers, body } = await get(await started(), "/repos/acme/api");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: expect.any(Number),
      node_id: expect.any(String),
      name: "api",
      full_name: "acme/api",
      private: false,
      owner: { login: "acme", id: expect.any(Number), type: "Organization" },
      default_branch: "main",
      archived: false,
      visibility: "public",
    });
    expect(headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(headers.get("x-ratelimit-limit")).toBe("5000");
    expect(headers.get("x-ratelimit-remaining")).toBe("4999");
  });

  test("ids are the same on every server, and different for each repository and owner", async () => {
    const first = await get(await started(), "/repos/acme/api");
    const again = await get(await started(), "/repos/ACME/API");
    const other = await get(await started(), "/repos/acme/web");
    const elsewhere = await get(await started(), "/repos/globex/api");
    expect(again.body).toEqual(first.body);
    const ids = [first, other, elsewhere].map(({ body }) => body.id);
    expect(new Set([...ids, first.body.owner.id, elsewhere.body.owner.id]).size).toBe(5);
    expect(other.body.owner.id).toBe(first.body.owner.id);
  });

  test.each([
    ["/repos/acme/missing", 404],
    ["/repos/acme/Missing-too", 404],
    ["/repos/initech/api", 404],
    ["/repos/acme", 404],
    ["/repos/acme/api/branches", 404],
    ["/repos/acme/%E0%A4%A", 404],
    [`/repos/acme/missing${subject}`, 404],
    [`/repos/initech/api${subject}`, 404],
  ])("%s answers %i", async (path, status) => {
    const answer = await get(await started(), path);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ message: "Not Found" });
  });

  test("the owner is spelled as listed, and a repository as declared", async () => {
    const github = await started({
      repositories: { "acme/Web-UI": { defaultBranch: "trunk", archived: true } },
    });
    expect((await get(github, "/repos/GLOBEX/Api")).body.full_name).toBe("Globex/api");
    expect((await get(github, "/repos/acme/web-ui")).body).toMatchObject({
      full_name: "acme/Web-UI",
      name: "Web-UI",
      default_branch: "trunk",
      archived: true,
    });
  });

  test("an unchanged repository is answered with 304, which does not count against the rate limit", async () => {
    const github = await started();
    const first = await get(github, "/repos/acme/api");
    const etag = first.headers.get("etag") ?? "";
    const again = await get(github, "/repos/acme/api", { "if-none-match": etag });
    expect([again.status, again.body]).toEqual([304, undefined]);
    expect(again.headers.get("etag")).toBe(etag);
    expect(again.headers.get("x-ratelimit-remaining")).toBe("4999");
    github.repositories.set("acme/api", { archived: true });
    expect((await get(github, "/repos/acme/api", { "if-none-match": etag })).status).toBe(200);
  });

  test("the rate limit refuses requests until it is reset", async () => {
    let now = 1_000_000_000;
    const github = await started({ rateLimit: 1, now: () => now });
    expect((await get(github, "/repos/acme/api")).status).toBe(200);
    const { status, headers, body } = await get(github, "/repos/acme/api");
    expect([status, headers.get("x-ratelimit-remaining"), body.message]).toEqual([
      403,
      "0",
      "API rate limit exceeded",
    ]);
    now = Number(headers.get("x-ratelimit-reset")) * 1000;
    expect((await get(github, "/repos/acme/api")).status).toBe(200);
  });
});

describe(`GET …${subject}`, () => {
  test("a repository's subjects are immutable by default", async () => {
    const github = await started();
    const { id, owner } = (await get(github, "/repos/acme/api")).body;
    expect((await get(github, `/repos/acme/api${subject}`)).body).toEqual({
      use_default: true,
      use_immutable_subject: true,
      sub_claim_prefix: `repo:acme@${owner.id}/api@${id}`,
    });
  });

  test.each([
    [{ immutableSubject: false }, { use_immutable_subject: false, sub_claim_prefix: "repo:acme/api" }],
    [{ id: 2, ownerId: 1 }, { sub_claim_prefix: "repo:acme@1/api@2" }],
    [{ template: ["repo", "context"] }, { use_default: false, include_claim_keys: ["repo", "context"] }],
    [
      { id: 2, ownerId: 1, immutableSubject: false, subjectPrefix: "repo:acme@1/api@2" },
      { use_immutable_subject: false, sub_claim_prefix: "repo:acme@1/api@2" },
    ],
  ])("the answer shows the settings %j", async (settings, shown) => {
    const github = await started();
    github.repositories.set("acme/api", settings);
    expect((await get(github, `/repos/acme/api${subject}`)).body).toMatchObject(shown);
  });
});

describe("repositories change", () => {
  test("after a rename the id stays, the subject changes, and the old name leads to the new one", async () => {
    const github = await started();
    github.repositories.set("acme/api", { id: 2, ownerId: 1, immutableSubject: false });
    github.repositories.rename("acme/api", "acme/Service");
    expect((await get(github, "/repos/acme/service")).body).toMatchObject({
      id: 2,
      full_name: "acme/Service",
    });
    const moved = await get(github, `/repos/acme/api${subject}`);
    expect(moved.status).toBe(301);
    const followed = await fetch(`${github.url}/repos/acme/api${subject}`);
    expect(await followed.json()).toMatchObject({ sub_claim_prefix: "repo:acme@1/Service@2" });
  });

  test("after a transfer the owner's id is another", async () => {
    const github = await started();
    const before = (await get(github, "/repos/acme/api")).body;
    github.repositories.rename("acme/api", "Globex/api");
    const after = (await get(github, "/repos/globex/api")).body;
    expect(after.id).toBe(before.id);
    expect(after.owner.id).not.toBe(before.owner.id);
  });

  test("a name that another repository takes has another id and is no longer redirected", async () => {
    const github = await started();
    github.repositories.rename("acme/api", "acme/service");
    github.repositories.set("acme/api", { id: 77 });
    const taken = await get(github, "/repos/acme/api");
    expect([taken.status, taken.body.id]).toEqual([200, 77]);
  });

  test("a deleted repository is gone until it is declared again", async () => {
    const github = await started();
    github.repositories.remove("acme/Api");
    expect((await get(github, "/repos/acme/api")).status).toBe(404);
    github.repositories.set("acme/api");
    expect((await get(github, "/repos/acme/api")).status).toBe(200);
  });
});

describe("faults", () => {
  test("a fault can be an error with its headers", async () => {
    const github = await started({
      fault: ({ phase }) =>
        phase === "before"
          ? { kind: "error", status: 503, message: "down", headers: { "retry-after": "7" } }
          : undefined,
    });
    const { status, headers, body } = await get(github, "/repos/acme/api");
    expect([status, headers.get("retry-after"), body.message]).toEqual([503, "7", "down"]);
    expect(github.calls).toEqual([{ method: "GET", path: "/repos/acme/api", status: 503 }]);
  });

  test("a fault can end the connection without an answer", async () => {
    const github = await started({ fault: () => ({ kind: "drop" }) });
    await expect(get(github, "/repos/acme/api")).rejects.toThrow();
  });

  test("a fault can be a success whose body is not JSON", async () => {
    const github = await started({ fault: () => ({ kind: "garbled" }) });
    const answer = await fetch(`${github.url}/repos/acme/api`);
    expect(answer.status).toBe(200);
    await expect(answer.json()).rejects.toThrow(SyntaxError);
  });

  test("closing the server ends a call that waits for its latency", async () => {
    const github = await startEmbeddedGitHub({
      owners: ["acme"],
      fault: () => ({ kind: "latency", ms: 60_000 }),
    });
    const call = get(github, "/repos/acme/api").then(
      () => "answered",
      () => "ended",
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    await github.close();
    expect(await call).toBe("ended");
  });
});
