/** POST …/repos/{owner}/{repo}/revocations revokes all roles of a repository. */
import { describe, expect, test } from "vitest";
import { underDeadline } from "../../../src/aws/deadline.ts";
import type { components } from "../../../src/generated/contract.ts";
import { revokeAll } from "../../../src/registration/revoke-all.ts";
import { accessDenied, dropped } from "../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../harness/rolecall.ts";
import { startForRevocations } from "./start.ts";

const { api, clock, services, trouble } = await startForRevocations();

describe("all roles of a repository", () => {
  type Result = components["schemas"]["RepositoryRevocation"];
  const revokeAllOf = async (repo: string, body?: object) => {
    const answer = await api("POST", `/v1/repos/acme/${repo}/revocations`, { body });
    return { status: answer.status, result: JSON.parse(answer.text) as Result };
  };
  async function three() {
    const repo = uniqueName();
    for (const role of ["one", "three", "two"]) await api("PUT", rolePath(repo, role), { body: {} });
    return repo;
  }

  test("200: each role is revoked or suspended, and the same again is no fault", async () => {
    const repo = await three();
    for (const [body, suspended] of [
      [{}, false],
      [{ suspend: true }, true],
      [{ suspend: true }, true],
      [{ suspend: false }, false],
      [{ suspend: false }, false],
    ] as const) {
      const { status, result } = await revokeAllOf(repo, body);
      expect(status).toBe(200);
      expect(result).toMatchObject({ owner: "acme", repo, complete: true });
      expect(result.roles.map(({ role, done }) => ({ role, done }))).toEqual(
        ["one", "three", "two"].map((role) => ({ role, done: true })),
      );
      for (const { role, revocation } of result.roles) {
        expect(revocation?.suspended).toBe(suspended);
        expect((await api("GET", rolePath(repo, role))).registration().revocation).toEqual(revocation);
      }
    }
  });

  test("the failure of one role is told as its own and stops no other; the same again does the rest", async () => {
    const repo = await three();
    const { roleArn } = (await api("GET", rolePath(repo, "three"))).registration();
    const end = trouble({
      action: "PutRolePolicy",
      mentions: roleArn.slice(roleArn.lastIndexOf("/") + 1),
      fault: accessDenied,
    });
    const { status, result } = await revokeAllOf(repo, { suspend: true });
    end();
    expect({ status, complete: result.complete }).toEqual({ status: 200, complete: false });
    expect(result.roles).toMatchObject([
      { role: "one", done: true },
      { role: "three", done: false, problem: { code: "aws-refused", aws: { action: "PutRolePolicy" } } },
      { role: "two", done: true },
    ]);
    expect(JSON.stringify(result)).not.toContain("secret detail");
    expect((await revokeAllOf(repo, { suspend: true })).result.complete).toBe(true);
  });

  test("what the time does not suffice for is told role by role, in time", async () => {
    const repo = await three();
    const end = trouble({ action: "GetRole", mentions: repo, fault: { kind: "latency", ms: 600_000 } });
    const result = await underDeadline(clock.now() + 3_100, () =>
      revokeAll(services, { owner: "acme", repo }, {}, "test"),
    );
    end();
    expect(result).toMatchObject({
      complete: false,
      roles: ["one", "three", "two"].map((role) => ({
        role,
        done: false,
        problem: { aws: { code: "OutOfTime" } },
      })),
    });
    clock.advance(60_000);
    expect((await revokeAllOf(repo)).result.complete).toBe(true);
  });

  test("404: a repository without a role is not found, nor one under another spelling", async () => {
    const repo = await three();
    for (const name of [uniqueName(), repo.toUpperCase()]) {
      const answer = await api("POST", `/v1/repos/acme/${name}/revocations`, { body: { suspend: true } });
      expect(answer.problem()).toMatchObject({
        status: 404,
        code: "not-registered",
        detail: expect.stringContaining("Spell the names as GitHub does"),
      });
    }
  });

  test("400, 413, 415, 422: what is no such request", async () => {
    const path = "/v1/repos/acme/app/revocations";
    const raw = await api("POST", path, { rawPath: "/v1/repos/acme/x/../app/revocations" });
    expect(raw.status).toBe(400);
    expect((await api("POST", path, { body: { x: "x".repeat(70_000) } })).status).toBe(413);
    expect((await api("POST", path, { body: "{}" })).status).toBe(415);
    expect((await api("POST", path, { body: { suspend: 1 } })).status).toBe(422);
  });

  test("503: the table does not answer", async () => {
    const repo = await three();
    const end = trouble({ service: "dynamodb", action: "Query", mentions: repo, fault: dropped });
    const answer = await api("POST", `/v1/repos/acme/${repo}/revocations`);
    end();
    expect(answer.status).toBe(503);
  });

  test("502: the table refuses", async () => {
    const repo = await three();
    const end = trouble({ service: "dynamodb", action: "Query", mentions: repo, fault: accessDenied });
    const answer = await api("POST", `/v1/repos/acme/${repo}/revocations`);
    end();
    expect(answer.status).toBe(502);
  });
});
