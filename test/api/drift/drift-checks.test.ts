/** POST …/drift-checks and …/repairs: every answer that the contract documents. */
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import type { components } from "../../../src/generated/contract.ts";
import type { RegistrationItem } from "../../../src/registry/items.ts";
import { awsClients, existingRole } from "../../harness/aws.ts";
import { accessDenied, dropped, startEmbedded } from "../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../harness/rolecall.ts";

type Drift = components["schemas"]["Drift"];

const { api, clock, services, trouble } = await startEmbedded();
const { iam } = awsClients();
const ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess";

async function registered() {
  const repo = uniqueName();
  const { roleArn } = (await api("PUT", rolePath(repo), { body: {} })).registration();
  return { repo, path: rolePath(repo), RoleName: roleArn.slice(roleArn.lastIndexOf("/") + 1) };
}
async function change(repo: string, next: (item: RegistrationItem) => RegistrationItem) {
  const item = await services.registry.readRegistration({ owner: "acme", repo, role: "publish" });
  if (item === undefined) throw new Error("not registered");
  await services.registry.changeRegistration(item, item, () => next(item));
}
const driftOf = ({ status, text }: { status: number; text: string }): { status: number; drift: Drift } => ({
  status,
  drift: JSON.parse(text),
});

describe.each(["drift-checks", "repairs"] as const)("%s", (what) => {
  test("200: a role that is as registered is in sync", async () => {
    const { path } = await registered();
    const answer = driftOf(await api("POST", `${path}/${what}`));
    const drift = { status: "in-sync", checkedAt: new Date(clock.now()).toISOString(), changes: [] };
    expect(answer).toEqual({ status: 200, drift });
    expect((await api("GET", path)).registration().drift).toEqual(drift);
  });

  test("200: drifted, or put right", async () => {
    const { path, RoleName } = await registered();
    const etag = (await api("GET", path)).headers["etag"];
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: ADMIN }));
    const { drift } = driftOf(await api("POST", `${path}/${what}`));
    expect(drift).toMatchObject({
      status: what === "repairs" ? "repaired" : "drifted",
      changes: [{ effect: "widens", repairable: true, expected: null, actual: ADMIN }],
    });
    const { attachedPolicyArns } = await existingRole({ iam } as never, RoleName);
    expect(attachedPolicyArns).toEqual(what === "repairs" ? [] : [ADMIN]);
    const after = await api("GET", path);
    expect(after.registration().drift).toEqual(drift);
    // The ETag stands for the spec alone.
    expect(after.headers["etag"]).toBe(etag);
  });

  test("400: a path that is not canonical", async () => {
    const { status } = await api("POST", `${rolePath("app")}/${what}`, {
      rawPath: `/v1/repos/acme/x/../app/roles/publish/${what}`,
    });
    expect(status).toBe(400);
  });

  test("404: nothing is registered under that name, or that spelling", async () => {
    const { repo } = await registered();
    for (const path of [rolePath(uniqueName()), rolePath(repo.toUpperCase())]) {
      const answer = await api("POST", `${path}/${what}`);
      expect({ status: answer.status, code: answer.problem().code }).toEqual({
        status: 404,
        code: "not-registered",
      });
    }
  });

  test("409: it is being changed", async () => {
    const { repo, path } = await registered();
    await change(repo, (item) => ({
      ...item,
      desired: { ...item.desired, subjects: ["another intent"] },
      leases: { another: clock.now() + 30_000 },
    }));
    const answer = await api("POST", `${path}/drift-checks`);
    expect({ status: answer.status, code: answer.problem().code }).toEqual({ status: 409, code: "busy" });
    expect(answer.headers["retry-after"]).toBe("30");
  });

  test("409: it is half removed", async () => {
    const { repo, path } = await registered();
    await change(repo, (item) => ({ ...item, status: "removing" }));
    const answer = await api("POST", `${path}/${what}`);
    expect({ status: answer.status, code: answer.problem().code }).toEqual({
      status: 409,
      code: "not-ready",
    });
  });

  test("422: a name that none is", async () => {
    expect((await api("POST", `${rolePath("app", "Not_a_role")}/${what}`)).status).toBe(422);
  });

  test("502: AWS refuses", async () => {
    const { path, RoleName } = await registered();
    const end = trouble({ action: "GetRole", mentions: RoleName, fault: accessDenied });
    const answer = await api("POST", `${path}/${what}`);
    end();
    expect(answer.status).toBe(502);
    expect(answer.problem().aws).toMatchObject({ service: "iam", action: "GetRole", code: "AccessDenied" });
    expect(answer.text).not.toContain("secret detail");
    expect((await api("POST", `${path}/${what}`)).status).toBe(200);
  });

  test("503: AWS does not answer", async () => {
    const { path, RoleName } = await registered();
    const end = trouble({ action: "GetRole", mentions: RoleName, fault: dropped });
    const answer = await api("POST", `${path}/${what}`);
    end();
    expect(answer.status).toBe(503);
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
  });
});

describe("repairs", () => {
  test("a repair carries on a registration that did not come to its end; a check refuses it", async () => {
    const repo = uniqueName();
    const end = trouble({ action: "CreateRole", mentions: repo, fault: accessDenied });
    expect((await api("PUT", rolePath(repo), { body: {} })).status).toBe(502);
    end();
    expect((await api("POST", `${rolePath(repo)}/drift-checks`)).problem().code).toBe("not-ready");
    expect(driftOf(await api("POST", `${rolePath(repo)}/repairs`))).toMatchObject({ status: 200 });
    expect((await api("GET", rolePath(repo))).registration().status).toBe("ready");
  });

  test("a role of another path with our name is refused, and left alone", async () => {
    const { path, RoleName } = await registered();
    const { trustPolicy } = await existingRole({ iam } as never, RoleName);
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "rolecall-ecr" }));
    await iam.send(new DeleteRoleCommand({ RoleName }));
    const AssumeRolePolicyDocument = JSON.stringify(trustPolicy);
    await iam.send(new CreateRoleCommand({ RoleName, Path: "/theirs/", AssumeRolePolicyDocument }));
    const before = await existingRole({ iam } as never, RoleName);
    const answer = await api("POST", `${path}/repairs`);
    expect({ status: answer.status, code: answer.problem().code }).toEqual({
      status: 409,
      code: "role-not-ours",
    });
    expect(await existingRole({ iam } as never, RoleName)).toEqual(before);
  });

  test("what was put right stands in the history, with who asked", async () => {
    const { path, RoleName } = await registered();
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: ADMIN }));
    await api("POST", `${path}/repairs`);
    await api("POST", `${path}/repairs`);
    const { items } = JSON.parse((await api("GET", `${path}/history`)).text);
    expect(items.map(({ by, action }: { by: string; action: string }) => ({ by, action }))).toEqual([
      { by: "local", action: "repaired" },
      { by: "local", action: "registered" },
    ]);
  });
});
