/** A table that is lost or restored to an earlier time: what AWS holds is taken back, and what is missing is told. */
import { randomUUID } from "node:crypto";
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  UntagRoleCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { failed } from "../../../src/lib/errors.ts";
import { reconcile } from "../../../src/recovery/reconcile.ts";
import { takeBack } from "../../../src/recovery/take-back.ts";
import { awsClients, ecrInAws, existingRole } from "../../harness/aws.ts";
import { namesOf, startEmbedded, writesOf } from "../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../harness/rolecall.ts";

/** A table without items, as after its loss. */
const emptyTable = () => ({ env: { ROLECALL_TABLE: `rolecall-${randomUUID()}` } });
const OPERATOR = "arn:aws:iam::123456789012:user/operator";
const S3_READ = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
const statements = [{ Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::acme-artifacts/{owner}/{repo}/*"] }];
const embedded = await startEmbedded({
  env: { ROLECALL_REGIONS: "eu-west-1" },
  tagKeys: ["team"],
  managedPolicies: [S3_READ],
  profiles: { profiles: { "s3-artifacts": { description: "a test", statements } } },
});
const { api, callsOf, services } = embedded;
const aws = awsClients();

const bodies: Record<string, object> = {
  "with the defaults": {},
  "with much": {
    trust: {
      branches: ["main", "release/*"],
      tags: ["v*"],
      environments: ["a b", "prod"],
      jobWorkflowRefs: ["acme/ci/.github/workflows/publish.yml@refs/heads/main"],
    },
    maxSessionSeconds: 7200,
    tags: { team: "core" },
  },
  "for pull requests": { trust: { branches: ["main"], pullRequests: true }, ecr: [] },
  "with profiles and managed policies": { profiles: ["s3-artifacts"], managedPolicyArns: [S3_READ] },
  "in another region": { region: "eu-west-1", trust: { branches: ["main"] } },
  "with settings of its own": { ecr: [{ settings: { tagMutability: "MUTABLE", scanOnPush: false } }] },
};
const bodyOf = (name: string, repo: string): object =>
  JSON.parse(
    JSON.stringify(bodies[name] ?? {}).replaceAll(
      '{"settings"',
      `{"repository":"acme/${repo}","access":"push","settings"`,
    ),
  );

test.each(Object.keys(bodies))("a registration %s is taken back from AWS alone", async (name) => {
  const repo = uniqueName();
  const before = (await api("PUT", rolePath(repo), { body: bodyOf(name, repo) })).registration();
  const role = await existingRole(aws, before.roleArn);
  const ecr = await ecrInAws(aws, `acme/${repo}`);
  const { api: anew, local } = await embedded.startAnother(emptyTable());

  const { result, calls } = await callsOf(() => reconcile(local.services, OPERATOR));
  expect(writesOf(calls)).toEqual([]);
  const found = result.unrecorded.find(({ roleArn }) => roleArn === before.roleArn);
  if (found === undefined || "reason" in found) throw new Error(JSON.stringify(found));
  const foretold = await takeBack(local.services, { ...found.put, dryRun: true });
  if (failed(foretold)) throw new Error(JSON.stringify(foretold));
  expect(foretold.changes).toEqual([]);
  expect((await anew("GET", rolePath(repo))).status).toBe(404);

  expect(failed(await takeBack(local.services, found.put))).toBe(false);
  const after = (await anew("GET", rolePath(repo))).registration();
  const { roleArn, subjects, ecr: repositories, spec } = before;
  expect(after).toMatchObject({ status: "ready", roleArn, subjects, ecr: repositories, updatedBy: OPERATOR });
  const { trust, ecr: access, tags, profiles, managedPolicyArns, region } = spec;
  expect(after.spec).toMatchObject({ trust, ecr: access, tags, profiles, managedPolicyArns, region });
  expect(await existingRole(aws, before.roleArn)).toEqual(role);
  expect(await ecrInAws(aws, `acme/${repo}`)).toEqual(ecr);
  expect((await anew("POST", `${rolePath(repo)}/drift-checks`)).text).toContain('"status":"in-sync"');
  const next = await reconcile(local.services, OPERATOR);
  expect(next.unrecorded.map((one) => one.roleArn)).not.toContain(before.roleArn);
});

test("a role whose tags were taken away stays as it is, with the reason", async () => {
  const repo = uniqueName();
  const { roleArn } = (await api("PUT", rolePath(repo))).registration();
  const RoleName = roleArn.split("/").at(-1);
  await aws.iam.send(new UntagRoleCommand({ RoleName, TagKeys: ["rolecall:role"] }));
  const { local } = await embedded.startAnother(emptyTable());
  const { unrecorded } = await reconcile(local.services, OPERATOR);
  expect(unrecorded.find((one) => one.roleArn === roleArn)).toEqual({ roleArn, reason: expect.any(String) });
});

test("a registration whose role is not as it asks for is told, and not changed", async () => {
  const repo = uniqueName();
  const { roleArn } = (await api("PUT", rolePath(repo))).registration();
  const RoleName = roleArn.split("/").at(-1);
  await aws.iam.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: 7200 }));
  const { result, calls } = await callsOf(() => reconcile(services, OPERATOR));
  const found = result.differing.find((one) => one.roleArn === roleArn);
  expect(found?.changes.map(({ path }) => path)).toEqual(["/maxSessionSeconds"]);
  expect(namesOf(writesOf(calls))).toEqual([]);
});

test("forged tags take nothing back", async () => {
  const repo = uniqueName();
  const { roleArn } = (await api("PUT", rolePath(repo))).registration();
  const { trustPolicy, boundaryArn } = await existingRole(aws, roleArn);
  const Tags = Object.entries({
    "rolecall:id": "x",
    "rolecall:role": "pwn",
    "rolecall:repository": `acme/${repo}`,
  }).map(([Key, Value]) => ({ Key, Value }));
  const RoleName = uniqueName("forged");
  await aws.iam.send(
    new CreateRoleCommand({
      RoleName,
      Path: "/rolecall/",
      Tags,
      PermissionsBoundary: boundaryArn,
      AssumeRolePolicyDocument: JSON.stringify(trustPolicy),
    }),
  );
  const { unrecorded } = await reconcile(services, OPERATOR);
  const found = unrecorded.find((one) => one.roleArn.endsWith(RoleName));
  expect(found).toMatchObject({ reason: expect.stringContaining("name") });
});

test("a registration whose role was deleted since is told, and not made again", async () => {
  const repo = uniqueName();
  const { roleArn } = (await api("PUT", rolePath(repo))).registration();
  const RoleName = roleArn.split("/").at(-1);
  await aws.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "rolecall-ecr" }));
  await aws.iam.send(new DeleteRoleCommand({ RoleName }));
  const { result, calls } = await callsOf(() => reconcile(services, OPERATOR));
  expect(result.missing).toContainEqual({ owner: "acme", repo, role: "publish", roleArn });
  expect(namesOf(writesOf(calls))).toEqual([]);
});

test("what the operator lists no longer, and what others gave the role, is taken from it as it is taken back", async () => {
  const repo = uniqueName();
  const body = { profiles: ["s3-artifacts"], managedPolicyArns: [S3_READ] };
  const { roleArn } = (await api("PUT", rolePath(repo), { body })).registration();
  const RoleName = roleArn.split("/").at(-1);
  const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
  await aws.iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  await embedded.decide({ managedPolicies: [], profiles: {} });
  const { local } = await embedded.startAnother(emptyTable());
  const { unrecorded } = await reconcile(local.services, OPERATOR);
  const found = unrecorded.find((one) => one.roleArn === roleArn);
  if (found === undefined || "reason" in found) throw new Error(JSON.stringify(found));
  expect(found.put.request).toMatchObject({ profiles: [], managedPolicyArns: [] });
  expect(failed(await takeBack(local.services, found.put))).toBe(false);
  const { inlinePolicies, attachedPolicyArns } = await existingRole(aws, roleArn);
  expect([Object.keys(inlinePolicies), attachedPolicyArns]).toEqual([["rolecall-ecr"], []]);
});
