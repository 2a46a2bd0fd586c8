/** A PUT for something that belongs to someone else is refused and changes no byte. (Busy: test/api/embedded/busy.test.ts.) */
import { CreateRoleCommand, PutRolePolicyCommand, type Tag } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { awsClients, ecrInAws, existingRole, roleArnsWith, roleInAws } from "../../harness/aws.ts";
import { rolePath, startRolecall, uniqueName } from "../../harness/rolecall.ts";

const { api, repositories, clock } = await startRolecall();
const aws = awsClients();

/** Longer than what GitHub has answered is remembered. */
const GITHUB_FORGOTTEN_MS = 61_000;

describe("a role of that name that is not ours", () => {
  const trustPolicy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
  });
  const inlinePolicy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }],
  });

  async function foreignRole(RoleName: string, Path: string, Tags: Tag[]) {
    await aws.iam.send(
      new CreateRoleCommand({
        RoleName,
        Path,
        Tags,
        AssumeRolePolicyDocument: trustPolicy,
        Description: "mine",
      }),
    );
    await aws.iam.send(
      new PutRolePolicyCommand({ RoleName, PolicyName: "rolecall-ecr", PolicyDocument: inlinePolicy }),
    );
    return existingRole(aws, RoleName);
  }

  const roles: [string, string, (repo: string) => Tag[]][] = [
    ["elsewhere in the account", "/", () => []],
    ["under another path", "/team/", () => []],
    ["under a path that only begins like ours", "/rolecall/x/", () => []],
    ["under our path, without tags", "/rolecall/", () => []],
    [
      "under our path, with tags like ours",
      "/rolecall/",
      (repo) => [
        { Key: "rolecall:id", Value: "00000000-0000-4000-8000-000000000000" },
        { Key: "rolecall:repository", Value: `acme/${repo}` },
        { Key: "rolecall:role", Value: "publish" },
      ],
    ],
  ];

  test.each(roles)("%s stays as it is", async (_, path, tags) => {
    const repo = uniqueName();
    const dryRunPath = `${rolePath(repo)}?dryRun=true`;
    const { roleArn } = (await api("PUT", dryRunPath)).registration();
    const before = await foreignRole(roleArn.split("/").at(-1) ?? "", path, tags(repo));

    const answer = await api("PUT", rolePath(repo));
    expect(answer.status).toBe(409);
    expect(answer.problem()).toMatchObject({
      code: "role-not-ours",
      detail: expect.stringContaining(before.arn),
    });
    expect(await existingRole(aws, before.arn)).toEqual(before);

    const failed = (await api("GET", rolePath(repo))).registration();
    expect(failed).toMatchObject({ status: "failed", lastError: { code: "role-not-ours" } });
    expect((await api("PUT", rolePath(repo), { body: { maxSessionSeconds: 7200 } })).status).toBe(409);
    expect((await api("PUT", dryRunPath)).status).toBe(409);
    expect(await existingRole(aws, before.arn)).toEqual(before);

    const removed = await api("DELETE", rolePath(repo));
    expect(removed.removal().removed).toEqual([]);
    expect(await existingRole(aws, before.arn)).toEqual(before);
    expect((await api("GET", rolePath(repo))).status).toBe(404);
  });

  test("once it is gone, the same PUT registers", async () => {
    const repo = uniqueName();
    const { roleArn } = (await api("PUT", `${rolePath(repo)}?dryRun=true`)).registration();
    const RoleName = roleArn.split("/").at(-1) ?? "";
    await foreignRole(RoleName, "/", []);
    expect((await api("PUT", rolePath(repo))).status).toBe(409);
    const { DeleteRoleCommand, DeleteRolePolicyCommand } = await import("@aws-sdk/client-iam");
    await aws.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "rolecall-ecr" }));
    await aws.iam.send(new DeleteRoleCommand({ RoleName }));
    const answer = await api("PUT", rolePath(repo));
    expect(answer.registration()).toMatchObject({ status: "ready", roleArn });
    expect(answer.registration()).not.toHaveProperty("lastError");
    expect(await existingRole(aws, roleArn)).toMatchObject({ path: "/rolecall/" });
  });
});

describe("another repository under the same name", () => {
  const replace = (repo: string) => {
    repositories.remove(`acme/${repo}`);
    repositories.set(`acme/${repo}`, { id: 4711 });
    clock.advance(GITHUB_FORGOTTEN_MS);
  };

  test("gets nothing of the registration of the first", async () => {
    const repo = uniqueName();
    const first = await api("PUT", rolePath(repo));
    const before = await existingRole(aws, first.registration().roleArn);
    const id = first.registration().spec.github.repositoryId;
    replace(repo);
    for (const path of [rolePath(repo), `${rolePath(repo)}?dryRun=true`, rolePath(repo, "other")]) {
      const answer = await api("PUT", path, { body: { trust: { branches: ["evil"] } } });
      expect(answer.status).toBe(409);
      const { code, detail } = answer.problem();
      expect(code).toBe("repository-replaced");
      expect(detail).not.toContain(String(id));
      expect(detail).toContain("4711");
    }
    expect(await existingRole(aws, before.arn)).toEqual(before);
    expect(await roleArnsWith(aws, repo)).toEqual([before.arn]);
    const { changes: _, ...stored } = first.registration();
    expect((await api("GET", rolePath(repo))).registration()).toEqual(stored);
  });

  test("nor its ECR repository, when the registration is deleted", async () => {
    const repo = uniqueName();
    await api("PUT", rolePath(repo));
    await api("DELETE", rolePath(repo));
    replace(repo);
    const answer = await api("PUT", rolePath(repo));
    expect(answer.problem().code).toBe("repository-replaced");
    expect(await roleArnsWith(aws, repo)).toEqual([]);
  });

  test("by ids that a caller gives, for a repository that GitHub hides", async () => {
    const repo = uniqueName("missing");
    const put = (repositoryId: number) =>
      api("PUT", rolePath(repo), { body: { github: { repositoryId, ownerId: 42 } } });
    const first = await put(815);
    expect(first.status).toBe(201);
    const before = await existingRole(aws, first.registration().roleArn);
    expect((await put(816)).problem().code).toBe("repository-replaced");
    expect(await existingRole(aws, before.arn)).toEqual(before);
  });
});

describe("two names that fold to one in ECR", () => {
  const unique = uniqueName("");
  const pairs: [string, string][] = [
    [`a${unique}`, `a${unique}-`],
    [`b${unique}`, `.b${unique}`],
    [`c..c${unique}`, `c-c${unique}`],
    [`d_-d${unique}`, `d-d${unique}`],
  ];

  test.each(pairs)(
    "%s and %s: the second is refused, before and after the first is deleted",
    async (first, second) => {
      const { ecr } = (await api("PUT", rolePath(first))).registration();
      const name = ecr[0]?.repository ?? "";
      const made = await ecrInAws(aws, name);
      for (const round of ["registered", "deleted"]) {
        if (round === "deleted") await api("DELETE", rolePath(first));
        const answer = await api("PUT", rolePath(second));
        expect(answer.status).toBe(409);
        const { code, detail } = answer.problem();
        expect([code, detail]).toEqual(["ecr-claimed", expect.stringContaining(name)]);
        // A caller may not know that the other repository exists.
        if (first !== name.split("/")[1]) expect(detail).not.toContain(first);
        expect((await api("GET", rolePath(second))).status).toBe(404);
        expect(await roleArnsWith(aws, `-${second}-publish`)).toEqual([]);
      }
      expect(await ecrInAws(aws, name)).toEqual(made);
    },
  );

  test("also where neither asks for an ECR repository of that very name", async () => {
    const [first, second] = [`e${unique}`, `e${unique}_`];
    await api("PUT", rolePath(first), { body: { ecr: [{ repository: `acme/${first}/x` }] } });
    const answer = await api("PUT", rolePath(second), { body: { ecr: [{ repository: `acme/${first}/y` }] } });
    expect(answer.problem().code).toBe("ecr-claimed");
  });
});

describe("another spelling of a name that GitHub hides", () => {
  test("never leaves a role behind that nothing names any more", async () => {
    const unique = uniqueName("");
    const body = { github: { repositoryId: 1, ownerId: 2 } };
    const lower = rolePath(`missing-x${unique}`);
    const upper = rolePath(`Missing-X${unique}`);
    const { roleArn } = (await api("PUT", lower, { body })).registration();
    await api("PUT", upper, { body });
    for (const path of [lower, upper]) await api("DELETE", path);
    expect(await roleInAws(aws, roleArn)).toBeUndefined();
  });

  test("does not take the registration away from its path", async () => {
    const unique = uniqueName("");
    const body = { github: { repositoryId: 1, ownerId: 2 } };
    const lower = rolePath(`missing-y${unique}`);
    await api("PUT", lower, { body });
    await api("PUT", rolePath(`Missing-Y${unique}`), { body });
    expect((await api("GET", lower)).status).toBe(200);
  });
});

test("a repository that GitHub spells otherwise now keeps its one role", async () => {
  const unique = uniqueName("");
  const [before, after] = [`spelled${unique}`, `Spelled${unique}`];
  repositories.set(`acme/${before}`);
  const { roleArn } = (await api("PUT", rolePath(before))).registration();
  repositories.set(`acme/${before}`, { canonical: `acme/${after}` });
  clock.advance(GITHUB_FORGOTTEN_MS);
  await api("PUT", rolePath(after));
  for (const name of [before, after]) await api("DELETE", rolePath(name));
  expect(await roleInAws(aws, roleArn)).toBeUndefined();
});
