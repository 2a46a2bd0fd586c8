/** The settings of ECR repositories: what a PUT gives is what ECR holds, for every role that uses the repository. */
import {
  CreateRepositoryCommand,
  DeleteLifecyclePolicyCommand,
  DeleteRepositoryCommand,
  DeleteRepositoryPolicyCommand,
  GetLifecyclePolicyCommand,
  GetRepositoryPolicyCommand,
  TagResourceCommand,
} from "@aws-sdk/client-ecr";
import { beforeAll, describe, expect, test } from "vitest";
import type { components } from "../../../src/generated/contract.ts";
import { failed } from "../../../src/lib/errors.ts";
import { inParallel } from "../../../src/lib/parallel.ts";
import { rollCall, UNLIMITED } from "../../../src/roll-call/roll-call.ts";
import { awsClients, ecrInAws, roleArnsWith } from "../../harness/aws.ts";
import { namesOf, startEmbedded, writesOf } from "../../harness/embedded.ts";
import { type Api, rolePath, uniqueName } from "../../harness/rolecall.ts";

type Settings = components["schemas"]["EcrSettingsRequest"];
type Change = components["schemas"]["Change"];

const LEASE_MS = 60_000;
const DAY_MS = 24 * 60 * 60_000;
// By the operator: repositories of no registration's own namespace.
const GRANTS =
  "acme/granted-one=shared/*,acme/granted-two=shared/base,acme/granted-pull=shared/*:pull,acme/granted-pull=shared/app,acme/granted-one=acme/sibling/*";
const KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const {
  api,
  aws: embedded,
  callsOf,
  clock,
  cutOff,
  services,
  startMortal,
  trouble,
} = await startEmbedded({
  tagKeys: ["team", "stage"],
  env: { ROLECALL_ECR_GRANTS: GRANTS, ROLECALL_KMS_KEYS: KEY },
});
const aws = awsClients();

const DEFAULTS = {
  tagMutability: "IMMUTABLE",
  exclusions: ["latest", "buildcache*"],
  scanOnPush: true,
  encryption: { type: "AES256" },
  lifecycle: [{ images: "untagged", expireAfterDays: 14 }],
  tags: {},
  pull: { accounts: [] },
};
const EVERYTHING: Settings = {
  tagMutability: "MUTABLE",
  exclusions: ["v*"],
  scanOnPush: false,
  encryption: { type: "KMS", kmsKey: KEY },
  lifecycle: [
    { images: "tagged", tags: ["pr-*"], expireAfterDays: 30 },
    { images: "any", keepLast: 100 },
  ],
  tags: { team: "payments", stage: "prod" },
  pull: { accounts: ["310987654321", "210987654321"], organization: "o-a1b2c3d4e5" },
};
const { encryption: _, ...CHANGEABLE } = EVERYTHING;

const body = (repo: string, settings?: Settings, more: object = {}) => ({
  ecr: [{ repository: `acme/${repo}`, access: "both", ...(settings && { settings }) }],
  ...more,
});
const put = (repo: string, settings?: Settings, role = "publish", by: Api = api) =>
  by("PUT", rolePath(repo, role), { body: body(repo, settings) });
const shown = async (repo: string, role = "publish") =>
  (await api("GET", rolePath(repo, role))).registration().ecr[0]?.settings;
const paths = (changes: readonly Change[] | undefined) => (changes ?? []).map(({ path }) => path).sort();

/** What ECR holds of a repository, in ECR's own words. */
async function held(repositoryName: string) {
  const found = await ecrInAws(aws, repositoryName);
  const { ecr } = aws;
  const [lifecycle, policy] = await Promise.all([
    ecr.send(new GetLifecyclePolicyCommand({ repositoryName })).then(
      ({ lifecyclePolicyText = "" }) => JSON.parse(lifecyclePolicyText),
      () => undefined,
    ),
    ecr.send(new GetRepositoryPolicyCommand({ repositoryName })).then(
      ({ policyText = "" }) => JSON.parse(policyText),
      () => undefined,
    ),
  ]);
  const { "rolecall:id": id, ...tags } = found?.tags ?? {};
  return {
    mutability: found?.imageTagMutability,
    exclusions: found?.imageTagMutabilityExclusionFilters?.map(({ filter }) => filter),
    scanning: found?.imageScanningConfiguration,
    encryption: found?.encryptionConfiguration,
    lifecycle,
    policy,
    tags,
  };
}

const UNTAGGED = {
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 14 },
      action: { type: "expire" },
    },
  ],
};
const HELD_BY_DEFAULT = {
  mutability: "IMMUTABLE_WITH_EXCLUSION",
  exclusions: ["latest", "buildcache*"],
  scanning: { scanOnPush: true },
  encryption: { encryptionType: "AES256" },
  lifecycle: UNTAGGED,
  policy: undefined,
  tags: {},
};
const PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
const HELD_OF_EVERYTHING = {
  mutability: "MUTABLE_WITH_EXCLUSION",
  exclusions: ["v*"],
  scanning: { scanOnPush: false },
  encryption: { encryptionType: "KMS", kmsKey: KEY },
  lifecycle: {
    rules: [
      {
        rulePriority: 1,
        selection: {
          tagStatus: "tagged",
          tagPatternList: ["pr-*"],
          countType: "sinceImagePushed",
          countUnit: "days",
          countNumber: 30,
        },
        action: { type: "expire" },
      },
      {
        rulePriority: 2,
        selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 100 },
        action: { type: "expire" },
      },
    ],
  },
  policy: {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "PullFromAccounts",
        Effect: "Allow",
        Principal: { AWS: ["arn:aws:iam::210987654321:root", "arn:aws:iam::310987654321:root"] },
        Action: PULL,
      },
      {
        Sid: "PullFromOrganization",
        Effect: "Allow",
        Principal: "*",
        Action: PULL,
        Condition: { StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } },
      },
    ],
  },
  tags: { team: "payments", stage: "prod" },
};
const HELD_OF_CHANGEABLE = { ...HELD_OF_EVERYTHING, encryption: HELD_BY_DEFAULT.encryption };

/** What no roll call, check or further PUT finds anything wrong with. */
async function expectSettled(repo: string, ...roles: string[]) {
  for (const role of roles) {
    const checked = await api("POST", `${rolePath(repo, role)}/drift-checks`);
    expect([role, JSON.parse(checked.text)]).toMatchObject([role, { status: "in-sync", changes: [] }]);
  }
}

describe("a new repository", () => {
  test("has the defaults, and the registration shows them", async () => {
    const repo = uniqueName();
    const registration = (await api("PUT", rolePath(repo))).registration();
    expect(registration.ecr).toMatchObject([{ managed: true, settings: DEFAULTS }]);
    expect(registration.spec.ecr).toEqual([{ repository: `acme/${repo}`, access: "push" }]);
    expect(await held(`acme/${repo}`)).toEqual(HELD_BY_DEFAULT);
    expect(await shown(repo)).toEqual(DEFAULTS);
    await expectSettled(repo, "publish");
  });

  test("has all that is given, with few calls", async () => {
    const repo = uniqueName();
    const { result, calls } = await callsOf(() => put(repo, EVERYTHING));
    expect(result.status).toBe(201);
    const settings = {
      ...EVERYTHING,
      pull: { ...EVERYTHING.pull, accounts: ["210987654321", "310987654321"] },
    };
    expect(result.registration().ecr[0]?.settings).toEqual(settings);
    expect(await shown(repo)).toEqual(settings);
    expect(await held(`acme/${repo}`)).toEqual(HELD_OF_EVERYTHING);
    expect(namesOf(writesOf(calls), "ecr")).toEqual([
      "ecr:CreateRepository",
      "ecr:PutLifecyclePolicy",
      "ecr:SetRepositoryPolicy",
    ]);
    await expectSettled(repo, "publish");
  });

  test("of several, each has its own", async () => {
    const repo = uniqueName();
    const ecr = [
      { repository: `acme/${repo}`, access: "push", settings: { tagMutability: "MUTABLE" } },
      { repository: `acme/${repo}/base`, access: "pull", settings: { lifecycle: [], scanOnPush: false } },
      { repository: `acme/${repo}/cache`, access: "both" },
    ] as const;
    const registration = (await api("PUT", rolePath(repo), { body: { ecr } })).registration();
    expect(registration.ecr).toMatchObject([
      { access: "push", settings: { tagMutability: "MUTABLE", exclusions: [], scanOnPush: true } },
      { access: "pull", settings: { ...DEFAULTS, lifecycle: [], scanOnPush: false } },
      { access: "both", settings: DEFAULTS },
    ]);
    expect(await held(`acme/${repo}`)).toMatchObject({ mutability: "MUTABLE", lifecycle: UNTAGGED });
    expect(await held(`acme/${repo}/base`)).toMatchObject({
      lifecycle: undefined,
      scanning: { scanOnPush: false },
    });
    expect(await held(`acme/${repo}/cache`)).toEqual(HELD_BY_DEFAULT);
    await expectSettled(repo, "publish");
  });
});

describe("a change", () => {
  test("writes what differs and nothing else; the same again writes nothing", async () => {
    const repo = uniqueName();
    await put(repo);
    const one = await callsOf(() => put(repo, { scanOnPush: false }));
    expect(namesOf(writesOf(one.calls), "ecr")).toEqual(["ecr:PutImageScanningConfiguration"]);
    expect(paths(one.result.registration().changes)).toEqual(["/scanOnPush"]);
    const again = await callsOf(() => put(repo, { scanOnPush: false }));
    expect(namesOf(writesOf(again.calls))).toEqual([]);
    expect(again.result.registration().changes).toEqual([]);
    const all = await callsOf(() => put(repo, CHANGEABLE));
    expect(namesOf(writesOf(all.calls), "ecr")).toEqual([
      "ecr:PutImageTagMutability",
      "ecr:PutLifecyclePolicy",
      "ecr:SetRepositoryPolicy",
      "ecr:TagResource",
    ]);
    expect(all.result.registration().changes).toMatchObject([
      { path: "/tagMutability", effect: "widens" },
      { path: "/lifecyclePolicy", effect: "none" },
      { path: "/repositoryPolicy", effect: "widens" },
      { path: "/tags/stage", effect: "widens" },
      { path: "/tags/team", effect: "widens" },
    ]);
    expect(await held(`acme/${repo}`)).toEqual(HELD_OF_CHANGEABLE);
    await expectSettled(repo, "publish");
  });

  test("is no new version of the spec, and is in the history", async () => {
    const repo = uniqueName();
    const before = await put(repo);
    const after = await put(repo, CHANGEABLE);
    expect(after.registration().version).toBe(before.registration().version);
    expect(after.headers["etag"]).toBe(before.headers["etag"]);
    const { items } = JSON.parse((await api("GET", `${rolePath(repo)}/history`)).text);
    expect(paths(items[0].changes)).toEqual(paths(after.registration().changes));
  });

  test("what settings leave out gets its default; without settings everything stays", async () => {
    const repo = uniqueName();
    await put(repo, EVERYTHING);
    const kept = await api("PUT", rolePath(repo), {
      body: body(repo, undefined, { maxSessionSeconds: 7200 }),
    });
    expect(paths(kept.registration().changes)).toEqual(["/maxSessionSeconds"]);
    expect(await held(`acme/${repo}`)).toEqual(HELD_OF_EVERYTHING);
    const reset = await callsOf(() => put(repo, {}));
    expect(reset.result.registration().changes).toContainEqual(
      expect.objectContaining({ path: "/tags/team", expected: null, actual: "payments", effect: "narrows" }),
    );
    expect(namesOf(writesOf(reset.calls), "ecr")).toContain("ecr:UntagResource");
    const encryption = HELD_OF_EVERYTHING.encryption;
    expect(await held(`acme/${repo}`)).toEqual({ ...HELD_BY_DEFAULT, encryption });
    expect(await shown(repo)).toEqual({ ...DEFAULTS, encryption: EVERYTHING.encryption });
    await expectSettled(repo, "publish");
  });

  test("a tag of somebody else's stays", async () => {
    const repo = uniqueName();
    await put(repo, { tags: { team: "a" } });
    const resourceArn = (await ecrInAws(aws, `acme/${repo}`))?.repositoryArn;
    await aws.ecr.send(new TagResourceCommand({ resourceArn, tags: [{ Key: "billing", Value: "42" }] }));
    await put(repo, {});
    expect((await held(`acme/${repo}`)).tags).toEqual({ billing: "42" });
  });

  test("takes back what was done by hand as well", async () => {
    const repo = uniqueName();
    await put(repo, CHANGEABLE);
    const resourceArn = (await ecrInAws(aws, `acme/${repo}`))?.repositoryArn;
    await aws.ecr.send(new TagResourceCommand({ resourceArn, tags: [{ Key: "team", Value: "theirs" }] }));
    const { changes } = (await put(repo, { ...CHANGEABLE, scanOnPush: true })).registration();
    expect(paths(changes)).toEqual(["/scanOnPush", "/tags/team"]);
    expect((await held(`acme/${repo}`)).tags).toEqual(HELD_OF_EVERYTHING.tags);
  });

  test("the same settings again restore what somebody changed by hand, as the dry run says", async () => {
    const repo = uniqueName();
    await put(repo, CHANGEABLE);
    const repositoryName = `acme/${repo}`;
    const resourceArn = (await ecrInAws(aws, repositoryName))?.repositoryArn;
    await aws.ecr.send(new TagResourceCommand({ resourceArn, tags: [{ Key: "team", Value: "theirs" }] }));
    await aws.ecr.send(new DeleteLifecyclePolicyCommand({ repositoryName }));
    await aws.ecr.send(new DeleteRepositoryPolicyCommand({ repositoryName }));
    const dry = await api("PUT", `${rolePath(repo)}?dryRun=true`, { body: body(repo, CHANGEABLE) });
    const expected = ["/lifecyclePolicy", "/repositoryPolicy", "/tags/team"];
    expect(paths(dry.registration().changes)).toEqual(expected);
    expect(paths((await put(repo, CHANGEABLE)).registration().changes)).toEqual(expected);
    expect(await held(repositoryName)).toEqual(HELD_OF_CHANGEABLE);
  });

  test("a dry run tells it, and writes nothing", async () => {
    const repo = uniqueName();
    await put(repo);
    const { result, calls } = await callsOf(() =>
      api("PUT", `${rolePath(repo)}?dryRun=true`, { body: body(repo, CHANGEABLE) }),
    );
    expect(namesOf(writesOf(calls))).toEqual([]);
    expect(paths(result.registration().changes)).toEqual([
      "/lifecyclePolicy",
      "/repositoryPolicy",
      "/scanOnPush",
      "/tagMutability",
      "/tags/stage",
      "/tags/team",
    ]);
    expect(result.registration().ecr[0]?.settings).toMatchObject({ scanOnPush: false });
    expect(await shown(repo)).toEqual(DEFAULTS);
    expect(paths((await put(repo, CHANGEABLE)).registration().changes)).toEqual(
      paths(result.registration().changes),
    );
  });

  test("shows in the workflow: a tag that can be moved is, the cache needs one", async () => {
    const repo = uniqueName();
    const workflow = async (settings?: Settings) =>
      (await put(repo, settings)).registration().workflow?.content;
    const moved = await workflow();
    expect(moved).toContain("always latest");
    expect(moved).toContain("cache-to");
    const fixed = await workflow({ exclusions: [] });
    expect(fixed).toContain("if_missing latest");
    expect(fixed).not.toContain("cache-to");
    expect(await workflow({ tagMutability: "MUTABLE" })).toBe(moved);
    const excepted = await workflow({ tagMutability: "MUTABLE", exclusions: ["latest"] });
    expect(excepted).toContain("if_missing latest");
    expect(excepted).toContain("cache-to");
    expect((await api("GET", `${rolePath(repo)}/workflow`)).text).toBe(excepted);
  });
});

describe("two roles", () => {
  test("see the same settings, whoever gave them last; neither PUT nor roll call takes them back", async () => {
    const repo = uniqueName();
    const repair = { onDrift: "repair" };
    const give = (role: string, settings?: Settings) =>
      api("PUT", rolePath(repo, role), { body: body(repo, settings, repair) });
    const callRoll = async () => {
      clock.advance(DAY_MS);
      const { drifted } = await rollCall(services, UNLIMITED);
      return drifted.filter((one) => one.repo === repo);
    };
    await give("one", CHANGEABLE);
    const { ecr, changes } = (await give("two")).registration();
    expect(ecr[0]?.settings).toEqual(await shown(repo, "one"));
    expect(changes?.filter(({ resource }) => resource.includes(":repository/"))).toEqual([]);
    const turns: [string, Settings][] = [
      ["two", { scanOnPush: true }],
      ["one", CHANGEABLE],
      ["two", { pull: { accounts: ["210987654321"] } }],
      ["two", {}],
    ];
    for (const [role, settings] of turns) {
      expect((await give(role, settings)).status).toBe(200);
      expect(await callRoll()).toEqual([]);
      const now = await held(`acme/${repo}`);
      expect(await shown(repo, "one")).toEqual(await shown(repo, "two"));
      // A change of the other role that names none.
      await api("PUT", rolePath(repo, role === "one" ? "two" : "one"), {
        body: body(repo, undefined, { ...repair, maxSessionSeconds: 7200 }),
      });
      expect(await held(`acme/${repo}`)).toEqual(now);
      expect(await callRoll()).toEqual([]);
      await expectSettled(repo, "one", "two");
    }
  });

  test("a role that is new can give them too", async () => {
    const repo = uniqueName();
    await put(repo, { tags: { team: "a" } }, "one");
    const { changes } = (await put(repo, CHANGEABLE, "two")).registration();
    expect(paths(changes)).toContain("/repositoryPolicy");
    expect(await held(`acme/${repo}`)).toEqual(HELD_OF_CHANGEABLE);
    const { changes: back } = (await put(repo, {}, "three")).registration();
    expect(paths(back)).toContain("/tags/team");
    expect(await held(`acme/${repo}`)).toEqual(HELD_BY_DEFAULT);
    await expectSettled(repo, "one", "two", "three");
  });

  test("that give other ones at the same time: one is the last, and ECR holds the whole of it", async () => {
    for (let round = 0; round < 4; round++) {
      const repo = uniqueName();
      if (round % 2 === 0) await put(repo, { tags: { stage: "x" } }, "one");
      const given: Settings[] = [CHANGEABLE, { tags: { team: "b" }, lifecycle: [] }, {}];
      const put3 = () => Promise.all(given.map((settings, index) => put(repo, settings, `role${index}`)));
      const answers = await put3();
      for (const { status } of answers) expect([200, 201, 409]).toContain(status);
      expect(answers.filter(({ status }) => status < 300).length).toBeGreaterThan(0);
      clock.advance(LEASE_MS);
      const roles = answers.flatMap(({ status }, index) => (status < 300 ? [`role${index}`] : []));
      await expectSettled(repo, ...roles);
      expect([
        HELD_OF_CHANGEABLE,
        { ...HELD_BY_DEFAULT, lifecycle: undefined, tags: { team: "b" } },
        HELD_BY_DEFAULT,
      ]).toContainEqual(await held(`acme/${repo}`));
    }
  });
});

describe("encryption", () => {
  test("of a repository that is there cannot be changed: 422 says what to do, and nothing is written", async () => {
    const repo = uniqueName();
    await put(repo);
    const { result, calls } = await callsOf(() => put(repo, EVERYTHING));
    expect(result.status).toBe(422);
    expect(result.problem().errors).toMatchObject([
      { pointer: "/ecr/0/settings/encryption", detail: expect.stringContaining("delete-repository --force") },
    ]);
    expect(namesOf(writesOf(calls))).toEqual([]);
    expect(await held(`acme/${repo}`)).toEqual(HELD_BY_DEFAULT);
    const dry = await api("PUT", `${rolePath(repo)}?dryRun=true`, { body: body(repo, EVERYTHING) });
    expect(dry.status).toBe(422);
  });

  test("is another once the repository was deleted", async () => {
    const repo = uniqueName();
    await put(repo);
    await aws.ecr.send(new DeleteRepositoryCommand({ repositoryName: `acme/${repo}` }));
    expect((await put(repo, EVERYTHING)).status).toBe(200);
    expect(await held(`acme/${repo}`)).toEqual(HELD_OF_EVERYTHING);
    await expectSettled(repo, "publish");
  });

  test("that somebody has changed by making it anew can be taken as it is", async () => {
    const repo = uniqueName();
    await put(repo);
    const { repositoryName, tags = {} } = (await ecrInAws(aws, `acme/${repo}`)) ?? {};
    await aws.ecr.send(new DeleteRepositoryCommand({ repositoryName }));
    const encryptionConfiguration = { encryptionType: "KMS" as const, kmsKey: KEY };
    const id = [{ Key: "rolecall:id", Value: tags["rolecall:id"] }];
    await aws.ecr.send(new CreateRepositoryCommand({ repositoryName, encryptionConfiguration, tags: id }));
    const check = async () => JSON.parse((await api("POST", `${rolePath(repo)}/drift-checks`)).text).changes;
    expect(await check()).toContainEqual(
      expect.objectContaining({ path: "/encryption", repairable: false, remedy: expect.any(String) }),
    );
    expect((await put(repo, EVERYTHING)).status).toBe(200);
    expect(await held(`acme/${repo}`)).toEqual(HELD_OF_EVERYTHING);
    await expectSettled(repo, "publish");
  });

  test("with KMS's key for ECR is no drift, whatever key that is", async () => {
    const repo = uniqueName();
    expect((await put(repo, { encryption: { type: "KMS" } })).status).toBe(201);
    await expectSettled(repo, "publish");
    expect((await put(repo, { encryption: { type: "KMS" } })).registration().changes).toEqual([]);
    expect((await put(repo, { encryption: { type: "AES256" } })).status).toBe(422);
  });

  test.each([
    ["of another region", KEY.replace("eu-central-1", "us-east-1")],
    ["of another account", KEY.replace("123456789012", "999999999999")],
    ["of another partition", KEY.replace("arn:aws:", "arn:aws-cn:")],
  ])("with a key %s is refused", async (_name, kmsKey) => {
    const repo = uniqueName();
    const answer = await put(repo, { encryption: { type: "KMS", kmsKey } });
    expect(answer.problem().errors).toMatchObject([{ pointer: "/ecr/0/settings/encryption/kmsKey" }]);
  });

  test("with a key that the operator does not list is refused with the keys that are, and makes nothing", async () => {
    const repo = uniqueName();
    const kmsKey = KEY.replace("1234abcd", "9999abcd");
    const { result: answer, calls } = await callsOf(() => put(repo, { encryption: { type: "KMS", kmsKey } }));
    expect(answer.problem().errors).toEqual([
      { pointer: "/ecr/0/settings/encryption/kmsKey", detail: expect.stringContaining(kmsKey) },
    ]);
    expect(answer.problem().errors?.[0]?.detail).toContain(`ROLECALL_KMS_KEYS: ${KEY}`);
    expect(writesOf(calls)).toEqual([]);
  });

  test("with a key that KMS refuses fails, and is not remembered by who says nothing of it", async () => {
    const repo = uniqueName();
    const end = trouble({
      action: "CreateRepository",
      mentions: repo,
      fault: { kind: "error", status: 400, code: "KmsException", message: "no such key" },
    });
    const refused = await put(repo, EVERYTHING);
    expect([refused.status, refused.problem().aws?.code]).toEqual([502, "KmsException"]);
    end();
    expect((await put(repo)).registration().ecr[0]?.settings).toEqual(DEFAULTS);
    expect(await held(`acme/${repo}`)).toEqual(HELD_BY_DEFAULT);
  });
});

describe("a repository that was there before", () => {
  test.each(["before it is registered", "after"])("takes no settings: %s", async (when) => {
    const repo = uniqueName();
    const repositoryName = `acme/${repo}`;
    await aws.ecr.send(new CreateRepositoryCommand({ repositoryName }));
    const before = await held(repositoryName);
    if (when === "after") expect((await put(repo)).registration().ecr).toMatchObject([{ managed: false }]);
    const refused = await put(repo, {});
    expect(refused.status).toBe(422);
    expect(refused.problem().errors).toMatchObject([
      { pointer: "/ecr/0/settings", detail: expect.stringContaining("leave its settings out") },
    ]);
    expect(await held(repositoryName)).toEqual(before);
    if (when !== "after") expect(await roleArnsWith(aws, repo)).toEqual([]);
  });

  test("and is deleted is not made again by a repair, but by a PUT", async () => {
    const repo = uniqueName();
    const repositoryName = `acme/${repo}`;
    await aws.ecr.send(new CreateRepositoryCommand({ repositoryName }));
    const path = rolePath(repo);
    expect((await api("PUT", path, { body: { onDrift: "repair" } })).status).toBe(201);
    await aws.ecr.send(new DeleteRepositoryCommand({ repositoryName }));
    await rollCall(services, UNLIMITED);
    expect(await ecrInAws(aws, repositoryName)).toBeUndefined();
    const { drift } = (await api("GET", path)).registration();
    expect(drift).toMatchObject({ status: "drifted", changes: [{ path: "", repairable: false }] });
    expect((await api("PUT", path, { body: { onDrift: "repair", maxSessionSeconds: 7200 } })).status).toBe(
      200,
    );
    expect(await ecrInAws(aws, repositoryName)).toBeDefined();
  });

  test("shows none, and the workflow follows what it lets move", async () => {
    const repo = uniqueName();
    const repositoryName = `acme/${repo}`;
    await aws.ecr.send(new CreateRepositoryCommand({ repositoryName, imageTagMutability: "IMMUTABLE" }));
    const registration = (await put(repo)).registration();
    expect(registration.ecr[0]).not.toHaveProperty("settings");
    expect(registration.workflow?.content).toContain("if_missing latest");
    expect((await api("GET", rolePath(repo))).registration().workflow).toEqual(registration.workflow);
  });
});

describe("a repository that the operator grants", () => {
  const ecr = (settings?: Settings, repository = "shared/base") => ({
    ecr: [{ repository, access: "pull", ...(settings && { settings }) }],
  });
  const ask = (repo: string, settings?: Settings, repository?: string) =>
    api("PUT", rolePath(repo), { body: ecr(settings, repository) });

  test("is used by all who are granted it, and takes settings from none", async () => {
    expect((await ask("granted-one", {})).problem().errors).toMatchObject([
      { pointer: "/ecr/0/settings", detail: expect.stringContaining("operator") },
    ]);
    const one = (await ask("granted-one")).registration();
    const two = (await ask("granted-two")).registration();
    expect(one.ecr).toMatchObject([{ managed: true, settings: DEFAULTS }]);
    expect(two.ecr).toEqual(one.ecr);
    expect(two.ecr[0]?.uri).toBe("123456789012.dkr.ecr.eu-central-1.amazonaws.com/shared/base");
    expect((await ask("granted-two", { scanOnPush: false })).status).toBe(422);
    expect(await held("shared/base")).toEqual(HELD_BY_DEFAULT);
  });

  test.each(["before", "after"])("of a sibling, which registers it %s, is the sibling's", async (when) => {
    const repository = `acme/sibling/${when}`;
    const asOwner = (settings?: Settings) =>
      api("PUT", rolePath("sibling", when), {
        body: { ecr: [{ repository, ...(settings && { settings }) }] },
      });
    const use = () => ask("granted-one", undefined, repository);
    if (when === "before") expect((await asOwner()).status).toBe(201);
    expect((await use()).registration().status).toBe("ready");
    expect((await asOwner({ scanOnPush: false })).registration().status).toBe("ready");
    expect((await use()).registration().ecr).toMatchObject([{ settings: { scanOnPush: false } }]);
    const checked = await api("POST", `${rolePath("sibling", when)}/drift-checks`);
    expect(checked.text).toContain('"in-sync"');
  });

  test.each([
    ["shared/base", undefined, 422],
    ["shared/base", "push", 422],
    ["shared/base", "both", 422],
    ["shared/base", "pull", 201],
    ["shared/app", "push", 200], // another grant is for more
    ["shared/none", "pull", 422], // is not there, and not made
  ] as const)("for pulling alone: %s with %s is %i", async (repository, access, status) => {
    const body = { ecr: [{ repository, ...(access && { access }) }] };
    const answer = await api("PUT", rolePath("granted-pull"), { body });
    expect(answer.status).toBe(status);
    if (status === 422 && access === "pull")
      expect(answer.problem().errors).toMatchObject([
        { pointer: "/ecr/0/repository", detail: expect.stringContaining("There is no ECR repository") },
      ]);
    else if (status === 422)
      expect(answer.problem().errors).toMatchObject([
        { pointer: "/ecr/0/access", detail: expect.stringContaining("pulling from shared/base alone") },
      ]);
    expect((await held("shared/none")).mutability).toBeUndefined();
  });

  test("is the granted one and no other", async () => {
    expect((await ask("granted-two", undefined, "shared/other")).problem().errors).toMatchObject([
      { pointer: "/ecr/0/repository", detail: expect.stringContaining("ROLECALL_ECR_GRANTS") },
    ]);
    expect((await ask(uniqueName())).status).toBe(422);
  });
});

describe("a process that ends while it writes settings", async () => {
  // A tag goes, too.
  const wanted = { ...CHANGEABLE, tags: { team: "payments" } };
  const heldOfWanted = { ...HELD_OF_CHANGEABLE, tags: { team: "payments" } };
  const model = uniqueName();
  await put(model, { tags: { stage: "x" } });
  const before = embedded.calls.length;
  await put(model, wanted);
  const count = embedded.calls
    .slice(before)
    .filter(({ request }) => JSON.stringify(request).includes(model)).length;
  // A process that ends before a call leaves what one leaves that ends after the call before.
  const cuts = Array.from({ length: count }, (_each, calls) =>
    (["goes on", "other", "roll call", "another role"] as const).map((then) => ({
      calls,
      then,
      repo: uniqueName(),
    })),
  ).flat();
  let statuses: number[] = [];
  // Only now: the roll calls of other tests would carry on what is cut off.
  beforeAll(async () => {
    for (const { repo } of cuts) await put(repo, { tags: { stage: "x" } });
    statuses = await inParallel(16, cuts, async ({ repo, calls }) => {
      const { api: doomed, kill } = await startMortal();
      const end = cutOff(repo, calls, "after");
      const { status } = await put(repo, wanted, "publish", doomed);
      kill();
      end();
      return status;
    });
    clock.advance(LEASE_MS);
    // As if the roll call saw these alone: the others are for other ways to go on.
    const left = cuts.filter(({ then }) => then === "roll call").map(({ repo }) => repo);
    const list: typeof services.registry.list = async (...asked) => {
      const page = await services.registry.list(...asked);
      return failed(page) ? page : { ...page, items: page.items.filter(({ repo }) => left.includes(repo)) };
    };
    await rollCall({ ...services, registry: { ...services.registry, list } }, UNLIMITED);
  }, 120_000);

  test("has calls to be cut", () => {
    expect(count).toBeGreaterThanOrEqual(10);
    for (const status of statuses) expect(status).toBe(503);
  });

  test.each(cuts)("cut off after call $calls; then $then", async ({ repo, then }) => {
    if (then === "goes on") {
      expect((await put(repo, wanted)).status).toBe(200);
      expect(await held(`acme/${repo}`)).toEqual(heldOfWanted);
    }
    if (then === "other") {
      expect((await put(repo, {})).status).toBe(200);
      expect(await held(`acme/${repo}`)).toEqual(HELD_BY_DEFAULT);
    }
    if (then === "another role") {
      expect((await put(repo, wanted, "second")).status).toBe(201);
      expect(await held(`acme/${repo}`)).toEqual(heldOfWanted);
      await expectSettled(repo, "second");
      return;
    }
    const { status, lastError } = (await api("GET", rolePath(repo))).registration();
    expect([status, lastError]).toEqual(["ready", undefined]);
    await expectSettled(repo, "publish");
    if (then === "roll call") {
      const now = await held(`acme/${repo}`);
      expect([{ ...HELD_BY_DEFAULT, tags: { stage: "x" } }, heldOfWanted]).toContainEqual(now);
    }
  });
});
