/** The same PUT again with the same token: a retry, until somebody else changes the registration. */
import { AttachRolePolicyCommand } from "@aws-sdk/client-iam";
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { awsClients } from "../../harness/aws.ts";
import { accessDenied, dropped, signal, startEmbedded } from "../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../harness/rolecall.ts";

const RULE = { repositories: ["acme/*"], roles: ["publish", "other"], access: ["push"] };
const { api, callsOf, clock, token, trouble } = await startEmbedded({ self: { rules: [RULE] } });
const aws = awsClients();
const LEASE_MS = 60_000;

const tokenOf = (repo: string) => token({ repository: `acme/${repo}` });

/** Sends a workflow's PUT. Without a body it asks for the default ECR repository. */
const put = (repo: string, bearer: string, body?: unknown, role = "publish") =>
  api("PUT", `/v1/self/repos/acme/${repo}/roles/${role}`, {
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

  test("changed the registration after a crash of the PUT", async () => {
    const repo = uniqueName();
    const bearer = await tokenOf(repo);
    const write = { service: "dynamodb", action: "TransactWriteItems", mentions: repo } as const;
    const end = trouble({ ...write, phase: "after", fault: dropped });
    expect((await put(repo, bearer)).status).toBe(503);
    end();
    expect(await shown(repo)).toMatchObject({ status: "provisioning" });
    clock.advance(LEASE_MS);
    expect((await put(repo, await tokenOf(repo), { ecr: [] })).status).toBe(200);
    const before = await shown(repo);
    expect((await put(repo, bearer)).problem()).toMatchObject({ status: 409, code: "token-used" });
    expect(await shown(repo)).toEqual(before);
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
    const { reached, release } = heldWrite(bearer);
    const late = put(repo, bearer);
    await reached;
    expect((await put(repo, other, body)).status).toBe(200);
    const before = await shown(repo);
    release();
    for (const answer of [await late, await put(repo, bearer)])
      expect(answer.problem()).toMatchObject({ status: 409, code: "token-used" });
    expect(await shown(repo)).toEqual(before);
  });
});

/** Holds the next write of a token, which a PUT makes after its plan. */
function heldWrite(bearer: string) {
  const { jti } = decodeJwt(bearer);
  const [reached, released] = [signal(), signal()];
  trouble({
    service: "dynamodb",
    action: "TransactWriteItems",
    mentions: `#${jti}`,
    times: 1,
    get fault() {
      reached.give();
      return { kind: "hold", until: released.given } as const;
    },
  });
  return { reached: reached.given, release: released.give };
}

test("another request of a token that has written is refused before anything is written", async () => {
  const repo = uniqueName();
  const bearer = await tokenOf(repo);
  expect((await put(repo, bearer)).status).toBe(201);
  const { calls } = await callsOf(async () => {
    expect((await put(repo, bearer, undefined, "other")).problem().code).toBe("token-used");
  });
  expect(calls.map(({ action }) => action).filter((action) => !/^(Get|BatchGet|Query)/.test(action))).toEqual(
    [],
  );
});

describe("a token that has not written yet writes", () => {
  test("another request, after the first one met another change under way", async () => {
    const repo = uniqueName();
    expect((await put(repo, await tokenOf(repo))).status).toBe(201);
    const [reached, released] = [signal(), signal()];
    trouble({
      service: "iam",
      action: /^(Put|Delete)RolePolicy$/,
      mentions: repo,
      times: 1,
      get fault() {
        reached.give();
        return { kind: "hold", until: released.given } as const;
      },
    });
    const under = put(repo, await tokenOf(repo), { ecr: [] });
    await reached.given;
    const bearer = await tokenOf(repo);
    expect((await put(repo, bearer)).problem().code).toBe("busy");
    released.give();
    expect((await under).status).toBe(200);
    const body = { workflow: { chart: "charts/x" } };
    expect((await put(repo, bearer, body)).registration().spec.workflow).toMatchObject(body.workflow);
    expect((await put(repo, bearer)).problem()).toMatchObject({
      code: "token-used",
      detail:
        "The token has already written, with another request. Nothing was changed; let the job ask GitHub for a new token.",
    });
  });

  test("another request, after the write of the first one did not reach the table", async () => {
    const repo = uniqueName();
    const bearer = await tokenOf(repo);
    const write = { service: "dynamodb", action: "TransactWriteItems", mentions: repo } as const;
    const end = trouble({ ...write, fault: dropped });
    expect((await put(repo, bearer)).status).toBe(503);
    end();
    expect(await shown(repo)).toBe("not-registered");
    expect((await put(repo, bearer, { ecr: [] })).registration().spec.ecr).toEqual([]);
  });

  test("only one of two roles, if both requests come at once", async () => {
    const repo = uniqueName();
    const bearer = await tokenOf(repo);
    const holds = [heldWrite(bearer), heldWrite(bearer)];
    const roles = ["publish", "other"];
    const sent = roles.map((role) => put(repo, bearer, undefined, role));
    await Promise.all(holds.map(({ reached }) => reached));
    for (const { release } of holds) release();
    const answers = await Promise.all(sent);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    const refused = answers.findIndex(({ status }) => status === 409);
    expect(answers[refused]?.problem().code).toBe("token-used");
    expect((await api("GET", `/v1/repos/acme/${repo}/roles/${roles[refused]}`)).status).toBe(404);
  });

  test("after a PUT that came between its plan and its write", async () => {
    const repo = uniqueName();
    const [bearer, other] = [await tokenOf(repo), await tokenOf(repo)];
    expect((await put(repo, await tokenOf(repo))).status).toBe(201);
    const { reached, release } = heldWrite(bearer);
    const late = put(repo, bearer, { ecr: [] });
    await reached;
    expect((await put(repo, other, { workflow: { chart: "charts/x" } })).status).toBe(200);
    release();
    expect((await late).registration().spec.ecr).toEqual([]);
    expect((await put(repo, other, { workflow: { chart: "charts/x" } })).problem().code).toBe("token-used");
  });
});

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

  test("after the answer to its write was lost, until somebody else changes the registration", async () => {
    const repo = uniqueName();
    const bearer = await tokenOf(repo);
    const fault = { kind: "error", status: 500, code: "InternalServerError", message: "x" } as const;
    const end = trouble({
      service: "dynamodb",
      action: "TransactWriteItems",
      mentions: repo,
      phase: "after",
      fault,
    });
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

  test("at once: six equal requests register one role", async () => {
    const repo = uniqueName();
    const bearer = await tokenOf(repo);
    const answers = await Promise.all(Array.from({ length: 6 }, () => put(repo, bearer)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 201]);
    expect((await put(repo, bearer)).status).toBe(200);
  });
});
