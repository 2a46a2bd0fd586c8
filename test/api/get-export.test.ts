import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { CreateRoleCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { awsClients } from "../harness/aws.ts";
import { type RegistrationRequest, rolePath, startRolecall, uniqueName } from "../harness/rolecall.ts";

const { api } = await startRolecall();
const aws = awsClients();

const FORMATS = ["cloudformation", "terraform", "cli"];

const registered = async (body?: (repo: string) => RegistrationRequest) => {
  const repo = uniqueName();
  const registration = (await api("PUT", rolePath(repo), { body: body?.(repo) })).registration();
  return {
    repo,
    path: `${rolePath(repo)}/export`,
    registration,
    name: registration.roleArn.split("/").at(-1),
  };
};

describe("200", () => {
  test("as a file that is named after the role", async () => {
    const { path, name } = await registered();
    const sent = await Promise.all(FORMATS.map((format) => api("GET", `${path}?format=${format}`)));
    expect(
      sent.map(({ status, headers }) => [status, headers["content-type"], headers["content-disposition"]]),
    ).toEqual([
      [200, "text/yaml; charset=utf-8", `attachment; filename="${name}.yml"`],
      [200, "text/plain; charset=utf-8", `attachment; filename="${name}.tf"`],
      [200, "text/plain; charset=utf-8", `attachment; filename="${name}.sh"`],
    ]);
    const [template = "", configuration, script] = sent.map(({ text }) => text);
    expect(parse(template).Resources.Role.Properties.RoleName).toBe(name);
    expect(configuration).toContain(`to = aws_iam_role.role\n  id = "${name}"\n`);
    expect(script).toContain(`\naws iam create-role \\\n  --role-name '${name}' \\\n`);
  });

  test("has the settings that a repository has now, whichever role's PUT gave them", async () => {
    const { repo, path } = await registered();
    const ecr = [{ repository: `acme/${repo}`, settings: { scanOnPush: false, exclusions: [] } }];
    await api("PUT", rolePath(repo, "other"), { body: { ecr } });
    const { Properties } = parse((await api("GET", `${path}?format=cloudformation`)).text).Resources
      .Repository;
    expect(Properties).toMatchObject({
      RepositoryName: `acme/${repo}`,
      ImageTagMutability: "IMMUTABLE",
      ImageScanningConfiguration: { ScanOnPush: false },
    });
  });

  test("makes no repository that was there before", async () => {
    const repo = uniqueName();
    await aws.ecr.send(new CreateRepositoryCommand({ repositoryName: `acme/${repo}` }));
    expect((await api("PUT", rolePath(repo))).registration().ecr).toMatchObject([{ managed: false }]);
    for (const format of FORMATS) {
      const { text } = await api("GET", `${rolePath(repo)}/export?format=${format}`);
      expect(text).toContain(`# - the ECR repository acme/${repo}, `);
      expect(text).not.toMatch(/AWS::ECR::Repository|resource "aws_ecr|aws ecr /);
    }
  });
});

describe("404", () => {
  test("what is not registered, and another spelling", async () => {
    const { repo } = await registered();
    for (const name of [uniqueName(), repo.toUpperCase()]) {
      const answer = await api("GET", `${rolePath(name)}/export?format=cli`);
      expect(answer.problem().code).toBe("not-registered");
    }
  });
});

describe("409", () => {
  test("while the registration is not ready", async () => {
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
    const answer = await api("GET", `${rolePath(repo)}/export?format=cli`);
    expect(answer.status).toBe(409);
    expect(answer.problem().code).toBe("not-ready");
  });
});

describe("422", () => {
  test.each<[string, string[]]>([
    ["", ["/format"]],
    ["format=", ["/format"]],
    ["format=pulumi", ["/format"]],
    ["format=cli&format=cli", ["/format"]],
    ["format=cli&kind=docker", ["/kind"]],
  ])("?%s is refused", async (query, pointers) => {
    const { path } = await registered();
    const answer = await api("GET", `${path}?${query}`);
    expect(answer.status).toBe(422);
    expect([...new Set(answer.problem().errors?.map(({ pointer }) => pointer))]).toEqual(pointers);
  });
});
