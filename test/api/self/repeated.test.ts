/** The same PUT again with the same token: a retry, until somebody else changes the registration. */
import { AttachRolePolicyCommand } from "@aws-sdk/client-iam";
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { awsClients } from "../../harness/aws.ts";
import { accessDenied, signal, startEmbedded } from "../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../harness/rolecall.ts";

const RULE = { repositories: ["acme/*"], roles: ["publish"], access: ["push"] };
const { api, clock, token, trouble } = await startEmbedded({ self: { rules: [RULE] } });
const aws = awsClients();
const LEASE_MS = 60_000;

const tokenOf = (repo: string) => token({ repository: `acme/${repo}` });

/** Sends a workflow's PUT. Without a body it asks for the default ECR repository. */
const put = (repo: string, bearer: string, body?: unknown) =>
  api("PUT", `/v1/self/repos/acme/${repo}/roles/publish`, {
    headers: { authorization: `Bearer ${bearer}` },
    ...(body !== undefined && { body }),
  });
/** Returns the registration, or the code of the answer that there is none. */
const shown = async (repo: string) => {
  const answer = await api("GET", rolePath(repo));
  return answer.status === 200 ? answer.registration() : answer.problem().code;
};

/** Changes of a registration by somebody else than the token's owner. */
const CHANGES: readonly [string, (repo: string) => Promise<unknown>][] = [
  ["deleted the registration", (repo) => api("DELETE", rolePath(repo))],
  ["changed the registration", async (repo) => put(repo, await tokenOf(repo), { ecr: [] })],
  ["changed and handed over", (repo) => api("PUT", `${rolePath(repo)}?origin=self`, { body: { ecr: [] } })],
  [
    "deleted and registered again",
    async (repo) => {
      await api("DELETE", rolePath(repo));
      await put(repo, await tokenOf(repo), { ecr: [] });
    },
  ],
];

describe("the same PUT again gets 409 and changes nothing, after somebody else", () => {
  test.each(CHANGES)("%s", async (_, change) => {
    const repo = uniqueName();
    const bearer = await tokenOf(repo);
    expect((await put(repo, bearer)).status).toBe(201);
    await change(repo);
    const before = await shown(repo);
    for (let time = 0; time < 2; time++) {
      const answer = await put(repo, bearer);
      expect(answer.problem()).toMatchObject({
        status: 409,
        code: "token-used",
        detail:
          "This request has already written with this token, and the registration has changed since. Nothing was changed; let the job ask GitHub for a new token.",
      });
    }
    expect(await shown(repo)).toEqual(before);
    expect((await put(repo, await tokenOf(repo))).status).toBeLessThan(300);
  });

  test("began a DELETE that did not finish", async () => {
    const repo = uniqueName();
    const bearer = await tokenOf(repo);
    expect((await put(repo, bearer)).status).toBe(201);
    const end = trouble({ service: "iam", action: "DeleteRole", mentions: repo, fault: accessDenied });
    expect((await api("DELETE", rolePath(repo))).status).toBe(502);
    end();
    expect((await put(repo, bearer)).problem().code).toBe("token-used");
    expect((await api("DELETE", rolePath(repo))).status).toBe(200);
  });

  test.each([
    ["the desired state", { ecr: [] }],
    ["only the workflow file", { workflow: { chart: "charts/x" } }],
  ])("changed %s between this PUT's plan and its write", async (_, body) => {
    const repo = uniqueName();
    const [bearer, other] = [await tokenOf(repo), await tokenOf(repo)];
    const end = trouble({ service: "iam", action: "CreateRole", mentions: repo, fault: accessDenied });
    expect((await put(repo, bearer)).status).toBe(502);
    end();
    const { reached, release } = heldRecord(bearer);
    const late = put(repo, bearer);
    await reached;
    expect((await put(repo, other, body)).status).toBe(200);
    const before = await shown(repo);
    release();
    expect((await late).problem()).toMatchObject({ status: 409, code: "busy", retryAfterSeconds: 1 });
    expect((await put(repo, bearer)).problem().code).toBe("token-used");
    expect(await shown(repo)).toEqual(before);
  });
});

/** Holds the next write of a token's record, which a PUT makes between its plan and its intent. */
function heldRecord(bearer: string) {
  const { jti } = decodeJwt(bearer);
  const [reached, released] = [signal(), signal()];
  trouble({
    service: "dynamodb",
    action: "PutItem",
    mentions: `#${jti}`,
    phase: "after",
    times: 1,
    get fault() {
      reached.give();
      return { kind: "hold", until: released.given } as const;
    },
  });
  return { reached: reached.given, release: released.give };
}

describe("the same PUT again is a retry", () => {
  test("after AWS refused it", async () => {
    const repo = uniqueName();
    const bearer = await tokenOf(repo);
    const end = trouble({ service: "iam", action: "CreateRole", mentions: repo, fault: accessDenied });
    expect((await put(repo, bearer)).status).toBe(502);
    end();
    const answer = await put(repo, bearer);
    expect([answer.status, answer.registration().status]).toEqual([200, "ready"]);
  });

  test("after the table did not record that it has written", async () => {
    const repo = uniqueName();
    const bearer = await tokenOf(repo);
    const fault = { kind: "error", status: 500, code: "InternalServerError", message: "x" } as const;
    const end = trouble({ service: "dynamodb", action: "PutItem", mentions: "hasWritten", fault });
    expect((await put(repo, bearer)).status).toBe(503);
    end();
    clock.advance(LEASE_MS);
    const answer = await put(repo, bearer);
    expect([answer.status, answer.registration().status]).toEqual([200, "ready"]);
    await put(repo, await tokenOf(repo), { ecr: [] });
    expect((await put(repo, bearer)).problem().code).toBe("token-used");
  });

  test("after somebody changed the role in AWS, which it restores", async () => {
    const repo = uniqueName();
    const bearer = await tokenOf(repo);
    const { roleArn } = (await put(repo, bearer)).registration();
    const RoleName = roleArn.split("/").at(-1);
    await aws.iam.send(
      new AttachRolePolicyCommand({ RoleName, PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess" }),
    );
    expect((await api("POST", `${rolePath(repo)}/drift-checks`)).text).toContain('"status":"drifted"');
    for (const changes of [1, 0])
      expect((await put(repo, bearer)).registration().changes).toHaveLength(changes);
  });

  test("after another PUT was under way, which the first attempt did not change", async () => {
    const repo = uniqueName();
    const [bearer, other] = [await tokenOf(repo), await tokenOf(repo)];
    expect((await put(repo, await tokenOf(repo))).status).toBe(201);
    const { reached, release } = heldRecord(bearer);
    const late = put(repo, bearer, { ecr: [] });
    await reached;
    expect((await put(repo, other, { workflow: { chart: "charts/x" } })).status).toBe(200);
    release();
    expect((await late).problem().code).toBe("busy");
    expect((await put(repo, bearer, { ecr: [] })).registration().spec.ecr).toEqual([]);
  });

  test("at once: six equal requests register one role", async () => {
    const repo = uniqueName();
    const bearer = await tokenOf(repo);
    const answers = await Promise.all(Array.from({ length: 6 }, () => put(repo, bearer)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 201]);
    expect((await put(repo, bearer)).status).toBe(200);
  });
});
