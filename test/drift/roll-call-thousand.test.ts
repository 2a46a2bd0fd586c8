/** A roll call over 1,000 registered roles among 2,000 others, with few calls. */
import { serialize } from "node:v8";
import { afterAll, expect, test } from "vitest";
import { startEmbeddedAws } from "../../local/aws/server.ts";
import { observeAccount } from "../../src/aws/observe-account.ts";
import { inParallel } from "../../src/lib/parallel.ts";
import { rollCall, UNLIMITED } from "../../src/roll-call/roll-call.ts";
import type { Services } from "../../src/services.ts";
import { GITHUB_COM } from "../../src/trust/issuer.ts";
import { trustsGitHub } from "../../src/trust/lint/lint.ts";
import { copyModel, directCalls, MODEL } from "../harness/copies.ts";
import { rolePath, STARTED_AT, startRolecall } from "../harness/rolecall.ts";

const REGISTERED = 1000;
const OTHERS = 2000;
/** The number of repositories with details that are due, and that ECR returns only one by one. */
const DUE = 40;

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
/** GitHub is not part of this test. */
const services: Services = {
  ...opened,
  gitHub: (issuer) => ({
    ...opened.gitHub(issuer),
    repository: async () => ({ failure: "github-unavailable", retryAfterSeconds: 30, internal: "not asked" }),
  }),
};

const direct = directCalls(aws.url);
const { iam } = direct;
const OTHER_TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

test("3,000 roles are read in pages, and the report counts the calls", async () => {
  expect((await api("PUT", rolePath(MODEL), { body: {} })).status).toBe(201);
  const item = await services.registry.readRegistration({ owner: "acme", repo: MODEL, role: "publish" });
  if (item === undefined) throw new Error("the model is not registered");
  const { account, region, desired } = item;
  const name = desired.repositories[0]?.name ?? "";
  const ecrItem = await services.registry.readEcrItem({ account, region, name });
  if (ecrItem === undefined) throw new Error("the model has no repository");
  await inParallel(20, [...Array(REGISTERED - 1).keys()], (index) =>
    copyModel(
      services.registry,
      direct,
      { item, ecr: ecrItem },
      index + 1,
      index + 1 > DUE ? new Date(STARTED_AT).toISOString() : undefined,
    ),
  );
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
  // The only role that differs is read again, by calls of its own.
  const own = 7 * called.counts.drifted;
  expect(calls.length - oneByOne.length).toBeLessThanOrEqual(most + own);
  expect(called.awsCalls).toBe(services.clients.calls.count - before);
  expect(called.awsCalls).toBe(calls.filter((call) => /^(?:iam|ecr):/.test(call)).length);

  // The data that a roll call keeps in memory from start to end, measured as the size of a structured clone.
  const snapshot = await observeAccount(
    services.clients,
    services.config.rolePath,
    [services.clients.place.region],
    [desired.provider.arn],
    (policy) => trustsGitHub(policy, [GITHUB_COM.url]),
  );
  expect(snapshot.audited).toHaveLength(REGISTERED);
  expect(serialize(snapshot).length / REGISTERED).toBeLessThan(2560);

  // Roles in sync are read only once.
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
