/** Calls that have their effect though the answer is lost or late: nothing is made twice, and what was made is known. */
import { PutImageTagMutabilityCommand } from "@aws-sdk/client-ecr";
import { PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import type { ServiceName } from "../../../local/aws/server.ts";
import { awsClients, ecrInAws, existingRole, roleArnsWith } from "../../harness/aws.ts";
import { dropped, namesOf, startEmbedded } from "../../harness/embedded.ts";
import { type RegistrationRequest, rolePath, uniqueName } from "../../harness/rolecall.ts";

const { api, callsOf, clock, failGitHub, trouble } = await startEmbedded({ tagKeys: ["team"] });
const aws = awsClients();

describe("the answer to a new role's call is lost", () => {
  test.each<[ServiceName, string]>([
    ["iam", "CreateRole"],
    ["iam", "PutRolePolicy"],
    ["ecr", "CreateRepository"],
    ["dynamodb", "BatchGetItem"],
    ["dynamodb", "PutItem"],
  ])("a lost answer to %s:%s makes no second role", async (service, action) => {
    const repo = uniqueName();
    trouble({ service, action, mentions: repo, phase: "after", times: 1, fault: dropped });
    const answer = await api("PUT", rolePath(repo));
    expect(answer.status).toBe(201);
    const { roleArn } = answer.registration();
    expect(answer.registration()).toMatchObject({ status: "ready", version: 1, ecr: [{ managed: true }] });
    expect(await roleArnsWith(aws, repo)).toEqual([roleArn]);
    expect(Object.keys((await existingRole(aws, roleArn)).inlinePolicies)).toHaveLength(1);
    expect((await ecrInAws(aws, `acme/${repo}`))?.tags).toHaveProperty("rolecall:id");
    expect((await api("PUT", rolePath(repo))).registration().changes).toEqual([]);
  });

  test("each write of the table in turn may lose its answer", async () => {
    for (let nth = 1; nth <= 5; nth++) {
      const repo = uniqueName();
      let seen = 0;
      const end = trouble({
        service: "dynamodb",
        action: "PutItem",
        mentions: repo,
        phase: "after",
        get fault() {
          seen++;
          return seen === nth ? dropped : ({ kind: "latency", ms: 0 } as const);
        },
      });
      const answer = await api("PUT", rolePath(repo));
      end();
      expect([nth, answer.status]).toEqual([nth, 201]);
      expect(seen).toBeGreaterThanOrEqual(nth);
      expect((await api("PUT", rolePath(repo))).registration()).toMatchObject({
        status: "ready",
        changes: [],
        version: 1,
      });
    }
  });
});

describe("the answer to a change's call is lost", () => {
  const changes: [string, (repo: string) => RegistrationRequest][] = [
    ["UpdateAssumeRolePolicy", () => ({ trust: { branches: ["b"] } })],
    ["UpdateRole", () => ({ maxSessionSeconds: 7200 })],
    ["TagRole", () => ({ tags: { team: "x" } })],
    ["PutRolePolicy", (repo) => ({ ecr: [{ repository: `acme/${repo}`, access: "pull" }] })],
    ["DeleteRolePolicy", () => ({ ecr: [] })],
  ];

  test.each(changes)("a lost answer to iam:%s leaves the change complete", async (action, body) => {
    const repo = uniqueName();
    await api("PUT", rolePath(repo));
    trouble({ service: "iam", action, mentions: repo, phase: "after", times: 1, fault: dropped });
    const answer = await api("PUT", rolePath(repo), { body: body(repo) });
    expect(answer.status).toBe(200);
    expect(answer.registration()).toMatchObject({ status: "ready", version: 2 });
    expect((await api("PUT", rolePath(repo), { body: body(repo) })).registration().changes).toEqual([]);
  });
});

describe("what happens while the writer of a lost answer still holds its lease", () => {
  const allowAll = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }],
  });

  test("a role that is tampered with is put right by the same PUT all the same", async () => {
    const repo = uniqueName();
    trouble({
      service: "iam",
      action: "PutRolePolicy",
      mentions: repo,
      phase: "after",
      times: 1,
      fault: dropped,
    });
    const { roleArn } = (await api("PUT", rolePath(repo))).registration();
    const role = await existingRole(aws, roleArn);
    const RoleName = roleArn.split("/").at(-1);
    await aws.iam.send(
      new PutRolePolicyCommand({ RoleName, PolicyName: "foreign", PolicyDocument: allowAll }),
    );
    const answer = await api("PUT", rolePath(repo));
    expect(answer.registration().changes).toMatchObject([{ path: "/inlinePolicies/foreign" }]);
    expect(await existingRole(aws, roleArn)).toEqual(role);
  });

  test("an ECR repository with other settings gets its own back all the same", async () => {
    const repo = uniqueName();
    trouble({
      service: "ecr",
      action: "CreateRepository",
      mentions: repo,
      phase: "after",
      times: 1,
      fault: dropped,
    });
    expect((await api("PUT", rolePath(repo))).status).toBe(201);
    const made = await ecrInAws(aws, `acme/${repo}`);
    await aws.ecr.send(
      new PutImageTagMutabilityCommand({ repositoryName: `acme/${repo}`, imageTagMutability: "MUTABLE" }),
    );
    expect((await api("PUT", rolePath(repo))).registration().changes).toMatchObject([
      { path: "/tagMutability" },
    ]);
    expect(await ecrInAws(aws, `acme/${repo}`)).toEqual(made);
  });
});

describe("a removal's call whose answer is lost", () => {
  test.each(["DeleteRolePolicy", "DeleteRole"])(
    "iam:%s: the role is gone, and so is the registration after the lease",
    async (action) => {
      const repo = uniqueName();
      await api("PUT", rolePath(repo));
      trouble({ service: "iam", action, mentions: repo, phase: "after", times: 1, fault: dropped });
      const answer = await api("DELETE", rolePath(repo));
      expect([200, 409]).toContain(answer.status);
      expect(await roleArnsWith(aws, repo)).toEqual([]);
      clock.advance(60_000);
      expect([200, 404]).toContain((await api("DELETE", rolePath(repo))).status);
      expect((await api("GET", rolePath(repo))).status).toBe(404);
    },
  );

  test("dynamodb:DeleteItem: it is gone", async () => {
    const repo = uniqueName();
    await api("PUT", rolePath(repo));
    trouble({
      service: "dynamodb",
      action: "DeleteItem",
      mentions: repo,
      phase: "after",
      times: 1,
      fault: dropped,
    });
    expect((await api("DELETE", rolePath(repo))).status).toBe(200);
    expect((await api("GET", rolePath(repo))).status).toBe(404);
  });
});

describe.concurrent("an answer that comes after the attempt's time", () => {
  // Longer than an attempt may take. The SDK asks again, and finds what the first attempt has made.
  const late = { kind: "latency", ms: 6_000 } as const;

  test.each<[ServiceName, string]>([
    ["iam", "CreateRole"],
    ["ecr", "CreateRepository"],
  ])("%s:%s makes one, which is known as ours", async (service, action) => {
    const repo = uniqueName();
    trouble({ service, action, mentions: repo, phase: "after", times: 1, fault: late });
    const { result, calls } = await callsOf(() => api("PUT", rolePath(repo)));
    expect(result.status).toBe(201);
    expect(result.registration()).toMatchObject({ status: "ready", ecr: [{ managed: true }] });
    expect(namesOf(calls, service)).toContain(`${service}:${action}`);
    expect(await roleArnsWith(aws, repo)).toEqual([result.registration().roleArn]);
    // The first attempt was never answered in time: another body waits until it cannot take effect any more.
    if (service === "iam") {
      expect((await api("PUT", rolePath(repo), { body: { maxSessionSeconds: 7200 } })).problem().code).toBe(
        "busy",
      );
    }
  });

  test("of GitHub: nothing is registered, and the next PUT asks again", async () => {
    const repo = uniqueName();
    let asked = 0;
    failGitHub(({ path, phase }) => {
      if (phase === "after" || !path.endsWith(`/${repo}`)) return undefined;
      asked++;
      return asked === 1 ? late : undefined;
    });
    const answer = await api("PUT", rolePath(repo));
    expect(answer.problem().code).toBe("github-unavailable");
    expect((await api("GET", rolePath(repo))).status).toBe(404);
    expect((await api("PUT", rolePath(repo))).status).toBe(201);
  });

  test("a call that takes effect after its time, when the next attempt has made the role already, changes nothing", async () => {
    const repo = uniqueName();
    trouble({
      service: "iam",
      action: "CreateRole",
      mentions: repo,
      phase: "before",
      times: 1,
      fault: { kind: "latency", ms: 5_500 },
    });
    const { roleArn } = (await api("PUT", rolePath(repo))).registration();
    const role = await existingRole(aws, roleArn);
    const answer = await api("PUT", rolePath(repo));
    expect(answer.registration().changes).toEqual([]);
    expect(await roleArnsWith(aws, repo)).toEqual([roleArn]);
    expect(await existingRole(aws, roleArn)).toEqual(role);
  });
});
