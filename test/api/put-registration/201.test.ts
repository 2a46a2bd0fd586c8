/** A PUT of what is not registered yet: what it answers, and what AWS then holds. */
import { CreateRepositoryCommand, type CreateRepositoryCommandInput } from "@aws-sdk/client-ecr";
import { describe, expect, test } from "vitest";
import { awsClients, ecrInAws, existingRole, providerAudiences } from "../../harness/aws.ts";
import {
  type Registration,
  type RegistrationRequest,
  rolePath,
  STARTED_AT,
  startRolecall,
  uniqueName,
} from "../../harness/rolecall.ts";

const TAG_KEYS = ["team", "cost/center"];
const ISSUER = "token.actions.githubusercontent.com";

const { api, clock, repositories, failGitHub } = await startRolecall({ tagKeys: TAG_KEYS });
const aws = awsClients();
const at = new Date(STARTED_AT).toISOString();

const idsOf = (fullName: string) => {
  const found = repositories.get(fullName);
  if (found === undefined) throw new Error(`GitHub has no ${fullName}`);
  return { repositoryId: found.id, ownerId: found.ownerId };
};

const registered = async (path: string, body?: RegistrationRequest) => {
  const answer = await api("PUT", path, { body });
  expect(answer.status).toBe(201);
  return answer.registration();
};

const condition = (policy: unknown) =>
  (policy as { Statement: [{ Condition: object }] }).Statement[0].Condition;

describe("without a body", () => {
  const repo = uniqueName();
  const name = `acme/${repo}`;
  const github = idsOf(name);
  const subject = `repo:acme@${github.ownerId}/${repo}@${github.repositoryId}:ref:refs/heads/main`;

  test("the defaults are registered", async () => {
    const answer = await api("PUT", rolePath(repo));
    expect(answer.status).toBe(201);
    expect(answer.headers["location"]).toBe(rolePath(repo));
    const registration = answer.registration();
    const [, , , , account = ""] = registration.roleArn.split(":");
    expect(registration).toMatchObject({
      owner: "acme",
      repo,
      role: "publish",
      account,
      region: process.env["AWS_REGION"],
      status: "ready",
      version: 1,
      spec: {
        trust: { branches: ["main"], tags: [], environments: [], pullRequests: false },
        ecr: [{ repository: name, access: "push" }],
        workflow: {
          kind: "docker",
          runner: "ubuntu-latest",
          platforms: ["linux/amd64", "linux/arm64"],
          context: ".",
          dockerfile: "Dockerfile",
          chart: ".",
        },
        maxSessionSeconds: 3600,
        tags: {},
        github,
      },
      roleArn: expect.stringMatching(
        new RegExp(`^arn:aws:iam::${account}:role/rolecall/acme-${repo}-publish-[0-9a-f]{12}$`),
      ),
      providerArn: `arn:aws:iam::${account}:oidc-provider/${ISSUER}`,
      subjects: [subject],
      ecr: [
        {
          repository: name,
          access: "push",
          managed: true,
          uri: expect.stringMatching(new RegExp(`/${name}$`)),
        },
      ],
      drift: { status: "unknown" },
      createdAt: at,
      updatedAt: at,
      updatedBy: "local",
    });
    expect(registration.workflow?.path).toBe(".github/workflows/publish.yml");
    expect(registration.workflow?.content).toContain(registration.roleArn);
    expect(registration).not.toHaveProperty("dryRun");
    expect(registration).not.toHaveProperty("lastError");
    expect((await api("GET", rolePath(repo))).headers["etag"]).toBe(answer.headers["etag"]);
  });

  test("AWS holds a role that only the default branch can assume, for its ECR repository alone", async () => {
    const { roleArn, providerArn, ecr } = (await api("GET", rolePath(repo))).registration();
    const role = await existingRole(aws, roleArn);
    expect(role).toMatchObject({
      arn: roleArn,
      path: "/rolecall/",
      maxSessionSeconds: 3600,
      boundaryArn: expect.stringContaining(":policy/rolecall/"),
      attachedPolicyArns: [],
      tags: {
        "rolecall:repository": name,
        "rolecall:role": "publish",
        "rolecall:repository-id": String(github.repositoryId),
      },
    });
    expect(role.tags["rolecall:id"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(role.trustPolicy).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "GitHubActions",
          Effect: "Allow",
          Principal: { Federated: providerArn },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: {
              [`${ISSUER}:aud`]: "sts.amazonaws.com",
              [`${ISSUER}:repository_id`]: String(github.repositoryId),
              [`${ISSUER}:sub`]: [subject],
            },
          },
        },
      ],
    });
    expect(Object.keys(role.inlinePolicies)).toHaveLength(1);
    expect(Object.values(role.inlinePolicies)[0]).toEqual({
      Version: "2012-10-17",
      Statement: [
        { Sid: "EcrLogin", Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
        {
          Sid: "EcrPush",
          Effect: "Allow",
          Action: [
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:CompleteLayerUpload",
            "ecr:InitiateLayerUpload",
            "ecr:PutImage",
            "ecr:UploadLayerPart",
          ],
          Resource: [ecr[0]?.arn],
        },
      ],
    });
  });

  test("AWS holds the ECR repository, where a tag stays what it was", async () => {
    expect(await ecrInAws(aws, name)).toMatchObject({
      imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
      imageTagMutabilityExclusionFilters: [
        { filterType: "WILDCARD", filter: "latest" },
        { filterType: "WILDCARD", filter: "buildcache*" },
      ],
      tags: { "rolecall:id": expect.any(String) },
    });
  });

  test("AWS holds GitHub's provider, for STS's audience", async () => {
    const { providerArn } = (await api("GET", rolePath(repo))).registration();
    expect(await providerAudiences(aws, providerArn)).toContain("sts.amazonaws.com");
  });
});

describe("what may assume the role follows the trust", () => {
  const name = (context: string) => context;
  const trusts: [
    string,
    NonNullable<RegistrationRequest["trust"]>,
    "StringEquals" | "StringLike",
    string[],
  ][] = [
    ["an exact branch", { branches: ["release"] }, "StringEquals", [name("ref:refs/heads/release")]],
    ["a pattern", { branches: ["release/*"] }, "StringLike", [name("ref:refs/heads/release/*")]],
    ["a tag", { tags: ["v1.0"] }, "StringEquals", [name("ref:refs/tags/v1.0")]],
    ["tags", { tags: ["v*", "w"] }, "StringLike", [name("ref:refs/tags/v*"), name("ref:refs/tags/w")]],
    ["an environment", { environments: ["production"] }, "StringEquals", [name("environment:production")]],
    [
      "an environment with a slash and a space",
      { environments: ["a/b c"] },
      "StringEquals",
      [name("environment:a/b c")],
    ],
    ["Latin letters", { branches: ["für"] }, "StringEquals", [name("ref:refs/heads/für")]],
    [
      "all three together",
      { branches: ["main"], tags: ["v*"], environments: ["prod"] },
      "StringLike",
      [name("ref:refs/heads/main"), name("ref:refs/tags/v*"), name("environment:prod")],
    ],
  ];

  test.each(trusts)("%s", async (_, trust, operator, contexts) => {
    const repo = uniqueName();
    const { repositoryId, ownerId } = idsOf(`acme/${repo}`);
    const { subjects, roleArn } = await registered(rolePath(repo), { trust });
    const expected = contexts.map((context) => `repo:acme@${ownerId}/${repo}@${repositoryId}:${context}`);
    expect(subjects).toEqual(expected);
    expect(condition((await existingRole(aws, roleArn)).trustPolicy)).toEqual({
      StringEquals: {
        [`${ISSUER}:aud`]: "sts.amazonaws.com",
        [`${ISSUER}:repository_id`]: String(repositoryId),
        ...(operator === "StringEquals" && { [`${ISSUER}:sub`]: expected }),
      },
      ...(operator === "StringLike" && { StringLike: { [`${ISSUER}:sub`]: expected } }),
    });
  });
});

describe("GitHub is asked", () => {
  test("for the default branch, which the trust then names", async () => {
    const repo = uniqueName();
    repositories.set(`acme/${repo}`, { defaultBranch: "trunk" });
    const { spec, subjects } = await registered(rolePath(repo));
    expect(spec.trust.branches).toEqual(["trunk"]);
    expect(subjects).toEqual([expect.stringMatching(/:ref:refs\/heads\/trunk$/)]);
  });

  test("for the form of the subject: an older repository sends its name alone", async () => {
    const repo = uniqueName();
    repositories.set(`acme/${repo}`, { immutableSubject: false });
    expect((await registered(rolePath(repo))).subjects).toEqual([`repo:acme/${repo}:ref:refs/heads/main`]);
  });

  test("and where it does not tell the form, both are trusted beside the repository's id", async () => {
    const repo = uniqueName();
    const { repositoryId, ownerId } = idsOf(`acme/${repo}`);
    failGitHub(({ path }) =>
      path.endsWith("/sub") ? { kind: "error", status: 403, message: "Forbidden" } : undefined,
    );
    const { subjects } = await registered(rolePath(repo));
    failGitHub(undefined);
    expect(subjects.toSorted()).toEqual(
      [
        `repo:acme/${repo}:ref:refs/heads/main`,
        `repo:acme@${ownerId}/${repo}@${repositoryId}:ref:refs/heads/main`,
      ].toSorted(),
    );
  });

  test("for its spelling: capitals stay in the subject and are folded for ECR", async () => {
    const repo = `Big.Thing_${uniqueName()}`;
    repositories.set(`Umbrella/${repo}`);
    const { subjects, ecr } = await registered(rolePath(repo, "publish", "Umbrella"));
    const { repositoryId, ownerId } = idsOf(`Umbrella/${repo}`);
    expect(subjects).toEqual([`repo:Umbrella@${ownerId}/${repo}@${repositoryId}:ref:refs/heads/main`]);
    expect(ecr[0]?.repository).toBe(`umbrella/${repo.toLowerCase()}`);
  });
});

test("a repository that is made after GitHub was asked in vain is registered a minute later", async () => {
  const repo = uniqueName("missing");
  expect((await api("PUT", rolePath(repo))).status).toBe(422);
  repositories.set(`acme/${repo}`);
  clock.advance(60_000);
  expect((await api("PUT", rolePath(repo))).status).toBe(201);
});

describe("a repository that GitHub hides", () => {
  test("is registered by the ids that the caller gives, with a warning", async () => {
    const repo = uniqueName("missing");
    const github = { repositoryId: 815, ownerId: 42 };
    const { spec, subjects, warnings } = await registered(rolePath(repo), { github });
    expect(spec.github).toEqual(github);
    expect(spec.trust.branches).toEqual(["main"]);
    expect(subjects).toContain(`repo:acme@42/${repo}@815:ref:refs/heads/main`);
    expect(warnings.map(({ code }) => code)).toContain("github-not-asked");
  });
});

test("what is allowed and should be known is warned of", async () => {
  const exact = await registered(rolePath(uniqueName()), { trust: { branches: ["main"] } });
  const every = await registered(rolePath(uniqueName()), { trust: { branches: ["*"] } });
  const codes = ({ warnings }: Registration) =>
    warnings.filter(({ severity }) => severity === "warning").map(({ code }) => code);
  expect(codes(exact)).toEqual([]);
  expect(codes(every)).toContain("any-branch");
});

describe("access to ECR", () => {
  const PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

  test("push, pull and both, at and below the repository's name", async () => {
    const repo = uniqueName();
    const ecr = [
      { repository: `acme/${repo}`, access: "push" },
      { repository: `acme/${repo}/base`, access: "pull" },
      { repository: `acme/${repo}/deep/er`, access: "both" },
    ] as const;
    const registration = await registered(rolePath(repo), { ecr: [...ecr] });
    expect(registration.ecr).toMatchObject(ecr);
    const [push, pull, both] = registration.ecr.map(({ arn }) => arn);
    const { inlinePolicies } = await existingRole(aws, registration.roleArn);
    expect(Object.values(inlinePolicies)[0]).toMatchObject({
      Statement: [
        { Sid: "EcrLogin", Resource: "*" },
        { Sid: "EcrPush", Resource: [push, both] },
        { Sid: "EcrPull", Action: PULL, Resource: [pull, both] },
      ],
    });
    for (const { repository } of ecr) expect(await ecrInAws(aws, repository)).toBeDefined();
  });

  test("access is push unless told", async () => {
    const repo = uniqueName();
    const { spec } = await registered(rolePath(repo), { ecr: [{ repository: `acme/${repo}/x` }] });
    expect(spec.ecr).toEqual([{ repository: `acme/${repo}/x`, access: "push" }]);
  });

  test("an empty list gives none, and there is no workflow", async () => {
    const repo = uniqueName();
    const registration = await registered(rolePath(repo), { ecr: [] });
    expect(registration.ecr).toEqual([]);
    expect(registration).not.toHaveProperty("workflow");
    expect((await existingRole(aws, registration.roleArn)).inlinePolicies).toEqual({});
    expect(await ecrInAws(aws, `acme/${repo}`)).toBeUndefined();
  });

  const existing: [string, Partial<CreateRepositoryCommandInput>][] = [
    ["that is mutable", { imageTagMutability: "MUTABLE" }],
    ["that is immutable", { imageTagMutability: "IMMUTABLE" }],
    [
      "with tags of somebody else, an id of ours among them",
      { tags: [{ Key: "rolecall:id", Value: "forged" }] },
    ],
  ];

  test.each(existing)("a repository %s is used as it is, and never changed", async (_, settings) => {
    const repo = uniqueName();
    const repositoryName = `acme/${repo}`;
    await aws.ecr.send(new CreateRepositoryCommand({ repositoryName, ...settings }));
    const before = await ecrInAws(aws, repositoryName);

    const { ecr } = await registered(rolePath(repo));
    expect(ecr).toMatchObject([{ repository: repositoryName, managed: false, uri: before?.repositoryUri }]);
    expect(await ecrInAws(aws, repositoryName)).toEqual(before);

    const again = await api("PUT", rolePath(repo));
    expect(again.registration()).toMatchObject({ changes: [], ecr: [{ managed: false }] });
    const changed = await api("PUT", rolePath(repo), { body: { maxSessionSeconds: 7200 } });
    expect(changed.registration().ecr).toMatchObject([{ managed: false }]);
    const otherRole = await registered(rolePath(repo, "other"));
    expect(otherRole.ecr).toMatchObject([{ managed: false }]);
    await api("DELETE", rolePath(repo));
    expect(await ecrInAws(aws, repositoryName)).toEqual(before);
  });

  test("two roles of a repository share what the first has made", async () => {
    const repo = uniqueName();
    const first = await registered(rolePath(repo, "one"));
    const made = await ecrInAws(aws, `acme/${repo}`);
    const second = await registered(rolePath(repo, "two"), {
      ecr: [{ repository: `acme/${repo}`, access: "pull" }],
    });
    expect(second.roleArn).not.toBe(first.roleArn);
    expect(second.ecr).toMatchObject([{ uri: first.ecr[0]?.uri, managed: true }]);
    expect(await ecrInAws(aws, `acme/${repo}`)).toEqual(made);
  });
});

describe("names", () => {
  const unique = uniqueName("");
  const names: [string, string, string][] = [
    ["with a dot in front", `.x${unique}`, `x${unique}`],
    ["with marks at both ends", `_-x${unique}-.`, `x${unique}`],
    ["with marks side by side", `a.-_b${unique}`, `a-b${unique}`],
    ["with capitals", `X.Y${unique}`, `x.y${unique}`],
    [
      "as long as GitHub lets them be",
      `${"n".repeat(100 - unique.length)}${unique}`,
      `${"n".repeat(100 - unique.length)}${unique}`,
    ],
  ];

  test.each(names)("a repository %s can be registered: %s", async (_, name, folded) => {
    // Two of these fold to one name on purpose, so each has an owner's half of its own.
    const repo = name === `_-x${unique}-.` ? `_-y${unique}-.` : name;
    repositories.set(`acme/${repo}`);
    const { ecr, roleArn } = await registered(rolePath(repo, "a-role-of-exactly-32-characters1"));
    expect(ecr[0]?.repository).toBe(`acme/${repo === name ? folded : folded.replace("x", "y")}`);
    expect(roleArn.split("/").at(-1)?.length).toBeLessThanOrEqual(64);
    expect(await existingRole(aws, roleArn)).toBeDefined();
  });

  test("names that are cut to the same length still are two roles", async () => {
    const long = "l".repeat(90 - unique.length) + unique;
    const one = await registered(rolePath(`${long}.one`));
    const two = await registered(rolePath(`${long}.two`));
    expect(one.roleArn).not.toBe(two.roleArn);
  });
});

test("a runner is a label, a list of labels or a group, and the registration answers it as it was asked for", async () => {
  for (const [runner, written] of [
    [["self-hosted", "linux"], '    runs-on: ["self-hosted", "linux"]\n'],
    [
      { group: "org/big machines", labels: ["x64"] },
      '    runs-on:\n      group: "org/big machines"\n      labels: ["x64"]\n',
    ],
  ] satisfies [NonNullable<RegistrationRequest["workflow"]>["runner"], string][]) {
    const { spec, workflow } = await registered(rolePath(uniqueName()), { workflow: { runner } });
    expect(spec.workflow.runner).toEqual(runner);
    expect(workflow?.content).toContain(written);
  }
});

test("everything that can be asked for", async () => {
  const repo = uniqueName();
  const body: RegistrationRequest = {
    trust: { branches: ["main"], tags: ["v*"], environments: ["production"] },
    ecr: [{ repository: `acme/${repo}/image`, access: "both" }],
    workflow: {
      kind: "helm",
      runner: "my-runner",
      platforms: ["linux/riscv64"],
      context: "src",
      dockerfile: "docker/Dockerfile",
      chart: "charts/app",
    },
    maxSessionSeconds: 43_200,
    tags: { team: "platform: a/b @c", "cost/center": "" },
    github: idsOf(`acme/${repo}`),
  };
  const { spec, roleArn } = await registered(rolePath(repo), body);
  expect(spec).toMatchObject(body);
  expect(await existingRole(aws, roleArn)).toMatchObject({ maxSessionSeconds: 43_200, tags: body.tags });
});

test.each([
  "application/json",
  "application/json; charset=utf-8",
  "application/json;charset=UTF-8",
  "APPLICATION/JSON",
])("a body that comes as %s", async (type) => {
  const repo = uniqueName();
  const answer = await api("PUT", rolePath(repo), {
    body: '{"maxSessionSeconds":3601}',
    headers: { "content-type": type },
  });
  expect(answer.status).toBe(201);
  expect(answer.registration().spec.maxSessionSeconds).toBe(3601);
});

test("a body that comes in chunks", async () => {
  const headers = { "content-type": "application/json", "transfer-encoding": "chunked" };
  const answer = await api("PUT", rolePath(uniqueName()), { body: '{"maxSessionSeconds":3601}', headers });
  expect(answer.registration().spec.maxSessionSeconds).toBe(3601);
});

test("a content type without a body is accepted", async () => {
  const headers = { "content-type": "text/plain", "content-length": "0" };
  expect((await api("PUT", rolePath(uniqueName()), { headers })).status).toBe(201);
});
