/** 503: AWS does not answer, has a fault of its own, or asks to slow down. What was begun goes on with the next PUT. */
import { describe, expect, test } from "vitest";
import type { Fault, ServiceName } from "../../../local/aws/server.ts";
import { AwsFault } from "../../../src/aws/fault.ts";
import { awsClients, existingRole, roleArnsWith } from "../../harness/aws.ts";
import { dropped, startEmbedded } from "../../harness/embedded.ts";
import { type Answer, rolePath, uniqueName } from "../../harness/rolecall.ts";

const { api, clock, trouble, startAnother } = await startEmbedded();
const aws = awsClients();
const LEASE_MS = 60_000;

const error = (status: number, code: string): Fault => ({
  kind: "error",
  status,
  code,
  message: "secret detail of AWS",
});
const FAULTS: [string, Record<"iam" | "ecr" | "dynamodb", Fault>][] = [
  ["no answer", { iam: dropped, ecr: dropped, dynamodb: dropped }],
  [
    "a fault of its own",
    {
      iam: error(500, "ServiceFailure"),
      ecr: error(500, "ServerException"),
      dynamodb: error(500, "InternalServerError"),
    },
  ],
  [
    "unavailable",
    {
      iam: error(503, "ServiceUnavailable"),
      ecr: error(503, "ServiceUnavailableException"),
      dynamodb: error(503, "ServiceUnavailable"),
    },
  ],
  [
    "throttled",
    {
      iam: error(400, "Throttling"),
      ecr: error(400, "ThrottlingException"),
      dynamodb: error(400, "ProvisionedThroughputExceededException"),
    },
  ],
];

function expectUnavailable(answer: Answer, service: ServiceName, action: string) {
  expect(answer.status).toBe(503);
  const { code, aws: fault, retryAfterSeconds } = answer.problem();
  expect({ code, service: fault?.service, action: fault?.action }).toEqual({
    code: "aws-unavailable",
    service,
    action,
  });
  expect(retryAfterSeconds).toBeGreaterThan(0);
  expect(answer.text).not.toContain("secret");
}

describe.concurrent.each(FAULTS)("%s", (name, faults) => {
  const isAnswered = name === "throttled";

  test.each([
    ["iam", "CreateRole"],
    ["iam", "PutRolePolicy"],
    ["ecr", "CreateRepository"],
  ] as const)("PUT: %s:%s, and the next PUT goes on", async (service, action) => {
    const repo = uniqueName();
    const end = trouble({ service, action, mentions: repo, fault: faults[service] });
    expectUnavailable(await api("PUT", rolePath(repo)), service, action);
    const failed = (await api("GET", rolePath(repo))).registration();
    expect(failed).toMatchObject({
      status: "failed",
      lastError: { detail: expect.stringContaining(action) },
    });
    // Without an answer the attempt may still take effect, so another body waits; after an answer it need not.
    if (!isAnswered && service === "iam") {
      const other = await api("PUT", rolePath(repo), { body: { maxSessionSeconds: 7200 } });
      expect(other.problem().code).toBe("busy");
    }
    end();
    const mended = await api("PUT", rolePath(repo));
    expect(mended.registration()).toMatchObject({ status: "ready", version: 1 });
    expect(mended.registration()).not.toHaveProperty("lastError");
    expect(await roleArnsWith(aws, repo)).toEqual([mended.registration().roleArn]);
    expect(await existingRole(aws, mended.registration().roleArn)).toMatchObject({ maxSessionSeconds: 3600 });
  });

  test.each([
    ["iam", "DeleteRolePolicy"],
    ["iam", "DeleteRole"],
    ["iam", "GetRole"],
  ] as const)("DELETE: %s:%s, and the next DELETE goes on or is told when", async (service, action) => {
    const repo = uniqueName();
    await api("PUT", rolePath(repo));
    const end = trouble({ service, action, mentions: repo, fault: faults[service] });
    expectUnavailable(await api("DELETE", rolePath(repo)), service, action);
    end();
    expect((await api("GET", rolePath(repo))).registration()).toMatchObject({ status: "removing" });
    const next = await api("DELETE", rolePath(repo));
    // A call that may still have its effect could hit the role of whoever registers next.
    if (next.status === 200) expect(await roleArnsWith(aws, repo)).toEqual([]);
    else expect(next.problem()).toMatchObject({ code: "busy", retryAfterSeconds: expect.any(Number) });
  });

  test.each([
    ["GET", "", "BatchGetItem"],
    ["GET", "/workflow", "BatchGetItem"],
    ["GET", "/export?format=cli", "BatchGetItem"],
    ["DELETE", "", "GetItem"],
    ["PUT", "", "BatchGetItem"],
    ["PUT", "", "PutItem"],
  ])("%s%s is answered with 503 when the table does not answer %s", async (method, rest, action) => {
    const repo = uniqueName();
    if (method !== "PUT") await api("PUT", rolePath(repo));
    const end = trouble({ service: "dynamodb", action, mentions: repo, fault: faults.dynamodb });
    expectUnavailable(await api(method, `${rolePath(repo)}${rest}`), "dynamodb", action);
    end();
    expect([200, 201]).toContain((await api("PUT", rolePath(repo))).status);
    expect(await roleArnsWith(aws, repo)).toHaveLength(1);
  });

  test("an explanation is answered with 503 when IAM does not answer GetRole", async () => {
    const repo = uniqueName();
    await api("PUT", rolePath(repo));
    const end = trouble({ service: "iam", action: "GetRole", mentions: repo, fault: faults.iam });
    const answer = await api("POST", `${rolePath(repo)}/explanations`, { body: { sub: "x" } });
    expectUnavailable(answer, "iam", "GetRole");
    end();
  });

  test("a repository's list is answered with 503 when the table does not answer", async () => {
    const repo = uniqueName();
    const end = trouble({ service: "dynamodb", action: "Query", mentions: repo, fault: faults.dynamodb });
    expectUnavailable(await api("GET", `/v1/repos/acme/${repo}/roles`), "dynamodb", "Query");
    end();
  });
});

describe("what names no repository", () => {
  test("the list of all is answered with 503", async () => {
    const end = trouble({ service: "dynamodb", action: "Query", fault: dropped });
    expectUnavailable(await api("GET", "/v1/roles").finally(end), "dynamodb", "Query");
  });

  test("the account is answered with 503, and afterwards with 200", async () => {
    const end = trouble({ service: "iam", action: "GetAccountSummary", fault: dropped });
    expectUnavailable(await api("GET", "/v1/account").finally(end), "iam", "GetAccountSummary");
    expect((await api("GET", "/v1/account")).status).toBe(200);
  });

  test("a failure to learn the own ARN is not remembered", async () => {
    const { clients } = (await startAnother()).local.services;
    const end = trouble({ service: "sts", fault: dropped });
    await expect(clients.callerArn().finally(end)).rejects.toThrow(AwsFault);
    expect(await clients.callerArn()).toMatch(/^arn:aws:iam::\d{12}:user\//);
  });
});

describe("trouble that passes is not even noticed", async () => {
  // A process of its own: the SDK retries less and less where much has failed.
  const { api: fresh } = await startAnother();

  test.each<[string, ServiceName, string, Fault]>([
    ["one lost connection", "iam", "CreateRole", dropped],
    ["one throttle", "iam", "PutRolePolicy", error(400, "Throttling")],
    ["one fault", "ecr", "CreateRepository", error(500, "ServerException")],
    ["one fault of the table", "dynamodb", "PutItem", error(500, "InternalServerError")],
    ["another writer's transaction", "dynamodb", "PutItem", error(400, "TransactionConflictException")],
  ])("%s at %s:%s is not noticed", async (_, service, action, fault) => {
    const repo = uniqueName();
    trouble({ service, action, mentions: repo, times: 1, fault });
    expect((await fresh("PUT", rolePath(repo))).status).toBe(201);
    expect(await roleArnsWith(aws, repo)).toHaveLength(1);
  });
});

test("what could not be noted is not lost: after the lease the next PUT ends ready", async () => {
  const repo = uniqueName();
  const ends = [
    trouble({ service: "iam", action: "CreateRole", mentions: repo, fault: error(403, "AccessDenied") }),
    trouble({ service: "dynamodb", action: "PutItem", mentions: '"status":{"S":"failed"', fault: dropped }),
  ];
  const answer = await api("PUT", rolePath(repo));
  expect([502, 503]).toContain(answer.status);
  for (const end of ends) end();
  expect((await api("GET", rolePath(repo))).registration().status).toBe("provisioning");
  expect((await api("PUT", rolePath(repo), { body: { maxSessionSeconds: 7200 } })).status).toBe(409);
  clock.advance(LEASE_MS);
  const other = await api("PUT", rolePath(repo), { body: { maxSessionSeconds: 7200 } });
  expect(other.registration()).toMatchObject({ status: "ready", spec: { maxSessionSeconds: 7200 } });
  expect(await roleArnsWith(aws, repo)).toHaveLength(1);
});
