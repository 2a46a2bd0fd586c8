/** A table that is lost or restored to an earlier time: what AWS holds is taken back, and what is missing is told. */
import { randomUUID } from "node:crypto";
import { DeleteRoleCommand, DeleteRolePolicyCommand, UntagRoleCommand } from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { failed } from "../../../src/errors.ts";
import { reconcile, takeBack } from "../../../src/registration/reconcile.ts";
import { awsClients, ecrInAws, existingRole } from "../../harness/aws.ts";
import { namesOf, startEmbedded, writesOf } from "../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../harness/rolecall.ts";

const OPERATOR = "arn:aws:iam::123456789012:user/operator";
process.env["ROLECALL_REGIONS"] = "eu-west-1";
const embedded = await startEmbedded({ tagKeys: ["team"] });
const { api, callsOf, services } = embedded;
const aws = awsClients();

const bodies: Record<string, object> = {
  "with the defaults": {},
  "with much": {
    trust: {
      branches: ["main", "release/*"],
      tags: ["v*"],
      environments: ["a:b", "prod"],
      jobWorkflowRefs: ["acme/ci/.github/workflows/publish.yml@refs/heads/main"],
    },
    maxSessionSeconds: 7200,
    tags: { team: "core" },
  },
  "for pull requests": { trust: { branches: ["main"], pullRequests: true }, ecr: [] },
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
  process.env["ROLECALL_TABLE"] = `rolecall-${randomUUID()}`;
  const { api: anew, local } = await embedded.startAnother();

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
  const { trust, tags, region } = spec;
  expect(after.spec).toMatchObject({ trust, ecr: spec.ecr, tags, region });
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
  process.env["ROLECALL_TABLE"] = `rolecall-${randomUUID()}`;
  const { local } = await embedded.startAnother();
  const { unrecorded } = await reconcile(local.services, OPERATOR);
  expect(unrecorded.find((one) => one.roleArn === roleArn)).toEqual({ roleArn, reason: expect.any(String) });
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
