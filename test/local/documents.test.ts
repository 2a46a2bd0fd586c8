import {
  CreatePolicyCommand,
  CreateRoleCommand,
  GetRoleCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cases } from "./cases/documents.ts";
import { type Running, refused, start, trust } from "./clients.ts";

let exempt = false;
let aws: Running;
beforeAll(async () => {
  aws = await start({ identityProviderControls: () => !exempt });
  await aws.iam.send(new CreateRoleCommand({ RoleName: "there", AssumeRolePolicyDocument: trust() }));
});
afterAll(() => aws.close());

describe.each(["trust", "identity"] as const)("%s", (kind) => {
  test.each(cases.filter((each) => each.kind === kind))(
    "IAM accepts or refuses as expected: $name",
    async ({ document, text, says }) => {
      const PolicyDocument = text ?? JSON.stringify(document);
      const calls =
        kind === "trust"
          ? [
              () =>
                aws.iam.send(
                  new CreateRoleCommand({ RoleName: newName(), AssumeRolePolicyDocument: PolicyDocument }),
                ),
              () => aws.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: "there", PolicyDocument })),
            ]
          : [
              () =>
                aws.iam.send(
                  new PutRolePolicyCommand({ RoleName: "there", PolicyName: "p", PolicyDocument }),
                ),
              () => aws.iam.send(new CreatePolicyCommand({ PolicyName: newName(), PolicyDocument })),
            ];
      for (const call of calls) {
        if (says === undefined) await call();
        else
          expect(await refused(call())).toEqual({
            name: "MalformedPolicyDocumentException",
            status: 400,
            message: expect.stringMatching(new RegExp(`^${says.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`)),
          });
      }
      if (kind === "trust" && says === undefined) {
        const { Role } = await aws.iam.send(new GetRoleCommand({ RoleName: "there" }));
        expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")).toBe(PolicyDocument);
      }
    },
  );
});

let count = 0;
function newName(): string {
  count += 1;
  return `new-${count}`;
}

test("documents are returned URL-encoded as RFC 3986 demands", async () => {
  const statement = JSON.parse(trust("repo:acme/api:environment:it's (*)!")).Statement;
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: statement });
  await aws.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: "there", PolicyDocument }));
  const { Role } = await aws.iam.send(new GetRoleCommand({ RoleName: "there" }));
  expect(Role?.AssumeRolePolicyDocument).toMatch(/^[A-Za-z0-9\-._~%]+$/);
  expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")).toBe(PolicyDocument);
});

test.each([
  ["above Latin-1", "repo:acme/api:environment:日本"],
  ["an emoji", "repo:acme/api:environment:🚀"],
])("a document with characters %s is refused", async (_, sub) => {
  const call = aws.iam.send(
    new UpdateAssumeRolePolicyCommand({ RoleName: "there", PolicyDocument: trust(sub) }),
  );
  expect(await refused(call)).toMatchObject({
    name: "ValidationError",
    status: 400,
    message: expect.stringContaining("at 'policyDocument' failed to satisfy constraint"),
  });
});

test("a role that is older than GitHub's rule keeps its trust policy until it is edited", async () => {
  const old = JSON.parse(trust());
  delete old.Statement[0].Condition;
  const PolicyDocument = JSON.stringify(old);
  const edit = () => aws.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: "there", PolicyDocument }));
  exempt = true;
  await edit();
  exempt = false;
  const { Role } = await aws.iam.send(new GetRoleCommand({ RoleName: "there" }));
  expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")).toBe(PolicyDocument);
  expect(await refused(edit())).toMatchObject({ name: "MalformedPolicyDocumentException" });
});

test("in another partition, ARNs have that partition", async () => {
  const china = await start({ region: "cn-north-1" });
  const theirs = trust().replace("arn:aws:", "arn:aws-cn:");
  const { Role } = await china.iam.send(
    new CreateRoleCommand({ RoleName: "r", AssumeRolePolicyDocument: theirs }),
  );
  expect(Role?.Arn).toBe("arn:aws-cn:iam::123456789012:role/r");
  const call = china.iam.send(new CreateRoleCommand({ RoleName: "s", AssumeRolePolicyDocument: trust() }));
  expect(await refused(call)).toMatchObject({ name: "MalformedPolicyDocumentException" });
  await china.close();
});
