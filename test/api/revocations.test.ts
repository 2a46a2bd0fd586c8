/** POST …/roles/{role}/revocations: sessions end, stay ended, and the answers that the contract documents. */
import { DeleteRoleCommand, DeleteRolePolicyCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { underDeadline } from "../../src/aws/deadline.ts";
import type { components } from "../../src/generated/contract.ts";
import { reconcile } from "../../src/recovery/reconcile.ts";
import { takeBack } from "../../src/recovery/take-back.ts";
import { register } from "../../src/registration/register.ts";
import { revokeAll } from "../../src/registration/revoke-all.ts";
import type { RegistrationItem } from "../../src/registry/items.ts";
import { rollCall } from "../../src/roll-call/roll-call.ts";
import { awsClients, existingRole } from "../harness/aws.ts";
import { accessDenied, dropped, isRead, startEmbedded, writesOf } from "../harness/embedded.ts";
import { runs } from "../harness/properties.ts";
import { type RegistrationRequest, rolePath, uniqueName } from "../harness/rolecall.ts";
import { decide, type Policy } from "../package/iam.ts";

type History = components["schemas"]["HistoryPage"];

const { api, aws: embedded, callsOf, clock, services, trouble } = await startEmbedded();
const aws = awsClients();
const { iam } = aws;
const PolicyName = "rolecall-revocation";

async function registered(body: RegistrationRequest = {}, repo = uniqueName()) {
  const { roleArn } = (await api("PUT", rolePath(repo), { body })).registration();
  return { repo, path: rolePath(repo), roleArn, RoleName: roleArn.slice(roleArn.lastIndexOf("/") + 1) };
}
const revoke = (path: string, body?: object) => api("POST", `${path}/revocations`, { body });
const policyOf = async (roleArn: string) => (await existingRole(aws, roleArn)).inlinePolicies[PolicyName];
const checked = async (path: string) => {
  await api("POST", `${path}/drift-checks`);
  return (await api("GET", path)).registration().drift;
};
const historyOf = async (path: string): Promise<History["items"]> =>
  JSON.parse((await api("GET", `${path}/history`)).text).items;
/** Changes an item behind the API's back. */
async function change(repo: string, next: (item: RegistrationItem) => RegistrationItem) {
  const item = await services.registry.readRegistration({ owner: "acme", repo, role: "publish" });
  if (item === undefined) throw new Error("not registered");
  await services.registry.changeRegistration(item, item, () => next(item));
}
/** The time as IAM writes it, so many seconds after the clock's. */
const inSeconds = (seconds: number): string =>
  new Date(clock.now() + seconds * 1000).toISOString().replace(".000Z", "Z");

/** Returns what the policies of a role allow to a session, of each action that they name on each resource. */
async function allowedTo(roleArn: string, issuedAt: string): Promise<string[]> {
  const policies = Object.values((await existingRole(aws, roleArn)).inlinePolicies) as Policy[];
  const many = (value: string | readonly string[]) => (typeof value === "string" ? [value] : value);
  return policies
    .flatMap(({ Statement }) => Statement)
    .filter(({ Effect }) => Effect === "Allow")
    .flatMap(({ Action, Resource }) =>
      many(Action).flatMap((action) => many(Resource).map((resource) => ({ action, resource }))),
    )
    .filter(
      (asked) => decide(policies, { ...asked, context: { "aws:TokenIssueTime": issuedAt } }) === "allowed",
    )
    .map(({ action, resource }) => `${action} ${resource}`);
}

describe("a revocation", () => {
  test("200: the answer names the time 60 seconds after the write, and says that earlier jobs fail", async () => {
    const { path, roleArn } = await registered();
    const before = await api("GET", path);
    const answer = await revoke(path);
    expect(answer.status).toBe(200);
    const sessionsBefore = inSeconds(60);
    expect(answer.registration()).toEqual({
      ...before.registration(),
      revocation: {
        suspended: false,
        sessionsBefore,
        pending: false,
        detail: `AWS denies everything to sessions that were issued before ${sessionsBefore}, so jobs that start before then fail.`,
        at: new Date(clock.now()).toISOString(),
        by: "local",
      },
    });
    // The entity tag stands for the spec alone.
    expect(answer.headers["etag"]).toBe(before.headers["etag"]);
    expect((await api("GET", path)).registration()).toEqual(answer.registration());
    expect(await policyOf(roleArn)).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "EndSessions",
          Effect: "Deny",
          Action: "*",
          Resource: "*",
          Condition: { DateLessThan: { "aws:TokenIssueTime": sessionsBefore } },
        },
      ],
    });
  });

  test("a session that was issued before is denied everything, and one that is issued later is as before", async () => {
    const { path, roleArn, repo } = await registered();
    const issued = inSeconds(0);
    const usual = await allowedTo(roleArn, issued);
    expect(usual).toContain(`ecr:PutImage arn:aws:ecr:eu-central-1:123456789012:repository/acme/${repo}`);
    await revoke(path);
    expect(await allowedTo(roleArn, issued)).toEqual([]);
    expect(await allowedTo(roleArn, inSeconds(59))).toEqual([]);
    expect(await allowedTo(roleArn, inSeconds(60))).toEqual(usual);
  });

  test("the time is a whole second and never too early", async () => {
    const { path } = await registered();
    clock.advance(1);
    const { revocation } = (await revoke(path)).registration();
    expect(revocation?.sessionsBefore).toBe(
      new Date(clock.now() + 60_999).toISOString().replace(".000Z", "Z"),
    );
    clock.advance(999);
  });

  test("writes to IAM once, and that policy alone", async () => {
    const { path, RoleName } = await registered();
    const { calls } = await callsOf(() => revoke(path));
    const written = writesOf(calls).filter(({ service }) => service !== "dynamodb");
    expect(written).toMatchObject([{ action: "PutRolePolicy", request: { RoleName, PolicyName } }]);
  });

  test("again, it takes a later time; a retry is never earlier", async () => {
    const { path, roleArn } = await registered();
    await revoke(path);
    clock.advance(5_000);
    const answer = (await revoke(path)).registration();
    expect(answer.revocation?.sessionsBefore).toBe(inSeconds(60));
    expect(JSON.stringify(await policyOf(roleArn))).toContain(inSeconds(60));
    expect(await historyOf(path)).toMatchObject([
      {
        action: "revoked",
        by: "local",
        changes: [{ path: `/inlinePolicies/${PolicyName}`, effect: "narrows" }],
      },
      { action: "revoked", by: "local" },
      { action: "registered" },
    ]);
  });

  test("nothing differs afterwards, and the same PUT writes nothing", async () => {
    const { path, roleArn } = await registered();
    await revoke(path);
    const policy = await policyOf(roleArn);
    expect(await checked(path)).toMatchObject({ status: "in-sync", changes: [] });
    const { result, calls } = await callsOf(() => api("PUT", path, { body: {} }));
    expect(result.registration().changes).toEqual([]);
    expect(writesOf(calls)).toEqual([]);
    expect(await policyOf(roleArn)).toEqual(policy);
  });

  test("another PUT, and a PUT after its role was lost, leave the sessions ended", async () => {
    const { path, roleArn, RoleName } = await registered();
    const { revocation } = (await revoke(path)).registration();
    const policy = await policyOf(roleArn);
    const wider = { trust: { branches: ["main", "release"] } };
    expect((await api("PUT", path, { body: wider })).registration().revocation).toEqual(revocation);
    expect(await policyOf(roleArn)).toEqual(policy);
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    expect((await api("PUT", path, { body: wider })).registration().changes).toMatchObject([
      { path: `/inlinePolicies/${PolicyName}`, effect: "narrows" },
    ]);
    expect(await policyOf(roleArn)).toEqual(policy);
  });

  const CHANGED = {
    "its removal": undefined,
    "an earlier time": { DateLessThan: { "aws:TokenIssueTime": "2026-11-23T06:00:00Z" } },
    "another condition": { StringEquals: { "aws:SourceVpc": "vpc-1" } },
  };
  test.each(Object.entries(CHANGED))(
    "%s is drift that widens, and a repair undoes it",
    async (_, Condition) => {
      const { path, roleArn, RoleName } = await registered();
      await revoke(path);
      const policy = await policyOf(roleArn);
      if (Condition === undefined) await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
      else {
        const statement = { Effect: "Deny", Action: "*", Resource: "*", Condition };
        const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
        await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
      }
      expect(await checked(path)).toMatchObject({
        status: "drifted",
        changes: [{ path: `/inlinePolicies/${PolicyName}`, effect: "widens", repairable: true }],
      });
      expect((await api("POST", `${path}/repairs`)).status).toBe(200);
      expect(await policyOf(roleArn)).toEqual(policy);
    },
  );

  test("a roll call puts it back where drift is to be repaired", async () => {
    const { path, roleArn, RoleName } = await registered({ onDrift: "repair" });
    await revoke(path);
    const policy = await policyOf(roleArn);
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    await rollCall(services);
    expect(await policyOf(roleArn)).toEqual(policy);
    expect((await api("GET", path)).registration().drift.status).toBe("repaired");
  });

  test("works where the last change of the registration was refused, which it leaves as it is", async () => {
    const { path, roleArn, repo } = await registered();
    const end = trouble({ action: "UpdateAssumeRolePolicy", mentions: repo, fault: accessDenied });
    expect((await api("PUT", path, { body: { trust: { branches: ["other"] } } })).status).toBe(502);
    const answer = (await revoke(path)).registration();
    end();
    expect(answer).toMatchObject({ status: "failed", revocation: { pending: false } });
    expect(await policyOf(roleArn)).toBeDefined();
    expect((await api("PUT", path, { body: { trust: { branches: ["other"] } } })).status).toBe(200);
    expect(await policyOf(roleArn)).toBeDefined();
    expect(await checked(path)).toMatchObject({ status: "in-sync" });
  });

  test("is in every export", async () => {
    const { path } = await registered();
    const { revocation } = (await revoke(path)).registration();
    for (const format of ["cloudformation", "terraform", "cli"]) {
      const { text } = await api("GET", `${path}/export?format=${format}`);
      for (const part of [PolicyName, "aws:TokenIssueTime", revocation?.sessionsBefore ?? "?"])
        expect(text).toContain(part);
    }
  });

  test("every PUT leaves room for the policy in IAM's quota of inline policies", async () => {
    const repo = uniqueName();
    const named = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        repository: `acme/${repo}/${String(index).padStart(2, "0")}${"x".repeat(220)}`,
      }));
    const withinQuota = async (count: number) =>
      (await api("PUT", `${rolePath(repo)}?dryRun=true`, { body: { ecr: named(count) } })).status === 200;
    let count = 1;
    while (count < 20 && (await withinQuota(count + 1))) count++;
    const { path } = await registered({ ecr: named(count) }, repo);
    expect((await revoke(path)).status).toBe(200);
  });
});

describe("a revocation that did not come to its end", () => {
  test("is told as pending, and the same request goes on with a later time", async () => {
    const { path, roleArn, repo } = await registered();
    const end = trouble({ action: "PutRolePolicy", mentions: repo, fault: accessDenied });
    const refused = await revoke(path);
    end();
    expect({ status: refused.status, aws: refused.problem().aws }).toMatchObject({
      status: 502,
      aws: { action: "PutRolePolicy", code: "AccessDenied" },
    });
    const { revocation, status } = (await api("GET", path)).registration();
    expect({ status, revocation }).toMatchObject({ status: "ready", revocation: { pending: true } });
    expect(revocation?.detail).toContain("repeat the request");
    clock.advance(5_000);
    const answer = (await revoke(path)).registration();
    expect(answer.revocation).toMatchObject({ pending: false, sessionsBefore: inSeconds(60) });
    expect(JSON.stringify(await policyOf(roleArn))).toContain(inSeconds(60));
  });

  test.each(["roll call", "repair", "PUT"])("is ended by a %s, with a later time", async (how) => {
    const { path, roleArn, repo } = await registered();
    const end = trouble({ action: "PutRolePolicy", mentions: repo, fault: accessDenied });
    await revoke(path);
    end();
    clock.advance(61_000);
    if (how === "roll call") await rollCall(services);
    if (how === "repair") await api("POST", `${path}/repairs`);
    if (how === "PUT") await api("PUT", path, { body: {} });
    expect((await api("GET", path)).registration().revocation).toMatchObject({
      pending: false,
      sessionsBefore: inSeconds(60),
    });
    expect(JSON.stringify(await policyOf(roleArn))).toContain(inSeconds(60));
    expect(await checked(path)).toMatchObject({ status: "in-sync" });
  });

  test("is not joined by a PUT or a repair while it is under way", async () => {
    const { path, repo } = await registered();
    await change(repo, (item) => ({
      ...item,
      revoking: true,
      leases: { another: clock.now() + 30_000 },
    }));
    for (const answer of [await api("PUT", path, { body: {} }), await api("POST", `${path}/repairs`)])
      expect({ status: answer.status, code: answer.problem().code }).toEqual({ status: 409, code: "busy" });
  });
});

describe("answers", () => {
  test("400: a path that is not canonical, and a body that is no JSON", async () => {
    const { status } = await api("POST", `${rolePath("app")}/revocations`, {
      rawPath: "/v1/repos/acme/x/../app/roles/publish/revocations",
    });
    expect(status).toBe(400);
  });

  test("404: nothing is registered under that name, or that spelling", async () => {
    const { repo } = await registered();
    for (const path of [rolePath(uniqueName()), rolePath(repo.toUpperCase())]) {
      const answer = await revoke(path);
      expect({ status: answer.status, code: answer.problem().code }).toEqual({
        status: 404,
        code: "not-registered",
      });
    }
  });

  test("409: another writer holds the lease, or it is half removed", async () => {
    const { repo, path } = await registered();
    await change(repo, (item) => ({ ...item, leases: { another: clock.now() + 30_000 } }));
    const busy = await revoke(path);
    expect({ status: busy.status, code: busy.problem().code }).toEqual({ status: 409, code: "busy" });
    expect(busy.headers["retry-after"]).toBe("30");
    await change(repo, (item) => ({ ...item, leases: {}, status: "removing" }));
    const removing = await revoke(path);
    expect({ status: removing.status, code: removing.problem().code }).toEqual({
      status: 409,
      code: "not-ready",
    });
  });

  test("413, 415: a body that is too long, or not declared as JSON", async () => {
    const { path } = await registered();
    const long = await revoke(path, { suspend: true, x: "x".repeat(70_000) });
    expect(long.status).toBe(413);
    const undeclared = await api("POST", `${path}/revocations`, { body: '{"suspend": true}' });
    expect(undeclared.status).toBe(415);
    expect((await api("GET", path)).registration().revocation).toBeUndefined();
  });

  test("422: another field, or a value that is none; nothing is written", async () => {
    const { path } = await registered();
    for (const body of [{ suspend: "yes" }, { before: "2026-11-23T06:00:00Z" }]) {
      const { result, calls } = await callsOf(() => revoke(path, body));
      expect(result.status).toBe(422);
      expect(calls.filter((call) => !isRead(call))).toEqual([]);
    }
  });

  test("503: AWS does not answer, and the same request goes on", async () => {
    const { path, repo } = await registered();
    const end = trouble({ action: "PutRolePolicy", mentions: repo, fault: dropped });
    const answer = await revoke(path);
    end();
    expect(answer.status).toBe(503);
    // The attempts that were not answered may still take effect, so the lease runs out before anybody writes.
    expect((await revoke(path)).problem().code).toBe("busy");
    clock.advance(60_000);
    expect((await revoke(path)).registration().revocation?.sessionsBefore).toBe(inSeconds(60));
    expect(embedded.calls.length).toBeGreaterThan(0);
  });
});

describe("a suspension", () => {
  const suspend = (path: string, suspended = true) => revoke(path, { suspend: suspended });

  test("denies everything to every session, whenever it was issued, until it ends", async () => {
    const { path, roleArn } = await registered();
    const usual = await allowedTo(roleArn, inSeconds(0));
    const answer = (await suspend(path)).registration();
    expect(answer.revocation).toEqual({
      suspended: true,
      pending: false,
      detail: expect.stringContaining('all jobs fail until POST …/revocations {"suspend": false}'),
      at: new Date(clock.now()).toISOString(),
      by: "local",
    });
    for (const seconds of [-3600, 0, 60, 86_400])
      expect(await allowedTo(roleArn, inSeconds(seconds))).toEqual([]);
    const assumedMeanwhile = inSeconds(10);
    clock.advance(20_000);
    expect((await suspend(path, false)).registration().revocation).toMatchObject({
      suspended: false,
      sessionsBefore: inSeconds(60),
    });
    expect(await allowedTo(roleArn, assumedMeanwhile)).toEqual([]);
    expect(await allowedTo(roleArn, inSeconds(60))).toEqual(usual);
    expect((await historyOf(path)).map(({ action }) => action)).toEqual([
      "resumed",
      "suspended",
      "registered",
    ]);
  });

  test("409 suspended: takes no PUT and no dry run, not even of what is registered; nothing is written", async () => {
    const { path } = await registered();
    await suspend(path);
    for (const [query, body] of [
      ["", {}],
      ["", { trust: { branches: ["other"] } }],
      ["?dryRun=true", {}],
      ["?revoke=true", {}],
    ] as const) {
      const { result, calls } = await callsOf(() => api("PUT", `${path}${query}`, { body }));
      const { code, detail } = result.problem();
      expect({ status: result.status, code }).toEqual({ status: 409, code: "suspended" });
      expect(detail).toContain('/revocations {"suspend": false}, then repeat the PUT');
      expect(writesOf(calls)).toEqual([]);
    }
    await suspend(path, false);
    expect((await api("PUT", path, { body: { trust: { branches: ["other"] } } })).status).toBe(200);
  });

  test("a PUT that was planned before cannot undo it", async () => {
    const { path, roleArn, repo } = await registered();
    const before = await services.registry.readRegistration({ owner: "acme", repo, role: "publish" });
    await suspend(path);
    const { registry } = services;
    const stale = {
      ...services,
      registry: {
        ...registry,
        readAll: async (...args: Parameters<typeof registry.readAll>) => ({
          ...(await registry.readAll(...args)),
          registration: before,
        }),
      },
    };
    const put = {
      key: { owner: "acme", repo, role: "publish" },
      request: { trust: { branches: ["other"] } },
      precondition: {},
      dryRun: false,
      caller: "test",
    };
    expect(await register(stale, put)).toMatchObject({ failure: "suspended" });
    expect(await allowedTo(roleArn, inSeconds(3600))).toEqual([]);
  });

  test("is in sync, is repaired where AWS has lost it, and its end without one changes nothing", async () => {
    const { path, roleArn, RoleName } = await registered();
    const unchanged = await callsOf(() => suspend(path, false));
    expect(unchanged.result.registration().revocation).toBeUndefined();
    expect(writesOf(unchanged.calls)).toEqual([]);
    await suspend(path);
    const policy = await policyOf(roleArn);
    expect(await checked(path)).toMatchObject({ status: "in-sync" });
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    expect(await checked(path)).toMatchObject({ status: "drifted", changes: [{ effect: "widens" }] });
    expect((await api("POST", `${path}/repairs`)).status).toBe(200);
    expect(await policyOf(roleArn)).toEqual(policy);
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    // To suspend once more, or to revoke, puts it back too.
    const { revocation } = (await revoke(path)).registration();
    expect(revocation).toMatchObject({ suspended: true });
    expect(await policyOf(roleArn)).toEqual(policy);
  });

  test("DELETE works, and removes the policy that denies after all that allows", async () => {
    const { path } = await registered();
    await suspend(path);
    const { result, calls } = await callsOf(() => api("DELETE", path));
    expect(result.status).toBe(200);
    const removed = writesOf(calls).filter(({ service }) => service === "iam");
    expect(removed.map(({ action, request }) => `${action} ${request["PolicyName"] ?? ""}`)).toEqual([
      "DeleteRolePolicy rolecall-ecr",
      `DeleteRolePolicy ${PolicyName}`,
      "DeleteRole ",
    ]);
  });

  test("a role that is made again denies before it allows", async () => {
    const { path, RoleName } = await registered();
    await suspend(path);
    for (const name of ["rolecall-ecr", PolicyName])
      await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: name }));
    await iam.send(new DeleteRoleCommand({ RoleName }));
    const { calls } = await callsOf(() => api("POST", `${path}/repairs`));
    const put = calls
      .filter(({ action }) => action === "PutRolePolicy")
      .map(({ request }) => request["PolicyName"]);
    expect(put).toEqual([PolicyName, "rolecall-ecr"]);
  });

  test("explanations, the workflow and the page say that its jobs fail", async () => {
    const { path, RoleName } = await registered();
    const { subjects } = (await api("GET", path)).registration();
    const explained = async () =>
      JSON.parse((await api("POST", `${path}/explanations`, { body: { sub: subjects[0] } })).text);
    expect(await explained()).toMatchObject({ allowed: true });
    await suspend(path);
    expect(await explained()).toMatchObject({
      allowed: false,
      remedy: expect.stringMatching(/then denies it everything.*suspended.*\{"suspend": false\}/),
    });
    const [first] = (await api("GET", `${path}/workflow`)).text.split("\n");
    expect(first).toMatch(/^# The role is suspended: .*all jobs fail/);
    const page = await api("GET", path, { headers: { accept: "text/html" } });
    expect(page.text).toContain("<strong>Suspended</strong>");
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    expect(await explained()).toMatchObject({
      allowed: true,
      remedy: expect.stringMatching(/AWS no longer has the policy .*repairs/),
    });
    await suspend(path, false);
    expect(await explained()).toMatchObject({
      allowed: false,
      remedy: expect.stringContaining(`Start the job after that time`),
    });
    clock.advance(60_000);
    expect(await explained()).toMatchObject({ allowed: true });
    expect((await api("GET", `${path}/workflow`)).text).not.toContain("suspended");
  });
});

describe("a PUT with ?revoke=true", () => {
  test("writes the narrowed trust first and the policy that denies last; the time counts from then", async () => {
    const { path, roleArn } = await registered({ trust: { branches: ["main", "release"] } });
    const { result, calls } = await callsOf(() =>
      api("PUT", `${path}?revoke=true`, { body: { maxSessionSeconds: 7200, trust: { branches: ["main"] } } }),
    );
    const written = writesOf(calls).filter(({ service }) => service === "iam");
    expect(written.map(({ action }) => action)).toEqual([
      "UpdateAssumeRolePolicy",
      "UpdateRole",
      "PutRolePolicy",
    ]);
    expect(result.registration()).toMatchObject({
      status: "ready",
      revocation: { suspended: false, pending: false, sessionsBefore: inSeconds(60) },
      changes: [
        { path: "/trustPolicy", effect: "narrows" },
        { path: `/inlinePolicies/${PolicyName}`, effect: "narrows" },
        { path: "/maxSessionSeconds" },
      ],
    });
    expect(await allowedTo(roleArn, inSeconds(59))).toEqual([]);
    expect(await allowedTo(roleArn, inSeconds(60))).not.toEqual([]);
    expect(await historyOf(path)).toMatchObject([
      { action: "updated", changes: [{}, { expected: await policyOf(roleArn) }, {}] },
      { action: "registered" },
    ]);
    expect(await checked(path)).toMatchObject({ status: "in-sync" });
  });

  test("of what is registered already ends its sessions; a dry run shows it and writes nothing", async () => {
    const { path, roleArn } = await registered();
    const { result, calls } = await callsOf(() =>
      api("PUT", `${path}?dryRun=true&revoke=true`, { body: {} }),
    );
    expect(result.registration()).toMatchObject({
      dryRun: true,
      revocation: { sessionsBefore: inSeconds(60), pending: false },
      changes: [{ path: `/inlinePolicies/${PolicyName}` }],
    });
    expect(writesOf(calls)).toEqual([]);
    expect(await policyOf(roleArn)).toBeUndefined();
    const answer = (await api("PUT", `${path}?revoke=true`, { body: {} })).registration();
    expect(answer).toMatchObject({ version: 1, revocation: { sessionsBefore: inSeconds(60) } });
    expect(await policyOf(roleArn)).toBeDefined();
  });

  test("of what is new ends nothing: there are no sessions", async () => {
    const answer = await api("PUT", `${rolePath(uniqueName())}?revoke=true`, { body: {} });
    expect(answer.status).toBe(201);
    expect(answer.registration().revocation).toBeUndefined();
  });
});

describe("all roles of a repository", () => {
  type Result = components["schemas"]["RepositoryRevocation"];
  const revokeAllOf = async (repo: string, body?: object) => {
    const answer = await api("POST", `/v1/repos/acme/${repo}/revocations`, { body });
    return { status: answer.status, result: JSON.parse(answer.text) as Result };
  };
  async function three() {
    const repo = uniqueName();
    for (const role of ["one", "three", "two"]) await api("PUT", rolePath(repo, role), { body: {} });
    return repo;
  }

  test("200: each role is revoked or suspended, and the same again is no fault", async () => {
    const repo = await three();
    for (const [body, suspended] of [
      [{}, false],
      [{ suspend: true }, true],
      [{ suspend: true }, true],
      [{ suspend: false }, false],
      [{ suspend: false }, false],
    ] as const) {
      const { status, result } = await revokeAllOf(repo, body);
      expect(status).toBe(200);
      expect(result).toMatchObject({ owner: "acme", repo, complete: true });
      expect(result.roles.map(({ role, done }) => ({ role, done }))).toEqual(
        ["one", "three", "two"].map((role) => ({ role, done: true })),
      );
      for (const { role, revocation } of result.roles) {
        expect(revocation?.suspended).toBe(suspended);
        expect((await api("GET", rolePath(repo, role))).registration().revocation).toEqual(revocation);
      }
    }
  });

  test("the failure of one role is told as its own and stops no other; the same again does the rest", async () => {
    const repo = await three();
    const { roleArn } = (await api("GET", rolePath(repo, "three"))).registration();
    const end = trouble({
      action: "PutRolePolicy",
      mentions: roleArn.slice(roleArn.lastIndexOf("/") + 1),
      fault: accessDenied,
    });
    const { status, result } = await revokeAllOf(repo, { suspend: true });
    end();
    expect({ status, complete: result.complete }).toEqual({ status: 200, complete: false });
    expect(result.roles).toMatchObject([
      { role: "one", done: true },
      { role: "three", done: false, problem: { code: "aws-refused", aws: { action: "PutRolePolicy" } } },
      { role: "two", done: true },
    ]);
    expect(JSON.stringify(result)).not.toContain("secret detail");
    expect((await revokeAllOf(repo, { suspend: true })).result.complete).toBe(true);
  });

  test("what the time does not suffice for is told role by role, in time", async () => {
    const repo = await three();
    const end = trouble({ action: "GetRole", mentions: repo, fault: { kind: "latency", ms: 600_000 } });
    const result = await underDeadline(clock.now() + 3_100, () =>
      revokeAll(services, { owner: "acme", repo }, {}, "test"),
    );
    end();
    expect(result).toMatchObject({
      complete: false,
      roles: ["one", "three", "two"].map((role) => ({
        role,
        done: false,
        problem: { aws: { code: "OutOfTime" } },
      })),
    });
    clock.advance(60_000);
    expect((await revokeAllOf(repo)).result.complete).toBe(true);
  });

  test("404: a repository without a role, or under another spelling", async () => {
    const repo = await three();
    for (const name of [uniqueName(), repo.toUpperCase()]) {
      const answer = await api("POST", `/v1/repos/acme/${name}/revocations`, { body: { suspend: true } });
      expect(answer.problem()).toMatchObject({
        status: 404,
        code: "not-registered",
        detail: expect.stringContaining("Spell the names as GitHub does"),
      });
    }
  });

  test("400, 413, 415, 422: what is no such request", async () => {
    const path = "/v1/repos/acme/app/revocations";
    const raw = await api("POST", path, { rawPath: "/v1/repos/acme/x/../app/revocations" });
    expect(raw.status).toBe(400);
    expect((await api("POST", path, { body: { x: "x".repeat(70_000) } })).status).toBe(413);
    expect((await api("POST", path, { body: "{}" })).status).toBe(415);
    expect((await api("POST", path, { body: { suspend: 1 } })).status).toBe(422);
  });

  test("503: the table does not answer", async () => {
    const repo = await three();
    const end = trouble({ service: "dynamodb", action: "Query", mentions: repo, fault: dropped });
    const answer = await api("POST", `/v1/repos/acme/${repo}/revocations`);
    end();
    expect(answer.status).toBe(503);
  });

  test("502: the table refuses", async () => {
    const repo = await three();
    const end = trouble({ service: "dynamodb", action: "Query", mentions: repo, fault: accessDenied });
    const answer = await api("POST", `/v1/repos/acme/${repo}/revocations`);
    end();
    expect(answer.status).toBe(502);
  });
});

test("a role that is taken back after the table was lost keeps its sessions ended", async () => {
  for (const body of [{}, { suspend: true }]) {
    const { path, repo, roleArn } = await registered();
    const { revocation } = (await revoke(path, body)).registration();
    const policy = await policyOf(roleArn);
    const item = await services.registry.readRegistration({ owner: "acme", repo, role: "publish" });
    if (item === undefined) throw new Error("not registered");
    await services.registry.deleteRegistration(item);
    const { unrecorded } = await reconcile(services, "operator");
    const found = unrecorded.find((one) => one.roleArn === roleArn);
    if (found === undefined || !("put" in found)) throw new Error(JSON.stringify(found));
    await takeBack(services, found.put);
    expect(await policyOf(roleArn)).toEqual(policy);
    expect((await api("GET", path)).registration().revocation).toMatchObject({
      suspended: revocation?.suspended,
      by: "operator",
    });
  }
});

test("in whatever order it is registered, revoked, suspended and tampered with, an ended session stays ended", async () => {
  const usual = (path: string, branch: string, revoked = "") =>
    api("PUT", `${path}${revoked}`, { body: { trust: { branches: [branch] } } });
  const STEPS = [
    "PUT",
    "PUT revoke",
    "revoke",
    "refused revoke",
    "suspend",
    "resume",
    "tamper",
    "repair",
  ] as const;
  const seen = { steps: 0, ended: 0, suspended: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...STEPS), { minLength: 3, maxLength: 8 }), async (steps) => {
      const { path, roleArn, RoleName } = await registered();
      const issued = inSeconds(0);
      let isEnded = false;
      let isTampered = false;
      for (const [index, step] of steps.entries()) {
        clock.advance(61_000);
        seen.steps++;
        if (step === "PUT") await usual(path, `branch-${index}`);
        if (step === "PUT revoke") await usual(path, `branch-${index}`, "?revoke=true");
        if (step === "revoke") await revoke(path);
        if (step === "suspend") await revoke(path, { suspend: true });
        if (step === "resume") await revoke(path, { suspend: false });
        if (step === "repair") await api("POST", `${path}/repairs`);
        if (step === "refused revoke") {
          const end = trouble({ action: "PutRolePolicy", mentions: RoleName, fault: accessDenied });
          await revoke(path);
          end();
        }
        if (step === "tamper") {
          await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })).catch(() => {});
          isTampered = true;
        }
        // A PUT of another trust writes what differs, a suspended registration takes none.
        const { revocation } = (await api("GET", path)).registration();
        const isSuspended = revocation?.suspended === true;
        const puts = step === "PUT" || step === "PUT revoke" || step === "revoke" || step === "suspend";
        if ((puts && !(isSuspended && step.startsWith("PUT"))) || step === "repair") isTampered = false;
        isEnded ||= revocation !== undefined;
        if (isTampered || revocation?.pending) continue;
        if (isEnded) expect(await allowedTo(roleArn, issued), steps.join()).toEqual([]);
        const later = await allowedTo(roleArn, inSeconds(60));
        expect(later.length > 0, steps.join()).toBe(!isSuspended);
        if (isEnded) seen.ended++;
        if (isSuspended) seen.suspended++;
      }
      // A repair finishes all unfinished work. Afterwards nothing differs.
      await api("POST", `${path}/repairs`);
      expect(await checked(path), steps.join()).toMatchObject({ status: "in-sync" });
      expect((await api("GET", path)).registration().revocation?.pending ?? false).toBe(false);
      if (isEnded) expect(await allowedTo(roleArn, issued), steps.join()).toEqual([]);
    }),
    { numRuns: runs(8) },
  );
  expect(seen.ended).toBeGreaterThan(0);
  expect(seen.suspended).toBeGreaterThan(0);
}, 600_000);
