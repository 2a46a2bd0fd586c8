/** The accounts of a roll call over more than a hundred of them, page by page. */
import { expect, test } from "vitest";
import { inParallel } from "../../src/lib/parallel.ts";
import { startQueued } from "./roll-call-queue-world.ts";

const PREPARED = ["200000000005", "200000000102"];
const world = await startQueued(PREPARED);
const { addAccount, api, drain, pageOf, pagesOf, reportOf, schedule, services } = world;
const HOME = services.config.account;
const MEMBERS = [...Array(104).keys()].map((index) => String(200_000_000_000 + index));
await inParallel(10, MEMBERS, (account) => addAccount(account));

test("the pages have every account once, and in each the accounts that failed come first", async () => {
  const id = await schedule();
  const before = await pagesOf(id);
  expect(before.map(({ length }) => length)).toEqual([100, 5]);
  const waiting = before.flat().filter(({ status }) => status === "waiting");
  expect(waiting.map(({ account }) => account)).toEqual(MEMBERS);
  await drain();
  const pages = await pagesOf(id);
  expect(
    pages
      .flat()
      .map(({ account }) => account)
      .sort(),
  ).toEqual([HOME, ...MEMBERS].sort());
  const checkedOn = (page: number) =>
    (pages[page] ?? []).flatMap(({ account, status }) => (status === "checked" ? [account] : []));
  expect([0, 1].map(checkedOn)).toEqual([[HOME, PREPARED[0]], [PREPARED[1]]]);
  for (const page of pages) {
    const statuses = page.map(({ status }) => status);
    expect(statuses).toEqual([...statuses].sort().reverse());
    for (const { status, detail } of page) if (status === "failed") expect(detail).toContain("assume");
  }
}, 120_000);

test("the report lists a hundred accounts, those that failed, and its page says where the others are", async () => {
  const { accounts, id } = await reportOf("latest");
  expect(accounts).toMatchObject({ total: 105, checked: 3, failed: 102, missed: 0 });
  expect(accounts?.listed).toHaveLength(100);
  expect(new Set(accounts?.listed.map(({ status }) => status))).toEqual(new Set(["failed"]));
  const page = await pageOf(id);
  expect(page).toContain("102 of 105 accounts were not checked");
  expect(page).toContain(`5 more. <code>GET /v1/roll-calls/${id}/accounts</code> lists all of them.`);
});

test("a cursor continues its own roll call after another one has begun, and one past the end has no accounts", async () => {
  const { id } = await reportOf("latest");
  const first = JSON.parse((await api("GET", "/v1/roll-calls/latest/accounts")).text);
  world.clock.advance(60_000);
  const next = await schedule();
  expect((await reportOf("latest")).id).toBe(next);
  const path = `/v1/roll-calls/latest/accounts?cursor=${first.nextCursor}`;
  const second = JSON.parse((await api("GET", path)).text);
  expect(second).toEqual(JSON.parse((await api("GET", `/v1/roll-calls/${id}/accounts?cursor=${id}.1`)).text));
  expect(JSON.parse((await api("GET", `/v1/roll-calls/${id}/accounts?cursor=${id}.9`)).text)).toEqual({
    items: [],
  });
});
