import { CreateRoleCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { awsClients } from "../harness/aws.ts";
import { type RegistrationRequest, rolePath, startRolecall, uniqueName } from "../harness/rolecall.ts";

const { api } = await startRolecall();
const aws = awsClients();

const registered = async (body?: (repo: string) => RegistrationRequest) => {
  const repo = uniqueName();
  const registration = (await api("PUT", rolePath(repo), { body: body?.(repo) })).registration();
  return { repo, path: `${rolePath(repo)}/workflow`, registration };
};

describe("200", () => {
  test("is the registration's own workflow, as YAML to be saved under its name", async () => {
    const { path, registration } = await registered();
    const answer = await api("GET", path);
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(registration.workflow?.content);
    expect(answer.headers["content-type"]).toBe("text/yaml; charset=utf-8");
    expect(answer.headers["content-disposition"]).toBe('attachment; filename="publish.yml"');
    expect(parse(answer.text)).toMatchObject({
      name: "publish",
      on: { push: { branches: ["main"] } },
      permissions: { "id-token": "write", contents: "read" },
    });
    expect(answer.text).toContain(`role-to-assume: ${JSON.stringify(registration.roleArn)}`);
  });

  test.each(["docker", "helm"])("kind=%s, whatever the registration's own kind", async (kind) => {
    const { path } = await registered(() => ({ workflow: { kind: kind === "docker" ? "helm" : "docker" } }));
    const [own, other] = [await api("GET", path), await api("GET", `${path}?kind=${kind}`)];
    expect(other.status).toBe(200);
    expect(other.text).not.toBe(own.text);
    expect(other.text.includes("docker/build-push-action")).toBe(kind === "docker");
    expect(other.text.includes("helm push")).toBe(kind === "helm");
  });

  test("follows a change of the spec", async () => {
    const { repo, path } = await registered();
    await api("PUT", rolePath(repo), { body: { trust: { tags: ["v*"] } } });
    expect(parse((await api("GET", path)).text).on).toMatchObject({
      push: { tags: [expect.stringMatching(/^v\*/)] },
    });
  });
});

describe("404", () => {
  test("what is not registered, and another spelling", async () => {
    const { repo } = await registered();
    for (const name of [uniqueName(), repo.toUpperCase()]) {
      expect((await api("GET", `${rolePath(name)}/workflow`)).problem().code).toBe("not-registered");
    }
  });
});

describe("409", () => {
  test("while the registration has never been ready", async () => {
    const repo = uniqueName();
    const { roleArn } = (await api("PUT", `${rolePath(repo)}?dryRun=true`)).registration();
    const AssumeRolePolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
    });
    await aws.iam.send(
      new CreateRoleCommand({ RoleName: roleArn.split("/").at(-1), AssumeRolePolicyDocument }),
    );
    expect((await api("PUT", rolePath(repo))).status).toBe(409);
    const answer = await api("GET", `${rolePath(repo)}/workflow`);
    expect(answer.status).toBe(409);
    expect(answer.problem().code).toBe("not-ready");
  });
});

describe("422", () => {
  test("nothing may be pushed", async () => {
    const { path } = await registered(() => ({ ecr: [] }));
    const answer = await api("GET", path);
    expect(answer.status).toBe(422);
    expect(answer.problem().errors).toMatchObject([{ pointer: "/kind" }]);
  });

  test.each(["docker", "helm"])("only pulling is allowed: kind=%s has nothing to publish", async (kind) => {
    const { path } = await registered((repo) => ({ ecr: [{ repository: `acme/${repo}`, access: "pull" }] }));
    expect((await api("GET", `${path}?kind=${kind}`)).status).toBe(422);
  });

  test.each<[string, string[]]>([
    ["kind=npm", ["/kind"]],
    ["kind=", ["/kind"]],
    ["kind=docker&kind=helm", ["/kind"]],
    ["type=docker", ["/type"]],
  ])("?%s", async (query, pointers) => {
    const { path } = await registered();
    const answer = await api("GET", `${path}?${query}`);
    expect(answer.status).toBe(422);
    expect([...new Set(answer.problem().errors?.map(({ pointer }) => pointer))]).toEqual(pointers);
  });
});
