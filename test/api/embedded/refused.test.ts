/** 502: AWS says no. The caller learns the code and what to do, the registration keeps the reason, nobody a stack. */
import {
  AttachRolePolicyCommand,
  DeleteOpenIDConnectProviderCommand,
  ListOpenIDConnectProvidersCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import type { Fault } from "../../../local/aws/fault.ts";
import type { RecordedCall, ServiceName } from "../../../local/aws/server.ts";
import { awsClients, existingRole, roleArnsWith } from "../../harness/aws.ts";
import { accessDenied, startEmbedded } from "../../harness/embedded.ts";
import { type Answer, rolePath, uniqueName } from "../../harness/rolecall.ts";

const { api, aws: embedded, callsOf, trouble, log, clock } = await startEmbedded();
const aws = awsClients();

const SECRET = "secret detail of AWS";
const refusal = (status: number, code: string) => ({ kind: "error", status, code, message: SECRET }) as const;

/** A 502 names the call that failed, and tells nothing of the error's inside. */
function expectRefused(answer: Answer, service: ServiceName, action: string, code: string) {
  expect(answer.status).toBe(502);
  const problem = answer.problem();
  expect(problem).toMatchObject({
    code: "aws-refused",
    aws: { service, action, code, requestId: expect.stringMatching(/^\S{8,}$/) },
  });
  expect(problem.detail).toContain(`${service}:${action}`);
  expect(problem.detail).toContain(code);
  expect(answer.text).not.toContain(SECRET);
  expect(JSON.stringify(log.filter(({ level }) => level === "error").at(-1))).toContain(SECRET);
}

describe("PUT", () => {
  const refusals: [ServiceName, string, number, string][] = [
    ["iam", "CreateRole", 403, "AccessDenied"],
    ["iam", "CreateRole", 400, "MalformedPolicyDocument"],
    ["iam", "CreateRole", 404, "NoSuchEntity"],
    ["iam", "CreateRole", 400, "InvalidInput"],
    ["iam", "CreateRole", 400, "SomethingNew"],
    ["iam", "CreateRole", 403, "InvalidClientTokenId"],
    ["iam", "PutRolePolicy", 403, "AccessDenied"],
    ["iam", "CreateOpenIDConnectProvider", 403, "AccessDenied"],
    ["ecr", "CreateRepository", 400, "AccessDeniedException"],
    ["ecr", "CreateRepository", 400, "KmsException"],
    ["ecr", "CreateRepository", 400, "InvalidParameterException"],
  ];

  test.each(refusals)(
    "%s:%s refused with %i %s is answered with 502",
    async (service, action, status, code) => {
      const repo = uniqueName();
      const isProvider = action === "CreateOpenIDConnectProvider";
      if (isProvider) await forgetProvider();
      const end = trouble({
        service,
        action,
        ...(!isProvider && { mentions: repo }),
        fault: refusal(status, code),
      });
      expectRefused(await api("PUT", rolePath(repo)), service, action, code);

      const failed = await api("GET", rolePath(repo));
      expect(failed.registration()).toMatchObject({
        status: "failed",
        version: 1,
        lastError: { code, detail: expect.stringContaining(action), requestId: expect.any(String) },
      });
      expect(failed.text).not.toContain(SECRET);
      // AWS has answered, so nobody has to wait.
      expectRefused(
        await api("PUT", rolePath(repo), { body: { maxSessionSeconds: 7200 } }),
        service,
        action,
        code,
      );

      end();
      const mended = await api("PUT", rolePath(repo));
      expect(mended.status).toBe(200);
      expect(mended.registration().status).toBe("ready");
      expect(mended.registration()).not.toHaveProperty("lastError");
      expect(await roleArnsWith(aws, repo)).toEqual([mended.registration().roleArn]);
      expect((await existingRole(aws, mended.registration().roleArn)).maxSessionSeconds).toBe(3600);
      expect((await api("PUT", rolePath(repo))).registration().changes).toEqual([]);
    },
  );

  /** Makes this process ask for the provider again. */
  async function forgetProvider() {
    const { OpenIDConnectProviderList = [] } = await aws.iam.send(new ListOpenIDConnectProvidersCommand({}));
    for (const { Arn } of OpenIDConnectProviderList) {
      await aws.iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: Arn }));
    }
    clock.advance(3_600_000);
  }

  test.concurrent.each([
    ["iam", "CreateRole", 409, "LimitExceeded"],
    ["iam", "PutRolePolicy", 409, "LimitExceeded"],
    ["ecr", "CreateRepository", 400, "LimitExceededException"],
  ] as const)(
    "%s:%s %i %s: AWS is asked once, as waiting raises no quota",
    async (service, action, status, code) => {
      const repo = uniqueName();
      const end = trouble({ service, action, mentions: repo, fault: refusal(status, code) });
      const answer = await api("PUT", rolePath(repo));
      expect(answer.problem()).toMatchObject({
        aws: { service, action, code },
        detail: expect.stringContaining("quota"),
      });
      end();
      expect((await api("PUT", rolePath(repo))).registration().status).toBe("ready");
      const isIt = (call: RecordedCall) =>
        call.action === action && JSON.stringify(call.request).includes(repo);
      expect(embedded.calls.filter((call) => isIt(call) && call.errorCode !== undefined)).toHaveLength(1);
    },
  );

  test("what ECR refuses can be left out instead", async () => {
    const repo = uniqueName();
    const end = trouble({ service: "ecr", mentions: repo, fault: refusal(400, "AccessDeniedException") });
    expect((await api("PUT", rolePath(repo))).status).toBe(502);
    const answer = await api("PUT", rolePath(repo), { body: { ecr: [] } });
    expect(answer.registration()).toMatchObject({ status: "ready", version: 2, ecr: [] });
    expect((await existingRole(aws, answer.registration().roleArn)).inlinePolicies).toEqual({});
    end();
  });

  const before: [ServiceName, string, number, string][] = [
    ["dynamodb", "BatchGetItem", 400, "AccessDeniedException"],
    ["dynamodb", "BatchGetItem", 400, "ResourceNotFoundException"],
    ["dynamodb", "PutItem", 400, "AccessDeniedException"],
    ["dynamodb", "PutItem", 400, "ItemCollectionSizeLimitExceededException"],
  ];

  test.each(before)("%s:%s %i %s: nothing was begun", async (service, action, status, code) => {
    const repo = uniqueName();
    const end = trouble({ service, action, mentions: repo, fault: refusal(status, code) });
    expectRefused(await api("PUT", rolePath(repo)), service, action, code);
    end();
    expect((await api("GET", rolePath(repo))).status).toBe(404);
    expect(await roleArnsWith(aws, repo)).toEqual([]);
  });

  const changes: [string, object][] = [
    ["UpdateAssumeRolePolicy", { trust: { branches: ["other"] } }],
    ["UpdateRole", { maxSessionSeconds: 7200 }],
    ["DeleteRolePolicy", { ecr: [] }],
    ["GetRole", { maxSessionSeconds: 7200 }],
    ["ListRolePolicies", { maxSessionSeconds: 7200 }],
  ];

  test.each(changes)("of what is registered: iam:%s", async (action, body) => {
    const repo = uniqueName();
    const { roleArn } = (await api("PUT", rolePath(repo))).registration();
    const role = await existingRole(aws, roleArn);
    const end = trouble({ service: "iam", action, mentions: repo, fault: accessDenied });
    expectRefused(await api("PUT", rolePath(repo), { body }), "iam", action, "AccessDenied");
    end();
    expect((await api("GET", rolePath(repo))).registration()).toMatchObject({
      status: "failed",
      lastError: { code: "AccessDenied" },
    });
    expect((await api("PUT", rolePath(repo), { body })).registration().status).toBe("ready");
    expect((await api("PUT", rolePath(repo))).registration().status).toBe("ready");
    expect(await existingRole(aws, roleArn)).toEqual(role);
  });

  test("a dry run that may not read says so, and leaves the registration as it is", async () => {
    const repo = uniqueName();
    await api("PUT", rolePath(repo));
    const end = trouble({ service: "iam", action: "GetRole", mentions: repo, fault: accessDenied });
    expectRefused(await api("PUT", `${rolePath(repo)}?dryRun=true`), "iam", "GetRole", "AccessDenied");
    end();
    expect((await api("GET", rolePath(repo))).registration().status).toBe("ready");
  });
});

describe("DELETE", () => {
  test.each(["DeleteRole", "DeleteRolePolicy", "GetRole", "ListAttachedRolePolicies"])(
    "a refused iam:%s is answered with 502, and the next DELETE completes the removal",
    async (action) => {
      const repo = uniqueName();
      await api("PUT", rolePath(repo));
      const end = trouble({ service: "iam", action, mentions: repo, fault: accessDenied });
      expectRefused(await api("DELETE", rolePath(repo)), "iam", action, "AccessDenied");
      expect((await api("GET", rolePath(repo))).registration()).toMatchObject({
        status: "removing",
        lastError: { code: "AccessDenied", detail: expect.stringContaining(action) },
      });
      end();
      expect((await api("DELETE", rolePath(repo))).status).toBe(200);
      expect(await roleArnsWith(aws, repo)).toEqual([]);
      expect((await api("GET", rolePath(repo))).status).toBe(404);
    },
  );

  describe("while somebody else attaches a policy to the role", () => {
    const absent: Fault = { kind: "error", status: 404, code: "NoSuchEntity", message: "lag" };
    /**
     * Deletes a registration. Attaches a policy to the role before each of the first `times` calls of DeleteRole.
     * @param isShown false if IAM's reads do not show the role from then on
     */
    async function deleteWhileAttaching(times: number, isShown = true) {
      const repo = uniqueName();
      const { roleArn } = (await api("PUT", rolePath(repo))).registration();
      const RoleName = roleArn.slice(roleArn.lastIndexOf("/") + 1);
      const PolicyArn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
      const attached: Fault = {
        kind: "hold",
        // The embedded AWS reads this when the call comes.
        get until() {
          if (!isShown)
            ends.push(trouble({ service: "iam", action: "GetRole", mentions: repo, fault: absent }));
          return aws.iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
        },
      };
      const ends = [
        trouble({ service: "iam", action: "DeleteRole", mentions: repo, times, fault: attached }),
      ];
      const { result, calls } = await callsOf(() => api("DELETE", rolePath(repo)));
      for (const end of ends) end();
      const deletions = calls.filter(({ action }) => action === "DeleteRole").length;
      return { repo, answer: result, deletions };
    }

    test("once: takes that policy away too, and deletes the role", async () => {
      const { repo, answer, deletions } = await deleteWhileAttaching(1);
      expect([answer.status, deletions]).toEqual([200, 2]);
      expect(await roleArnsWith(aws, repo)).toEqual([]);
      expect((await api("GET", rolePath(repo))).status).toBe(404);
    });

    test("and reads miss the role: the registration stays, because the role exists", async () => {
      const { repo, answer } = await deleteWhileAttaching(1, false);
      expect(answer.problem().aws?.code).toBe("DeleteConflict");
      expect((await api("GET", rolePath(repo))).registration().status).toBe("removing");
      expect((await api("DELETE", rolePath(repo))).status).toBe(200);
      expect(await roleArnsWith(aws, repo)).toEqual([]);
    });

    test("again and again: gives up with 502, and the next DELETE completes the removal", async () => {
      const { repo, answer, deletions } = await deleteWhileAttaching(Number.POSITIVE_INFINITY);
      expect(answer.status).toBe(502);
      expect(answer.problem().aws).toMatchObject({ action: "DeleteRole", code: "DeleteConflict" });
      expect(deletions).toBe(4);
      expect((await api("DELETE", rolePath(repo))).status).toBe(200);
      expect(await roleArnsWith(aws, repo)).toEqual([]);
    });
  });

  test("what is half removed can be registered again instead", async () => {
    const repo = uniqueName();
    const { roleArn } = (await api("PUT", rolePath(repo))).registration();
    const role = await existingRole(aws, roleArn);
    const end = trouble({ service: "iam", action: "DeleteRole", mentions: repo, fault: accessDenied });
    await api("DELETE", rolePath(repo));
    end();
    expect((await existingRole(aws, roleArn)).inlinePolicies).toEqual({});
    const again = await api("PUT", rolePath(repo));
    expect(again.registration()).toMatchObject({ status: "ready" });
    expect(await existingRole(aws, roleArn)).toEqual(role);
  });
});

describe("explain", () => {
  test.each(["GetRole", "GetOpenIDConnectProvider"])(
    "a refused iam:%s is answered with 502",
    async (action) => {
      const repo = uniqueName();
      await api("PUT", rolePath(repo));
      const end = trouble({ service: "iam", action, fault: accessDenied });
      const answer = await api("POST", `${rolePath(repo)}/explanations`, { body: { sub: "x" } }).finally(end);
      expectRefused(answer, "iam", action, "AccessDenied");
    },
  );
});

describe("account", () => {
  test.each(["GetAccountSummary", "GetOpenIDConnectProvider"])(
    "a refused iam:%s is answered with 502",
    async (action) => {
      const end = trouble({ service: "iam", action, fault: accessDenied });
      expectRefused(await api("GET", "/v1/account"), "iam", action, "AccessDenied");
      end();
      expect((await api("GET", "/v1/account")).status).toBe(200);
    },
  );
});

describe("the table says no to every operation that needs it", () => {
  const repo = uniqueName();
  test.each([
    ["PUT", rolePath(repo)],
    ["GET", rolePath(repo)],
    ["DELETE", rolePath(repo)],
    ["GET", `${rolePath(repo)}/workflow`],
    ["GET", `${rolePath(repo)}/export?format=cli`],
    ["GET", `/v1/repos/acme/${repo}/roles`],
    ["GET", "/v1/roles"],
    ["POST", `${rolePath(repo)}/explanations`],
  ])("%s %s reports the table's refusal, without its details", async (method, path) => {
    const end = trouble({ service: "dynamodb", fault: refusal(400, "AccessDeniedException") });
    const answer = await api(method, path, method === "POST" ? { body: { sub: "x" } } : {}).finally(end);
    expect([502, 503]).toContain(answer.status);
    expect(answer.problem().aws).toMatchObject({ service: "dynamodb", code: "AccessDeniedException" });
    expect(answer.text).not.toContain(SECRET);
  });
});
