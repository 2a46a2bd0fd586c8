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

  test.each(["docker", "helm"])("kind=%s decides, whatever the registration's own kind is", async (kind) => {
    const { path } = await registered(() => ({ workflow: { kind: kind === "docker" ? "helm" : "docker" } }));
    const [own, other] = [await api("GET", path), await api("GET", `${path}?kind=${kind}`)];
    expect(other.status).toBe(200);
    expect(other.text).not.toBe(own.text);
    expect(other.text.includes("docker/build-push-action")).toBe(kind === "docker");
    expect(other.text.includes("helm push")).toBe(kind === "helm");
  });

  test("form: the caller is what the repository commits, the reusable one is for where the trust names it", async () => {
    const { path, registration } = await registered(() => ({
      trust: {
        branches: ["main"],
        jobWorkflowRefs: ["acme/workflows/.github/workflows/image.yml@refs/tags/v1"],
      },
    }));
    const [own, caller, reusable] = [
      await api("GET", path),
      await api("GET", `${path}?form=caller`),
      await api("GET", `${path}?form=reusable&kind=helm`),
    ];
    expect(own.text).toBe(registration.workflow?.content);
    expect(caller).toMatchObject({ status: 200, text: own.text });
    expect(caller.headers["content-disposition"]).toBe('attachment; filename="publish.yml"');
    expect(parse(caller.text).jobs).toEqual({
      publish: { uses: "acme/workflows/.github/workflows/image.yml@v1" },
    });
    expect(reusable.status).toBe(200);
    expect(reusable.headers["content-disposition"]).toBe('attachment; filename="image.yml"');
    expect(parse(reusable.text).on).toEqual({ workflow_call: null });
    expect(reusable.text).toContain("helm push");
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

  test.each([
    ["no workflow", []],
    ["the very file that is committed", ["REPO/.github/workflows/publish.yml@refs/heads/main"]],
    [
      "what is no single place",
      [
        "acme/workflows/.github/workflows/x.yml@refs/tags/*",
        "REPO/.github/workflows/publish.yml@refs/heads/main",
      ],
    ],
  ])("form: the trust names %s, so there is nothing to call", async (_, pins) => {
    const repo = uniqueName();
    const jobWorkflowRefs = pins.map((pin) => pin.replace("REPO", `acme/${repo}`));
    await api("PUT", rolePath(repo), { body: { trust: { branches: ["main"], jobWorkflowRefs } } });
    expect((await api("GET", `${rolePath(repo)}/workflow`)).status).toBe(200);
    for (const form of ["caller", "reusable"]) {
      const answer = await api("GET", `${rolePath(repo)}/workflow?form=${form}`);
      expect(answer.status).toBe(422);
      expect(answer.problem().errors).toMatchObject([{ pointer: "/form" }]);
    }
  });

  test("nothing may be pushed, in no form", async () => {
    const { path } = await registered(() => ({ ecr: [] }));
    const answer = await api("GET", `${path}?form=reusable`);
    expect(answer.problem().errors).toMatchObject([{ pointer: "/kind" }]);
  });

  test.each<[string, string[]]>([
    ["form=whole", ["/form"]],
    ["form=caller&form=reusable", ["/form"]],
    ["kind=npm", ["/kind"]],
    ["kind=", ["/kind"]],
    ["kind=docker&kind=helm", ["/kind"]],
    ["type=docker", ["/type"]],
  ])("?%s is refused", async (query, pointers) => {
    const { path } = await registered();
    const answer = await api("GET", `${path}?${query}`);
    expect(answer.status).toBe(422);
    expect([...new Set(answer.problem().errors?.map(({ pointer }) => pointer))]).toEqual(pointers);
  });
});
