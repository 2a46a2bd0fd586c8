/** The calls of a workflow in a member account: the rule's `accounts` decides, then the account's record. */
import { describe, expect, test } from "vitest";
import { uniqueName } from "../../harness/rolecall.ts";
import { MEMBER, memberPath, OTHER, startWithMembers } from "../embedded/accounts/start.ts";

const RULE = { repositories: ["acme/*"], roles: ["publish"], access: ["push"] };
/** An account that the ceiling lists, and that has no record. */
const UNRECORDED = "410987654321";
const { api, token, aws } = await startWithMembers({
  self: { rules: [{ ...RULE, accounts: ["home", MEMBER, UNRECORDED] }] },
});

const selfPath = (account: string, repo: string) =>
  `/v1/self${memberPath(account, repo).slice("/v1".length)}`;
const bearer = async (repo: string, run: { event?: string; ref?: string } = {}) => ({
  authorization: `Bearer ${await token({ repository: `acme/${repo}`, ...run })}`,
});

async function send(method: string, repo: string, below = "", account = MEMBER, run = {}) {
  return api(method, `${selfPath(account, repo)}${below}`, { headers: await bearer(repo, run) });
}

test("a workflow registers, reads and explains its role in a member account", async () => {
  const repo = uniqueName();
  const answer = await send("PUT", repo);
  expect(answer.status, answer.text).toBe(201);
  expect(answer.headers["location"]).toBe(selfPath(MEMBER, repo));
  const { roleArn, origin, updatedBy } = answer.registration();
  expect(roleArn).toContain(`::${MEMBER}:role/`);
  expect([origin, updatedBy]).toEqual(["self", expect.stringContaining(`github:acme/${repo}@`)]);
  expect((await send("PUT", repo)).status).toBe(200);
  expect((await send("GET", repo)).registration().roleArn).toBe(roleArn);
  expect((await send("GET", repo, "/workflow")).text).toContain(roleArn);
  expect(JSON.parse((await send("POST", repo, "/explanations")).text)).toMatchObject({ allowed: true });
  expect((await api("GET", memberPath(MEMBER, repo))).registration().origin).toBe("self");
});

test("CloudTrail in the member account names the run that wrote", async () => {
  const repo = uniqueName();
  aws.calls.length = 0;
  await send("PUT", repo);
  const writers = aws.calls.filter(({ action }) => action === "CreateRole");
  const identities = writers.map(({ accessKeyId = "" }) => aws.sessions.get(accessKeyId)?.sourceIdentity);
  expect(identities).toEqual([expect.stringMatching(/^gh-\d+-\d+-1-\d+$/)]);
});

test("an account that a rule lists and that has no record gets 404", async () => {
  for (const method of ["PUT", "GET"]) {
    const answer = await send(method, uniqueName(), "", UNRECORDED);
    expect(answer.problem()).toMatchObject({ status: 404, code: "account-unknown" });
  }
});

test("a token writes once in all accounts", async () => {
  const repo = uniqueName();
  const headers = await bearer(repo);
  expect((await api("PUT", selfPath(MEMBER, repo), { headers })).status).toBe(201);
  const home = await api("PUT", `/v1/self/repos/acme/${repo}/roles/publish`, { headers });
  expect(home.problem()).toMatchObject({ status: 409, code: "token-used" });
});

describe("403", () => {
  test.each([
    ["PUT", ""],
    ["PUT", "?dryRun=true"],
    ["GET", ""],
    ["GET", "/workflow"],
    ["POST", "/explanations"],
  ])("%s%s in an account that no rule lists; nothing is called", async (method, below) => {
    aws.calls.length = 0;
    const answer = await send(method, uniqueName(), below, OTHER);
    expect(answer.problem()).toMatchObject({
      status: 403,
      code: "token-not-allowed",
      denied: {
        claim: "/account",
        was: OTHER,
        accepts: ["home", MEMBER, UNRECORDED],
        rule: "self.json /rules/0",
      },
    });
    expect(aws.calls).toEqual([]);
  });

  test("for a repository that the account's record does not list", async () => {
    const repo = uniqueName();
    const record = { name: "staging", regions: ["eu-central-1"] };
    await api("PUT", `/v1/accounts/${MEMBER}`, { body: { ...record, repositories: ["acme/else"] } });
    const refused = [await send("PUT", repo), await send("GET", repo), await send("GET", repo, "/workflow")];
    await api("PUT", `/v1/accounts/${MEMBER}`, { body: { ...record, repositories: ["acme/*"] } });
    for (const answer of refused)
      expect(answer.problem()).toMatchObject({ status: 403, code: "account-not-allowed" });
  });

  test("for another branch, before the account is opened", async () => {
    const refused = await send("PUT", uniqueName(), "", MEMBER, { event: "pull_request" });
    expect(refused.problem()).toMatchObject({ status: 403, denied: { claim: "event_name" } });
  });
});

test("a role that a caller registered in the account stays the caller's", async () => {
  const repo = uniqueName();
  await api("PUT", memberPath(MEMBER, repo), { body: { ecr: [] } });
  expect((await send("PUT", repo)).problem()).toMatchObject({ status: 409, code: "not-self-registered" });
});
