/** A deployment of another stage: its roles have the path of its boundary, and it takes nothing under another path for its own. */
import { CreatePolicyCommand, CreateRoleCommand } from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { rolePathOf } from "../../../src/desired/names.ts";
import { reconcile } from "../../../src/recovery/reconcile.ts";
import { rollCall, UNLIMITED } from "../../../src/roll-call/roll-call.ts";
import { awsClients } from "../../harness/aws.ts";
import { startEmbedded } from "../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../harness/rolecall.ts";

const { api, services } = await startEmbedded();
const { iam } = awsClients();
const { Policy } = await iam.send(
  new CreatePolicyCommand({
    Path: "/rolecall-dev/",
    PolicyName: "boundary",
    PolicyDocument: JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" }],
    }),
  }),
);
const boundaryArn = Policy?.Arn ?? "";
Object.assign(services.config, { boundaryArn, rolePath: rolePathOf(boundaryArn) });

const trust = (Service: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service }, Action: "sts:AssumeRole" }],
  });
const strangers = ["/rolecall/", "/rolecall-dev/", "/rolecall-dev-2/"].map((Path, index) =>
  iam.send(
    new CreateRoleCommand({
      Path,
      RoleName: `stranger-${index}`,
      AssumeRolePolicyDocument: trust("ec2.amazonaws.com"),
    }),
  ),
);
const arns = (await Promise.all(strangers)).map(({ Role }) => Role?.Arn ?? "");

test.each([
  ["arn:aws:iam::123456789012:policy/rolecall/rolecall-prod-PermissionsBoundary-1A2B", "/rolecall/"],
  ["arn:aws:iam::123456789012:policy/rolecall-dev/b", "/rolecall-dev/"],
])("the roles of the boundary %s are under %s", (arn, path) => {
  expect(rolePathOf(arn)).toBe(path);
});

test("a registration's role is under the stage's path, and the roll call finds it in sync", async () => {
  const repo = uniqueName();
  const { roleArn } = (await api("PUT", rolePath(repo))).registration();
  expect(roleArn).toMatch(/^arn:aws:iam::123456789012:role\/rolecall-dev\/[^/]+$/);
  const { counts } = await rollCall(services, UNLIMITED);
  expect(counts).toMatchObject({ checked: 1, inSync: 1, failed: 0 });
  const { items } = JSON.parse((await api("GET", "/v1/audit")).text);
  expect(items.map((entry: { roleArn: string }) => entry.roleArn).sort()).toEqual([arns[1], roleArn].sort());
});

test("the reconciliation looks at the stage's roles alone", async () => {
  const { unrecorded } = await reconcile(services, "operator");
  expect(unrecorded.map(({ roleArn }) => roleArn)).toEqual([arns[1]]);
});
