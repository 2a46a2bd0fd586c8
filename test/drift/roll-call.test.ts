/** Roll calls over time: counted repairs, events, half-done changes that they finish, and restarts after an early end. */

import { DeleteLifecyclePolicyCommand, ECRClient, PutLifecyclePolicyCommand } from "@aws-sdk/client-ecr";
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  PutRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import type { RegistrationItem } from "../../src/registry/items.ts";
import { check } from "../../src/roll-call/check.ts";
import { existingRole, roleInAws } from "../harness/aws.ts";
import { accessDenied, dropped, writesOf } from "../harness/embedded.ts";
import { rolePath, uniqueName } from "../harness/rolecall.ts";

import { DAY_MS, HOUR_MS, LEASE_MS, startWorld } from "./roll-call-world.ts";

const {
  ADMIN,
  api,
  call,
  callsOf,
  clock,
  close,
  cutOff,
  document,
  historyOf,
  iam,
  itemOf,
  key,
  open,
  register,
  roleOf,
  services,
  startAnother,
  statesTold,
  told,
  trouble,
} = await startWorld();

describe("scheduled repairs", () => {
  test("three repairs within a day make a role contested, until a person repairs it", async () => {
    const repo = await register("repair");
    await call();
    for (let round = 1; round <= 3; round++) {
      clock.advance(HOUR_MS);
      await open(repo);
      await call();
      expect((await itemOf(repo)).drift.status).toBe("repaired");
      expect((await existingRole({ iam } as never, await roleOf(repo))).attachedPolicyArns).toEqual([]);
    }
    for (let round = 1; round <= 3; round++) {
      clock.advance(HOUR_MS);
      if (round === 1) await open(repo);
      const { calls } = await callsOf(() => call());
      expect((await itemOf(repo)).drift.status).toBe("contested");
      expect(writesOf(calls).filter(({ service }) => service === "iam")).toEqual([]);
    }
    expect(statesTold(repo).filter((state) => state.endsWith("contested"))).toHaveLength(1);
    // A day later the role is still contested. Only a person ends that.
    clock.advance(2 * DAY_MS);
    const { counts } = await call();
    expect(counts.contested).toBe(1);
    expect((await itemOf(repo)).drift.status).toBe("contested");

    const { status, text } = await api("POST", `${rolePath(repo)}/repairs`);
    expect({ status, drift: JSON.parse(text).status }).toEqual({ status: 200, drift: "repaired" });
    await open(repo);
    await call();
    expect((await itemOf(repo)).drift.status).toBe("repaired");
    expect((await itemOf(repo)).repairs).toHaveLength(1);
  });

  test("repairs by several roll calls at the same time count as one", async () => {
    const repo = await register("repair");
    await open(repo);
    await Promise.all([call(), call(), call(), call()]);
    await call();
    expect((await itemOf(repo)).repairs).toHaveLength(1);
    clock.advance(1);
    await open(repo);
    await call();
    expect((await itemOf(repo)).drift.status).toBe("repaired");
  });

  test.each(["open", "closed"])(
    "a contested role that is %s is so until it is registered again",
    async (state) => {
      const repo = await register("repair");
      for (let round = 1; round <= 4; round++) {
        clock.advance(1);
        await open(repo);
        await call();
      }
      expect((await itemOf(repo)).drift.status).toBe("contested");
      if (state === "closed") await close(repo);
      expect((await api("PUT", rolePath(repo), { body: { onDrift: "repair" } })).status).toBe(200);
      await call();
      expect((await itemOf(repo)).drift.status).toBe("in-sync");
      await open(repo);
      await call();
      expect((await itemOf(repo)).drift.status).toBe("repaired");
    },
  );

  test("three repairs that are spread over days do not make a role contested", async () => {
    const repo = await register("repair");
    for (let round = 1; round <= 5; round++) {
      clock.advance(DAY_MS / 2);
      await open(repo);
      await call();
      expect((await itemOf(repo)).drift.status).toBe("repaired");
    }
  });

  test("a repair restores a deleted role with the same ARN", async () => {
    const repo = await register("repair");
    const RoleName = await roleOf(repo);
    const before = await existingRole({ iam } as never, RoleName);
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "rolecall-ecr" }));
    await iam.send(new DeleteRoleCommand({ RoleName }));
    await call();
    const { roleId, createdAt: _, ...after } = await existingRole({ iam } as never, RoleName);
    const { roleId: oldId, createdAt: __, ...same } = before;
    expect(after).toEqual(same);
    expect(roleId).not.toBe(oldId);
    expect((await call()).drifted.map(({ repo }) => repo)).not.toContain(repo);
  });

  test("a repair keeps the document of a foreign inline policy in the history", async () => {
    const repo = await register("repair");
    const RoleName = await roleOf(repo);
    const PolicyDocument = document("s3:GetObject");
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "theirs", PolicyDocument }));
    await call();
    const { inlinePolicies } = await existingRole({ iam } as never, RoleName);
    expect(Object.keys(inlinePolicies)).toEqual(["rolecall-ecr"]);
    const [last] = await historyOf(repo);
    expect(last).toMatchObject({
      by: "schedule",
      changes: [{ path: "/inlinePolicies/theirs", expected: null, actual: JSON.parse(PolicyDocument) }],
    });
  });

  test("a repair restores the boundary before it writes anything else", async () => {
    const repo = await register("repair");
    const RoleName = await roleOf(repo);
    await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
    await iam.send(
      new PutRolePolicyCommand({ RoleName, PolicyName: "theirs", PolicyDocument: document("*") }),
    );
    await iam.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: 43_200, Description: "mine" }));
    await open(repo);
    const { calls } = await callsOf(() => call());
    const written = writesOf(calls).filter(({ service }) => service === "iam");
    expect(written.map(({ action }) => action)).toEqual([
      "PutRolePermissionsBoundary",
      "DeleteRolePolicy",
      "DetachRolePolicy",
      "UpdateRole",
    ]);
  });

  test("a registration that asks only for reports is not repaired", async () => {
    const repo = await register("report");
    await open(repo);
    const { calls } = await callsOf(() => call());
    expect(writesOf(calls).filter(({ service }) => service === "iam" || service === "ecr")).toEqual([]);
    expect((await itemOf(repo)).drift.status).toBe("drifted");
    await close(repo);
  });
});

describe("events", () => {
  test("an event is published for each change of state, and none without a change", async () => {
    const repo = await register();
    await call();
    await call();
    expect(told(repo)).toEqual([]);
    await open(repo);
    await call();
    await call();
    await api("POST", `${rolePath(repo)}/drift-checks`);
    expect(statesTold(repo)).toEqual(["in-sync → drifted"]);
    await close(repo);
    await call();
    await call();
    expect(statesTold(repo)).toEqual(["in-sync → drifted", "drifted → in-sync"]);
    const [first] = told(repo);
    expect(first).toMatchObject({
      source: "rolecall",
      detail: {
        owner: "acme",
        role: "publish",
        changes: [{ path: expect.stringContaining("AdministratorAccess"), effect: "widens" }],
      },
    });
    expect(new Set(told(repo).map(({ detail }) => detail["id"])).size).toBe(2);
  });

  test("an event whose answer was lost is published again with the same id", async () => {
    const repo = await register();
    await open(repo);
    const end = trouble({ service: "events", mentions: repo, phase: "after", fault: dropped });
    const { counts } = await call();
    end();
    expect(counts.failed).toBe(1);
    const before = told(repo).length;
    expect(before).toBeGreaterThanOrEqual(1);
    await call();
    expect(told(repo).length).toBe(before + 1);
    expect(new Set(told(repo).map(({ detail }) => detail["id"])).size).toBe(1);
    await call();
    expect(told(repo).length).toBe(before + 1);
    await close(repo);
  });

  test("if EventBridge refuses an event, the check answers 503, and the roll call publishes it again", async () => {
    const repo = await register();
    await open(repo);
    const { events: client } = services.clients;
    client.middlewareStack.add(
      () => async () => ({
        output: {
          $metadata: {},
          FailedEntryCount: 1,
          Entries: [{ ErrorCode: "ThrottlingException", ErrorMessage: "slow down" }],
        },
        response: {},
      }),
      { step: "initialize", name: "full" },
    );
    await expect(check(services, key(repo))).rejects.toMatchObject({
      failure: { failure: "aws-unavailable", aws: { action: "PutEvents", code: "ThrottlingException" } },
    });
    client.middlewareStack.remove("full");
    await call();
    expect(statesTold(repo)).toEqual(["in-sync → drifted"]);
    await close(repo);
  });

  test("an event that EventBridge refuses is not lost at the next change", async () => {
    const repo = await register();
    const end = trouble({ service: "events", mentions: repo, fault: accessDenied });
    await open(repo);
    await call();
    await close(repo);
    await call();
    end();
    await call();
    await call();
    expect(statesTold(repo)).toEqual(["in-sync → drifted", "drifted → in-sync"]);
  });
});

describe("registrations that differ or cannot be compared", () => {
  const ecr = new ECRClient({});

  test("a role with a live lease waits", async () => {
    const repo = await register("repair");
    await open(repo);
    const item = await itemOf(repo);
    await services.registry.changeRegistration(item, item, (current) => ({
      ...(current as RegistrationItem),
      leases: { another: clock.now() + LEASE_MS },
    }));
    const first = await call();
    expect(first.drifted).toContainEqual({ ...key(repo), status: "waiting", detail: expect.any(String) });
    expect((await existingRole({ iam } as never, item.desired.role.name)).attachedPolicyArns).toEqual([
      ADMIN,
    ]);
    clock.advance(LEASE_MS);
    await call();
    expect((await itemOf(repo)).drift.status).toBe("repaired");
  });

  test("a failure of one role is its own result and does not end the roll call", async () => {
    const [broken, other] = [await register("repair"), await register("repair")];
    await open(broken);
    await open(other);
    const RoleName = await roleOf(broken);
    const end = trouble({ action: "DetachRolePolicy", mentions: RoleName, fault: accessDenied });
    const called = await call();
    end();
    expect(called).toMatchObject({ status: "finished", counts: { failed: 1 } });
    expect(called.drifted).toContainEqual({ ...key(broken), status: "failed", detail: expect.any(String) });
    expect((await itemOf(other)).drift.status).toBe("repaired");
    expect(JSON.stringify(called)).not.toContain("secret detail");
    await call();
    expect((await itemOf(broken)).drift.status).toBe("repaired");
  });

  test("the drift of a shared repository is reported for each role, whichever was judged first", async () => {
    const repo = uniqueName();
    const body = { ecr: [{ repository: `acme/${repo}` }] };
    for (const role of ["publish", "pull"]) await api("PUT", rolePath(repo, role), { body });
    await call();
    const { account, region } = await itemOf(repo);
    const ecrKey = { account, region, name: `acme/${repo}` };
    const statuses = async () => {
      await call();
      const { items } = await services.registry.readMany(
        ["publish", "pull"].map((role) => ({ ...key(repo), role })),
      );
      return items.map((item) => item?.drift.status);
    };
    await ecr.send(new DeleteLifecyclePolicyCommand({ repositoryName: ecrKey.name }));
    // A moment ago, ECR was asked about the repository for a role that is judged earlier.
    const found = await services.registry.readEcrItem(ecrKey);
    if (found === undefined) throw new Error("it has no item");
    await services.registry.changeEcr(ecrKey, found, () => ({ ...found, detailsDiffer: true }));
    expect(await statuses()).toEqual(["drifted", "drifted"]);
    expect(await statuses()).toEqual(["drifted", "drifted"]);
    expect((await api("POST", `${rolePath(repo)}/repairs`)).status).toBe(200);
    expect(await statuses()).toEqual(["in-sync", "in-sync"]);
    expect((await services.registry.readEcrItem(ecrKey))?.detailsDiffer).toBe(false);
  });

  test("the next roll call keeps the drift that a check found", async () => {
    const repo = await register();
    await call();
    const repositoryName = `acme/${repo}`;
    await ecr.send(new DeleteLifecyclePolicyCommand({ repositoryName }));
    expect((await api("POST", `${rolePath(repo)}/drift-checks`)).text).toContain('"drifted"');
    await call();
    expect((await itemOf(repo)).drift.status).toBe("drifted");
    // The check has already published the event.
    expect(statesTold(repo)).toEqual([]);
  });

  test("drift that is too long to store whole is cut, reported and repaired", async () => {
    const repo = uniqueName();
    const names = Array.from({ length: 12 }, (_, index) => `acme/${repo}/r${index}`);
    const body = { ecr: names.map((repository) => ({ repository })), onDrift: "repair" };
    await api("PUT", rolePath(repo), { body });
    await call();
    const rules = Array.from({ length: 50 }, (_, index) => ({
      rulePriority: index + 1,
      description: "x".repeat(80),
      selection: {
        tagStatus: "tagged",
        tagPatternList: [`v${index}*`],
        countType: "imageCountMoreThan",
        countNumber: 1,
      },
      action: { type: "expire" },
    }));
    const lifecyclePolicyText = JSON.stringify({ rules });
    for (const repositoryName of names)
      await ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }));
    await open(repo);
    expect((await api("POST", `${rolePath(repo)}/drift-checks`)).status).toBe(200);
    expect((await itemOf(repo)).drift.status).toBe("drifted");
    await call();
    expect((await itemOf(repo)).drift.status).toBe("repaired");
    expect((await api("POST", `${rolePath(repo)}/drift-checks`)).text).toContain('"in-sync"');
  });

  test("many roles with long policies, and roles below Rolecall's path, are audited", async () => {
    const subjects = Array.from({ length: 60 }, (_, index) => `repo:acme/r${index}:*`);
    const trust = {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: { StringLike: { "token.actions.githubusercontent.com:sub": subjects } },
        },
      ],
    };
    const AssumeRolePolicyDocument = JSON.stringify(trust);
    for (let index = 0; index < 30; index++)
      await iam.send(new CreateRoleCommand({ RoleName: uniqueName("legacy"), AssumeRolePolicyDocument }));
    const below = { RoleName: uniqueName("below"), Path: "/rolecall/deep/" };
    await iam.send(new CreateRoleCommand({ ...below, AssumeRolePolicyDocument }));
    clock.advance(HOUR_MS);
    expect((await call()).status).toBe("finished");
    const names: string[] = [];
    let cursor = "";
    do {
      const page = JSON.parse((await api("GET", `/v1/audit${cursor}`)).text);
      names.push(...page.items.map(({ roleArn }: { roleArn: string }) => roleArn));
      cursor = page.nextCursor === undefined ? "" : `?cursor=${page.nextCursor}`;
    } while (cursor !== "");
    expect(names.filter((arn) => arn.includes("legacy"))).toHaveLength(30);
    expect(names).toContainEqual(expect.stringContaining("rolecall/deep/below"));
  });

  test.each(["report", "repair"] as const)(
    "what AWS refused to change is drift from what was asked for, under %s",
    async (onDrift) => {
      const repo = await register();
      const RoleName = await roleOf(repo);
      const end = trouble({ action: "UpdateAssumeRolePolicy", mentions: RoleName, fault: accessDenied });
      const refused = await api("PUT", rolePath(repo), { body: { trust: { branches: ["next"] }, onDrift } });
      expect(refused.status).toBe(502);
      end();
      await call();
      const { status, drift } = await itemOf(repo);
      const { trustPolicy } = await existingRole({ iam } as never, RoleName);
      const isNext = JSON.stringify(trustPolicy).includes("next");
      if (onDrift === "repair") expect([status, drift.status, isNext]).toEqual(["ready", "repaired", true]);
      else {
        expect([status, drift.status, isNext]).toEqual(["failed", "drifted", false]);
        expect(drift.changes?.map(({ path }) => path)).toContainEqual(
          expect.stringContaining("/trustPolicy"),
        );
        expect((await api("POST", `${rolePath(repo)}/drift-checks`)).status).toBe(200);
      }
    },
  );

  test("a registration that never became ready is not compared, and the report gives the reason", async () => {
    const repo = uniqueName();
    const end = trouble({ action: "CreateRole", mentions: repo, fault: accessDenied });
    await api("PUT", rolePath(repo));
    end();
    const { drifted } = await call();
    const told = drifted.find((one) => one.repo === repo);
    expect(told).toMatchObject({ status: "waiting", detail: expect.stringContaining("permission") });
    expect((await api("POST", `${rolePath(repo)}/drift-checks`)).status).toBe(409);
  });

  test("a half-done registration is finished", async () => {
    const repo = uniqueName();
    const { api: doomed } = await startAnother();
    const end = cutOff(repo, 6, "before");
    await doomed("PUT", rolePath(repo));
    end();
    expect((await itemOf(repo)).status).toBe("provisioning");
    clock.advance(LEASE_MS);
    await call();
    const item = await itemOf(repo);
    expect(item).toMatchObject({ status: "ready", drift: { status: "in-sync" } });
    expect(await roleInAws({ iam } as never, item.desired.role.name)).toBeDefined();
  });

  test("a half-done removal is reported, and the next DELETE finishes it", async () => {
    const repo = await register("repair");
    const { api: doomed } = await startAnother();
    const RoleName = await roleOf(repo);
    const end = trouble({ action: "DeleteRole", mentions: RoleName, fault: accessDenied });
    await doomed("DELETE", rolePath(repo));
    end();
    clock.advance(LEASE_MS);
    const called = await call();
    expect(called.drifted).toContainEqual({
      ...key(repo),
      status: "waiting",
      detail: expect.stringContaining("DELETE"),
    });
    expect((await api("DELETE", rolePath(repo))).status).toBe(200);
    expect((await call()).drifted.map(({ repo }) => repo)).not.toContain(repo);
  });
});
