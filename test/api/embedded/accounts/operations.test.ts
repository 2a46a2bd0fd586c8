/** Every operation in a member account answers as in the home account, and the operations of accounts as documented. */
import { describe, expect, test } from "vitest";
import { accessDenied, dropped } from "../../../harness/embedded.ts";
import { uniqueName } from "../../../harness/rolecall.ts";
import { MEMBER, memberPath, OTHER, startWithMembers } from "./start.ts";

const { api, trouble } = await startWithMembers();
const RECORD = { name: "staging", repositories: ["acme/*"], regions: ["eu-central-1"] };
const account = (of: string) => `/v1/accounts/${of}`;

describe("a registration in a member account", () => {
  test("has a workflow, exports, explanations and a history, and is in its repository's list", async () => {
    const repo = uniqueName();
    const path = memberPath(MEMBER, repo);
    const { roleArn, subjects } = (await api("PUT", path)).registration();
    expect(roleArn).toContain(`:${MEMBER}:role/`);
    expect((await api("GET", `${path}/workflow`)).text).toContain(roleArn);
    expect((await api("GET", `${path}/export?format=cli`)).text).toContain(roleArn.split("/").at(-1));
    const explained = await api("POST", `${path}/explanations`, { body: { sub: subjects[0] } });
    expect(JSON.parse(explained.text)).toMatchObject({ allowed: true });
    const history = JSON.parse((await api("GET", `${path}/history`)).text);
    expect(history.items).toMatchObject([{ action: "registered" }]);
    const listed = await api("GET", `${account(MEMBER)}/repos/acme/${repo}/roles`);
    expect(JSON.parse(listed.text).items).toMatchObject([{ account: MEMBER, roleArn }]);
  });

  test("of a repository that the account's record lists no more is not repaired", async () => {
    const path = memberPath(OTHER, uniqueName());
    await api("PUT", path);
    await api("PUT", account(OTHER), { body: { ...RECORD, repositories: ["acme/else"] } });
    expect((await api("POST", `${path}/repairs`)).problem()).toMatchObject({ status: 403 });
    expect((await api("DELETE", path)).status).toBe(200);
    await api("PUT", account(OTHER), { body: RECORD });
  });

  test("of an account that is read only keeps its sessions, and the answer says why", async () => {
    const repo = uniqueName();
    await api("PUT", memberPath(OTHER, repo));
    await api("PUT", account(OTHER), { body: { ...RECORD, writes: false } });
    const refused = await api("POST", `${account(OTHER)}/repos/acme/${repo}/revocations`, { body: {} });
    expect(refused.problem()).toMatchObject({ status: 409, code: "account-read-only" });
    await api("PUT", account(OTHER), { body: RECORD });
    expect((await api("DELETE", memberPath(OTHER, repo))).status).toBe(200);
  });

  test("loses its sessions by a revocation, of the role and of the repository", async () => {
    const repo = uniqueName();
    const path = memberPath(MEMBER, repo);
    await api("PUT", path);
    expect((await api("POST", `${path}/revocations`, { body: {} })).status).toBe(200);
    const all = await api("POST", `${account(MEMBER)}/repos/acme/${repo}/revocations`, { body: {} });
    expect(all.status, all.text).toBe(200);
    expect(JSON.parse(all.text).roles).toMatchObject([{ role: "publish" }]);
  });
});

describe("a member account", () => {
  test("can be put again, read and listed; a page's limit that is no number is refused", async () => {
    expect((await api("PUT", account(MEMBER), { body: RECORD })).status).toBe(200);
    expect(JSON.parse((await api("GET", account(MEMBER))).text)).toMatchObject({
      name: "staging",
      state: { status: "ready" },
    });
    expect((await api("GET", "/v1/accounts?limit=many")).status).toBe(422);
  });

  test("takes a body of its media type and size alone", async () => {
    const large = JSON.stringify({ ...RECORD, name: "x".repeat(70_000) });
    const headers = { "content-type": "application/json" };
    expect((await api("PUT", account(MEMBER), { body: large, headers })).status).toBe(413);
    const text = { "content-type": "text/plain" };
    expect((await api("PUT", account(MEMBER), { body: "{}", headers: text })).status).toBe(415);
  });

  test("with registrations cannot be deleted, and is deleted once they are gone", async () => {
    const path = memberPath(OTHER, uniqueName());
    await api("PUT", path);
    expect((await api("DELETE", account(OTHER))).status).toBe(409);
    expect((await api("DELETE", path)).status).toBe(200);
    expect((await api("DELETE", account(OTHER))).status).toBe(204);
    expect((await api("GET", account(OTHER))).status).toBe(404);
    await api("PUT", account(OTHER), { body: RECORD });
  });

  test.each([
    ["PUT", RECORD],
    ["GET", undefined],
  ])("%s says that AWS refuses a call in the account", async (method, body) => {
    const end = trouble({
      service: "iam",
      action: "GetRole",
      mentions: "rolecall-reader",
      fault: accessDenied,
    });
    const answer = await api(method, account(MEMBER), body === undefined ? {} : { body });
    end();
    expect(answer.problem()).toMatchObject({ status: 502, code: "aws-refused" });
  });

  test.each([
    ["PUT", account(MEMBER), RECORD],
    ["GET", account(MEMBER), undefined],
    ["DELETE", account(OTHER), undefined],
    ["GET", "/v1/accounts", undefined],
  ])("%s %s says that the table does not answer", async (method, path, body) => {
    const end = trouble({ service: "dynamodb", fault: dropped });
    const answer = await api(method, path, body === undefined ? {} : { body });
    end();
    expect(answer.problem()).toMatchObject({ status: 503, code: "aws-unavailable" });
  });
});
