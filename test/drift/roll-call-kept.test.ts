/** What a roll call leaves behind when it is not alone, and not everything goes well. */
import { expect, test } from "vitest";
import { rollCall, UNLIMITED } from "../../src/drift/roll-call.ts";
import { accessDenied } from "../harness/embedded.ts";
import { rolePath, uniqueName } from "../harness/rolecall.ts";
import { HOUR_MS, startWorld } from "./roll-call-world.ts";

process.env["ROLECALL_ALLOW"] = "owner-wide";
const world = await startWorld();
const { api, aws, call, clock, failGitHub, itemOf, open, register, services, trouble } = world;
const driftOf = async (repo: string) => (await api("GET", rolePath(repo))).registration().drift;

test.each([
  ["two repositories an hour", () => 2],
  ["two in one hour, and nothing in the next", (hour: number) => (hour % 2 === 0 ? 2 : 0)],
  ["one, and nothing in the next two", (hour: number) => (hour % 3 === 0 ? 1 : 0)],
])("when GitHub answers about %s, each repository has its turn", async (_, limitOf) => {
  const repos: string[] = [];
  for (let count = 0; count < 5; count++) repos.push(await register("report", "turn"));
  const answered = new Set<string>();
  // Those of the rows before have their turn as well.
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

test("what one roll call misses was checked when the one before said so", async () => {
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

test("what was made at the first attempt of a roll call is no change at the next", async () => {
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

test("a list that is read while a roll call ends does not say in sync of what that has found", async () => {
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

  /** Resolves once the page has been answered, or waits for this one. */
  async function pageRead(): Promise<void> {
    const isRead = () => aws.calls.slice(before).some(({ action }) => action === "Query");
    for (let turn = 0; turn < 1000 && !isRead(); turn++) await turns(1);
  }
});

test("a save that was refused ends the roll call, without a trace of an end that it did not have", async () => {
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

test("a roll call that an earlier version has begun goes on", async () => {
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

test("who leaves a roll call to another leaves no reads under way", async () => {
  clock.advance(HOUR_MS);
  const { finishedAt: _, ...ended } = await call();
  const begun = { ...ended, id: `${ended.id}0`, status: "running", kept: { missed: {} } } as const;
  await services.registry.saveRollCall(begun);
  // Both have read it as requested.
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

test("each has its turn when roll calls are handed on, too, and what one asks about it judges", async () => {
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
    // Half of them in each invocation, at most.
    const short = { remaining: () => 59_999, chunk: 12 };
    let part = await rollCall(services, short);
    for (let rounds = 0; part.status === "running" && rounds < 10; rounds++)
      part = await rollCall(services, short, part);
    expect(part.status).toBe("finished");
    const { checked, waiting, failed } = part.counts;
    let registered = 0;
    for await (const _ of services.registry.everyRegistration()) registered++;
    expect(checked + waiting + failed, "each is judged once").toBe(registered);
    if (only !== undefined) answered.add(only);
  }
  failGitHub(undefined);
  clock.advance(HOUR_MS);
  expect(repos.filter((repo) => !answered.has(repo))).toEqual([]);
});

test("GitHub is not asked about what is not judged", async () => {
  const repo = await register("report", "busy");
  clock.advance(HOUR_MS);
  const item = await itemOf(repo);
  const leases = { somebody: clock.now() + 1000 };
  await services.registry.changeRegistration(item, item, () => ({ ...item, leases }));
  const before = world.gitHubCalls.length;
  expect((await call()).counts.waiting).toBe(1);
  expect(JSON.stringify(world.gitHubCalls.slice(before))).not.toContain(repo);
});

test("a roll call that has ended stays so, though how it ended could not be noted", async () => {
  clock.advance(HOUR_MS);
  const refused = { kind: "error", status: 400, code: "AccessDeniedException", message: "" } as const;
  trouble({ action: "PutItem", mentions: '"RUN"', times: 1, phase: "after", fault: refused });
  await expect(call()).rejects.toThrow();
  expect((await services.registry.rollCalls(1)).at(0)?.status).toBe("finished");
  expect((await api("GET", "/v1/audit")).status).toBe(200);
});

test("what is being read of the account ends before a roll call that fails", async () => {
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

test("a registration of all repositories of an owner, of which GitHub is not asked, is not taken for its answer", async () => {
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

/** Waits until so many turns of the event loop are over. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
