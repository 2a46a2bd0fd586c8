/** Registrations that are still in sync: a roll call does not rewrite them, but reads show when they were checked. */
import { describe, expect, test } from "vitest";
import type { components } from "../../src/generated/contract.ts";
import { asLastChecked, type LastCheck } from "../../src/registry/last-check.ts";
import { nextTurn, positionFrom } from "../../src/roll-call/github.ts";
import { rollCall, UNLIMITED } from "../../src/roll-call/roll-call.ts";
import { accessDenied, writesOf } from "../harness/embedded.ts";
import { rolePath, uniqueName } from "../harness/rolecall.ts";

import { HOUR_MS, LEASE_MS, startWorld } from "./roll-call-world.ts";

const world = await startWorld();
const { api, call, callsOf, clock, close, gitHubCalls, itemOf, key, open, register, services } = world;

type Drift = components["schemas"]["DriftSummary"];

/** Reads a registration's drift in three ways: alone, in its repository's list and in the list of all. */
async function driftOf(repo: string) {
  const one = (await api("GET", rolePath(repo))).registration().drift;
  const lists = await Promise.all(
    [`/v1/repos/acme/${repo}/roles`, "/v1/roles?owner=acme&limit=100"].map(async (path) =>
      (await api("GET", path)).page().items.find((item) => item.repo === repo),
    ),
  );
  for (const listed of lists)
    expect(listed?.drift).toEqual({ status: one.status, ...(one.checkedAt && { checkedAt: one.checkedAt }) });
  return one;
}
const now = () => new Date(clock.now()).toISOString();

describe("for a registration that is still in sync", () => {
  test("a roll call does not write its item, but reads show it as checked", async () => {
    const repo = await register();
    expect((await driftOf(repo)).checkedAt, "nothing was checked yet").toBeUndefined();
    await call();
    const { revision, drift } = await itemOf(repo);
    expect(drift).toMatchObject({ status: "in-sync", checkedAt: now() });
    clock.advance(HOUR_MS);
    const { result, calls } = await callsOf(() => call());
    expect(result.counts).toMatchObject({ checked: 1, inSync: 1 });
    expect((await itemOf(repo)).revision, "nobody wrote on it").toBe(revision);
    // The writes: the roll call's start, progress and end, its result, the last check and GitHub's turn.
    expect(writesOf(calls).map(({ action }) => action)).toEqual(Array(6).fill("PutItem"));
    expect(await driftOf(repo)).toEqual({ ...drift, checkedAt: now() });
    const dryRun = await api("PUT", `${rolePath(repo)}?dryRun=true`, { body: {} });
    expect(dryRun.registration().drift.checkedAt).toBe(now());
    const page = await api("GET", rolePath(repo), { headers: { accept: "text/html" } });
    expect(page.text).toContain(now());
  });

  test("each roll call asks GitHub about the next ones, and an answer without news is not written", async () => {
    const repo = await register();
    await call();
    const { revision } = await itemOf(repo);
    const asked = async () => {
      const before = gitHubCalls.length;
      await call();
      return gitHubCalls.slice(before).filter((one) => JSON.stringify(one).includes(repo)).length;
    };
    clock.advance(HOUR_MS);
    expect(await asked()).toBeGreaterThan(0);
    clock.advance(HOUR_MS);
    expect(await asked()).toBeGreaterThan(0);
    expect((await itemOf(repo)).revision).toBe(revision);
  });

  test("a registration that a roll call could not judge keeps its earlier time of the last check", async () => {
    const [busy, other] = [await register(), await register()];
    await call();
    const before = now();
    const item = await itemOf(busy);
    const leases = { somebody: clock.now() + 2 * HOUR_MS };
    clock.advance(HOUR_MS);
    await services.registry.changeRegistration(item, item, () => ({ ...item, leases }));
    const { counts } = await call();
    expect(counts.waiting).toBe(1);
    expect(await driftOf(busy)).toMatchObject({ status: "in-sync", checkedAt: before });
    expect(await driftOf(other)).toMatchObject({ checkedAt: now() });
    clock.advance(3 * HOUR_MS + LEASE_MS);
    await call();
    expect(await driftOf(busy)).toMatchObject({ checkedAt: now() });
  });

  test("a roll call that fails does not change the time of the last check", async () => {
    const repo = await register();
    await call();
    const before = now();
    clock.advance(HOUR_MS);
    const end = world.trouble({ service: "ecr", action: "DescribeRepositories", fault: accessDenied });
    await expect(call()).rejects.toThrow();
    end();
    expect(await driftOf(repo)).toMatchObject({ checkedAt: before });
  });

  test("a registration that has drifted or was repaired is still written", async () => {
    const repo = await register();
    await call();
    await open(repo);
    clock.advance(HOUR_MS);
    await call();
    expect(await driftOf(repo)).toMatchObject({ status: "drifted", checkedAt: now() });
    clock.advance(HOUR_MS);
    await call();
    expect(await driftOf(repo)).toMatchObject({ status: "drifted", checkedAt: now() });
    await close(repo);
    clock.advance(HOUR_MS);
    await call();
    expect((await itemOf(repo)).drift).toMatchObject({ status: "in-sync", checkedAt: now() });
  });

  test("its own later check counts, and after a PUT it is not checked yet", async () => {
    const repo = await register();
    await call();
    clock.advance(1000);
    expect((await api("POST", `${rolePath(repo)}/drift-checks`)).status).toBe(200);
    expect(await driftOf(repo)).toMatchObject({ checkedAt: now() });
    const put = await api("PUT", rolePath(repo), { body: { maxSessionSeconds: 7200 } });
    expect(put.registration().drift).toEqual({ status: "unknown" });
    expect(await driftOf(repo)).toEqual({ status: "unknown" });
  });

  test("of two roll calls at the same time, the one that began later counts", async () => {
    const repo = await register();
    await call();
    const later: LastCheck = {
      at: new Date(clock.now() + 1000).toISOString(),
      missed: {},
    };
    await services.registry.saveLastCheck(later);
    await call();
    expect(await services.registry.readLastCheck()).toEqual(later);
    clock.advance(2000);
    await rollCall(services, UNLIMITED);
    expect(await driftOf(repo)).toMatchObject({ checkedAt: now() });
  });
});

test("a role that is registered while the account is read is not reported as unregistered", async () => {
  const repo = uniqueName("between");
  let listed = () => {};
  const list = new Promise<void>((resolve) => {
    listed = resolve;
  });
  // The list of registrations has been read, but AWS has not answered yet.
  world.trouble({
    action: "Query",
    mentions: "REGISTRATIONS",
    phase: "after",
    times: 1,
    fault: {
      kind: "hold",
      get until() {
        listed();
        return list;
      },
    },
  });
  world.trouble({
    action: "GetAccountAuthorizationDetails",
    times: 1,
    fault: {
      kind: "hold",
      get until() {
        return list.then(() => api("PUT", rolePath(repo), { body: {} }));
      },
    },
  });
  await call();
  const { text } = await api("GET", "/v1/audit");
  const entries: { registered: unknown; findings: { code: string }[] }[] = JSON.parse(text).items;
  expect(entries.flatMap(({ findings }) => findings.map(({ code }) => code))).not.toContain(
    "under-rolecall-without-record",
  );
});

describe("the time of a registration's last check", () => {
  const [before, at, after] = ["T1", "T2", "T3"];
  const last: LastCheck = {
    at,
    missed: { "acme#missed#publish": "T0", "acme#known#publish": "T1a" },
  };
  const inSync = { status: "in-sync", checkedAt: before };
  test.each([
    ["by the roll call", "api", inSync, last, at],
    ["before, as no roll call has ended yet", "api", inSync, undefined, before],
    ["before, as the roll call missed it", "missed", inSync, last, before],
    ["by the roll call before, which has not missed it", "known", inSync, last, "T1a"],
    ["before, whatever its case", "Missed", inSync, last, before],
    ["later, by itself", "api", { ...inSync, checkedAt: after }, last, after],
    ["at the same time", "api", { ...inSync, checkedAt: at }, last, at],
    ["before, as what has drifted is written", "api", { ...inSync, status: "drifted" }, last, before],
    ["before, as what is contested is written", "api", { ...inSync, status: "contested" }, last, before],
    ["before, as what is repaired is written", "api", { ...inSync, status: "repaired" }, last, before],
    ["never, after a PUT", "api", { status: "unknown" }, last, undefined],
  ] as [string, string, Drift, LastCheck | undefined, string | undefined][])(
    "%s",
    (_, repo, drift, check, expected) => {
      expect(asLastChecked(key(repo), drift, check).checkedAt).toBe(expected);
    },
  );
});

test("a roll call asks GitHub first about the repository behind the last one that was asked about", () => {
  const registered = ["a", "a-b", "b", "b", "c"].map((repo, index) => ({
    owner: "Acme",
    repo,
    role: index === 3 ? "publish" : "deploy",
  }));
  const orderFrom = (start: string) => {
    const position = positionFrom(start);
    const inOrder = [...registered].sort((one, other) => (position(one) < position(other) ? -1 : 1));
    return inOrder.map(({ repo, role }) => `${repo} ${role}`);
  };
  const all = ["a deploy", "a-b deploy", "b deploy", "b publish", "c deploy"];
  expect(orderFrom("")).toEqual(all);
  expect(orderFrom("acme#a-b#")).toEqual([...all.slice(2), ...all.slice(0, 2)]);
  expect(orderFrom("acme#b#"), "all roles of it are behind").toEqual(["c deploy", ...all.slice(0, 4)]);
  expect(orderFrom("acme#aa-is-gone#")).toEqual([...all.slice(2), ...all.slice(0, 2)]);
  expect(orderFrom("zzz#z#")).toEqual(all);
});

test("GitHub's turn continues behind the last answer, and without an answer stays in place for a day", () => {
  const before = { behind: "acme#a#", silent: 3 };
  expect(nextTurn(before, "acme#b#", "acme#c#")).toEqual({ behind: "acme#b#", silent: 0 });
  expect(nextTurn(before, undefined, "acme#c#")).toEqual({ behind: "acme#a#", silent: 4 });
  const long = { ...before, silent: 23 };
  expect(nextTurn(long, undefined, "acme#c#")).toEqual({ behind: "acme#c#", silent: 0 });
  expect(nextTurn(long, undefined, undefined), "nothing was to be asked").toEqual({
    behind: "acme#a#",
    silent: 0,
  });
});
