import { beforeAll, describe, expect, test } from "vitest";
import { type Page, rolePath, startRolecall, uniqueName } from "../harness/rolecall.ts";

/** So many tags of such length that a few registrations are more than DynamoDB hands out in one answer. */
const TAG_KEYS = Array.from({ length: 40 }, (_, index) => `tag${index}`);
const tags = Object.fromEntries(TAG_KEYS.map((key) => [key, "x".repeat(256)]));

const { api } = await startRolecall({ tagKeys: TAG_KEYS });

const repo = uniqueName();
const list = `/v1/repos/acme/${repo}/roles`;
const roles = Array.from({ length: 40 }, (_, index) => `r${String(index).padStart(2, "0")}`);

beforeAll(async () => {
  for (const role of roles.toReversed()) await api("PUT", rolePath(repo, role), { body: { ecr: [], tags } });
  // Neighbours by name, which are not to be listed.
  for (const name of [`${repo}0`, `${repo}-0`, `${repo}.0`])
    await api("PUT", rolePath(name), { body: { ecr: [] } });
});

async function pagesOf(query: string): Promise<Page[]> {
  const pages: Page[] = [];
  let cursor: string | undefined;
  do {
    const answer = await api("GET", `${list}?${query}${cursor === undefined ? "" : `&cursor=${cursor}`}`);
    expect(answer.status).toBe(200);
    pages.push(answer.page());
    cursor = answer.page().nextCursor;
    expect(pages.length).toBeLessThanOrEqual(roles.length + 1);
  } while (cursor !== undefined);
  return pages;
}
const rolesOf = (pages: Page[]) => pages.flatMap(({ items }) => items.map(({ role }) => role));

describe("200", () => {
  test("one repository's registrations are listed by role", async () => {
    const { items } = (await api("GET", `${list}?limit=100`)).page();
    expect(items.map(({ role }) => role)).toEqual(roles);
    expect(new Set(items.map((item) => `${item.owner}/${item.repo}`))).toEqual(new Set([`acme/${repo}`]));
  });

  test("a page holds 50 unless told", async () => {
    expect((await api("GET", list)).page().items).toHaveLength(40);
    expect((await api("GET", "/v1/roles")).page().items).toHaveLength(43);
  });

  test.each(["limit=1", "limit=7", "limit=39", "limit=40", "limit=41"])(
    "?%s: pages are full up to the last",
    async (query) => {
      const limit = Number(query.split("=")[1]);
      const pages = await pagesOf(query);
      expect(rolesOf(pages)).toEqual(roles);
      expect(pages).toHaveLength(Math.ceil(roles.length / limit));
      expect(pages.slice(0, -1).map(({ items }) => items.length)).toEqual(
        pages.slice(0, -1).map(() => limit),
      );
    },
  );

  test.each(["status=ready", "drift=unknown", "status=ready&drift=unknown"])(
    "?%s: so are those with a filter, though DynamoDB answers in parts",
    async (query) => {
      const pages = await pagesOf(`${query}&limit=30`);
      expect(rolesOf(pages)).toEqual(roles);
      expect(pages.map(({ items }) => items.length)).toEqual([30, 10]);
      expect(rolesOf(await pagesOf(`${query}&limit=100`))).toEqual(roles);
    },
  );

  test.each(["status=failed", "drift=in-sync", "status=ready&drift=drifted"])(
    "?%s returns nothing, and no cursor",
    async (query) => {
      expect((await api("GET", `${list}?${query}&limit=5`)).page()).toEqual({ items: [] });
    },
  );

  test("a repository that has none, or is unknown", async () => {
    expect((await api("GET", `/v1/repos/acme/${uniqueName()}/roles`)).page()).toEqual({ items: [] });
    expect((await api("GET", `/v1/repos/nobody/${repo}/roles`)).page()).toEqual({ items: [] });
  });

  test("another spelling is another path, and finds nothing, as when a registration is read", async () => {
    for (const path of [`/v1/repos/ACME/${repo}/roles`, `/v1/repos/acme/${repo.toUpperCase()}/roles`]) {
      expect((await api("GET", path)).page()).toEqual({ items: [] });
    }
  });

  test("a role that is deleted is not listed", async () => {
    const path = rolePath(repo, "zz");
    await api("PUT", path, { body: { ecr: [] } });
    expect((await api("GET", `${list}?limit=100`)).page().items).toHaveLength(roles.length + 1);
    await api("DELETE", path);
    expect((await api("GET", `${list}?limit=100`)).page().items).toHaveLength(roles.length);
  });
});

describe("400", () => {
  test("cursors that are none of ours", async () => {
    const { nextCursor = "" } = (await api("GET", `${list}?limit=2`)).page();
    const all = (await api("GET", "/v1/roles?limit=1")).page().nextCursor ?? "";
    const encode = (text: string) => Buffer.from(text).toString("base64url");
    for (const cursor of [
      nextCursor.slice(1),
      `${nextCursor}=`,
      "!",
      encode("ROLE"),
      encode("CLAIM"),
      encode("ROLE#Ä"),
      all,
    ]) {
      const answer = await api("GET", `${list}?cursor=${cursor}`);
      expect([cursor, answer.status]).toEqual([cursor, 400]);
      expect(answer.problem().code).toBe("cursor-invalid");
    }
  });
});

describe("422", () => {
  test.each<[string, string[]]>([
    [`${list}?limit=0`, ["/limit"]],
    [`${list}?limit=101&status=x&drift=y`, ["/drift", "/limit", "/status"]],
    [`${list}?owner=acme`, ["/owner"]],
    [`${list}?role=r00`, ["/role"]],
    ["/v1/repos/-/a%20b/roles", ["/owner", "/repo"]],
  ])("%s is refused", async (path, pointers) => {
    const answer = await api("GET", path);
    expect(answer.status).toBe(422);
    expect([...new Set(answer.problem().errors?.map(({ pointer }) => pointer))].toSorted()).toEqual(pointers);
  });
});
