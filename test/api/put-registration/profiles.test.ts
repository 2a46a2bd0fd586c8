/** Profiles and managed policies, through the wire: given, changed, taken away, refused, and what the operator changes. */
import { CreatePolicyCommand, GetPolicyVersionCommand, ListPolicyVersionsCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { diffRecorded } from "../../../src/diff/diff.ts";
import { awsClients, existingRole, roleInAws } from "../../harness/aws.ts";
import { type Registration, rolePath, startRolecall, uniqueName } from "../../harness/rolecall.ts";

const S3_READ = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
const LOGS = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
const OTHER = "arn:aws:iam::aws:policy/AmazonS3FullAccess";
const MANAGED = Array.from({ length: 11 }, (_, index) => `arn:aws:iam::123456789012:policy/acme-${index}`);

const bucket = (rest: string) => ({
  Action: ["s3:GetObject", "s3:PutObject"],
  Resource: [`arn:{partition}:s3:::acme-artifacts/${rest}`],
});
const profile = (...statements: object[]) => ({ description: "a test", statements });
const LONG = Array.from({ length: 12 }, (_, index) => bucket(`${"x".repeat(900)}${index}/{owner}/{repo}/*`));
const PROFILES = {
  "s3-artifacts": profile(bucket("{owner}/{repo}/*")),
  "lambda-deploy": profile({
    Action: ["lambda:UpdateFunctionCode"],
    Resource: ["arn:{partition}:lambda:{region}:{account}:function:{owner}__{repo}"],
  }),
  shared: profile(bucket("shared/*")),
  plan: {
    ...profile({ Action: ["s3:ListBucket"], Resource: ["arn:{partition}:s3:::acme-state"] }),
    readOnly: true,
  },
};

const { api, services, startAnother, decide } = await startRolecall({
  managedPolicies: [S3_READ, LOGS, ...MANAGED],
  profiles: { profiles: PROFILES },
  env: { ROLECALL_ALLOW: "owner-wide" },
});
const aws = awsClients();

const put = (repo: string, body: object, path = rolePath(repo), by = api) => by("PUT", path, { body });
const changesOf = ({ changes = [] }: Registration) =>
  changes.filter(({ resource }) => /:role\//.test(resource)).map(({ path, effect }) => [path, effect]);
const attached = (arn: string) => `/attachedPolicies/${arn.replaceAll("/", "~1")}`;
const artifacts = (repo: string) => ({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:PutObject"],
      Resource: [`arn:aws:s3:::acme-artifacts/acme/${repo}/*`],
    },
  ],
});

describe("a role for plans", () => {
  const trust = { pullRequests: true };

  test("lets pull requests in with a read-only profile, and reads what the profile names", async () => {
    const answer = await put(uniqueName(), { trust, ecr: [], profiles: ["plan"] });
    expect(answer.status, answer.text).toBe(201);
    const { warnings, roleArn } = answer.registration();
    expect(warnings.filter(({ severity }) => severity === "error")).toEqual([]);
    const role = await roleInAws(aws, roleArn);
    expect(role?.inlinePolicies["rolecall-plan"]).toMatchObject({
      Statement: [{ Action: ["s3:ListBucket"], Resource: ["arn:aws:s3:::acme-state"] }],
    });
  });

  test("may have every ref of the repository without the operator's word", async () => {
    expect((await put(uniqueName(), { trust: { anyRef: true }, ecr: [], profiles: ["plan"] })).status).toBe(
      201,
    );
  });

  test.each([
    ["another profile beside it", { profiles: ["plan", "shared"] }],
    ["a managed policy beside it", { profiles: ["plan"], managedPolicyArns: [LOGS] }],
  ])("is refused with %s", async (_, more) => {
    const answer = await put(uniqueName(), { trust, ecr: [], ...more });
    expect(answer.status).toBe(422);
    expect(answer.problem().errors).toMatchObject([{ pointer: "/trust/pullRequests" }]);
  });
});

describe("a registration with profiles and managed policies", () => {
  test("has a policy for each profile, and the managed policies attached; DELETE takes all with it", async () => {
    const repo = uniqueName();
    const answer = await put(repo, {
      profiles: ["s3-artifacts", "lambda-deploy"],
      managedPolicyArns: [LOGS, S3_READ],
    });
    expect(answer.status).toBe(201);
    const { roleArn, spec } = answer.registration();
    expect(spec).toMatchObject({
      profiles: ["lambda-deploy", "s3-artifacts"],
      managedPolicyArns: [S3_READ, LOGS],
    });
    const role = await existingRole(aws, roleArn);
    expect(role.attachedPolicyArns.sort()).toEqual([S3_READ, LOGS]);
    expect(role.inlinePolicies).toMatchObject({
      "rolecall-ecr": { Version: "2012-10-17" },
      "rolecall-s3-artifacts": artifacts(repo),
      "rolecall-lambda-deploy": {
        Statement: [{ Resource: [`arn:aws:lambda:eu-central-1:123456789012:function:acme__${repo}`] }],
      },
    });
    expect((await api("POST", `${rolePath(repo)}/drift-checks`)).text).toContain('"status":"in-sync"');
    expect((await api("DELETE", rolePath(repo))).status).toBe(200);
    expect(await roleInAws(aws, roleArn)).toBeUndefined();
  });

  test("without access to ECR has these alone", async () => {
    const answer = await put(uniqueName(), { ecr: [], profiles: ["s3-artifacts"] });
    const { inlinePolicies } = await existingRole(aws, answer.registration().roleArn);
    expect(Object.keys(inlinePolicies)).toEqual(["rolecall-s3-artifacts"]);
  });

  test("in another order is the same", async () => {
    const repo = uniqueName();
    const body = { profiles: ["shared", "s3-artifacts"], managedPolicyArns: [LOGS, S3_READ] };
    const before = await put(repo, body);
    const after = await put(repo, {
      profiles: body.profiles.toReversed(),
      managedPolicyArns: body.managedPolicyArns.toReversed(),
    });
    expect(after.registration().changes).toEqual([]);
    expect(after.headers["etag"]).toBe(before.headers["etag"]);
  });

  test("for a whole owner has what all share", async () => {
    const path = rolePath("*", uniqueName("p").slice(0, 12));
    const answer = await put(
      "*",
      { trust: { branches: ["main"] }, ecr: [], github: { ownerId: 7 }, profiles: ["shared"] },
      path,
    );
    expect(answer.status).toBe(201);
    expect(JSON.stringify((await existingRole(aws, answer.registration().roleArn)).inlinePolicies)).toContain(
      "acme-artifacts/shared/*",
    );
    const refused = await put(
      "*",
      { trust: { branches: ["main"] }, ecr: [], github: { ownerId: 7 }, profiles: ["s3-artifacts"] },
      path,
    );
    expect(refused.problem().errors).toMatchObject([
      { pointer: "/profiles/0", detail: expect.stringContaining("about one repository") },
    ]);
  });
});

describe("changed", () => {
  test.each<[string, object, object, [string, string][]]>([
    ["a profile more", {}, { profiles: ["shared"] }, [["/inlinePolicies/rolecall-shared", "widens"]]],
    ["a profile less", { profiles: ["shared"] }, {}, [["/inlinePolicies/rolecall-shared", "narrows"]]],
    [
      "one for another",
      { profiles: ["shared"] },
      { profiles: ["lambda-deploy"] },
      [
        ["/inlinePolicies/rolecall-lambda-deploy", "widens"],
        ["/inlinePolicies/rolecall-shared", "narrows"],
      ],
    ],
    ["a managed policy more", {}, { managedPolicyArns: [LOGS] }, [[attached(LOGS), "widens"]]],
    ["a managed policy less", { managedPolicyArns: [LOGS] }, {}, [[attached(LOGS), "narrows"]]],
    [
      "one managed policy for another",
      { managedPolicyArns: [LOGS] },
      { managedPolicyArns: [S3_READ] },
      [
        [attached(S3_READ), "widens"],
        [attached(LOGS), "narrows"],
      ],
    ],
  ])("by %s: shown by a dry run, and done as it was shown", async (_, first, second, changes) => {
    const repo = uniqueName();
    const { roleArn } = (await put(repo, first)).registration();
    const before = await existingRole(aws, roleArn);
    const shown = (await put(repo, second, `${rolePath(repo)}?dryRun=true`)).registration();
    expect(changesOf(shown)).toEqual(changes);
    expect(await existingRole(aws, roleArn)).toEqual(before);
    const done = (await put(repo, second)).registration();
    expect(changesOf(done)).toEqual(changes);
    const fresh = uniqueName();
    const same = await existingRole(aws, (await put(fresh, second)).registration().roleArn);
    const role = await existingRole(aws, roleArn);
    expect(role.attachedPolicyArns).toEqual(same.attachedPolicyArns);
    expect(role.inlinePolicies).toEqual(
      JSON.parse(JSON.stringify(same.inlinePolicies).replaceAll(fresh, repo)),
    );
    expect((await api("POST", `${rolePath(repo)}/drift-checks`)).text).toContain('"status":"in-sync"');
  });

  test("whatever an observation shows, what was recorded otherwise is written", async () => {
    const repo = uniqueName();
    await put(repo, { managedPolicyArns: [LOGS] });
    const item = await services.registry.readRegistration({ owner: "acme", repo, role: "publish" });
    if (item?.recorded === undefined) throw new Error("not ready");
    const { recorded } = item;
    const without = { ...recorded, role: { ...recorded.role, attachedPolicyArns: [] } };
    const path = attached(LOGS);
    expect(diffRecorded(recorded, without)).toMatchObject([{ path, expected: LOGS, effect: "widens" }]);
    expect(diffRecorded(without, recorded)).toMatchObject([{ path, expected: null, effect: "narrows" }]);
    expect(diffRecorded(recorded, recorded)).toEqual([]);
  });

  test("from ten managed policies to ten others, of ten that a role may have", async () => {
    for (const arn of MANAGED)
      await aws.iam.send(
        new CreatePolicyCommand({
          PolicyName: arn.split("/").at(-1),
          PolicyDocument: JSON.stringify(artifacts("x")),
        }),
      );
    const repo = uniqueName();
    expect((await put(repo, { managedPolicyArns: MANAGED.slice(0, 10) })).status).toBe(201);
    const done = await put(repo, { managedPolicyArns: MANAGED.slice(1) });
    expect(done.status).toBe(200);
    const { attachedPolicyArns } = await existingRole(aws, done.registration().roleArn);
    expect(attachedPolicyArns.sort()).toEqual(MANAGED.slice(1).sort());
  });
});

describe("refused", () => {
  const trust = { branches: ["main"] };
  test.each<[string, object, string, RegExp]>([
    [
      "an unknown profile",
      { profiles: ["shared", "admin"] },
      "/profiles/1",
      /lambda-deploy, plan, s3-artifacts, shared \(profiles\.json\)/,
    ],
    ["the name of a method", { profiles: ["constructor"] }, "/profiles/0", /profiles\.json/],
    [
      "a managed policy that is not listed",
      { managedPolicyArns: [OTHER] },
      "/managedPolicyArns/0",
      /ROLECALL_MANAGED_POLICIES/,
    ],
    [
      "a profile for pull requests",
      { trust: { ...trust, pullRequests: true }, ecr: [], profiles: ["shared"] },
      "/trust/pullRequests",
      /only profiles that the operator marks as read-only/,
    ],
    [
      "a managed policy for pull requests",
      { trust: { ...trust, pullRequests: true }, ecr: [], managedPolicyArns: [LOGS] },
      "/trust/pullRequests",
      /no managed policies/,
    ],
    [
      "a profile for any ref",
      { trust: { anyRef: true }, ecr: [], profiles: ["shared"] },
      "/trust/anyRef",
      /ROLECALL_ALLOW=any-ref/,
    ],
    [
      "a managed policy for any ref",
      { trust: { anyRef: true }, ecr: [], managedPolicyArns: [LOGS] },
      "/trust/anyRef",
      /ROLECALL_ALLOW=any-ref/,
    ],
    [
      "more managed policies than a role may have",
      { managedPolicyArns: MANAGED },
      "/managedPolicyArns",
      /at most 10/,
    ],
    ["a profile twice", { profiles: ["shared", "shared"] }, "/profiles", /./],
    ["a name that is none", { profiles: ["Shared"] }, "/profiles/0", /./],
    [
      "an ARN that is none",
      { managedPolicyArns: ["arn:aws:iam::aws:policy/*"] },
      "/managedPolicyArns/0",
      /./,
    ],
  ])("%s is refused", async (_, body, pointer, says) => {
    const repo = uniqueName();
    const answer = await put(repo, body);
    expect(answer.status).toBe(422);
    const { errors = [] } = answer.problem();
    expect(errors.map((error) => error.pointer)).toEqual([pointer]);
    expect(errors[0]?.detail).toMatch(says);
    expect((await api("GET", rolePath(repo))).status).toBe(404);
  });
});

describe("the operator changes a profile", () => {
  const anew = async (decided: Parameters<typeof decide>[0]) => {
    await decide(decided);
    return (await startAnother()).api;
  };

  test("what is registered stays until the next PUT, which renders it anew", async () => {
    const repo = uniqueName();
    const body = { profiles: ["s3-artifacts"] };
    const { roleArn } = (await put(repo, body)).registration();
    const profiles = { ...PROFILES, "s3-artifacts": profile(bucket("v2/{owner}/{repo}/*")) };
    const later = await anew({ profiles: { profiles } });
    expect((await later("POST", `${rolePath(repo)}/drift-checks`)).text).toContain('"status":"in-sync"');
    expect((await existingRole(aws, roleArn)).inlinePolicies["rolecall-s3-artifacts"]).toEqual(
      artifacts(repo),
    );
    const done = (await put(repo, body, rolePath(repo), later)).registration();
    expect(changesOf(done)).toEqual([["/inlinePolicies/rolecall-s3-artifacts", "widens"]]);
    expect(done.version).toBe(1);
    const { inlinePolicies } = await existingRole(aws, roleArn);
    expect(inlinePolicies["rolecall-s3-artifacts"]).toMatchObject({
      Statement: [{ Resource: [`arn:aws:s3:::acme-artifacts/v2/acme/${repo}/*`] }],
    });
  });

  test("the boundary follows, and leaves no older version of itself behind", async () => {
    const PolicyArn = services.config.boundaryArn;
    const documents = async () => {
      const { Versions = [] } = await aws.iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
      return Promise.all(
        Versions.map(async ({ VersionId }) => {
          const { PolicyVersion } = await aws.iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
          return decodeURIComponent(PolicyVersion?.Document ?? "");
        }),
      );
    };
    for (const name of ["one", "two", "three", "four", "five", "six"]) {
      await anew({ profiles: { profiles: { [name]: profile(bucket(`${name}/*`)) } } });
      const [document, ...others] = await documents();
      expect(document).toContain(`acme-artifacts/${name}/*`);
      expect(document).toContain("ecr:GetAuthorizationToken");
      expect(others).toEqual([]);
    }
  });

  test("what is taken away is refused by the next PUT, and a PUT without it takes it from the role", async () => {
    const repo = uniqueName();
    await put(repo, { profiles: ["lambda-deploy"], managedPolicyArns: [LOGS] });
    const later = await anew({ profiles: {}, managedPolicies: [] });
    expect((await later("GET", rolePath(repo))).registration().spec.profiles).toEqual(["lambda-deploy"]);
    expect((await later("POST", `${rolePath(repo)}/drift-checks`)).text).toContain('"status":"in-sync"');
    const refused = await put(
      repo,
      { profiles: ["lambda-deploy"], managedPolicyArns: [LOGS] },
      rolePath(repo),
      later,
    );
    expect(refused.problem().errors).toMatchObject([
      { pointer: "/profiles/0", detail: "The operator has these profiles: none (profiles.json)." },
      {
        pointer: "/managedPolicyArns/0",
        detail: expect.stringContaining(": none (ROLECALL_MANAGED_POLICIES)"),
      },
    ]);
    const done = (await put(repo, {}, rolePath(repo), later)).registration();
    expect(changesOf(done)).toEqual([
      ["/inlinePolicies/rolecall-lambda-deploy", "narrows"],
      [attached(LOGS), "narrows"],
    ]);
    const role = await existingRole(aws, done.roleArn);
    expect([Object.keys(role.inlinePolicies), role.attachedPolicyArns]).toEqual([["rolecall-ecr"], []]);
  });

  test("a profile that is longer than IAM takes is refused with both numbers", async () => {
    const Resource = Array.from(
      { length: 60 },
      (_, index) => `arn:aws:s3:::acme-${index}/{owner}/{repo}/{repo}/{repo}/{repo}`,
    );
    const long = profile({ Action: ["s3:GetObject"], Resource });
    const later = await anew({ profiles: { profiles: { long } } });
    const repo = uniqueName("a-repository-with-a-long-name");
    const answer = await put(repo, { profiles: ["long"] }, rolePath(repo), later);
    expect(answer.problem().errors).toMatchObject([
      { pointer: "/profiles", detail: expect.stringMatching(/have 1\d{4} characters, .* is 10240\./) },
    ]);
  });

  test.each<[string, unknown]>([
    ["nothing that is right", { profiles: { x: profile({ Action: ["*"], Resource: ["*"] }) } }],
    ["a boundary that IAM would not take", { profiles: { long: profile(...LONG) } }],
  ])("does not start with %s", async (_, profiles) => {
    await decide({ profiles });
    await expect(startAnother()).rejects.toThrow(/profiles\.json/);
  });
});
