import { expect, test } from "vitest";
import { accessDenied, namesOf } from "../../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../../harness/rolecall.ts";
import { MEMBER, memberPath, OTHER, startWithMembers } from "./start.ts";

const { api, aws, trouble, callsOf, clock, repositories, startAnother } = await startWithMembers();
const expired = {
  kind: "error",
  status: 403,
  code: "ExpiredToken",
  message: "The security token included in the request is expired",
} as const;
const assumed = (calls: typeof aws.calls, role: string) =>
  calls.filter(({ action, request }) => action === "AssumeRole" && String(request["RoleArn"]).endsWith(role));

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

test("the reader session is renewed before it ends", async () => {
  const repo = uniqueName();
  await api("PUT", memberPath(MEMBER, repo));
  clock.advance(56 * 60_000);
  const { calls } = await callsOf(() => api("POST", `${memberPath(MEMBER, repo)}/drift-checks`));
  expect(assumed(calls, "reader").length).toBeGreaterThan(0);
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

test("a member that never answers delays nobody else", async () => {
  const [stuck, free] = [uniqueName(), uniqueName()];
  let release = () => {};
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  const end = trouble({ service: "iam", mentions: stuck, fault: { kind: "hold", until } });
  const waiting = api("PUT", memberPath(MEMBER, stuck));
  expect((await api("PUT", memberPath(OTHER, free))).status).toBe(201);
  expect((await api("PUT", rolePath(free))).status).toBe(201);
  end();
  release();
  expect((await waiting).status).toBe(201);
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
