/** PUT …/roles/{role}?revoke=true registers and revokes in one request. */
import { describe, expect, test } from "vitest";
import { rollCall } from "../../../src/roll-call/roll-call.ts";
import { accessDenied, namesOf, writesOf } from "../../harness/embedded.ts";
import { type RegistrationRequest, rolePath, uniqueName } from "../../harness/rolecall.ts";
import { PolicyName, startForRevocations } from "./start.ts";

const {
  allowedTo,
  api,
  callsOf,
  checked,
  clock,
  historyOf,
  inSeconds,
  policyOf,
  registered,
  services,
  trouble,
} = await startForRevocations();

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

  /** Sends a PUT that ends the sessions. ECR refuses one of its writes until `end` is called. */
  async function halfRefused(onDrift: "report" | "repair") {
    const { path, repo, roleArn } = await registered();
    const body: RegistrationRequest = {
      onDrift,
      trust: { branches: ["main"] },
      ecr: [{ repository: `acme/${repo}`, access: "push", settings: { scanOnPush: false } }],
    };
    const refused = { service: "ecr", action: "PutImageScanningConfiguration", mentions: repo } as const;
    const end = trouble({ ...refused, fault: accessDenied });
    const answer = await api("PUT", `${path}?revoke=true`, { body });
    expect(answer.status).toBe(502);
    return { path, roleArn, body, end, ended: inSeconds(60) };
  }

  test("ends the sessions even if ECR refuses a write; the registration and its history say so", async () => {
    const { path, roleArn, end, ended } = await halfRefused("report");
    end();
    expect(await allowedTo(roleArn, inSeconds(59))).toEqual([]);
    expect(await allowedTo(roleArn, inSeconds(60))).not.toEqual([]);
    expect((await api("GET", path)).registration()).toMatchObject({
      status: "failed",
      lastError: { detail: expect.stringContaining("PutImageScanningConfiguration") },
      revocation: { pending: false, sessionsBefore: ended },
    });
    // Two of the entries have the same time here, so their order is open.
    const history = await historyOf(path);
    expect(history.map(({ action }) => action).sort()).toEqual(["failed", "registered", "revoked"]);
    const change = expect.objectContaining({ expected: await policyOf(roleArn), effect: "narrows" });
    const revoked = { action: "revoked", by: "local", changes: [change] };
    expect(history).toContainEqual(expect.objectContaining(revoked));
  });

  test("ends the sessions even if the table fails while ECR is written", async () => {
    const { path, repo, roleArn } = await registered();
    const body: RegistrationRequest = {
      ecr: [{ repository: `acme/${repo}`, access: "push", settings: { scanOnPush: false } }],
    };
    const end = trouble({
      service: "dynamodb",
      mentions: `/acme/${repo}"`,
      action: "PutItem",
      fault: accessDenied,
    });
    const { result, calls } = await callsOf(() => api("PUT", `${path}?revoke=true`, { body }));
    end();
    expect(result.status).toBe(502);
    expect(namesOf(writesOf(calls), "iam")).toEqual(["iam:PutRolePolicy"]);
    expect(await allowedTo(roleArn, inSeconds(59))).toEqual([]);
    expect((await api("GET", path)).registration().revocation).toMatchObject({ pending: false });
  });

  test("ends the sessions again if it is sent again after ECR's refusal", async () => {
    const { path, body, end } = await halfRefused("report");
    end();
    clock.advance(5_000);
    expect((await api("PUT", `${path}?revoke=true`, { body })).registration()).toMatchObject({
      status: "ready",
      revocation: { pending: false, sessionsBefore: inSeconds(60) },
    });
    expect(await checked(path)).toMatchObject({ status: "in-sync" });
  });

  test.each([
    ["the same PUT without `revoke`", "report", (path: string, body: object) => api("PUT", path, { body })],
    ["a repair", "report", (path: string) => api("POST", `${path}/repairs`)],
    ["a roll call that repairs", "repair", () => rollCall(services)],
  ] as const)("keeps its time while %s completes what ECR refused", async (...given) => {
    const [, onDrift, complete] = given;
    const { path, body, end, ended } = await halfRefused(onDrift);
    clock.advance(3_600_000);
    await complete(path, body);
    end();
    clock.advance(3_600_000);
    await complete(path, body);
    expect((await api("GET", path)).registration()).toMatchObject({
      status: "ready",
      revocation: { pending: false, sessionsBefore: ended },
    });
    expect((await api("POST", `${path}/drift-checks`)).status).toBe(200);
    expect((await api("GET", path)).registration().drift.status).not.toBe("drifted");
  });

  test("of what is new ends nothing: there are no sessions", async () => {
    const answer = await api("PUT", `${rolePath(uniqueName())}?revoke=true`, { body: {} });
    expect(answer.status).toBe(201);
    expect(answer.registration().revocation).toBeUndefined();
  });
});
