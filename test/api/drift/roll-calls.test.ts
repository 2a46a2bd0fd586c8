/** Roll calls, the audit, the history and the filters on drift: every answer that the contract documents. */
import { AttachRolePolicyCommand, CreateRoleCommand, DeleteRoleCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { AwsFault } from "../../../src/aws/fault.ts";
import type { components } from "../../../src/generated/contract.ts";
import { inParallel } from "../../../src/lib/parallel.ts";
import { rollCall, UNLIMITED } from "../../../src/roll-call/roll-call.ts";
import { awsClients } from "../../harness/aws.ts";
import { accessDenied, dropped, startEmbedded } from "../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../harness/rolecall.ts";

type Schemas = components["schemas"];

const { api, clock, services, trouble } = await startEmbedded();
const { iam } = awsClients();
const aws = { service: "events", action: "PutEvents", code: "InternalFailure" };
const read = <T>({ text }: { text: string }): T => JSON.parse(text);

/** Asks for a roll call and waits until it is finished. */
async function called(): Promise<Schemas["RollCall"]> {
  const asked = await api("POST", "/v1/roll-calls");
  expect(asked.status).toBe(202);
  const location = asked.headers["location"] ?? "";
  for (;;) {
    const rollCall = read<Schemas["RollCall"]>(await api("GET", location));
    if (rollCall.status === "finished") return rollCall;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
/** Each roll call is a second later, as the latest is told by its time. */
const next = () => {
  clock.advance(1000);
  return called();
};

describe("before the first roll call", () => {
  test("422: a query that the contract does not know", async () => {
    expect((await api("POST", "/v1/roll-calls?now=true")).problem().errors?.[0]?.pointer).toBe("/now");
  });

  test.each(["/v1/roll-calls/latest", "/v1/roll-calls/20261123T060000Z-1b9d6bcd", "/v1/audit"])(
    "404: GET %s",
    async (path) => {
      const answer = await api("GET", path);
      expect({ status: answer.status, code: answer.problem().code }).toEqual({
        status: 404,
        code: "no-roll-call",
      });
    },
  );

  test.each(["/v1/roll-calls/latest", "/v1/audit"])(
    "the page of %s says how to ask for one",
    async (path) => {
      const { status, text } = await api("GET", path, { headers: { accept: "text/html" } });
      expect(status).toBe(404);
      expect(text).toContain("No roll call has finished yet");
      const [, command = ""] = /<code>(curl .*?)<\/code>/s.exec(text) ?? [];
      expect(command).toMatch(/^curl -X POST &quot;http:\/\/127\.0\.0\.1:\d+\/v1\/roll-calls&quot;$/);
    },
  );
});

describe("roll-calls", () => {
  test("202: asked for, with a place to look at, and finished there", async () => {
    const asked = await api("POST", "/v1/roll-calls");
    const requested = read<Schemas["RollCall"]>(asked);
    expect(asked.status).toBe(202);
    expect(requested.status).toBe("requested");
    expect(asked.headers["location"]).toBe(`/v1/roll-calls/${requested.id}`);
    const rollCall = await next();
    expect(rollCall).toMatchObject({ status: "finished", drifted: [], counts: { checked: 0 } });
    expect(rollCall.awsCalls).toBeGreaterThan(0);
    expect(read(await api("GET", "/v1/roll-calls/latest"))).toEqual(rollCall);
  });

  test("202: one is enough for all who ask until it ends, or is taken to be cut off", async () => {
    const ask = async () => read<Schemas["RollCall"]>(await api("POST", "/v1/roll-calls"));
    const last = await next();
    clock.advance(1000);
    const told: object[] = [];
    const { put } = services.events;
    services.events.put = async (_, detail) => {
      told.push(detail);
      throw new AwsFault(
        { failure: "aws-unavailable", aws, retryAfterSeconds: 5, internal: "" },
        aws.code,
        503,
      );
    };
    expect((await api("POST", "/v1/roll-calls")).status).toBe(503);
    const untold = read<Schemas["RollCall"]>(await api("GET", "/v1/roll-calls/latest"));
    expect(untold).toMatchObject({ status: "requested" });
    services.events.put = async (type, detail) => {
      told.push(detail);
      return put(type, detail);
    };
    expect((await called()).id, "the drift function is told once more").toBe(untold.id);

    clock.advance(1000);
    const tell = services.events.put;
    services.events.put = async () => {};
    const atOnce = await Promise.all(Array.from({ length: 5 }, ask));
    expect(new Set(atOnce.map(({ id }) => id)).size, "five at once").toBe(1);
    services.events.put = tell;
    expect((await called()).id).toBe(atOnce[0]?.id);

    clock.advance(1000);
    const id = `${new Date(clock.now()).toISOString().replace(/[-:.]/g, "")}-0a1b2c3d`;
    const running = { ...last, id, status: "running" } as const;
    await services.registry.saveRollCall(running);
    const before = told.length;
    for (const one of await Promise.all([ask(), ask(), ask()]))
      expect(one).toMatchObject({ id, status: "running" });
    expect(told).toHaveLength(before);
    clock.advance(15 * 60_000);
    expect((await called()).id, "it was cut off").not.toBe(id);
  });

  test("200: one that a fault ends is failed, and the next one is another", async () => {
    clock.advance(1000);
    const end = trouble({ service: "iam", action: "GetAccountAuthorizationDetails", fault: accessDenied });
    const asked = await api("POST", "/v1/roll-calls");
    const location = asked.headers["location"] ?? "";
    let rollCall = read<Schemas["RollCall"]>(asked);
    while (rollCall.status !== "failed") rollCall = read(await api("GET", location));
    end();
    expect(rollCall).not.toHaveProperty("finishedAt");
    expect((await api("GET", "/v1/audit")).text).not.toContain(rollCall.id);
    expect((await next()).id).not.toBe(rollCall.id);
  });

  test("200: the report and its page count the registrations by their origin", async () => {
    const [own, other] = [uniqueName(), uniqueName()];
    const before = (await next()).counts.byOrigin;
    await api("PUT", rolePath(own));
    await api("PUT", rolePath(other));
    await api("PUT", `${rolePath(own)}?origin=self`);
    const { id, counts } = await next();
    expect(counts.byOrigin).toEqual({ self: 1, caller: (before?.caller ?? 0) + 1 });
    const page = await api("GET", `/v1/roll-calls/${id}`, { headers: { accept: "text/html" } });
    expect(page.text).toContain("Workflows registered 1 role with their own tokens");
    for (const repo of [own, other]) await api("DELETE", rolePath(repo));
    expect((await next()).counts.byOrigin).toEqual(before);
  });

  test("503: the accounts of a roll call need the table", async () => {
    const { id } = await next();
    const end = trouble({
      service: "dynamodb",
      fault: { kind: "error", status: 500, code: "InternalServerError", message: "" },
    });
    expect((await api("GET", `/v1/roll-calls/${id}/accounts`)).status).toBe(503);
    end();
  });

  test("of two invocations that are told of one roll call, one calls it", async () => {
    clock.advance(1000);
    const { put } = services.events;
    services.events.put = async () => {};
    const { id } = read<Schemas["RollCall"]>(await api("POST", "/v1/roll-calls"));
    services.events.put = put;
    const asked = await services.registry.readRollCall(id);
    const both = await Promise.all([
      rollCall(services, UNLIMITED, asked),
      rollCall(services, UNLIMITED, asked),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(["finished", "requested"]);
  });

  test("200: the report lists what is not in sync, and the lists filter for it", async () => {
    const [fine, open] = [uniqueName(), uniqueName()];
    for (const repo of [fine, open])
      expect((await api("PUT", rolePath(repo), { body: {} })).status).toBe(201);
    for (const path of ["/v1/roles?drift=unknown", `/v1/repos/acme/${open}/roles?drift=unknown`])
      expect((await api("GET", path)).page().items.map(({ repo }) => repo)).toContain(open);
    const { roleArn } = (await api("GET", rolePath(open))).registration();
    const RoleName = roleArn.slice(roleArn.lastIndexOf("/") + 1);
    const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    const { counts, drifted } = await next();
    expect(counts).toMatchObject({ checked: 2, inSync: 1, drifted: 1, failed: 0 });
    expect(drifted).toMatchObject([{ owner: "acme", repo: open, role: "publish", status: "drifted" }]);
    const reposOf = async (path: string) => (await api("GET", path)).page().items.map(({ repo }) => repo);
    expect(await reposOf("/v1/roles?drift=drifted")).toEqual([open]);
    expect(await reposOf("/v1/roles?drift=in-sync")).toEqual([fine]);
    expect(await reposOf("/v1/roles?drift=contested")).toEqual([]);
    expect(await reposOf(`/v1/repos/acme/${open}/roles?drift=drifted`)).toEqual([open]);
    expect(await reposOf(`/v1/repos/acme/${open}/roles?drift=in-sync`)).toEqual([]);
    expect((await api("GET", "/v1/roles?drift=lost")).status).toBe(422);
  });

  test("400, 422: a path that is not canonical, an id that none is", async () => {
    const raw = { rawPath: "/v1/x/../roll-calls" };
    expect((await api("POST", "/v1/roll-calls", raw)).status).toBe(400);
    const one = { rawPath: "/v1/roll-calls/../roll-calls/latest" };
    expect((await api("GET", "/v1/roll-calls/latest", one)).status).toBe(400);
    expect((await api("GET", `/v1/roll-calls/${"x".repeat(65)}`)).status).toBe(422);
  });

  test("502, 503: AWS refuses the table, or does not answer", async () => {
    for (const [fault, status] of [
      [accessDenied, 502],
      [dropped, 503],
    ] as const) {
      const end = trouble({ service: "dynamodb", fault });
      expect((await api("POST", "/v1/roll-calls")).status).toBe(status);
      if (status === 503) {
        expect((await api("GET", "/v1/roll-calls/latest")).status).toBe(503);
        expect((await api("GET", "/v1/audit")).status).toBe(503);
        expect((await api("GET", `${rolePath("app")}/history`)).status).toBe(503);
      }
      end();
    }
  });
});

describe("audit", () => {
  const ISSUER = "token.actions.githubusercontent.com";
  test("200: the pages of an account show one audit, whatever the next one finds", async () => {
    const made = await inParallel(8, [...Array(60).keys()], async () => {
      const RoleName = uniqueName("gh-actions");
      await iam.send(
        new CreateRoleCommand({
          RoleName,
          AssumeRolePolicyDocument: JSON.stringify({
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Allow",
                Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${ISSUER}` },
                Action: "sts:AssumeRoleWithWebIdentity",
                Condition: { StringLike: { [`${ISSUER}:sub`]: "repo:acme/app:*" } },
              },
            ],
          }),
        }),
      );
      return RoleName;
    });
    const { id } = await next();
    const auditedAt = new Date(clock.now()).toISOString();
    /** Deletes all these roles, and audits again. */
    async function changeAndAudit() {
      for (const RoleName of made) await iam.send(new DeleteRoleCommand({ RoleName }));
      await next();
    }
    const seen: Schemas["AuditEntry"][] = [];
    let cursor = "";
    let pages = 0;
    do {
      const page = read<Schemas["AuditPage"]>(await api("GET", `/v1/audit${cursor && `?cursor=${cursor}`}`));
      expect(page.accounts).toEqual([{ account: "123456789012", auditedAt }]);
      seen.push(...page.items);
      cursor = page.nextCursor ?? "";
      if (pages++ === 0) await changeAndAudit();
    } while (cursor !== "");
    expect(pages).toBeGreaterThan(1);
    expect(pages).toBeLessThan(5);
    expect(new Set(seen.map(({ roleArn }) => roleArn)).size).toBe(seen.length);
    const names = seen.map(({ roleArn }) => roleArn.slice(roleArn.lastIndexOf("/") + 1));
    expect(names).toEqual(expect.arrayContaining(made));
    const registered = seen.filter(({ registered }) => registered !== null);
    expect(registered).toHaveLength(2);
    // Every role here trusts repo:acme/app:*, the form with names alone. The latest roll call counts them.
    const { audit } = read<Schemas["RollCall"]>(await api("GET", `/v1/roll-calls/${id}`));
    const breaking = seen.filter(({ findings }) => findings.some(({ code }) => code === "breaks-on-rename"));
    expect(breaking.length).toBeGreaterThan(0);
    expect(audit).toEqual({ unregistered: seen.length - 2, breakOnRename: breaking.length });
    const [first] = seen.filter(({ roleArn }) => roleArn.includes("gh-actions"));
    expect(first?.findings.map(({ code }) => code)).toContain("unregistered");
  });

  test("400: a cursor that is none of ours, and a path that is not canonical", async () => {
    for (const cursor of ["x", "a.b", "1.1.1"])
      expect((await api("GET", `/v1/audit?cursor=${cursor}`)).status).toBe(400);
    expect((await api("GET", "/v1/audit", { rawPath: "/v1/./audit" })).status).toBe(400);
  });
  test("422: a parameter that it has not", async () => {
    expect((await api("GET", "/v1/audit?cursor=a&cursor=b")).status).toBe(422);
    expect((await api("GET", "/v1/audit?drift=drifted")).status).toBe(422);
  });
});

describe("history", () => {
  test("200: pages, the newest first; it outlives the registration", async () => {
    const repo = uniqueName();
    const path = rolePath(repo);
    for (const maxSessionSeconds of [3600, 7200, 3600, 7200]) {
      clock.advance(1000);
      expect((await api("PUT", path, { body: { maxSessionSeconds } })).status).toBeLessThan(300);
    }
    clock.advance(1000);
    expect((await api("DELETE", path)).status).toBe(200);
    const actions: string[] = [];
    let cursor = "";
    do {
      const page = read<Schemas["HistoryPage"]>(
        await api("GET", `${path}/history?limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`),
      );
      expect(page.items.length).toBeLessThanOrEqual(2);
      actions.push(...page.items.map(({ action }) => action));
      cursor = page.nextCursor ?? "";
    } while (cursor !== "");
    expect(actions).toEqual(["removed", "updated", "updated", "updated", "registered"]);
    // Of another spelling there is none.
    expect((await api("GET", `${rolePath(repo.toUpperCase())}/history`)).status).toBe(404);
  });

  test("400, 404, 422: a wrong cursor, an unknown registration and a wrong limit are refused", async () => {
    const path = `${rolePath(uniqueName())}/history`;
    expect((await api("GET", `${path}?cursor=x`)).status).toBe(400);
    expect((await api("GET", path)).status).toBe(404);
    expect((await api("GET", `${path}?limit=0`)).status).toBe(422);
  });
});
