/** A suspended role denies everything to every session until the suspension ends. */
import { DeleteRoleCommand, DeleteRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { register } from "../../../src/registration/register.ts";
import { namesOf, writesOf } from "../../harness/embedded.ts";
import { PolicyName, startForRevocations } from "./start.ts";

const {
  allowedTo,
  api,
  callsOf,
  checked,
  clock,
  historyOf,
  iam,
  inSeconds,
  policyOf,
  registered,
  revoke,
  services,
} = await startForRevocations();

describe("a suspension", () => {
  const suspend = (path: string, suspended = true) => revoke(path, { suspend: suspended });

  test("writes its policy even if the read shows it, because reads lag", async () => {
    const { path } = await registered();
    await suspend(path);
    const { calls } = await callsOf(() => suspend(path));
    expect(namesOf(writesOf(calls), "iam")).toEqual(["iam:PutRolePolicy"]);
  });

  test("denies everything to every session, whenever it was issued, until it ends", async () => {
    const { path, roleArn } = await registered();
    const usual = await allowedTo(roleArn, inSeconds(0));
    const answer = (await suspend(path)).registration();
    expect(answer.revocation).toEqual({
      suspended: true,
      pending: false,
      detail: expect.stringContaining('POST …/revocations {"suspend": false}'),
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
      expect(detail).toContain('/revocations {"suspend": false} with AWS credentials; then repeat the PUT');
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
