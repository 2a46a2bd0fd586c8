/** The GitHub client: its requests, and the results that it makes of GitHub's answers. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { acmeApi, CUSTOMIZATION, DEFAULT_SUBJECT, REPOSITORY, type Reply, startClient } from "./stub.ts";

const BY_ID = "repo:acme@1/api@2";
const BY_NAME = "repo:acme/api";

describe("a repository that GitHub shows", () => {
  test("gives its spelling, ids, default branch and form", async () => {
    const { stub, client } = await startClient(acmeApi());
    expect(await client.repository("acme", "api", "cached")).toEqual({
      repository: { owner: "acme", repo: "api", ownerId: 1, repositoryId: 2 },
      defaultBranch: "trunk",
      archived: false,
      visibility: "public",
      form: { prefixes: [BY_ID], template: "default" },
    });
    expect(stub.paths().sort()).toEqual(["GET /repos/acme/api", `GET /repos/acme/api${CUSTOMIZATION}`]);
    for (const { headers } of stub.asked) {
      expect(headers).toMatchObject({
        accept: "application/vnd.github+json",
        "x-github-api-version": "2022-11-28",
        "user-agent": "rolecall",
      });
      expect(headers).not.toHaveProperty("authorization");
    }
  });

  test("is spelled as GitHub spells it and not as the caller does", async () => {
    const routes = acmeApi();
    const { client } = await startClient((asked) => routes({ ...asked, path: asked.path.toLowerCase() }));
    expect(await client.repository("ACME", "Api", "cached")).toMatchObject({
      repository: { owner: "acme", repo: "api" },
    });
  });

  test("is archived if GitHub says so", async () => {
    const { client } = await startClient(acmeApi({ about: { body: { ...REPOSITORY, archived: true } } }));
    expect(await client.repository("acme", "api", "cached")).toMatchObject({ archived: true });
  });

  test("is requested with encoded names in the path", async () => {
    const { stub, client } = await startClient(() => undefined);
    await client.repository("a/b", "c?d#e", "cached");
    expect(stub.paths()).toContain("GET /repos/a%2Fb/c%3Fd%23e");
  });

  test("has its new name and the same id after a rename", async () => {
    const moved = (path: string): Reply => ({ status: 301, headers: { location: path } });
    const { client } = await startClient(({ path }) => {
      if (path === "/repos/acme/old") return moved("/repositories/2");
      if (path === `/repos/acme/old${CUSTOMIZATION}`) return moved(`/repositories/2${CUSTOMIZATION}`);
      if (path === "/repositories/2") return { body: REPOSITORY };
      if (path === `/repositories/2${CUSTOMIZATION}`) return { body: DEFAULT_SUBJECT };
      return undefined;
    });
    expect(await client.repository("acme", "old", "cached")).toMatchObject({
      repository: { owner: "acme", repo: "api", repositoryId: 2 },
      form: { prefixes: [BY_ID] },
    });
  });
});

describe("the prefix of its subjects", () => {
  const cases: [what: string, subject: Reply, prefixes: string[]][] = [
    ["with ids", { body: DEFAULT_SUBJECT }, [BY_ID]],
    ["by name", { body: { use_default: true, sub_claim_prefix: BY_NAME } }, [BY_NAME]],
    ["with a colon at its end", { body: { use_default: true, sub_claim_prefix: `${BY_ID}:` } }, [BY_ID]],
    [
      "ids, whatever the boolean says",
      { body: { use_default: true, use_immutable_subject: false, sub_claim_prefix: BY_ID } },
      [BY_ID],
    ],
    [
      "by name, whatever the boolean says",
      { body: { use_default: true, use_immutable_subject: true, sub_claim_prefix: BY_NAME } },
      [BY_NAME],
    ],
    ["missing, on an older server", { body: { use_default: true } }, [BY_ID, BY_NAME]],
    [
      "of an earlier name",
      { body: { use_default: true, sub_claim_prefix: "repo:acme/old" } },
      [BY_ID, BY_NAME],
    ],
    ["everything", { body: { use_default: true, sub_claim_prefix: "repo:*" } }, [BY_ID, BY_NAME]],
    ["not a text", { body: { use_default: true, sub_claim_prefix: ["repo:evil/x"] } }, [BY_ID, BY_NAME]],
    ["not allowed to be read: 401", { status: 401 }, [BY_ID, BY_NAME]],
    ["not allowed to be read: 403", { status: 403 }, [BY_ID, BY_NAME]],
    ["not shown: 404", { status: 404 }, [BY_ID, BY_NAME]],
  ];

  test.each(cases)("%s", async (_, subject, prefixes) => {
    const { client } = await startClient(acmeApi({ subject }));
    expect(await client.repository("acme", "api", "cached")).toMatchObject({ form: { prefixes } });
  });
});

describe("a customised subject", () => {
  const values = {
    repository_owner: "acme",
    repository_id: "2",
    repository_owner_id: "1",
    repository_visibility: "public",
  };
  const template = (keys: unknown, use_default: unknown = false) => ({
    body: { ...DEFAULT_SUBJECT, use_default, include_claim_keys: keys },
  });

  test("has its keys, and the values that GitHub gives", async () => {
    const { client } = await startClient(acmeApi({ subject: template(["repo", "context"]) }));
    expect(await client.repository("acme", "api", "cached")).toMatchObject({
      form: { prefixes: [BY_ID], template: { keys: ["repo", "context"], values } },
    });
  });

  test("has no value for a visibility that GitHub does not give", async () => {
    const { visibility: _, ...about } = REPOSITORY;
    const { client } = await startClient(
      acmeApi({ about: { body: about }, subject: template(["repo", "context"]) }),
    );
    const { repository_visibility: __, ...rest } = values;
    expect(await client.repository("acme", "api", "cached")).toHaveProperty("form.template.values", rest);
  });

  test("of an organisation counts only after the repository opts in", async () => {
    const { client } = await startClient(acmeApi({ subject: template(["actor"], true) }));
    expect(await client.repository("acme", "api", "cached")).toHaveProperty("form", {
      prefixes: [BY_ID],
      template: "default",
    });
  });
});

describe("a repository that GitHub does not show", () => {
  test("is hidden to a caller without credentials, because it may be private", async () => {
    const { client } = await startClient(() => undefined);
    expect(await client.repository("acme", "api", "cached")).toBe("hidden");
  });

  test("is hidden to a token too, because the token may not see everything", async () => {
    const { stub, client } = await startClient(
      () => undefined,
      async () => ({ kind: "token", token: "ghp_1" }),
    );
    expect(await client.repository("acme", "api", "cached")).toBe("hidden");
    expect(stub.asked.map(({ headers }) => headers["authorization"])).toEqual(["Bearer ghp_1"]);
  });
});

describe("an owner", () => {
  test.each<[what: string, reply: Reply | undefined, expected: unknown]>([
    ["as GitHub spells it", { body: { login: "Acme", id: 1 } }, { owner: "Acme", ownerId: 1 }],
    ["that is not shown", undefined, "hidden"],
    ["without an id", { body: { login: "acme" } }, { failure: "github-unavailable" }],
    ["behind a wall", { status: 451 }, { failure: "github-unavailable" }],
    ["of a GitHub that is down", { status: 502 }, { failure: "github-unavailable" }],
  ])("%s", async (_, reply, expected) => {
    const { client } = await startClient(({ path }) => (path === "/users/acme" ? reply : undefined));
    const answer = await client.owner("acme", "cached");
    if (typeof expected === "string") expect(answer).toBe(expected);
    else expect(answer).toMatchObject(expected as object);
  });
});

describe("the cache of answers", () => {
  test("serves an answer for a minute, then sends a conditional request", async () => {
    const etag = 'W/"1"';
    const routes = acmeApi({ about: { headers: { etag } }, subject: { status: 403 } });
    const { stub, client, clock } = await startClient((asked) =>
      asked.headers["if-none-match"] === etag ? { status: 304 } : routes(asked),
    );
    const first = await client.repository("acme", "api", "cached");
    clock.advance(59_999);
    expect(await client.repository("acme", "api", "cached")).toEqual(first);
    expect(stub.asked).toHaveLength(2);
    clock.advance(1);
    expect(await client.repository("acme", "api", "cached")).toEqual(first);
    expect(stub.asked.slice(2).map(({ headers }) => headers["if-none-match"])).toEqual([etag, undefined]);
    // After the 304 the answer counts as fresh again.
    clock.advance(59_999);
    await client.repository("acme", "api", "cached");
    expect(stub.asked).toHaveLength(4);
  });

  test("replaces an answer that has changed", async () => {
    let full_name = "acme/api";
    const { client, clock } = await startClient(({ path }) =>
      path === "/repos/acme/api"
        ? { body: { ...REPOSITORY, full_name }, headers: { etag: `"${full_name}"` } }
        : undefined,
    );
    await client.repository("acme", "api", "cached");
    full_name = "acme/API";
    clock.advance(60_000);
    for (const freshness of ["cached", "cached"] as const) {
      expect(await client.repository("acme", "api", freshness)).toMatchObject({
        repository: { repo: "API" },
      });
    }
  });

  test("is not used for a check, but keeps the check's answer", async () => {
    let archived = false;
    const { stub, client } = await startClient(({ path }) =>
      path === "/repos/acme/api" ? { body: { ...REPOSITORY, archived } } : { body: DEFAULT_SUBJECT },
    );
    await client.repository("acme", "api", "cached");
    archived = true;
    expect(await client.repository("acme", "api", "cached")).toMatchObject({ archived: false });
    expect(await client.repository("acme", "api", "fresh")).toMatchObject({ archived: true });
    expect(await client.repository("acme", "api", "cached")).toMatchObject({ archived: true });
    expect(stub.asked).toHaveLength(4);
  });

  test("keeps a 404 for a minute even for fresh requests, but keeps no failure of GitHub", async () => {
    let reply: Reply = { status: 503 };
    const { stub, client, clock } = await startClient(() => reply);
    expect(await client.owner("acme", "cached")).toMatchObject({ failure: "github-unavailable" });
    reply = { status: 404 };
    expect(await client.owner("acme", "cached")).toBe("hidden");
    const asked = stub.asked.length;
    reply = { body: { login: "acme", id: 1 } };
    clock.advance(59_999);
    for (const freshness of ["cached", "fresh"] as const)
      expect(await client.owner("acme", freshness)).toBe("hidden");
    expect(stub.asked).toHaveLength(asked);
    clock.advance(1);
    expect(await client.owner("acme", "cached")).toEqual({ owner: "acme", ownerId: 1 });
  });

  test("is asked for its form at the same time if GitHub has shown it before", async () => {
    const { stub, client } = await startClient(() => undefined);
    expect(await client.repository("acme", "api", "fresh", true)).toBe("hidden");
    expect(stub.paths().sort()).toEqual(["GET /repos/acme/api", `GET /repos/acme/api${CUSTOMIZATION}`]);
  });

  test("sends no request for the form of a repository that GitHub hides", async () => {
    const { stub, client } = await startClient(() => undefined);
    for (let count = 0; count < 31; count++)
      expect(await client.repository("acme", "api", count % 2 === 0 ? "cached" : "fresh")).toBe("hidden");
    expect(stub.paths()).toEqual(["GET /repos/acme/api"]);
  });

  test("holds a thousand answers and drops the oldest", async () => {
    const { stub, client } = await startClient(({ path }) => ({ body: { login: path.slice(7), id: 1 } }));
    for (let index = 0; index <= 1_000; index++) await client.owner(`o${index}`, "cached");
    expect(stub.asked).toHaveLength(1_001);
    await client.owner("o1", "cached");
    expect(stub.asked).toHaveLength(1_001);
    await client.owner("o0", "cached");
    expect(stub.asked).toHaveLength(1_002);
  });
});

describe("a rate limit is respected", () => {
  const at = Date.parse("2026-11-23T06:00:00Z") / 1000;
  const cases: [what: string, reply: Reply, seconds: number][] = [
    [
      "403 until the reset",
      { status: 403, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(at + 1234) } },
      1234,
    ],
    [
      "429 until the reset",
      { status: 429, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(at + 7) } },
      7,
    ],
    ["429 with Retry-After", { status: 429, headers: { "retry-after": "90" } }, 90],
    [
      "403 with Retry-After, the longer limit untouched",
      { status: 403, headers: { "retry-after": "5", "x-ratelimit-remaining": "4000" } },
      5,
    ],
    ["429 that says nothing", { status: 429 }, 60],
    [
      "a reset that is over",
      { status: 429, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(at - 1) } },
      60,
    ],
  ];

  test.each(cases)("%s", async (_, reply, seconds) => {
    let limited = true;
    const { stub, client, clock } = await startClient(() =>
      limited ? reply : { body: { login: "acme", id: 1 } },
    );
    expect(await client.owner("acme", "cached")).toMatchObject({
      failure: "github-unavailable",
      retryAfterSeconds: seconds,
    });
    expect(stub.asked).toHaveLength(1); // The client does not retry after a rate limit.
    limited = false;
    clock.advance(seconds * 1000 - 1);
    expect(await client.owner("globex", "fresh")).toMatchObject({
      failure: "github-unavailable",
      retryAfterSeconds: 1,
    });
    expect(stub.asked).toHaveLength(1);
    clock.advance(1);
    expect(await client.owner("acme", "cached")).toEqual({ owner: "acme", ownerId: 1 });
  });

  test("cached answers are still returned", async () => {
    let limited = false;
    const { client } = await startClient(({ path }) =>
      limited
        ? { status: 429, headers: { "retry-after": "100" } }
        : { body: { login: path.slice(7), id: 1 } },
    );
    await client.owner("acme", "cached");
    limited = true;
    await client.owner("globex", "cached");
    expect(await client.owner("acme", "cached")).toEqual({ owner: "acme", ownerId: 1 });
    expect(await client.owner("acme", "fresh")).toMatchObject({ failure: "github-unavailable" });
  });

  test("a 403 without the headers of a limit is not a limit", async () => {
    const { stub, client } = await startClient(() => ({
      status: 403,
      headers: { "x-ratelimit-remaining": "4000" },
    }));
    await client.owner("acme", "cached");
    await client.owner("globex", "cached");
    expect(stub.paths()).toEqual(["GET /users/acme", "GET /users/globex"]);
  });
});

describe("an answer that GitHub fails to give is never guessed", () => {
  const cases: [what: string, reply: Reply, requests: number][] = [
    ["500", { status: 500 }, 2],
    ["503", { status: 503 }, 2],
    ["no answer", { drop: true }, 2],
    ["not JSON", { text: "<html>" }, 1],
    ["JSON that ends too early", { text: '{"id": 2, "full_na' }, 1],
    ["null", { text: "null" }, 1],
    ["a list", { body: [REPOSITORY] }, 1],
    ["no id", { body: { ...REPOSITORY, id: undefined } }, 1],
    ["an id that is a text", { body: { ...REPOSITORY, id: "2" } }, 1],
    ["no owner", { body: { ...REPOSITORY, owner: null } }, 1],
    ["no name", { body: { ...REPOSITORY, full_name: null } }, 1],
    ["no default branch", { body: { ...REPOSITORY, default_branch: null } }, 1],
    ["bad credentials", { status: 401, body: { message: "Bad credentials" } }, 1],
    ["blocked", { status: 451, body: REPOSITORY }, 1],
    ["gone", { status: 410, body: REPOSITORY }, 1],
  ];

  test.each(cases)("about the repository: %s", async (_, about, requests) => {
    const { stub, client } = await startClient(({ path }) =>
      path === "/repos/acme/api" ? about : { body: DEFAULT_SUBJECT },
    );
    expect(await client.repository("acme", "api", "cached")).toMatchObject({
      failure: "github-unavailable",
      retryAfterSeconds: 30,
      internal: expect.stringContaining("/repos/acme/api"),
    });
    expect(stub.paths().filter((path) => path === "GET /repos/acme/api")).toHaveLength(requests);
  });

  test.each<[what: string, subject: Reply]>([
    ["500", { status: 500 }],
    ["no answer", { drop: true }],
    ["not JSON", { text: "<html>" }],
    ["a rate limit", { status: 429 }],
  ])("about its subjects: %s", async (_, subject) => {
    const { client } = await startClient(acmeApi({ subject }));
    expect(await client.repository("acme", "api", "cached")).toMatchObject({ failure: "github-unavailable" });
  });

  test("a second attempt helps", async () => {
    let answered = 0;
    const routes = acmeApi();
    const { client } = await startClient((asked) => (answered++ < 1 ? { status: 502 } : routes(asked)));
    expect(await client.repository("acme", "api", "cached")).toMatchObject({
      repository: { repositoryId: 2 },
    });
  });

  test("both attempts together end before a timer of seven seconds", async () => {
    const { stub, client } = await startClient(() => ({ afterMs: 20_000 }));
    // The order of two timers of one process does not depend on the machine's load.
    const first = await Promise.race([client.owner("acme", "cached"), sleep(7_000, "the timer")]);
    expect(first).toMatchObject({ failure: "github-unavailable" });
    expect(stub.asked).toHaveLength(1);
  });
});
