/** POST …/roles/{role}/revocations: the failures that the contract documents. */
import { describe, expect, test } from "vitest";
import { dropped, isRead } from "../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../harness/rolecall.ts";
import { startForRevocations } from "./start.ts";

const { api, aws, callsOf, change, clock, inSeconds, registered, revoke, trouble } =
  await startForRevocations();

describe("answers", () => {
  test("400: a path that is not canonical, and a body that is no JSON", async () => {
    const { status } = await api("POST", `${rolePath("app")}/revocations`, {
      rawPath: "/v1/repos/acme/x/../app/roles/publish/revocations",
    });
    expect(status).toBe(400);
  });

  test("404: nothing is registered under that name, or that spelling", async () => {
    const { repo } = await registered();
    for (const path of [rolePath(uniqueName()), rolePath(repo.toUpperCase())]) {
      const answer = await revoke(path);
      expect({ status: answer.status, code: answer.problem().code }).toEqual({
        status: 404,
        code: "not-registered",
      });
    }
  });

  test("409: another writer holds the lease, or it is half removed", async () => {
    const { repo, path } = await registered();
    await change(repo, (item) => ({ ...item, leases: { another: clock.now() + 30_000 } }));
    const busy = await revoke(path);
    expect({ status: busy.status, code: busy.problem().code }).toEqual({ status: 409, code: "busy" });
    expect(busy.headers["retry-after"]).toBe("30");
    await change(repo, (item) => ({ ...item, leases: {}, status: "removing" }));
    const removing = await revoke(path);
    expect({ status: removing.status, code: removing.problem().code }).toEqual({
      status: 409,
      code: "not-ready",
    });
  });

  test("413, 415: a body that is too long, or not declared as JSON", async () => {
    const { path } = await registered();
    const long = await revoke(path, { suspend: true, x: "x".repeat(70_000) });
    expect(long.status).toBe(413);
    const undeclared = await api("POST", `${path}/revocations`, { body: '{"suspend": true}' });
    expect(undeclared.status).toBe(415);
    expect((await api("GET", path)).registration().revocation).toBeUndefined();
  });

  test("422: another field, or a value that is none; nothing is written", async () => {
    const { path } = await registered();
    for (const body of [{ suspend: "yes" }, { before: "2026-11-23T06:00:00Z" }]) {
      const { result, calls } = await callsOf(() => revoke(path, body));
      expect(result.status).toBe(422);
      expect(calls.filter((call) => !isRead(call))).toEqual([]);
    }
  });

  test("503: AWS does not answer, and the same request goes on", async () => {
    const { path, repo } = await registered();
    const end = trouble({ action: "PutRolePolicy", mentions: repo, fault: dropped });
    const answer = await revoke(path);
    end();
    expect(answer.status).toBe(503);
    // The attempts that were not answered may still take effect, so the lease runs out before anybody writes.
    expect((await revoke(path)).problem().code).toBe("busy");
    clock.advance(60_000);
    expect((await revoke(path)).registration().revocation?.sessionsBefore).toBe(inSeconds(60));
    expect(aws.calls.length).toBeGreaterThan(0);
  });
});
