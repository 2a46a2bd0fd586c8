/** A PUT of what is registered already: nothing twice, every change of the spec, and whatever was tampered with. */
import { PutImageTagMutabilityCommand } from "@aws-sdk/client-ecr";
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { type AwsClients, awsClients, ecrInAws, existingRole, roleArnsWith } from "../../harness/aws.ts";
import {
  type Registration,
  type RegistrationRequest,
  rolePath,
  startRolecall,
  uniqueName,
} from "../../harness/rolecall.ts";

const { api, repositories, clock } = await startRolecall({ tagKeys: ["team", "stage"] });
const aws = awsClients();

/** Longer than what GitHub has answered is remembered. */
const GITHUB_FORGOTTEN_MS = 61_000;

const put = (repo: string, body?: RegistrationRequest) => api("PUT", rolePath(repo), { body });
/** Returns a registration without the fields that only the answer to a PUT has. */
const stored = ({ changes: _, ...registration }: Registration) => registration;

describe("the same body twice writes nothing", () => {
  const bodies: [string, RegistrationRequest | undefined, RegistrationRequest | undefined][] = [
    ["no body", undefined, undefined],
    ["no body, then an empty one", undefined, {}],
    [
      "a body",
      { trust: { tags: ["v*"] }, maxSessionSeconds: 7200 },
      { maxSessionSeconds: 7200, trust: { tags: ["v*"] } },
    ],
    [
      "a default, then the same spelled out",
      undefined,
      { trust: { branches: ["main"] }, workflow: { kind: "docker" } },
    ],
    ["no ECR", { ecr: [] }, { ecr: [] }],
    ["tags", { tags: { team: "a", stage: "b" } }, { tags: { team: "a", stage: "b" } }],
    ["tags in another order", { tags: { team: "a", stage: "b" } }, { tags: { stage: "b", team: "a" } }],
  ];

  test.each(bodies)("%s twice writes nothing", async (_, first, second) => {
    const repo = uniqueName();
    const before = await put(repo, first);
    const role = await existingRole(aws, before.registration().roleArn);
    clock.advance(5_000);
    const after = await put(repo, second);
    expect(after.status).toBe(200);
    expect(after.registration()).toEqual({ ...before.registration(), changes: [] });
    expect(after.headers["etag"]).toBe(before.headers["etag"]);
    expect(await existingRole(aws, role.arn)).toEqual(role);
    expect((await api("GET", rolePath(repo))).registration()).toEqual(stored(before.registration()));
  });
});

describe("a change of the spec is carried out", () => {
  type Roles = Record<"before" | "after", Awaited<ReturnType<typeof existingRole>>>;
  const image = (repo: string) => `acme/${repo}`;
  const cases: [
    string,
    (repo: string) => RegistrationRequest,
    (repo: string) => RegistrationRequest,
    (roles: Roles, repo: string) => void,
  ][] = [
    [
      "trust",
      () => ({ trust: { branches: ["main"] } }),
      () => ({ trust: { branches: ["release/*"] } }),
      ({ after }) => {
        expect(JSON.stringify(after.trustPolicy)).toContain("refs/heads/release/*");
        expect(JSON.stringify(after.trustPolicy)).not.toContain("refs/heads/main");
      },
    ],
    [
      "the session's length",
      () => ({}),
      () => ({ maxSessionSeconds: 36_000 }),
      ({ after }) => expect(after.maxSessionSeconds).toBe(36_000),
    ],
    [
      "another ECR repository",
      () => ({}),
      (repo) => ({ ecr: [{ repository: `${image(repo)}/new`, access: "both" }] }),
      ({ after }, repo) => {
        expect(JSON.stringify(after.inlinePolicies)).toContain(`repository/${image(repo)}/new"`);
        expect(JSON.stringify(after.inlinePolicies)).not.toContain(`repository/${image(repo)}"`);
      },
    ],
    [
      "other access to the same",
      () => ({}),
      (repo) => ({ ecr: [{ repository: image(repo), access: "pull" }] }),
      ({ after }) => expect(JSON.stringify(after.inlinePolicies)).not.toContain("ecr:PutImage"),
    ],
    [
      "no access any more",
      () => ({}),
      () => ({ ecr: [] }),
      ({ before, after }) => {
        expect(Object.keys(before.inlinePolicies)).toHaveLength(1);
        expect(after.inlinePolicies).toEqual({});
      },
    ],
    [
      "access where there was none",
      () => ({ ecr: [] }),
      () => ({}),
      ({ after }) => expect(JSON.stringify(after.inlinePolicies)).toContain("ecr:PutImage"),
    ],
    [
      "a tag with another value, a new one, and one that goes",
      () => ({ tags: { team: "a" } }),
      () => ({ tags: { stage: "b" } }),
      ({ after }) => {
        expect(after.tags).toMatchObject({ stage: "b" });
        expect(after.tags).not.toHaveProperty("team");
      },
    ],
    [
      "the workflow alone, which AWS does not know",
      () => ({}),
      () => ({ workflow: { runner: "other" } }),
      ({ before, after }) => expect(after).toEqual(before),
    ],
  ];

  test.each(cases)("%s", async (_, first, second, check) => {
    const repo = uniqueName();
    const registered = await put(repo, first(repo));
    const before = await existingRole(aws, registered.registration().roleArn);
    clock.advance(1_000);
    const answer = await put(repo, second(repo));
    expect(answer.status).toBe(200);
    const changed = answer.registration();
    expect(changed).toMatchObject({
      version: 2,
      status: "ready",
      createdAt: registered.registration().createdAt,
    });
    expect(changed.updatedAt > registered.registration().updatedAt).toBe(true);
    expect(answer.headers["etag"]).not.toBe(registered.headers["etag"]);
    const after = await existingRole(aws, changed.roleArn);
    expect(after.roleId).toBe(before.roleId);
    expect(after.tags["rolecall:id"]).toBe(before.tags["rolecall:id"]);
    check({ before, after }, repo);
    expect(stored(changed)).toEqual((await api("GET", rolePath(repo))).registration());
    expect((await put(repo, second(repo))).registration()).toMatchObject({ version: 2, changes: [] });
  });

  test("and back: the third version is not the first", async () => {
    const repo = uniqueName();
    const first = await put(repo);
    const role = await existingRole(aws, first.registration().roleArn);
    await put(repo, { trust: { tags: ["v*"] }, maxSessionSeconds: 7200, ecr: [] });
    const third = await put(repo);
    expect(third.registration()).toMatchObject({ version: 3, spec: first.registration().spec });
    expect(third.headers["etag"]).not.toBe(first.headers["etag"]);
    expect(await existingRole(aws, role.arn)).toEqual(role);
  });

  test("what GitHub answers otherwise now is a change too", async () => {
    const repo = uniqueName();
    await put(repo);
    repositories.set(`acme/${repo}`, { defaultBranch: "trunk" });
    clock.advance(GITHUB_FORGOTTEN_MS);
    const { spec, version, roleArn } = (await put(repo)).registration();
    expect({ branches: spec.trust.branches, version }).toEqual({ branches: ["trunk"], version: 2 });
    expect(JSON.stringify((await existingRole(aws, roleArn)).trustPolicy)).toContain("refs/heads/trunk");
  });

  test("a repository whose subjects change their form is trusted in the new one, and the spec stays", async () => {
    const repo = uniqueName();
    repositories.set(`acme/${repo}`, { immutableSubject: false });
    const before = await put(repo);
    repositories.set(`acme/${repo}`, { immutableSubject: true });
    clock.advance(GITHUB_FORGOTTEN_MS);
    const after = await put(repo);
    expect(after.headers["etag"]).toBe(before.headers["etag"]);
    expect(after.registration().subjects).not.toEqual(before.registration().subjects);
    const { trustPolicy } = await existingRole(aws, after.registration().roleArn);
    expect(JSON.stringify(trustPolicy)).toContain(JSON.stringify(after.registration().subjects));
  });
});

describe("a role that was tampered with is put right by the same PUT", () => {
  const open = (providerArn: string, repo: string) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Federated: providerArn },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: { StringLike: { "token.actions.githubusercontent.com:sub": `repo:acme/${repo}:*` } },
        },
      ],
    });
  const allowAll = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }],
  });
  type Tamper = (client: AwsClients["iam"], RoleName: string, registration: Registration) => Promise<unknown>;
  const makePolicy = async (client: AwsClients["iam"]) => {
    const made = await client.send(
      new CreatePolicyCommand({ PolicyName: uniqueName("foreign"), PolicyDocument: allowAll }),
    );
    return made.Policy?.Arn ?? "";
  };
  const cases: [string, string, Tamper][] = [
    [
      "trust policy",
      "/trustPolicy",
      (client, RoleName, { providerArn, repo }) =>
        client.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: open(providerArn, repo) })),
    ],
    [
      "its own policy, changed",
      "/inlinePolicies/rolecall-ecr",
      (client, RoleName) =>
        client.send(
          new PutRolePolicyCommand({ RoleName, PolicyName: "rolecall-ecr", PolicyDocument: allowAll }),
        ),
    ],
    [
      "its own policy, deleted",
      "/inlinePolicies/rolecall-ecr",
      (client, RoleName) =>
        client.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "rolecall-ecr" })),
    ],
    [
      "another inline policy",
      "/inlinePolicies/foreign",
      (client, RoleName) =>
        client.send(new PutRolePolicyCommand({ RoleName, PolicyName: "foreign", PolicyDocument: allowAll })),
    ],
    [
      "an attached policy",
      "/attachedPolicies/",
      async (client, RoleName) =>
        client.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: await makePolicy(client) })),
    ],
    [
      "no boundary",
      "/boundaryArn",
      (client, RoleName) => client.send(new DeleteRolePermissionsBoundaryCommand({ RoleName })),
    ],
    [
      "another boundary",
      "/boundaryArn",
      async (client, RoleName) =>
        client.send(
          new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: await makePolicy(client) }),
        ),
    ],
    [
      "a longer session",
      "/maxSessionSeconds",
      (client, RoleName, { owner, repo, role }) =>
        client.send(
          new UpdateRoleCommand({
            RoleName,
            Description: `GitHub Actions of ${owner}/${repo}, role ${role}`,
            MaxSessionDuration: 43_200,
          }),
        ),
    ],
    [
      "another description",
      "/description",
      (client, RoleName) =>
        client.send(new UpdateRoleCommand({ RoleName, Description: "mine", MaxSessionDuration: 3_600 })),
    ],
    [
      "the tag that proves whose it is",
      "/tags/rolecall:id",
      (client, RoleName) => client.send(new UntagRoleCommand({ RoleName, TagKeys: ["rolecall:id"] })),
    ],
    [
      "a tag with another value",
      "/tags/rolecall:repository",
      (client, RoleName) =>
        client.send(
          new TagRoleCommand({ RoleName, Tags: [{ Key: "rolecall:repository", Value: "evil/x" }] }),
        ),
    ],
    [
      "no tags of ours at all",
      "/tags/",
      (client, RoleName) =>
        client.send(
          new UntagRoleCommand({
            RoleName,
            TagKeys: ["rolecall:id", "rolecall:repository", "rolecall:repository-id", "rolecall:role"],
          }),
        ),
    ],
  ];

  test.each(cases)("%s", async (_, path, tamper) => {
    const repo = uniqueName();
    const before = await put(repo);
    const registration = before.registration();
    const role = await existingRole(aws, registration.roleArn);
    await tamper(aws.iam, registration.roleArn.split("/").at(-1) ?? "", registration);
    expect(await existingRole(aws, registration.roleArn)).not.toEqual(role);

    const after = await put(repo);
    expect(after.status).toBe(200);
    expect(after.headers["etag"]).toBe(before.headers["etag"]);
    const changes = after.registration().changes ?? [];
    expect(changes.length).toBeGreaterThan(0);
    for (const change of changes)
      expect(change).toMatchObject({ resource: registration.roleArn, path: expect.stringContaining(path) });
    expect(await existingRole(aws, registration.roleArn)).toEqual(role);
    expect((await put(repo)).registration().changes).toEqual([]);
  });

  test("a tag of somebody else stays", async () => {
    const repo = uniqueName();
    const { roleArn } = (await put(repo)).registration();
    const RoleName = roleArn.split("/").at(-1) ?? "";
    await aws.iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: "billing", Value: "42" }] }));
    expect((await put(repo)).registration().changes).toEqual([]);
    await put(repo, { maxSessionSeconds: 7200 });
    expect((await existingRole(aws, roleArn)).tags).toMatchObject({ billing: "42" });
  });

  test("a role that was deleted is made again", async () => {
    const repo = uniqueName();
    const { roleArn } = (await put(repo)).registration();
    const RoleName = roleArn.split("/").at(-1) ?? "";
    const { roleId: _id, createdAt: _at, ...role } = await existingRole(aws, roleArn);
    await aws.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "rolecall-ecr" }));
    await aws.iam.send(new DeleteRoleCommand({ RoleName }));
    expect((await put(repo)).status).toBe(200);
    expect(await existingRole(aws, roleArn)).toMatchObject(role);
    expect(await roleArnsWith(aws, repo)).toEqual([roleArn]);
  });

  test("an ECR repository of ours with other settings gets its own back", async () => {
    const repo = uniqueName();
    const { roleArn } = (await put(repo)).registration();
    const made = await ecrInAws(aws, `acme/${repo}`);
    await aws.ecr.send(
      new PutImageTagMutabilityCommand({ repositoryName: `acme/${repo}`, imageTagMutability: "MUTABLE" }),
    );
    const { changes } = (await put(repo)).registration();
    expect(changes).toMatchObject([
      { path: "/tagMutability", resource: expect.stringContaining(`repository/acme/${repo}`) },
    ]);
    expect(await ecrInAws(aws, `acme/${repo}`)).toEqual(made);
    expect(await existingRole(aws, roleArn)).toBeDefined();
  });
});
