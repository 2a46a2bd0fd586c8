import { DeleteRoleCommand, DeleteRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import type { components } from "../../src/generated/contract.ts";
import { awsClients } from "../harness/aws.ts";
import { type RegistrationRequest, rolePath, startRolecall, uniqueName } from "../harness/rolecall.ts";

type Explanation = components["schemas"]["Explanation"];

const { api } = await startRolecall();
const aws = awsClients();

const registered = async (body?: RegistrationRequest) => {
  const repo = uniqueName();
  const { subjects, roleArn, spec } = (await api("PUT", rolePath(repo), { body })).registration();
  return {
    repo,
    path: `${rolePath(repo)}/explanations`,
    subject: subjects[0] ?? "",
    roleArn,
    ids: spec.github,
  };
};
const explained = async (path: string, body: unknown): Promise<Explanation> => {
  const answer = await api("POST", path, { body });
  expect(answer.status).toBe(200);
  return JSON.parse(answer.text);
};

describe("200", () => {
  test("a subject that the role accepts", async () => {
    const { path, subject } = await registered();
    const { allowed, conditions, verification } = await explained(path, { sub: subject });
    expect({ allowed, verification }).toEqual({ allowed: true, verification: "none" });
    expect(conditions.every(({ holds }) => holds)).toBe(true);
    const bySub = conditions.find(({ key }) => key.endsWith(":sub"));
    expect(bySub).toMatchObject({ actual: [subject], assumed: false });
    expect(conditions.find(({ key }) => key.endsWith(":repository_id"))).toMatchObject({ assumed: true });
  });

  test.each([
    ["another branch", (sub: string) => sub.replace("heads/main", "heads/other")],
    ["another branch that begins the same", (sub: string) => `${sub}-2`],
    ["a tag of the branch's name", (sub: string) => sub.replace("heads/", "tags/")],
    ["an environment", (sub: string) => sub.replace(/ref:.*$/, "environment:prod")],
    ["a pull request", (sub: string) => sub.replace(/ref:.*$/, "pull_request")],
    ["another case", (sub: string) => sub.replace("acme", "Acme")],
    ["nothing of the sort", () => "x"],
  ])("a subject that it does not accept: %s", async (_, other) => {
    const { path, subject } = await registered();
    const { allowed, conditions, remedy } = await explained(path, { sub: other(subject) });
    expect(allowed).toBe(false);
    expect(conditions.filter(({ holds }) => !holds).map(({ key }) => key.split(":").at(-1))).toEqual(["sub"]);
    expect(remedy).toMatch(/^\S.*\.$/s);
  });

  test("claims of another repository under the same name", async () => {
    const { path, subject } = await registered();
    const { allowed, conditions, remedy } = await explained(path, {
      claims: { sub: subject, repository_id: "1" },
    });
    expect(allowed).toBe(false);
    expect(conditions.find(({ key }) => key.endsWith(":repository_id"))).toMatchObject({
      holds: false,
      assumed: false,
    });
    expect(remedy).toContain("1");
  });

  test("it is AWS that is asked: what is gone lets nobody in", async () => {
    const { path, subject, roleArn } = await registered();
    const RoleName = roleArn.split("/").at(-1) ?? "";
    await aws.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "rolecall-ecr" }));
    await aws.iam.send(new DeleteRoleCommand({ RoleName }));
    expect(await explained(path, { sub: subject })).toMatchObject({ allowed: false, conditions: [] });
  });
});

describe("400", () => {
  test("a body that is no JSON is refused", async () => {
    const { path } = await registered();
    const answer = await api("POST", path, { body: "{", headers: { "content-type": "application/json" } });
    expect(answer.problem().code).toBe("body-not-json");
  });
});

describe("404", () => {
  test("what is not registered, and another spelling", async () => {
    const { repo } = await registered();
    for (const name of [uniqueName(), repo.toUpperCase()]) {
      expect((await api("POST", `${rolePath(name)}/explanations`, { body: { sub: "x" } })).status).toBe(404);
    }
  });
});

describe("413 and 415", () => {
  test("a body that is too large, or not declared as JSON, is refused", async () => {
    const { path } = await registered();
    const large = JSON.stringify({ token: "x".repeat(70_000) });
    expect(
      (await api("POST", path, { body: large, headers: { "content-type": "application/json" } })).status,
    ).toBe(413);
    expect((await api("POST", path, { body: '{"sub":"x"}' })).status).toBe(415);
  });
});

describe("422", () => {
  test.each<[string, unknown, string[]]>([
    ["nothing", {}, [""]],
    ["two at once", { sub: "x", claims: {} }, [""]],
    ["an unknown field", { subject: "x" }, ["/subject"]],
    ["an empty subject", { sub: "" }, ["/sub"]],
    ["a number for a subject", { sub: 1 }, ["/sub"]],
    ["a subject too long", { sub: "x".repeat(2049) }, ["/sub"]],
    ["a claim that is an object", { claims: { sub: {} } }, ["/claims/sub"]],
    ["a token that is none", { token: "x.y.z" }, ["/token"]],
    ["a token too long", { token: "x".repeat(16_385) }, ["/token"]],
  ])("%s is refused", async (_, body, pointers) => {
    const { path } = await registered();
    const answer = await api("POST", path, { body });
    expect(answer.status).toBe(422);
    expect([...new Set(answer.problem().errors?.map(({ pointer }) => pointer))]).toEqual(pointers);
  });

  test("a request without a body is refused, because the contract requires one", async () => {
    const { path } = await registered();
    expect((await api("POST", path)).status).toBe(422);
  });

  test("names and queries that cannot be", async () => {
    expect((await api("POST", `${rolePath("a%20b")}/explanations`, { body: { sub: "x" } })).status).toBe(422);
    const { path } = await registered();
    expect((await api("POST", `${path}?sub=x`, { body: { sub: "x" } })).problem().errors?.[0]?.pointer).toBe(
      "/sub",
    );
  });
});
