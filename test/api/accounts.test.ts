/** Member accounts, on every emulator that switches accounts when a role is assumed. */
import { expect, test } from "vitest";
import { rolePath, startRolecall, uniqueName } from "../harness/rolecall.ts";

const MEMBER = "210987654321";
const { api } = await startRolecall({ env: { ROLECALL_LOCAL_ACCOUNTS: MEMBER } });
const memberPath = (repo: string) => `/v1/accounts/${MEMBER}/repos/acme/${repo}/roles/publish`;

test("a member account is added, serves a registration through its life, and is removed", async () => {
  const repo = uniqueName();
  const body = { name: "staging", repositories: [`acme/${repo}`] };
  const put = await api("PUT", `/v1/accounts/${MEMBER}`, { body });
  expect(put.status, put.text).toBe(201);
  expect(JSON.parse(put.text).state).toMatchObject({ status: "ready", causes: [], template: 1 });
  expect((await api("PUT", `/v1/accounts/${MEMBER}`, { body })).status).toBe(200);

  const answer = await api("PUT", memberPath(repo));
  expect(answer.status, answer.text).toBe(201);
  expect(answer.registration().roleArn).toContain(`:iam::${MEMBER}:role/rolecall/`);
  expect(answer.registration().workflow?.content).toContain(MEMBER);
  expect((await api("GET", rolePath(repo))).status).toBe(404);
  expect((await api("GET", memberPath(repo))).registration().account).toBe(MEMBER);
  expect(JSON.parse((await api("POST", `${memberPath(repo)}/drift-checks`)).text).status).toBe("in-sync");
  const listed = (await api("GET", `/v1/accounts/${MEMBER}/repos/acme/${repo}/roles`)).page().items;
  expect(listed).toMatchObject([{ account: MEMBER, role: "publish" }]);
  expect((await api("GET", `/v1/repos/acme/${repo}/roles`)).page().items).toEqual([]);
  const history = JSON.parse((await api("GET", `${memberPath(repo)}/history`)).text).items;
  expect(history.map(({ action }: { action: string }) => action)).toEqual(["registered"]);
  for (const format of ["cloudformation", "terraform", "cli"]) {
    const exported = await api("GET", `${memberPath(repo)}/export?format=${format}`);
    expect(exported.status, exported.text).toBe(200);
    expect(exported.text).toContain(MEMBER);
    expect(exported.text).not.toContain("123456789012");
  }
  expect((await api("GET", `${memberPath(repo)}/workflow`)).text).toContain(MEMBER);
  const sub = { sub: `repo:acme/${repo}:ref:refs/heads/other` };
  expect((await api("POST", `${memberPath(repo)}/explanations`, { body: sub })).status).toBe(200);
  expect((await api("POST", `${memberPath(repo)}/revocations`)).status).toBe(200);
  expect((await api("POST", `/v1/accounts/${MEMBER}/repos/acme/${repo}/revocations`)).status).toBe(200);
  expect((await api("POST", `${memberPath(repo)}/repairs`)).status).toBe(200);

  expect((await api("DELETE", `/v1/accounts/${MEMBER}`)).problem().code).toBe("account-in-use");
  expect((await api("DELETE", memberPath(repo))).status).toBe(200);
  expect((await api("DELETE", `/v1/accounts/${MEMBER}`)).status).toBe(204);
  expect((await api("PUT", memberPath(repo))).problem().code).toBe("account-unknown");
});
