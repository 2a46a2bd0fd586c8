/** 409 busy: a writer whose last call may still take effect keeps its lease, and whoever wants something else waits. */
import { describe, expect, test } from "vitest";
import { awsClients, existingRole, roleArnsWith } from "../../harness/aws.ts";
import { dropped, startEmbedded } from "../../harness/embedded.ts";
import { type Answer, rolePath, uniqueName } from "../../harness/rolecall.ts";

const { api, callsOf, clock, services, trouble } = await startEmbedded();
const aws = awsClients();

const LEASE_MS = 60_000;
const other = { maxSessionSeconds: 7200 };

/** A registration whose writer got no answer from CreateRole. */
async function interrupted(): Promise<string> {
  const repo = uniqueName();
  const end = trouble({ service: "iam", action: "CreateRole", mentions: repo, fault: dropped });
  expect((await api("PUT", rolePath(repo))).status).toBe(503);
  end();
  return repo;
}

function expectBusy(answer: Answer, seconds: number) {
  expect(answer.status).toBe(409);
  expect(answer.problem()).toMatchObject({ code: "busy", retryAfterSeconds: seconds });
  expect(answer.headers["retry-after"]).toBe(String(seconds));
}

const itemOf = (repo: string) => services.registry.readRegistration({ owner: "acme", repo, role: "publish" });

describe("while a lease lives", () => {
  test("another body is told when to come back, and changes nothing", async () => {
    const repo = await interrupted();
    const before = await itemOf(repo);
    const { result, calls } = await callsOf(() => api("PUT", rolePath(repo), { body: other }));
    expectBusy(result, 60);
    expect(calls.filter(({ service }) => service === "iam" || service === "ecr")).toEqual([]);
    expect(await itemOf(repo)).toEqual(before);
    clock.advance(20_000);
    expectBusy(await api("PUT", rolePath(repo), { body: other }), 40);
    clock.advance(39_500);
    expectBusy(await api("PUT", rolePath(repo), { body: other }), 1);
    clock.advance(500);
    const answer = await api("PUT", rolePath(repo), { body: other });
    expect(answer.registration()).toMatchObject({ status: "ready", spec: other });
    expect(await roleArnsWith(aws, repo)).toHaveLength(1);
  });

  test("a DELETE waits too", async () => {
    const repo = await interrupted();
    expectBusy(await api("DELETE", rolePath(repo)), 60);
    expect((await api("GET", rolePath(repo))).registration().status).toBe("failed");
    clock.advance(LEASE_MS);
    expect((await api("DELETE", rolePath(repo))).status).toBe(200);
    expect(await roleArnsWith(aws, repo)).toEqual([]);
  });

  test("the same body joins and ends it", async () => {
    const repo = await interrupted();
    const answer = await api("PUT", rolePath(repo));
    expect(answer.status).toBe(200);
    expect(answer.registration().status).toBe("ready");
    // The first writer's call may still arrive, so others wait on.
    expectBusy(await api("PUT", rolePath(repo), { body: other }), 60);
    clock.advance(LEASE_MS);
    expect((await api("PUT", rolePath(repo), { body: other })).status).toBe(200);
  });

  test("a dry run and every reader are let through", async () => {
    const repo = await interrupted();
    expect((await api("PUT", `${rolePath(repo)}?dryRun=true`, { body: other })).status).toBe(200);
    expect((await api("GET", rolePath(repo))).status).toBe(200);
    expect((await api("GET", `/v1/repos/acme/${repo}/roles`)).page().items).toMatchObject([
      { status: "failed" },
    ]);
    expect((await api("GET", `${rolePath(repo)}/workflow`)).problem().code).toBe("not-ready");
  });

  test("another role of the repository is not held up", async () => {
    const repo = await interrupted();
    expect((await api("PUT", rolePath(repo, "second"))).status).toBe(201);
  });
});

describe("while a removal's outcome is not known", () => {
  test("a PUT waits, whatever its body, and a DELETE too: the first could still hit the next one's role", async () => {
    const repo = uniqueName();
    await api("PUT", rolePath(repo));
    const end = trouble({ service: "iam", action: "DeleteRole", mentions: repo, fault: dropped });
    expect((await api("DELETE", rolePath(repo))).status).toBe(503);
    end();
    expectBusy(await api("PUT", rolePath(repo)), 60);
    expectBusy(await api("PUT", rolePath(repo), { body: other }), 60);
    expectBusy(await api("DELETE", rolePath(repo)), 60);
    clock.advance(LEASE_MS);
    expect((await api("DELETE", rolePath(repo))).status).toBe(200);
    expect(await roleArnsWith(aws, repo)).toEqual([]);
  });

  test("a second DELETE waits: it could delete the role of whoever registers once the first is done", async () => {
    const repo = uniqueName();
    await api("PUT", rolePath(repo));
    const slow = { kind: "latency", ms: 1_000 } as const;
    trouble({ service: "iam", action: "DeleteRole", mentions: repo, times: 1, fault: slow });
    const first = api("DELETE", rolePath(repo));
    const isRemoving = async () =>
      (await services.registry.readRegistration({ owner: "acme", repo, role: "publish" }))?.status ===
      "removing";
    while (!(await isRemoving()));
    expectBusy(await api("DELETE", rolePath(repo)), 60);
    expect((await first).status).toBe(200);
    const { roleArn } = (await api("PUT", rolePath(repo))).registration();
    expect(await roleArnsWith(aws, repo)).toEqual([roleArn]);
  });

  test("a role that was deleted by a call whose answer was lost stays deleted, and the name is free after the lease", async () => {
    const repo = uniqueName();
    await api("PUT", rolePath(repo));
    trouble({
      service: "iam",
      action: "DeleteRole",
      mentions: repo,
      phase: "after",
      times: 1,
      fault: dropped,
    });
    expectBusy(await api("DELETE", rolePath(repo)), 60);
    expect(await roleArnsWith(aws, repo)).toEqual([]);
    expect((await api("GET", rolePath(repo))).registration().status).toBe("removing");
    clock.advance(LEASE_MS);
    expect((await api("DELETE", rolePath(repo))).status).toBe(200);
    expect((await api("GET", rolePath(repo))).status).toBe(404);
    expect((await api("PUT", rolePath(repo))).status).toBe(201);
  });
});

describe("an ECR repository whose maker got no answer", () => {
  test("another role with the same repository goes on, and both end with it as ours", async () => {
    const repo = uniqueName();
    const end = trouble({
      service: "ecr",
      action: "CreateRepository",
      mentions: repo,
      phase: "after",
      fault: dropped,
    });
    expect((await api("PUT", rolePath(repo))).status).toBe(503);
    end();
    const second = await api("PUT", rolePath(repo, "second"));
    expect(second.status).toBe(201);
    expect(second.registration().ecr).toMatchObject([{ managed: true }]);
    const first = await api("PUT", rolePath(repo));
    expect(first.registration()).toMatchObject({ status: "ready", ecr: [{ managed: true }] });
  });
});

test("a lease that would end before the attempt does is not written under", async () => {
  const repo = uniqueName();
  await api("PUT", rolePath(repo));
  const { roleArn } = (await api("GET", rolePath(repo))).registration();
  const before = await existingRole(aws, roleArn);
  // The clock jumps while the writer reads: a machine that slept.
  const end = trouble({
    service: "iam",
    action: "ListAttachedRolePolicies",
    mentions: repo,
    times: 1,
    get fault() {
      clock.advance(LEASE_MS - 4_000);
      return { kind: "latency", ms: 0 } as const;
    },
  });
  const { result, calls } = await callsOf(() => api("PUT", rolePath(repo), { body: other }));
  end();
  expect(result.status).toBe(503);
  expect(result.problem().code).toBe("lease-lost");
  expect(calls.filter(({ action }) => action === "UpdateRole")).toEqual([]);
  expect(await existingRole(aws, roleArn)).toEqual(before);
  clock.advance(LEASE_MS);
  expect((await api("PUT", rolePath(repo), { body: other })).registration().status).toBe("ready");
  expect((await existingRole(aws, roleArn)).maxSessionSeconds).toBe(7200);
});
