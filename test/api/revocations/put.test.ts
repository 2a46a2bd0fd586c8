/** PUT …/roles/{role}?revoke=true registers and revokes in one request. */
import { describe, expect, test } from "vitest";
import { writesOf } from "../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../harness/rolecall.ts";
import { PolicyName, startForRevocations } from "./start.ts";

const { allowedTo, api, callsOf, checked, historyOf, inSeconds, policyOf, registered } =
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

  test("of what is new ends nothing: there are no sessions", async () => {
    const answer = await api("PUT", `${rolePath(uniqueName())}?revoke=true`, { body: {} });
    expect(answer.status).toBe(201);
    expect(answer.registration().revocation).toBeUndefined();
  });
});
