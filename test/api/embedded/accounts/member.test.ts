import { DeleteRolePolicyCommand, GetRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { rolePath, uniqueName } from "../../../harness/rolecall.ts";
import { HOME, iamOf, MEMBER, memberPath, OTHER, startWithMembers } from "./start.ts";

const { api, aws } = await startWithMembers();
const member = iamOf(MEMBER);

test("a PUT registers a role in a member account and writes nothing to the home account", async () => {
  const repo = uniqueName();
  const before = aws.calls.length;
  const answer = await api("PUT", memberPath(MEMBER, repo));
  expect(answer.status).toBe(201);
  expect(answer.headers.location).toBe(memberPath(MEMBER, repo));
  const registered = answer.registration();
  expect(registered).toMatchObject({ account: MEMBER, status: "ready" });
  expect(registered.roleArn).toContain(`arn:aws:iam::${MEMBER}:role/rolecall/`);
  expect(registered.ecr[0]?.uri).toContain(`${MEMBER}.dkr.ecr.`);
  const RoleName = registered.roleArn.split("/").at(-1);
  const { Role } = await member.send(new GetRoleCommand({ RoleName }));
  expect(Role?.PermissionsBoundary?.PermissionsBoundaryArn).toContain(
    `arn:aws:iam::${MEMBER}:policy/rolecall/`,
  );
  await expect(iamOf(HOME).send(new GetRoleCommand({ RoleName }))).rejects.toThrow(/cannot be found/);
  const assumed = aws.calls.slice(before).filter(({ action }) => action === "AssumeRole");
  expect(assumed.length).toBeLessThanOrEqual(2);
});

test("the same PUT again writes nothing and opens no writer session", async () => {
  const repo = uniqueName();
  await api("PUT", memberPath(MEMBER, repo));
  const before = aws.calls.length;
  const again = await api("PUT", memberPath(MEMBER, repo));
  expect(again.status).toBe(200);
  expect(again.registration().changes).toEqual([]);
  const actions = aws.calls.slice(before).map(({ action }) => action);
  expect(actions.filter((one) => /^(AssumeRole|Create|Put|Delete|Update)/.test(one))).toEqual([]);
});

test("a drift check finds what was changed in the member account, and a repair undoes it", async () => {
  const repo = uniqueName();
  const { roleArn } = (await api("PUT", memberPath(MEMBER, repo))).registration();
  const RoleName = roleArn.split("/").at(-1);
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }],
  });
  await member.send(new PutRolePolicyCommand({ RoleName, PolicyName: "mine", PolicyDocument }));
  const checked = await api("POST", `${memberPath(MEMBER, repo)}/drift-checks`);
  expect(JSON.parse(checked.text)).toMatchObject({
    status: "drifted",
    changes: [{ path: "/inlinePolicies/mine", effect: "widens" }],
  });
  const repaired = await api("POST", `${memberPath(MEMBER, repo)}/repairs`);
  expect(JSON.parse(repaired.text)).toMatchObject({ status: "repaired" });
  await expect(member.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "mine" }))).rejects.toThrow(
    /cannot be found/,
  );
});

test("one repository in three accounts is three registrations", async () => {
  const repo = uniqueName();
  const paths = [rolePath(repo), memberPath(MEMBER, repo), memberPath(OTHER, repo)];
  const arns: string[] = [];
  for (const path of paths) arns.push((await api("PUT", path)).registration().roleArn);
  expect(arns.map((arn) => arn.split(":")[4])).toEqual([HOME, MEMBER, OTHER]);
  const listed = (await api("GET", `/v1/roles?repository=acme/${repo}`)).page().items;
  expect(listed.map(({ account }) => account)).toEqual([HOME, MEMBER, OTHER]);
  expect((await api("GET", `/v1/roles?account=${OTHER}&repository=acme/${repo}`)).page().items).toHaveLength(
    1,
  );
  expect((await api("DELETE", memberPath(MEMBER, repo))).removal().removed).toEqual([arns[1]]);
  expect((await api("GET", memberPath(MEMBER, repo))).status).toBe(404);
  expect((await api("GET", rolePath(repo))).status).toBe(200);
  expect((await api("GET", memberPath(OTHER, repo))).status).toBe(200);
});
