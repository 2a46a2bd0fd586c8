/** The results of a roll call if others run at the same time or something fails. */
import { expect, test } from "vitest";
import { rollCall, UNLIMITED } from "../../src/roll-call/roll-call.ts";
import { accessDenied } from "../harness/embedded.ts";
import { rolePath, uniqueName } from "../harness/rolecall.ts";
import { HOUR_MS, startWorld } from "./roll-call-world.ts";

const world = await startWorld({ ROLECALL_ALLOW: "owner-wide" });
const { api, aws, call, clock, failGitHub, itemOf, open, register, services, trouble } = world;
const driftOf = async (repo: string) => (await api("GET", rolePath(repo))).registration().drift;

test.each([
  ["two repositories an hour", () => 2],
  ["two in one hour, and nothing in the next", (hour: number) => (hour % 2 === 0 ? 2 : 0)],
  ["one, and nothing in the next two", (hour: number) => (hour % 3 === 0 ? 1 : 0)],
])("if GitHub answers about %s, every repository still gets its turn", async (_, limitOf) => {
  const repos: string[] = [];
  for (let count = 0; count < 5; count++) repos.push(await register("report", "turn"));
  const answered = new Set<string>();
  // The registrations of the earlier rows also get their turn.
  const isAll = () => repos.every((repo) => answered.has(repo));
  for (let hour = 0; hour < 60 && !isAll(); hour++) {
    clock.advance(HOUR_MS);
    const letIn = new Set<string>();
    failGitHub(({ path }) => {
      const repo = /\/repos\/acme\/([^/]+)/.exec(path)?.[1] ?? "";
      if (letIn.has(repo) || letIn.size < limitOf(hour)) {
        letIn.add(repo);
        return undefined;
      }
      return { kind: "error", status: 429, message: "", headers: { "retry-after": "60" } };
    });
    await call();
    for (const repo of letIn) answered.add(repo);
  }
  failGitHub(undefined);
  clock.advance(HOUR_MS);
  expect(repos.filter((repo) => !answered.has(repo))).toEqual([]);
});

test("a registration that a roll call misses keeps its time of the earlier check", async () => {
  const repo = await register();
  await call();
  clock.advance(24 * HOUR_MS);
  await call();
  const { checkedAt } = await driftOf(repo);
  clock.advance(HOUR_MS);
  const item = await itemOf(repo);
  const leases = { somebody: clock.now() + 1000 };
  await services.registry.changeRegistration(item, item, () => ({ ...item, leases }));
  expect((await call()).counts.waiting).toBe(1);
  expect(await driftOf(repo)).toMatchObject({ status: "in-sync", checkedAt });
});

test("a role that was created during the first attempt of a roll call is no change at the second", async () => {
  const repo = uniqueName("half");
  const end = trouble({ service: "iam", action: "PutRolePolicy", fault: accessDenied });
  await api("PUT", rolePath(repo), { body: {} });
  end();
  const item = await itemOf(repo);
  await services.registry.changeRegistration(item, item, () => ({
    ...item,
    status: "provisioning",
    leases: {},
  }));
  clock.advance(HOUR_MS);
  await call();
  clock.advance(HOUR_MS);
  await call();
  expect(await driftOf(repo)).toMatchObject({ status: "in-sync", changes: [] });
});

test("a list that is read while a roll call ends does not show drifted registrations as in sync", async () => {
  const repo = await register();
  await call();
  clock.advance(HOUR_MS);
  await open(repo);
  const before = aws.calls.length;
  trouble({
    action: "GetItem",
    mentions: "CHECKED",
    times: 1,
    fault: { kind: "hold", until: pageRead().then(() => call()) },
  });
  const listed = (await api("GET", `/v1/repos/acme/${repo}/roles`)).page().items[0]?.drift;
  expect(listed?.status === "in-sync" ? Date.parse(listed.checkedAt ?? "") : 0).toBeLessThan(clock.now());

  /** Resolves after the page was answered, or when the page waits. */
  async function pageRead(): Promise<void> {
    const isRead = () => aws.calls.slice(before).some(({ action }) => action === "Query");
    for (let turn = 0; turn < 1000 && !isRead(); turn++) await turns(1);
  }
});

test("a refused save ends the roll call, and nothing records it as finished", async () => {
  await register();
  await call();
  clock.advance(HOUR_MS);
  const refused = { kind: "error", status: 400, code: "AccessDeniedException", message: "" } as const;
  trouble({ action: "PutItem", mentions: "cursor", times: 1, fault: refused });
  await expect(rollCall(services, { ...UNLIMITED, chunk: 1 })).rejects.toThrow();
  const [[latest], [run]] = await Promise.all([services.registry.rollCalls(1), services.registry.runs(1)]);
  expect(latest?.status).toBe("failed");
  expect(run?.id).not.toBe(latest?.id);
  expect((await services.registry.readLastCheck())?.at).not.toBe(latest?.startedAt);
  expect((await api("GET", "/v1/audit")).status, "of the last roll call that has finished").toBe(200);
});

test("a roll call that an earlier version started continues", async () => {
  clock.advance(HOUR_MS);
  const result = await call();
  clock.advance(HOUR_MS);
  const { finishedAt: _, ...ended } = result;
  for (const status of ["requested", "running"] as const) {
    const id = `${new Date(clock.now()).toISOString().replace(/[-:.]/g, "")}-0a1b2c3d`;
    await services.registry.saveRollCall({ ...ended, id, status, cursor: "YWNtZQ" });
    expect(JSON.parse((await api("GET", `/v1/roll-calls/${id}`)).text), "is shown").toMatchObject({
      id,
      status,
    });
    expect(await call(id)).toMatchObject({ status: "finished", counts: result.counts });
    clock.advance(HOUR_MS);
  }
});

test("an invocation that leaves the roll call to another one leaves no reads running", async () => {
  clock.advance(HOUR_MS);
  const { finishedAt: _, ...ended } = await call();
  const begun = { ...ended, id: `${ended.id}0`, status: "running", kept: { missed: {} } } as const;
  await services.registry.saveRollCall(begun);
  // Both invocations have read the roll call as requested.
  const known = { ...begun, status: "requested" } as const;
  let release = () => {};
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  trouble({ action: "ListRoles", times: 1, fault: { kind: "hold", until } });
  const calling = rollCall(services, UNLIMITED, known).then(() => aws.calls.length);
  await Promise.race([calling, turns(1000)]);
  release();
  const whenAnswered = await calling;
  await turns(1000);
  expect(aws.calls.slice(whenAnswered).map(({ action }) => action)).toEqual([]);
});

test("if roll calls are handed on, every registration gets its turn, and the asking roll call judges it", async () => {
  const repos: string[] = [];
  for (let count = 0; count < 6; count++) repos.push(await register("report", "hand"));
  const answered = new Set<string>();
  const isAll = () => repos.every((repo) => answered.has(repo));
  for (let hour = 0; hour < 60 && !isAll(); hour++) {
    clock.advance(HOUR_MS);
    let only: string | undefined;
    failGitHub(({ path }) => {
      const repo = /\/repos\/acme\/([^/]+)/.exec(path)?.[1] ?? "";
      only ??= repo;
      return repo === only
        ? undefined
        : { kind: "error", status: 429, message: "", headers: { "retry-after": "60" } };
    });
    // Each invocation asks about at most half of them.
    const short = { remaining: () => 59_999, chunk: 12 };
    let part = await rollCall(services, short);
    for (let rounds = 0; part.status === "running" && rounds < 10; rounds++)
      part = await rollCall(services, short, part);
    expect(part.status).toBe("finished");
    const { checked, waiting, failed, byOrigin } = part.counts;
    const { length: registered } = await services.registry.registeredRoles();
    expect(checked + waiting + failed, "each is judged once").toBe(registered);
    expect(byOrigin).toEqual({ self: 0, caller: registered });
    if (only !== undefined) answered.add(only);
  }
  failGitHub(undefined);
  clock.advance(HOUR_MS);
  expect(repos.filter((repo) => !answered.has(repo))).toEqual([]);
});

test("GitHub is asked only about registrations that are judged", async () => {
  const repo = await register("report", "busy");
  clock.advance(HOUR_MS);
  const item = await itemOf(repo);
  const leases = { somebody: clock.now() + 1000 };
  await services.registry.changeRegistration(item, item, () => ({ ...item, leases }));
  const before = world.gitHubCalls.length;
  expect((await call()).counts.waiting).toBe(1);
  expect(JSON.stringify(world.gitHubCalls.slice(before))).not.toContain(repo);
});

test("a roll call that has ended stays ended, even if its result could not be stored", async () => {
  clock.advance(HOUR_MS);
  const refused = { kind: "error", status: 400, code: "AccessDeniedException", message: "" } as const;
  trouble({ action: "PutItem", mentions: '"RUN"', times: 1, phase: "after", fault: refused });
  await expect(call()).rejects.toThrow();
  expect((await services.registry.rollCalls(1)).at(0)?.status).toBe("finished");
  expect((await api("GET", "/v1/audit")).status).toBe(200);
});

test("a save that takes effect after the end of its roll call leaves the report as it is", async () => {
  clock.advance(HOUR_MS);
  const { finishedAt: _, ...finished } = await call();
  const stored = await services.registry.readRollCall(finished.id);
  await services.registry.saveRollCall({ ...finished, status: "running" });
  await services.registry.saveRollCall({ ...finished, status: "failed" });
  expect(await services.registry.readRollCall(finished.id)).toEqual(stored);
});

test("the reads of the account end before a failing roll call does", async () => {
  clock.advance(HOUR_MS);
  const end = trouble({ service: "ecr", action: "DescribeRepositories", fault: accessDenied });
  let release = () => {};
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  trouble({ action: "GetAccountAuthorizationDetails", times: 1, fault: { kind: "hold", until } });
  const calling = call().then(
    () => -1,
    () => aws.calls.length,
  );
  await Promise.race([calling, turns(1000)]);
  release();
  const whenAnswered = await calling;
  end();
  await turns(1000);
  expect(aws.calls.slice(whenAnswered).map(({ action }) => action)).toEqual([]);
});

test("a registration for a whole owner, about which GitHub is not asked, does not count as answered", async () => {
  const repos = [await register("report", "1"), await register("report", "2"), await register("report", "3")];
  const wide = { github: { ownerId: 77 }, ecr: [], trust: { branches: ["main"] } };
  expect((await api("PUT", "/v1/repos/Umbrella/*/roles/wide", { body: wide })).status).toBe(201);
  await call();
  const answered = new Set<string>();
  for (let hour = 0; hour < 4; hour++) {
    clock.advance(HOUR_MS);
    let now: string | undefined;
    failGitHub(({ path }) => {
      const repo = repos.find((one) => path.includes(one));
      now ??= repo;
      return repo === now
        ? undefined
        : { kind: "error", status: 429, message: "", headers: { "retry-after": "60" } };
    });
    await call();
    if (now !== undefined) answered.add(now);
  }
  failGitHub(undefined);
  clock.advance(HOUR_MS);
  expect([...answered].sort()).toEqual([...repos].sort());
});

/** Waits for a number of turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
