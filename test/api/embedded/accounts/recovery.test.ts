/** Commands that only the operator runs, and exports, with member accounts. */
import { randomUUID } from "node:crypto";
import { DeleteRepositoryCommand } from "@aws-sdk/client-ecr";
import {
  CreatePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  PutRolePermissionsBoundaryCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { failed } from "../../../../src/lib/errors.ts";
import { servedAccounts } from "../../../../src/recovery/accounts.ts";
import { type Reconciliation, reconcile } from "../../../../src/recovery/reconcile.ts";
import { takeBack } from "../../../../src/recovery/take-back.ts";
import { release } from "../../../../src/registry/release.ts";
import type { Services } from "../../../../src/services.ts";
import { runScript } from "../../../export/script.ts";
import { awsClients, ecrInAws, existingRole } from "../../../harness/aws.ts";
import { writesOf } from "../../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../../harness/rolecall.ts";
import { HOME, MEMBER, memberPath, OTHER, startWithMembers } from "./start.ts";

const embedded = await startWithMembers({ env: { ROLECALL_REGIONS: "eu-west-1" } });
const { api, aws, callsOf, repositories, services } = embedded;
const member = awsClients(MEMBER);
const OPERATOR = "arn:aws:iam::123456789012:user/operator";
const record = { name: "staging", repositories: ["acme/*"], regions: ["eu-central-1", "eu-west-1"] };
for (const account of [MEMBER, OTHER]) await api("PUT", `/v1/accounts/${account}`, { body: record });

/** Starts the service with a table that has the records of the members alone, as after its loss. */
async function withLostTable(records: Readonly<Record<string, object>> = { [MEMBER]: record }) {
  const started = await embedded.startAnother({ env: { ROLECALL_TABLE: `rolecall-${randomUUID()}` } });
  for (const [account, body] of Object.entries(records))
    await started.api("PUT", `/v1/accounts/${account}`, { body });
  return started;
}

async function servicesOf(services: Services, account: string): Promise<Services> {
  for await (const one of servedAccounts(services))
    if (one.account === account && !failed(one.services)) return one.services;
  throw new Error(`Account ${account} cannot be looked at`);
}

/** Returns the PUT by which a role is taken back. @throws Error with the reason if there is none */
function putOf({ unrecorded }: Reconciliation, roleArn: string) {
  const found = unrecorded.find((one) => one.roleArn === roleArn);
  if (found === undefined || "reason" in found) throw new Error(JSON.stringify(found));
  return found.put;
}

test("every account with a record is looked at, and one that cannot be reached hides no other", async () => {
  const { local } = await withLostTable({ [MEMBER]: record, [OTHER]: record });
  const RoleName = "rolecall-reader";
  const { iam } = awsClients(OTHER);
  const { trustPolicy } = await existingRole(awsClients(OTHER), RoleName);
  const Principal = { AWS: "arn:aws:iam::410987654321:root" };
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal, Action: "sts:AssumeRole" }],
  });
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
  const started = await embedded.startAnother({
    env: { ROLECALL_TABLE: local.services.config.table, ROLECALL_LOCAL_ACCOUNTS: MEMBER },
  });
  const seen: [string, string | undefined, boolean][] = [];
  for await (const { account, name, services } of servedAccounts(started.local.services))
    seen.push([account, name, failed(services)]);
  const restored = JSON.stringify(trustPolicy);
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: restored }));
  expect(seen).toEqual([
    [HOME, undefined, false],
    [MEMBER, "staging", false],
    [OTHER, "staging", true],
  ]);
});

test.each<[string, object]>([
  ["with the defaults", {}],
  ["in another region, for a tag", { region: "eu-west-1", trust: { tags: ["v*"] }, maxSessionSeconds: 7200 }],
])("a registration in a member account %s is taken back from AWS alone", async (_, body) => {
  const repo = uniqueName();
  const before = (await api("PUT", memberPath(MEMBER, repo), { body })).registration();
  const role = await existingRole(member, before.roleArn);
  const { api: again, local } = await withLostTable();
  const inMember = await servicesOf(local.services, MEMBER);

  const { result, calls } = await callsOf(() => reconcile(inMember, OPERATOR));
  expect(writesOf(calls).filter(({ service }) => service !== "sts")).toEqual([]);
  const put = putOf(result, before.roleArn);
  const foretold = await takeBack(inMember, { ...put, dryRun: true });
  expect(failed(foretold) ? foretold : foretold.changes).toEqual([]);
  const atHome = await reconcile(local.services, OPERATOR);
  expect(atHome.unrecorded.map(({ roleArn }) => roleArn)).not.toContain(before.roleArn);

  const done = await takeBack(inMember, put);
  expect(failed(done), JSON.stringify(done)).toBe(false);
  const after = (await again("GET", memberPath(MEMBER, repo))).registration();
  const { roleArn, subjects, ecr, spec } = before;
  expect(after).toMatchObject({ account: MEMBER, status: "ready", roleArn, subjects, ecr });
  expect(after.spec).toMatchObject({ trust: spec.trust, ecr: spec.ecr, region: spec.region });
  expect(await existingRole(member, roleArn)).toEqual(role);
  expect((await again("GET", rolePath(repo))).status).toBe(404);
  const checked = await again("POST", `${memberPath(MEMBER, repo)}/drift-checks`);
  expect(checked.text).toContain('"status":"in-sync"');
  const next = await reconcile(inMember, OPERATOR);
  expect(next.unrecorded.map((one) => one.roleArn)).not.toContain(roleArn);
});

test("a role with the boundary of an earlier stack is taken back, and gets the present boundary", async () => {
  const repo = uniqueName();
  const { roleArn } = (await api("PUT", memberPath(MEMBER, repo))).registration();
  const { boundaryArn } = await existingRole(member, roleArn);
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [] });
  const statement = { Effect: "Allow", Action: "ecr:*", Resource: "*" };
  const { Policy } = await member.iam.send(
    new CreatePolicyCommand({
      PolicyName: uniqueName("boundary"),
      Path: "/rolecall/",
      PolicyDocument: PolicyDocument.replace("[]", `[${JSON.stringify(statement)}]`),
    }),
  );
  const RoleName = roleArn.split("/").at(-1);
  await member.iam.send(
    new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: Policy?.Arn }),
  );
  const { local } = await withLostTable();
  const inMember = await servicesOf(local.services, MEMBER);
  const done = await takeBack(inMember, putOf(await reconcile(inMember, OPERATOR), roleArn));
  expect(failed(done), JSON.stringify(done)).toBe(false);
  expect((await existingRole(member, roleArn)).boundaryArn).toBe(boundaryArn);
});

test.each([
  ["that the record does not list", { ...record, repositories: ["acme/else"] }, "account-not-allowed"],
  ["of an account with writes off", { ...record, writes: false }, "account-read-only"],
])("a role of a repository %s is found and not taken back", async (_, body, failure) => {
  const repo = uniqueName();
  const { roleArn } = (await api("PUT", memberPath(MEMBER, repo))).registration();
  const { api: again, local } = await withLostTable({ [MEMBER]: body });
  const inMember = await servicesOf(local.services, MEMBER);
  const put = putOf(await reconcile(inMember, OPERATOR), roleArn);
  const { result, calls } = await callsOf(() => takeBack(inMember, put));
  expect(result).toMatchObject({ failure });
  expect(writesOf(calls)).toEqual([]);
  expect((await again("GET", memberPath(MEMBER, repo))).status).toBe(404);
});

test("a take-back in a member account is made in the operator's name", async () => {
  const repo = uniqueName();
  const { roleArn } = (await api("PUT", memberPath(MEMBER, repo))).registration();
  const RoleName = roleArn.split("/").at(-1);
  await member.iam.send(new UpdateRoleCommand({ RoleName, Description: "mine" }));
  const { local } = await withLostTable();
  const inMember = await servicesOf(local.services, MEMBER);
  const put = putOf(await reconcile(inMember, OPERATOR), roleArn);
  const { calls } = await callsOf(() => takeBack(inMember, put));
  const [updated] = calls.filter(({ action }) => action === "UpdateRole");
  expect(aws.sessions.get(updated?.accessKeyId ?? "")).toMatchObject({
    account: MEMBER,
    sourceIdentity: "operator",
  });
});

test("a role that is missing or differs is listed for its own account alone", async () => {
  const [gone, changed] = [uniqueName(), uniqueName()];
  const arns: string[] = [];
  for (const repo of [gone, changed])
    for (const path of [rolePath(repo), memberPath(MEMBER, repo), memberPath(OTHER, repo)])
      arns.push((await api("PUT", path)).registration().roleArn);
  const nameOf = (repo: string) =>
    arns
      .find((arn) => arn.includes(repo))
      ?.split("/")
      .at(-1);
  await member.iam.send(new DeleteRolePolicyCommand({ RoleName: nameOf(gone), PolicyName: "rolecall-ecr" }));
  await member.iam.send(new DeleteRoleCommand({ RoleName: nameOf(gone) }));
  await member.iam.send(new UpdateRoleCommand({ RoleName: nameOf(changed), MaxSessionDuration: 7200 }));
  const found: Record<string, string[][]> = {};
  for await (const { account, services: opened } of servedAccounts(services)) {
    if (failed(opened)) throw new Error(JSON.stringify(opened));
    const { missing, differing } = await reconcile(opened, OPERATOR);
    const ours = (list: readonly { repo: string }[]) =>
      list.map(({ repo }) => repo).filter((repo) => [gone, changed].includes(repo));
    found[account] = [ours(missing), ours(differing)];
  }
  expect(found).toEqual({ [HOME]: [[], []], [MEMBER]: [[gone], [changed]], [OTHER]: [[], []] });
});

test("a namespace is released once no account has a registration of its holder", async () => {
  const repo = uniqueName();
  await api("PUT", rolePath(repo));
  await api("PUT", memberPath(MEMBER, repo, "deploy"));
  const { id } = repositories.get(`acme/${repo}`) ?? { id: 0 };
  const request = { namespace: `acme/${repo}`, name: `acme/${repo}`, claimant: `repository:${id}` };
  const { config, clients, registry } = services;
  const released = () => release(clients.dynamodb, config.table, request);
  await api("DELETE", rolePath(repo));
  expect(await released()).toEqual({
    outcome: "in-use",
    registrations: [{ account: MEMBER, owner: "acme", repo, role: "deploy" }],
  });
  await api("DELETE", memberPath(MEMBER, repo, "deploy"));
  expect(await released()).toMatchObject({ outcome: "released" });
  for (const account of [HOME, MEMBER])
    expect(
      await registry.readEcrItem({ account, region: "eu-central-1", name: `acme/${repo}` }),
    ).toBeUndefined();
  repositories.remove(`acme/${repo}`);
  const successor = repositories.set(`acme/${repo}`, {});
  embedded.clock.advance(61_000);
  const answer = await api("PUT", memberPath(OTHER, repo));
  expect(answer.registration().spec.github.repositoryId).toBe(successor.id);
});

test("an export makes a deleted role of a member account again, and a check finds no drift", async () => {
  const repo = uniqueName();
  const { roleArn } = (await api("PUT", memberPath(MEMBER, repo))).registration();
  const script = (await api("GET", `${memberPath(MEMBER, repo)}/export?format=cli`)).text;
  const RoleName = roleArn.split("/").at(-1);
  await member.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "rolecall-ecr" }));
  await member.iam.send(new DeleteRoleCommand({ RoleName }));
  await member.ecr.send(new DeleteRepositoryCommand({ repositoryName: `acme/${repo}` }));
  const ran = await runScript(script, aws.url, false, MEMBER);
  expect(ran).toEqual({ status: 0, stderr: "", left: [] });
  expect(await ecrInAws(member, `acme/${repo}`)).toBeDefined();
  const { changes } = JSON.parse((await api("POST", `${memberPath(MEMBER, repo)}/drift-checks`)).text);
  expect(changes).toEqual([expect.objectContaining({ path: "/roleId", effect: "none" })]);
});
