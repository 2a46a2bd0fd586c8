/** `?dryRun=true`: the answer says what a PUT would do, which it then does, and nothing is written. */
import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { awsClients, ecrInAws, existingRole, roleArnsWith, roleInAws } from "../../harness/aws.ts";
import {
  type Registration,
  type RegistrationRequest,
  rolePath,
  startRolecall,
  uniqueName,
} from "../../harness/rolecall.ts";

const { api, clock } = await startRolecall();
const aws = awsClients();

const dryRun = (repo: string, body?: RegistrationRequest) =>
  api("PUT", `${rolePath(repo)}?dryRun=true`, { body });
const put = (repo: string, body?: RegistrationRequest) => api("PUT", rolePath(repo), { body });
/** The changes of the role and the ECR repositories; the provider is the account's, and others may make it. */
const changesOf = ({ changes = [], providerArn }: Registration) =>
  changes.filter(({ resource }) => resource !== providerArn);

describe("of what is new", () => {
  test("shows the registration and every resource to be made, and writes nothing", async () => {
    const repo = uniqueName();
    const answer = await dryRun(repo);
    expect(answer.status).toBe(200);
    const shown = answer.registration();
    expect(shown).toMatchObject({
      dryRun: true,
      version: 0,
      status: "provisioning",
      subjects: [expect.stringContaining(`/${repo}`)],
      ecr: [{ repository: `acme/${repo}`, access: "push" }],
    });
    expect(changesOf(shown)).toMatchObject([
      { resource: shown.roleArn, path: "", actual: null, effect: "widens", repairable: true },
      { resource: shown.ecr[0]?.arn, path: "", actual: null, effect: "widens", repairable: true },
    ]);

    expect((await api("GET", rolePath(repo))).status).toBe(404);
    expect((await api("GET", `/v1/repos/acme/${repo}/roles`)).page().items).toEqual([]);
    expect(await roleInAws(aws, shown.roleArn)).toBeUndefined();
    expect(await ecrInAws(aws, `acme/${repo}`)).toBeUndefined();
  });

  test("claims no name either", async () => {
    const unique = uniqueName("");
    await dryRun(`a${unique}`);
    // Both fold to one namespace.
    expect((await put(`a${unique}-`)).status).toBe(201);
  });

  test("what it shows is what happens", async () => {
    const repo = uniqueName();
    const body = {
      trust: { tags: ["v*"] },
      ecr: [{ repository: `acme/${repo}/a`, access: "both" as const }],
    };
    const shown = (await dryRun(repo, body)).registration();
    const done = (await put(repo, body)).registration();
    expect(changesOf(done)).toEqual(changesOf(shown));
    expect({ ...done, changes: [] }).toMatchObject({
      spec: shown.spec,
      subjects: shown.subjects,
      roleArn: shown.roleArn,
    });
  });

  test("an ECR repository that exists is used as it is: no change of it is shown, as none will be made", async () => {
    const repo = uniqueName();
    const repositoryName = `acme/${repo}`;
    await aws.ecr.send(new CreateRepositoryCommand({ repositoryName, imageTagMutability: "MUTABLE" }));
    const shown = (await dryRun(repo)).registration();
    expect(changesOf(shown).map(({ resource }) => resource)).toEqual([shown.roleArn]);
  });
});

describe("of what is registered", () => {
  test("unchanged: no changes, and the ETag is the registration's", async () => {
    const repo = uniqueName();
    const before = await put(repo);
    clock.advance(1_000);
    const shown = await dryRun(repo);
    expect(shown.status).toBe(200);
    expect(shown.registration()).toEqual({ ...before.registration(), changes: [], dryRun: true });
    expect(shown.headers["etag"]).toBe(before.headers["etag"]);
  });

  const changes: [string, RegistrationRequest, string[], string[]][] = [
    ["another branch", { trust: { branches: ["other"] } }, ["/trustPolicy"], ["widens"]],
    ["more branches", { trust: { branches: ["main", "other"] } }, ["/trustPolicy"], ["widens"]],
    ["a longer session", { maxSessionSeconds: 7200 }, ["/maxSessionSeconds"], ["widens"]],
    ["no access", { ecr: [] }, ["/inlinePolicies/rolecall-ecr"], ["narrows"]],
    ["the workflow alone", { workflow: { kind: "helm" } }, [], []],
  ];

  test.each(changes)(
    "changed by %s: shown, not done, and then done as it was shown",
    async (_, body, paths, effects) => {
      const repo = uniqueName();
      const before = await put(repo);
      const role = await existingRole(aws, before.registration().roleArn);
      const shown = (await dryRun(repo, body)).registration();
      expect(shown).toMatchObject({ dryRun: true, status: "ready", version: 1 });
      expect(changesOf(shown).map(({ path }) => path)).toEqual(paths);
      expect(changesOf(shown).map(({ effect }) => effect)).toEqual(effects);

      const after = await api("GET", rolePath(repo));
      expect(after.registration()).toEqual(withoutChanges(before.registration()));
      expect(after.headers["etag"]).toBe(before.headers["etag"]);
      expect(await existingRole(aws, role.arn)).toEqual(role);

      const done = (await put(repo, body)).registration();
      expect(changesOf(done)).toEqual(changesOf(shown));
    },
  );

  const withoutChanges = ({ changes: _, ...registration }: Registration) => registration;

  test("fewer branches narrow", async () => {
    const repo = uniqueName();
    await put(repo, { trust: { branches: ["a", "b"] } });
    const shown = (await dryRun(repo, { trust: { branches: ["a"] } })).registration();
    expect(changesOf(shown)).toMatchObject([{ path: "/trustPolicy", effect: "narrows" }]);
  });

  test("and tampered with: the dry run finds it and leaves it", async () => {
    const repo = uniqueName();
    const { roleArn } = (await put(repo)).registration();
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }],
    });
    const RoleName = roleArn.split("/").at(-1);
    await aws.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "foreign", PolicyDocument }));
    const shown = (await dryRun(repo)).registration();
    expect(changesOf(shown)).toMatchObject([
      { resource: roleArn, path: "/inlinePolicies/foreign", expected: null },
    ]);
    expect((await existingRole(aws, roleArn)).inlinePolicies).toHaveProperty("foreign");
  });
});

test("dryRun=false is a PUT as any other", async () => {
  const repo = uniqueName();
  const answer = await api("PUT", `${rolePath(repo)}?dryRun=false`);
  expect(answer.status).toBe(201);
  expect(answer.registration()).not.toHaveProperty("dryRun");
});

test("preconditions hold for it too", async () => {
  const repo = uniqueName();
  const path = `${rolePath(repo)}?dryRun=true`;
  expect((await api("PUT", path, { headers: { "if-match": "*" } })).status).toBe(412);
  expect((await api("PUT", path, { headers: { "if-none-match": "*" } })).status).toBe(200);
});

test("its ETag, sent back as If-Match, lets the shown change through", async () => {
  const repo = uniqueName();
  await put(repo);
  const known = await api("GET", rolePath(repo));
  const unchanged = await dryRun(repo);
  const headers = { "if-match": unchanged.headers["etag"] ?? "" };
  expect(headers["if-match"]).toBe(known.headers["etag"]);
  expect((await api("PUT", rolePath(repo), { body: { maxSessionSeconds: 7200 }, headers })).status).toBe(200);
});

test("no role was made by any of the dry runs alone", async () => {
  const repo = uniqueName();
  for (const maxSessionSeconds of [3600, 7200]) await dryRun(repo, { maxSessionSeconds });
  expect(await roleArnsWith(aws, repo)).toEqual([]);
});
