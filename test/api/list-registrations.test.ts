/** The list of all registrations. The table is this file's own, so it holds what is registered here and nothing else. */
import { CreateRoleCommand } from "@aws-sdk/client-iam";
import { beforeAll, describe, expect, test } from "vitest";
import { rollCall } from "../../src/roll-call/roll-call.ts";
import { awsClients } from "../harness/aws.ts";
import { type Page, rolePath, startRolecall, uniqueName } from "../harness/rolecall.ts";

const { api, services, clock } = await startRolecall();
const aws = awsClients();

type Name = { owner: string; repo: string; role: string };
const unique = uniqueName("");
/** In the order that the contract promises: by owner, repository and role. */
const names: Name[] = [
  ...["a", "a-b", "b", "c"].map((role) => ({ owner: "acme", repo: `x${unique}`, role })),
  { owner: "acme", repo: `x${unique}-1`, role: "a" },
  { owner: "acme", repo: `x${unique}.1`, role: "a" },
  ...Array.from({ length: 6 }, (_, index) => ({ owner: "acme", repo: `y${unique}`, role: `r${index}` })),
  { owner: "acme", repo: `y${unique}0`, role: "a" },
  ...Array.from({ length: 7 }, (_, index) => ({ owner: "Umbrella", repo: `x${unique}`, role: `r${index}` })),
];
/** Of these the role belongs to someone else, so they are `failed`. */
const failing = names.filter((_, index) => index % 5 === 2);

const pathOf = ({ owner, repo, role }: Name) => rolePath(repo, role, owner);
const nameOf = ({ owner, repo, role }: Name) => `${owner}/${repo}/${role}`;
const namesOf = (page: Page) => page.items.map(nameOf);

beforeAll(async () => {
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
  });
  for (const name of failing) {
    const { roleArn } = (await api("PUT", `${pathOf(name)}?dryRun=true`)).registration();
    await aws.iam.send(
      new CreateRoleCommand({ RoleName: roleArn.split("/").at(-1), AssumeRolePolicyDocument }),
    );
  }
  // Not in the order in which they are to come back.
  for (const name of names.toReversed()) await api("PUT", pathOf(name), { body: { ecr: [] } });
});

/** All pages, each as the one before says. */
async function pagesOf(query: string): Promise<Page[]> {
  const pages: Page[] = [];
  let cursor: string | undefined;
  do {
    const answer = await api("GET", `/v1/roles?${query}${cursor === undefined ? "" : `&cursor=${cursor}`}`);
    expect(answer.status).toBe(200);
    pages.push(answer.page());
    cursor = answer.page().nextCursor;
    expect(pages.length).toBeLessThanOrEqual(names.length + 1);
  } while (cursor !== undefined);
  return pages;
}

describe("200", () => {
  test("without a query everything is on one page", async () => {
    const page = (await api("GET", "/v1/roles")).page();
    expect(new Set(namesOf(page))).toEqual(new Set(names.map(nameOf)));
    expect(page).not.toHaveProperty("nextCursor");
  });

  test("an entry says what the registration says", async () => {
    const { items } = (await api("GET", "/v1/roles?limit=1")).page();
    const [entry] = items;
    if (entry === undefined) throw new Error("nothing is listed");
    const registration = (await api("GET", pathOf(entry))).registration();
    const { owner, repo, role, account, status, version, drift, roleArn, origin, updatedAt, updatedBy } =
      registration;
    expect(entry).toEqual({
      owner,
      repo,
      role,
      account,
      status,
      version,
      drift,
      roleArn,
      origin,
      updatedAt,
      updatedBy,
    });
  });

  test("they come by owner, repository and role", async () => {
    const folded = ({ owner, repo, role }: Name) => [owner, repo, role].map((part) => part.toLowerCase());
    const listed = (await api("GET", "/v1/roles")).page().items.map(folded);
    const inOrder = listed.toSorted(([a1 = "", a2 = "", a3 = ""], [b1 = "", b2 = "", b3 = ""]) =>
      a1 !== b1 ? (a1 < b1 ? -1 : 1) : a2 !== b2 ? (a2 < b2 ? -1 : 1) : a3 < b3 ? -1 : 1,
    );
    expect(listed).toEqual(inOrder);
  });

  test.each([1, 2, 3, 5, 7, 19, 20, 21, 100])(
    "pages of %i are full up to the last, and hold everything once",
    async (limit) => {
      const pages = await pagesOf(`limit=${limit}`);
      expect(pages.slice(0, -1).map(({ items }) => items.length)).toEqual(
        pages.slice(0, -1).map(() => limit),
      );
      expect(pages.at(-1)?.items.length).toBeGreaterThan(0);
      expect(pages.flatMap(namesOf)).toEqual(namesOf((await api("GET", "/v1/roles")).page()));
      expect(pages).toHaveLength(Math.ceil(names.length / limit));
    },
  );

  const filters: [string, (name: Name) => boolean][] = [
    ["owner=acme", ({ owner }) => owner === "acme"],
    ["owner=Umbrella", ({ owner }) => owner === "Umbrella"],
    ["owner=nobody", () => false],
    ["owner=acm", () => false],
    ["status=ready", (name) => !failing.includes(name)],
    ["status=failed", (name) => failing.includes(name)],
    ["status=provisioning", () => false],
    ["owner=acme&status=failed", (name) => name.owner === "acme" && failing.includes(name)],
    [
      "owner=Umbrella&status=ready&drift=unknown",
      (name) => name.owner === "Umbrella" && !failing.includes(name),
    ],
    ["drift=unknown", () => true],
    ["drift=drifted", () => false],
  ];

  describe.each(filters)("?%s", (query, matches) => {
    const expected = names.filter(matches);

    test.each([1, 2, 4, 50])(
      "pages of %i are full up to the last, and hold what matches once",
      async (limit) => {
        const pages = await pagesOf(`${query}&limit=${limit}`);
        expect(pages.flatMap(namesOf).toSorted()).toEqual(expected.map(nameOf).toSorted());
        expect(pages).toHaveLength(Math.max(1, Math.ceil(expected.length / limit)));
        expect(pages.slice(0, -1).map(({ items }) => items.length)).toEqual(
          pages.slice(0, -1).map(() => limit),
        );
      },
    );
  });

  test("a page goes on where it ended, though what it ended with is gone", async () => {
    const extra = ["p", "q", "r"].map((role) => ({ owner: "acme", repo: `z${unique}`, role }));
    for (const name of extra) await api("PUT", pathOf(name), { body: { ecr: [] } });
    const all = (await api("GET", "/v1/roles?owner=acme")).page();
    const at = namesOf(all).indexOf(nameOf({ owner: "acme", repo: `z${unique}`, role: "q" }));
    const first = (await api("GET", `/v1/roles?owner=acme&limit=${at + 1}`)).page();
    for (const name of extra.slice(1, 2)) await api("DELETE", pathOf(name));
    const second = (await api("GET", `/v1/roles?owner=acme&limit=1&cursor=${first.nextCursor}`)).page();
    expect(namesOf(second)).toEqual([nameOf({ owner: "acme", repo: `z${unique}`, role: "r" })]);
    for (const name of extra) await api("DELETE", pathOf(name));
    expect((await api("GET", "/v1/roles")).page().items).toHaveLength(names.length);
  });

  test("by drift, after a roll call; what a roll call notes changes no ETag", async () => {
    const [name] = names;
    if (name === undefined) throw new Error("nothing is registered");
    const before = await api("GET", pathOf(name));
    clock.advance(1_000);
    await rollCall(services);
    const after = await api("GET", pathOf(name));
    expect(after.registration().drift).toMatchObject({
      status: "in-sync",
      checkedAt: new Date(clock.now()).toISOString(),
    });
    expect(after.headers["etag"]).toBe(before.headers["etag"]);
    expect(after.registration().updatedAt).toBe(before.registration().updatedAt);
    const pages = await pagesOf("drift=in-sync&limit=4");
    expect(pages.flatMap(namesOf)).toHaveLength(names.length - failing.length);
    expect(pages.flatMap(({ items }) => items).every(({ drift }) => drift.status === "in-sync")).toBe(true);
  });
});

describe("400", () => {
  const encode = (text: string) => Buffer.from(text).toString("base64url");

  test("a cursor that is changed, cut, lengthened, or none of ours", async () => {
    const { nextCursor = "" } = (await api("GET", "/v1/roles?limit=2")).page();
    const cursors = [
      nextCursor.slice(1),
      nextCursor.slice(0, -1),
      `${nextCursor}AA`,
      `${nextCursor}=`,
      "x",
      "!",
      "%20",
      encode(""),
      encode("\u0000"),
      encode("acme"),
      encode("acme/x"),
      encode("acme/x/y/z"),
      encode("zzzz"),
      encode("{}"),
      encode("ROLE#publish"),
      encode("ä"),
    ].filter((cursor) => cursor !== "");
    for (const cursor of cursors) {
      const answer = await api("GET", `/v1/roles?cursor=${cursor}`);
      expect([cursor, answer.status]).toEqual([cursor, 400]);
      expect(answer.problem().code).toBe("cursor-invalid");
    }
  });

  test("a cursor of another owner's list", async () => {
    const { nextCursor } = (await api("GET", "/v1/roles?owner=acme&limit=1")).page();
    expect((await api("GET", `/v1/roles?owner=Umbrella&cursor=${nextCursor}`)).status).toBe(400);
  });

  test("a cursor of one repository's list", async () => {
    const { nextCursor } = (await api("GET", `/v1/repos/acme/x${unique}/roles?limit=1`)).page();
    expect((await api("GET", `/v1/roles?cursor=${nextCursor}`)).status).toBe(400);
  });
});

describe("422", () => {
  test.each<[string, string]>([
    ["limit=0", "/limit"],
    ["limit=101", "/limit"],
    ["limit=-1", "/limit"],
    ["limit=1.5", "/limit"],
    ["limit=ten", "/limit"],
    ["limit=", "/limit"],
    ["limit=1e1", "/limit"],
    ["limit=0x10", "/limit"],
    ["limit=%205", "/limit"],
    ["limit=1&limit=2", "/limit"],
    ["status=done", "/status"],
    ["status=", "/status"],
    ["status=ready&status=failed", "/status"],
    ["drift=yes", "/drift"],
    ["owner=a%20b", "/owner"],
    ["owner=", "/owner"],
    ["owner=acme&owner=Umbrella", "/owner"],
    ["cursor=", "/cursor"],
    [`cursor=${"a".repeat(513)}`, "/cursor"],
    ["cursor=a&cursor=b", "/cursor"],
    ["page=2", "/page"],
    ["repo=x", "/repo"],
    ["__proto__=1", "/__proto__"],
  ])("?%s is refused", async (query, pointer) => {
    const answer = await api("GET", `/v1/roles?${query}`);
    expect(answer.status).toBe(422);
    expect([...new Set(answer.problem().errors?.map((error) => error.pointer))]).toEqual([pointer]);
  });
});
