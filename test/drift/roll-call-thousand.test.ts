/** A roll call over 1,000 registered roles among 2,000 others: few calls, however many there are. */
import { serialize } from "node:v8";
import { afterAll, expect, test } from "vitest";
import { startEmbeddedAws } from "../../local/aws/server.ts";
import { observeAccount } from "../../src/aws/observe-account.ts";
import { lifecyclePolicy } from "../../src/desired/lifecycle.ts";
import { rollCall, UNLIMITED } from "../../src/drift/roll-call.ts";
import { inParallel } from "../../src/parallel.ts";
import type { EcrItem, RegistrationItem } from "../../src/registry/items.ts";
import type { Services } from "../../src/services.ts";
import { GITHUB_COM } from "../../src/trust/issuer.ts";
import { trustsGitHub } from "../../src/trust/lint/lint.ts";
import { rolePath, STARTED_AT, startRolecall } from "../harness/rolecall.ts";

const REGISTERED = 1000;
const OTHERS = 2000;
/** As many have details that ECR offers one by one and that are due. */
const DUE = 40;
const MODEL = "model-00000";

const counted: string[] = [];
const aws = await startEmbeddedAws({
  now: () => STARTED_AT,
  quotas: { rolesPerAccount: 5000 },
  fault: ({ service, action, phase }) => {
    if (phase === "before") counted.push(`${service}:${action}`);
    return undefined;
  },
});
process.env["AWS_ENDPOINT_URL"] = aws.url;
afterAll(() => aws.close());
const { api, services: opened } = await startRolecall();
/** What GitHub says is no matter of this test: it is not asked. */
const services: Services = {
  ...opened,
  gitHub: (issuer) => ({
    ...opened.gitHub(issuer),
    repository: async () => ({ failure: "github-unavailable", retryAfterSeconds: 30, internal: "not asked" }),
  }),
};

/** A call without the SDK, which would take most of the time. */
async function post(service: string, headers: Record<string, string>, body: string): Promise<void> {
  const authorization = `AWS4-HMAC-SHA256 Credential=local/20261123/eu-central-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;
  const answer = await fetch(aws.url, { method: "POST", headers: { authorization, ...headers }, body });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
}
const iam = (Action: string, input: Record<string, string | number>) =>
  post(
    "iam",
    { "content-type": "application/x-www-form-urlencoded" },
    new URLSearchParams({
      Action,
      Version: "2010-05-08",
      ...Object.fromEntries(Object.entries(input).map(([name, value]) => [name, String(value)])),
    }).toString(),
  );
const ecr = (action: string, input: object) =>
  post(
    "ecr",
    {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AmazonEC2ContainerRegistry_V20150921.${action}`,
    },
    JSON.stringify(input),
  );
const OTHER_TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

/** The model's registration under another name: in the table, and in AWS as the model's is there. */
async function copy(model: { item: RegistrationItem; ecr: EcrItem }, index: number): Promise<void> {
  const renamed = <T>(value: T): T =>
    JSON.parse(JSON.stringify(value).replaceAll(MODEL, `model-${String(index).padStart(5, "0")}`));
  // The copy's role was made by nobody that Rolecall knows, so its id is not known either.
  const { roleId: _, ...item } = renamed(model.item);
  const repository: EcrItem = {
    ...renamed(model.ecr),
    ...(index > DUE && { detailsCheckedAt: new Date(STARTED_AT).toISOString() }),
  };
  const { role } = item.desired;
  await Promise.all([
    services.registry.changeRegistration(item, undefined, () => item),
    services.registry.changeEcr(repository, undefined, () => repository),
    iam("CreateRole", {
      RoleName: role.name,
      Path: role.path,
      Description: role.description,
      MaxSessionDuration: role.maxSessionSeconds,
      PermissionsBoundary: role.boundaryArn,
      AssumeRolePolicyDocument: JSON.stringify(role.trustPolicy),
      ...Object.fromEntries(
        Object.entries(role.tags).flatMap(([key, value], at) => [
          [`Tags.member.${at + 1}.Key`, key],
          [`Tags.member.${at + 1}.Value`, value],
        ]),
      ),
    }).then(async () => {
      for (const [PolicyName, policy] of Object.entries(role.inlinePolicies))
        await iam("PutRolePolicy", {
          RoleName: role.name,
          PolicyName,
          PolicyDocument: JSON.stringify(policy),
        });
    }),
    ecr("CreateRepository", {
      repositoryName: repository.name,
      imageTagMutability: `${repository.settings.tagMutability}_WITH_EXCLUSION`,
      imageTagMutabilityExclusionFilters: repository.settings.exclusions.map((filter) => ({
        filterType: "WILDCARD",
        filter,
      })),
      imageScanningConfiguration: { scanOnPush: repository.settings.scanOnPush },
      tags: [{ Key: "rolecall:id", Value: repository.id }],
    }).then(() =>
      ecr("PutLifecyclePolicy", {
        repositoryName: repository.name,
        lifecyclePolicyText: JSON.stringify(lifecyclePolicy(repository.settings.lifecycle)),
      }),
    ),
  ]);
}

test("3,000 roles are read by pages, and the calls are counted", async () => {
  expect((await api("PUT", rolePath(MODEL), { body: {} })).status).toBe(201);
  const item = await services.registry.readRegistration({ owner: "acme", repo: MODEL, role: "publish" });
  if (item === undefined) throw new Error("the model is not registered");
  const { account, region, desired } = item;
  const name = desired.repositories[0]?.name ?? "";
  const ecrItem = await services.registry.readEcrItem({ account, region, name });
  if (ecrItem === undefined) throw new Error("the model has no repository");
  await inParallel(20, [...Array(REGISTERED - 1).keys()], (index) => copy({ item, ecr: ecrItem }, index + 1));
  await inParallel(20, [...Array(OTHERS).keys()], (index) =>
    iam("CreateRole", { RoleName: `other-${index}`, AssumeRolePolicyDocument: OTHER_TRUST }),
  );
  await iam("DeleteRolePermissionsBoundary", { RoleName: desired.role.name.replace(MODEL, "model-00500") });

  const before = services.clients.calls.count;
  counted.length = 0;
  const called = await rollCall(services, UNLIMITED);
  const calls = counted.filter((call) => !call.startsWith("dynamodb:"));
  const oneByOne = calls.filter((call) =>
    ["ecr:GetLifecyclePolicy", "ecr:GetRepositoryPolicy", "ecr:ListTagsForResource"].includes(call),
  );

  expect(called.counts).toMatchObject({ checked: REGISTERED, failed: 0, waiting: 0 });
  const boundary = called.drifted.filter(({ detail }) => detail.includes("/boundaryArn"));
  expect(boundary.map(({ repo }) => repo)).toEqual(["model-00500"]);
  expect(called.counts.drifted).toBe(1);
  expect(oneByOne.length).toBeGreaterThanOrEqual(3 * DUE);
  const most = 2 * Math.ceil((REGISTERED + OTHERS) / 1000) + Math.ceil(REGISTERED / 1000) + 5;
  // The one role that differs is looked at once more, by calls of its own.
  const own = 7 * called.counts.drifted;
  expect(calls.length - oneByOne.length).toBeLessThanOrEqual(most + own);
  expect(called.awsCalls).toBe(services.clients.calls.count - before);
  expect(called.awsCalls).toBe(calls.filter((call) => !call.startsWith("sts:")).length);

  // What a roll call holds in memory from its beginning to its end (the structured clone's size stands for it).
  const snapshot = await observeAccount(services.clients, [desired.provider.arn], (policy) =>
    trustsGitHub(policy, [GITHUB_COM.url]),
  );
  expect(snapshot.audited).toHaveLength(REGISTERED);
  expect(serialize(snapshot).length / REGISTERED).toBeLessThan(4096);

  // In sync, nothing is looked at twice.
  await iam("PutRolePermissionsBoundary", {
    RoleName: desired.role.name.replace(MODEL, "model-00500"),
    PermissionsBoundary: desired.role.boundaryArn,
  });
  counted.length = 0;
  const { awsCalls } = await rollCall(services, UNLIMITED);
  const second = counted.filter((call) => !call.startsWith("dynamodb:"));
  const details = second.filter((call) => oneByOne.includes(call));
  expect(second.length - details.length).toBeLessThanOrEqual(most);
  expect(awsCalls).toBe(second.filter((call) => !call.startsWith("sts:")).length);
}, 180_000);
