import { DeleteRolePolicyCommand } from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { accessDenied, isRead, namesOf } from "../../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../../harness/rolecall.ts";
import { iamOf, MEMBER, memberPath, OTHER, startWithMembers } from "./start.ts";

// With a delay of its trail, AWS's clock is Rolecall's. So sessions end when Rolecall's clock says so.
const { api, aws, trouble, callsOf, clock, repositories, services, startAnother } = await startWithMembers({
  trailDelayMs: () => 0,
});
const expired = {
  kind: "error",
  status: 403,
  code: "ExpiredToken",
  message: "The security token included in the request is expired",
} as const;
const assumed = (calls: typeof aws.calls, role: string) =>
  calls.filter(({ action, request }) => action === "AssumeRole" && String(request["RoleArn"]).endsWith(role));
/** The calls that opened writer sessions for a repository's registration. */
const assumedFor = (repo: string) =>
  assumed(aws.calls, "writer").filter(({ request }) => String(request["Policy"]).includes(repo));

test("the home account needs no session", async () => {
  const repo = uniqueName();
  const { calls } = await callsOf(async () => {
    await api("PUT", rolePath(repo));
    await api("POST", `${rolePath(repo)}/drift-checks`);
    await api("DELETE", rolePath(repo));
  });
  expect(namesOf(calls, "sts").filter((name) => name !== "sts:GetCallerIdentity")).toEqual([]);
});

test("reads share one session, and each change has one writer session of its own", async () => {
  const repo = uniqueName();
  const { calls } = await callsOf(async () => {
    await api("PUT", memberPath(MEMBER, repo));
    await api("PUT", memberPath(MEMBER, repo), { body: { maxSessionSeconds: 7200 } });
    for (let times = 0; times < 3; times++) await api("POST", `${memberPath(MEMBER, repo)}/drift-checks`);
  });
  expect(assumed(calls, "reader")).toEqual([]);
  expect(assumed(calls, "writer")).toHaveLength(2);
  const writes = calls.filter(
    ({ service, action }) => service === "iam" && /^(Create|Put|Update)/.test(action),
  );
  expect(writes.length).toBeGreaterThan(2);
  for (const { accessKeyId = "" } of writes) {
    const session = aws.sessions.get(accessKeyId);
    expect(session).toMatchObject({ account: MEMBER, roleArn: expect.stringMatching(/rolecall-writer$/) });
    expect(session?.policy).toContain(`role/rolecall/acme-${repo}-publish-`);
    expect(session?.sourceIdentity).toBe("local");
  }
});

test("reads are always the reader's, and writes are always the writer's", async () => {
  const repo = uniqueName();
  const path = memberPath(MEMBER, repo);
  const owner = iamOf(MEMBER);
  const { calls } = await callsOf(async () => {
    const settings = { tagMutability: "IMMUTABLE" };
    const { roleArn } = (
      await api("PUT", path, { body: { ecr: [{ repository: `acme/${repo}`, access: "push", settings }] } })
    ).registration();
    await api("PUT", path, { body: { maxSessionSeconds: 7200 } });
    const RoleName = roleArn.split("/").at(-1);
    await owner.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "rolecall-ecr" }));
    await api("POST", `${path}/drift-checks`);
    await api("POST", `${path}/repairs`);
    await api("POST", `${path}/revocations`, { body: {} });
    await api("DELETE", path);
  });
  const ours = calls.filter(
    ({ service, accessKeyId }) => ["iam", "ecr"].includes(service) && accessKeyId !== MEMBER,
  );
  const signed = ours.map((call) => {
    const session = aws.sessions.get(call.accessKeyId ?? "");
    const role = session?.roleArn.split("/").at(-1) ?? "no session";
    return `${session?.account} ${role} ${isRead(call) ? "reads" : "writes"}`;
  });
  expect(new Set(signed)).toEqual(
    new Set([`${MEMBER} rolecall-reader reads`, `${MEMBER} rolecall-writer writes`]),
  );
  expect(namesOf(ours)).toEqual(
    expect.arrayContaining(["ecr:CreateRepository", "iam:CreateRole", "iam:DeleteRole", "iam:GetRole"]),
  );
});

test("a writer session has the name of the change's lease, and its caller as source identity", async () => {
  const repo = uniqueName();
  const caller = "arn:aws:sts::123456789012:assumed-role/platform/alïce@acme.example";
  const other = await startAnother({ caller: () => caller });
  let release = () => {};
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    trouble({
      action: "CreateRole",
      mentions: repo,
      times: 1,
      fault: {
        kind: "hold",
        get until() {
          resolve();
          return until;
        },
      },
    });
  });
  const { calls } = await callsOf(async () => {
    const answer = other.api("PUT", memberPath(MEMBER, repo));
    await reached;
    const item = await services.registryOf(MEMBER).readRegistration({ owner: "acme", repo, role: "publish" });
    release();
    expect((await answer).status).toBe(201);
    const [opened] = assumedFor(repo);
    expect(Object.keys(item?.leases ?? {})).toEqual([opened?.request["RoleSessionName"]]);
  });
  const created = calls.find(({ action }) => action === "CreateRole");
  expect(aws.sessions.get(created?.accessKeyId ?? "")?.sourceIdentity).toBe("platform-al-ce@acme.example");
});

test("sessions are opened at STS in the deployment's region", async () => {
  await api("PUT", memberPath(MEMBER, uniqueName()));
  const regions = aws.calls.filter(({ action }) => action === "AssumeRole").map(({ region }) => region);
  expect(new Set(regions)).toEqual(new Set(["eu-central-1"]));
});

test("a change of 20 ECR repositories with 256 characters each fits into its session policy", async () => {
  const repo = uniqueName();
  const ecr = Array.from({ length: 20 }, (_, index) => ({
    repository: `acme/${repo}/${index}-`.padEnd(256, "a"),
  }));
  const answer = await api("PUT", memberPath(MEMBER, repo), { body: { ecr } });
  expect(answer.status, answer.text).toBe(201);
  const [opened] = assumedFor(repo);
  expect(String(opened?.request["Policy"]).length).toBeLessThanOrEqual(2048);
});

/** Opens a process with a registration in the member account, and with a reader session that is a moment old. */
async function startReading() {
  const repo = uniqueName();
  const { api } = await startAnother();
  expect((await api("PUT", memberPath(MEMBER, repo))).status).toBe(201);
  return { repo, check: () => api("PUT", `${memberPath(MEMBER, repo)}?dryRun=true`) };
}

/** Checks five times at once. Returns the number of reader sessions that were opened, and the answers' statuses. */
async function checkFiveTimes(check: () => Promise<{ status: number }>) {
  const { result, calls } = await callsOf(() => Promise.all([check(), check(), check(), check(), check()]));
  return { opened: assumed(calls, "reader").length, statuses: result.map(({ status }) => status) };
}

const ALL_ANSWERED = [200, 200, 200, 200, 200];

test("the reader session serves all reads until five minutes before its end, and then one replaces it", async () => {
  const { check } = await startReading();
  clock.advance(54 * 60_000);
  expect(await checkFiveTimes(check)).toEqual({ opened: 0, statuses: ALL_ANSWERED });
  clock.advance(2 * 60_000);
  expect(await checkFiveTimes(check)).toEqual({ opened: 1, statuses: ALL_ANSWERED });
});

test("one session replaces a reader session that AWS ends before its time", async () => {
  const { check } = await startReading();
  for (const session of aws.sessions.values()) session.expiresAt = new Date(0);
  expect(await checkFiveTimes(check)).toEqual({ opened: 1, statuses: ALL_ANSWERED });
});

test("a reader session that the account's owner has revoked is replaced", async () => {
  const { repo, check } = await startReading();
  clock.advance(61_000);
  trouble({ action: "GetRole", mentions: repo, times: 1, fault: accessDenied });
  const { result, calls } = await callsOf(check);
  expect(result.status).toBe(200);
  expect(assumed(calls, "reader")).toHaveLength(1);
});

test("a permission that the reader lacks costs one session a minute", async () => {
  const { repo, check } = await startReading();
  clock.advance(61_000);
  const end = trouble({ action: "GetRole", mentions: repo, fault: accessDenied });
  expect(await checkFiveTimes(check)).toEqual({ opened: 1, statuses: [502, 502, 502, 502, 502] });
  expect(await checkFiveTimes(check)).toEqual({ opened: 0, statuses: [502, 502, 502, 502, 502] });
  end();
});

test("a session that ends in the middle of a change is replaced, and the change succeeds", async () => {
  const repo = uniqueName();
  for (const action of ["GetOpenIDConnectProvider", "PutRolePolicy", "CreateRole", "CreateRepository"])
    trouble({ action, times: 1, fault: expired });
  const answer = await api("PUT", memberPath(MEMBER, repo));
  expect(answer.status, answer.text).toBe(201);
  expect((await api("POST", `${memberPath(MEMBER, repo)}/drift-checks`)).text).toContain('"in-sync"');
});

test("a trust that is withdrawn between two calls fails the change, and the next PUT finishes it", async () => {
  const repo = uniqueName();
  await api("PUT", memberPath(MEMBER, repo));
  const withdrawn = [
    trouble({ action: "UpdateRole", times: 1, fault: expired }),
    trouble({ action: "AssumeRole", mentions: "rolecall-writer", fault: accessDenied }),
  ];
  const body = { maxSessionSeconds: 7200 };
  const refused = await api("PUT", memberPath(MEMBER, repo), { body });
  expect(refused.problem()).toMatchObject({ status: 502, code: "account-unreachable" });
  const shown = (await api("GET", memberPath(MEMBER, repo))).registration();
  expect(shown).toMatchObject({ status: "failed", lastError: { code: "account-unreachable" } });
  for (const end of withdrawn) end();
  expect((await api("PUT", memberPath(MEMBER, repo), { body })).status).toBe(200);
  expect((await api("POST", `${memberPath(MEMBER, repo)}/drift-checks`)).text).toContain('"in-sync"');
});

test("a repository that GitHub confirms takes its name over in every account", async () => {
  const repo = uniqueName();
  repositories.remove(`acme/${repo}`);
  clock.advance(61_000);
  const body = { github: { repositoryId: 999_999_999, ownerId: 999_999_999 } };
  expect((await api("PUT", rolePath(repo), { body })).status).toBe(201);
  const there = (await api("PUT", memberPath(MEMBER, repo, "evil"), { body })).registration();
  const { id } = repositories.set(`acme/${repo}`, {});
  clock.advance(61_000);
  const answer = await api("PUT", rolePath(repo));
  expect(answer.registration().spec.github.repositoryId, answer.text).toBe(id);
  expect((await api("GET", memberPath(MEMBER, repo, "evil"))).status).toBe(404);
  const deleted = aws.calls.filter(
    ({ action, request }) =>
      action === "DeleteRole" && request["RoleName"] === there.roleArn.split("/").at(-1),
  );
  expect(deleted.map(({ accessKeyId = "" }) => aws.sessions.get(accessKeyId)?.account)).toEqual([MEMBER]);
});

test("caps count by repository and account", async () => {
  const repo = uniqueName();
  const capped = (await startAnother({ env: { ROLECALL_ROLES_PER_REPOSITORY: "1" } })).api;
  for (const path of [rolePath(repo), memberPath(MEMBER, repo), memberPath(OTHER, repo)])
    expect((await capped("PUT", path)).status, path).toBe(201);
  for (const path of [rolePath(repo, "two"), memberPath(MEMBER, repo, "two")])
    expect((await capped("PUT", path)).problem()).toMatchObject({ code: "quota-reached" });
  expect((await capped("DELETE", memberPath(MEMBER, repo))).status).toBe(200);
  expect((await capped("PUT", memberPath(MEMBER, repo, "two"))).status).toBe(201);
  expect((await capped("PUT", rolePath(repo, "two"))).problem().code).toBe("quota-reached");
});
