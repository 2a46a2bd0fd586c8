import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import {
  type AwsClients,
  awsClients,
  ecrInAws,
  existingRole,
  providerAudiences,
  roleArnsWith,
} from "../harness/aws.ts";
import { rolePath, startRolecall, uniqueName } from "../harness/rolecall.ts";

const { api } = await startRolecall();
const aws = awsClients();

const registered = async () => {
  const repo = uniqueName();
  const answer = await api("PUT", rolePath(repo));
  const { roleArn, providerArn, ecr } = answer.registration();
  return { repo, roleArn, providerArn, ecr, etag: answer.headers["etag"] ?? "" };
};
const document = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }],
});

describe("200", () => {
  test("the role and its policy are gone; ECR and the provider stay, and the answer says so", async () => {
    const { repo, roleArn, providerArn, ecr } = await registered();
    const repository = await ecrInAws(aws, `acme/${repo}`);
    const answer = await api("DELETE", rolePath(repo));
    expect(answer.status).toBe(200);
    expect(answer.removal()).toEqual({ removed: [roleArn], stays: [ecr[0]?.arn, providerArn] });
    expect(await roleArnsWith(aws, repo)).toEqual([]);
    expect(await ecrInAws(aws, `acme/${repo}`)).toEqual(repository);
    expect(await providerAudiences(aws, providerArn)).toContain("sts.amazonaws.com");
    expect((await api("GET", rolePath(repo))).status).toBe(404);
    expect((await api("GET", `/v1/repos/acme/${repo}/roles`)).page().items).toEqual([]);
  });

  test("another role of the repository stays", async () => {
    const { repo } = await registered();
    const other = (await api("PUT", rolePath(repo, "other"))).registration();
    const before = await existingRole(aws, other.roleArn);
    await api("DELETE", rolePath(repo));
    expect(await existingRole(aws, other.roleArn)).toEqual(before);
    expect((await api("GET", `/v1/repos/acme/${repo}/roles`)).page().items).toMatchObject([
      { role: "other" },
    ]);
  });

  type Tamper = (client: AwsClients["iam"], RoleName: string) => Promise<unknown>;
  const tampers: [string, Tamper][] = [
    [
      "another inline policy",
      (client, RoleName) =>
        client.send(new PutRolePolicyCommand({ RoleName, PolicyName: "x", PolicyDocument: document })),
    ],
    [
      "an attached policy",
      async (client, RoleName) => {
        const made = await client.send(
          new CreatePolicyCommand({ PolicyName: uniqueName("p"), PolicyDocument: document }),
        );
        await client.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: made.Policy?.Arn }));
      },
    ],
    [
      "no boundary",
      (client, RoleName) => client.send(new DeleteRolePermissionsBoundaryCommand({ RoleName })),
    ],
    [
      "its policy deleted already",
      (client, RoleName) =>
        client.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "rolecall-ecr" })),
    ],
  ];

  test.each(tampers)("a role that was given %s goes all the same", async (_, tamper) => {
    const { repo, roleArn } = await registered();
    await tamper(aws.iam, roleArn.split("/").at(-1) ?? "");
    expect((await api("DELETE", rolePath(repo))).removal().removed).toEqual([roleArn]);
    expect(await roleArnsWith(aws, repo)).toEqual([]);
  });

  test("a role that somebody has deleted before is not claimed to have been removed", async () => {
    const { repo, roleArn } = await registered();
    const RoleName = roleArn.split("/").at(-1) ?? "";
    await aws.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "rolecall-ecr" }));
    await aws.iam.send(new DeleteRoleCommand({ RoleName }));
    expect((await api("DELETE", rolePath(repo))).removal().removed).toEqual([]);
    expect((await api("GET", rolePath(repo))).status).toBe(404);
  });

  test("what was deleted can be registered again, as new, with the ECR repository that stayed", async () => {
    const { repo, roleArn, ecr } = await registered();
    await api("PUT", rolePath(repo), { body: { maxSessionSeconds: 7200 } });
    await api("DELETE", rolePath(repo));
    const again = await api("PUT", rolePath(repo));
    expect(again.status).toBe(201);
    expect(again.registration()).toMatchObject({ version: 1, roleArn, ecr });
    expect(await roleArnsWith(aws, repo)).toEqual([roleArn]);
  });

  test("If-Match that holds", async () => {
    for (const tags of [(etag: string) => etag, () => "*"]) {
      const { repo, etag } = await registered();
      expect((await api("DELETE", rolePath(repo), { headers: { "if-match": tags(etag) } })).status).toBe(200);
    }
  });

  test("of many at once each is told that it is gone, or to come back", async () => {
    const { repo } = await registered();
    const answers = await Promise.all(Array.from({ length: 8 }, () => api("DELETE", rolePath(repo))));
    for (const { status } of answers) expect([200, 404, 409]).toContain(status);
    expect(answers.map(({ status }) => status)).toContain(200);
    expect(await roleArnsWith(aws, repo)).toEqual([]);
  });
});

describe("404", () => {
  test("what is not registered, and what was deleted", async () => {
    const { repo } = await registered();
    expect((await api("DELETE", rolePath(repo, "other"))).problem().code).toBe("not-registered");
    await api("DELETE", rolePath(repo));
    expect((await api("DELETE", rolePath(repo))).status).toBe(404);
  });

  test("another spelling is another path: nothing is deleted", async () => {
    const { repo, roleArn } = await registered();
    expect((await api("DELETE", rolePath(repo.toUpperCase()))).status).toBe(404);
    expect((await api("DELETE", rolePath(repo, "publish", "ACME"))).status).toBe(404);
    expect(await roleArnsWith(aws, repo)).toEqual([roleArn]);
  });
});

describe("412", () => {
  test.each<[string, (etag: string) => string]>([
    ["another tag", () => '"9-x"'],
    ["a weak tag", (etag) => `W/${etag}`],
    ["no tag", () => ""],
  ])("%s: nothing is deleted", async (_, tags) => {
    const { repo, etag, roleArn } = await registered();
    const answer = await api("DELETE", rolePath(repo), { headers: { "if-match": tags(etag) } });
    expect(answer.status).toBe(412);
    expect((await api("GET", rolePath(repo))).registration().status).toBe("ready");
    expect(await roleArnsWith(aws, repo)).toEqual([roleArn]);
  });
});

describe("422", () => {
  test.each<[string, string[]]>([
    [rolePath("a%20b", "A", "-"), ["/owner", "/repo", "/role"]],
    [`${rolePath("api")}?dryRun=true`, ["/dryRun"]],
    [`${rolePath("api")}?force=1&force=2`, ["/force"]],
    [`${rolePath("api")}?repo=other`, ["/repo"]],
  ])("%s is refused", async (path, pointers) => {
    const answer = await api("DELETE", path);
    expect(answer.status).toBe(422);
    expect(
      answer
        .problem()
        .errors?.map(({ pointer }) => pointer)
        .sort(),
    ).toEqual(pointers);
  });
});
