/** POST …/roles/{role}/revocations ends the sessions of a role, and they stay ended. */
import { DeleteRolePolicyCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { rollCall } from "../../../src/roll-call/roll-call.ts";
import { accessDenied, writesOf } from "../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../harness/rolecall.ts";
import { PolicyName, startForRevocations } from "./start.ts";

const {
  allowedTo,
  api,
  callsOf,
  change,
  checked,
  clock,
  historyOf,
  iam,
  inSeconds,
  policyOf,
  registered,
  revoke,
  services,
  trouble,
} = await startForRevocations();

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
