/** The limits on shared resources in a member account: the account's own last free roles, and one repository's roles there. */
import { CreateRoleCommand } from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { accessDenied, writesOf } from "../../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../../harness/rolecall.ts";
import { iamOf, MEMBER, memberPath, OTHER, startWithMembers } from "./start.ts";

const QUOTA = 60;
const RESERVED = 20;
const { api, callsOf, trouble } = await startWithMembers({
  quotas: { rolesPerAccount: QUOTA },
  rolesPerRepository: 2,
  reservedRoles: RESERVED,
});
const NO_ECR = { body: { ecr: [] } };
const rolesIn = async (account: string) =>
  JSON.parse((await api("GET", `/v1/accounts/${account}`)).text).state.roles;

test("a member without free roles refuses a registration, and the other accounts do not", async () => {
  const owner = iamOf(MEMBER);
  const registered = memberPath(MEMBER, uniqueName());
  expect((await api("PUT", registered, NO_ECR)).status).toBe(201);
  const { used, limit } = await rolesIn(MEMBER);
  expect(limit).toBe(QUOTA);
  for (let left = QUOTA - RESERVED - used; left > 0; left--)
    await owner.send(new CreateRoleCommand({ RoleName: uniqueName(), AssumeRolePolicyDocument: TRUST }));
  expect(await rolesIn(MEMBER)).toEqual({ used: QUOTA - RESERVED, limit: QUOTA });

  const repo = uniqueName();
  const { result, calls } = await callsOf(() => api("PUT", memberPath(MEMBER, repo), NO_ECR));
  expect(result.problem()).toMatchObject({
    status: 409,
    code: "quota-reached",
    detail: expect.stringContaining("GET /v1/accounts/{account}"),
  });
  expect(writesOf(calls)).toEqual([]);
  expect((await api("PUT", registered, { body: { ecr: [], maxSessionSeconds: 7200 } })).status).toBe(200);
  for (const path of [rolePath(repo), memberPath(OTHER, repo)])
    expect((await api("PUT", path, NO_ECR)).status).toBe(201);
});

test("a repository may have as many roles in each account as the operator allows for one", async () => {
  const repo = uniqueName();
  const paths = (role: string) => [rolePath(repo, role), memberPath(OTHER, repo, role)];
  for (const path of [...paths("publish"), ...paths("deploy")])
    expect((await api("PUT", path, NO_ECR)).status).toBe(201);
  for (const path of paths("more")) {
    const { result, calls } = await callsOf(() => api("PUT", path, NO_ECR));
    expect(result.problem()).toMatchObject({ status: 409, code: "quota-reached" });
    expect(writesOf(calls)).toEqual([]);
  }
});

test("a member whose quota cannot be read is shown without it, and is served", async () => {
  const end = trouble({ action: "GetAccountSummary", member: OTHER, fault: accessDenied });
  const shown = JSON.parse((await api("GET", `/v1/accounts/${OTHER}`)).text);
  expect(shown.state.status).toBe("ready");
  expect(shown.state).not.toHaveProperty("roles");
  expect((await api("PUT", memberPath(OTHER, uniqueName()), NO_ECR)).status).toBe(201);
  end();
});

const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
});
