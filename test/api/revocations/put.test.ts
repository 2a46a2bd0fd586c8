/** PUT …/roles/{role}?revoke=true registers and revokes in one request. */
import { describe, expect, test } from "vitest";
import { accessDenied, writesOf } from "../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../harness/rolecall.ts";
import { PolicyName, startForRevocations } from "./start.ts";

const { allowedTo, api, callsOf, checked, clock, historyOf, inSeconds, policyOf, registered, trouble } =
  await startForRevocations();

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

  test("ends the sessions even if ECR refuses its part; the same PUT then completes it", async () => {
    const { path, repo, roleArn } = await registered();
    const body = {
      trust: { branches: ["main"] },
      ecr: [{ repository: `acme/${repo}`, access: "push", settings: { scanOnPush: false } }],
    } as const;
    const end = trouble({ service: "ecr", action: "PutImageScanningConfiguration", fault: accessDenied });
    const answer = await api("PUT", `${path}?revoke=true`, { body });
    end();
    expect(answer.status).toBe(502);
    expect(await allowedTo(roleArn, inSeconds(59))).toEqual([]);
    expect(await allowedTo(roleArn, inSeconds(60))).not.toEqual([]);
    const { status, revocation } = (await api("GET", path)).registration();
    expect([status, revocation?.pending, revocation?.sessionsBefore]).toEqual([
      "failed",
      true,
      inSeconds(60),
    ]);
    clock.advance(5_000);
    const again = (await api("PUT", `${path}?revoke=true`, { body })).registration();
    expect(again).toMatchObject({
      status: "ready",
      revocation: { pending: false, sessionsBefore: inSeconds(60) },
    });
    expect(await checked(path)).toMatchObject({ status: "in-sync" });
  });

  test("of what is new ends nothing: there are no sessions", async () => {
    const answer = await api("PUT", `${rolePath(uniqueName())}?revoke=true`, { body: {} });
    expect(answer.status).toBe(201);
    expect(answer.registration().revocation).toBeUndefined();
  });
});
