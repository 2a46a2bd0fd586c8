/** A roll call asks CloudTrail who wrote last to what has drifted. */
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DeleteRepositoryCommand, ECRClient, PutImageTagMutabilityCommand } from "@aws-sdk/client-ecr";
import {
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  DeleteOpenIDConnectProviderCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  IAMClient,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import type { Fault } from "../../local/aws/server.ts";
import type { Trail } from "../../src/aws/trail.ts";
import type { TrailRecord } from "../../src/aws/trail-record.ts";
import type { RegistrationItem } from "../../src/registry/items.ts";
import { rollCall, UNLIMITED } from "../../src/roll-call/roll-call.ts";
import { existingRole } from "../harness/aws.ts";
import { accessDenied, dropped } from "../harness/embedded.ts";
import { rolePath, uniqueName } from "../harness/rolecall.ts";
import { HOUR_MS, startWorld } from "./roll-call-world.ts";

const MINUTE_MS = 60_000;
let trailDelayMs = 0;
const world = await startWorld({}, { trailDelayMs: () => trailDelayMs });
const { ADMIN, api, call, callsOf, clock, historyOf, itemOf, register, roleOf, told, trouble } = world;

const as = (name: string) => ({ credentials: { accessKeyId: name, secretAccessKey: "x" } });
const user = (name: string) => `arn:aws:iam::123456789012:user/${name}`;
const alice = new IAMClient(as("alice"));

/** Attaches a policy to a role behind Rolecall's back. */
const openAs = async (name: string, repo: string) =>
  new IAMClient(as(name)).send(
    new AttachRolePolicyCommand({ RoleName: await roleOf(repo), PolicyArn: ADMIN }),
  );
const roleIn = async (repo: string) =>
  (await existingRole({ iam: alice } as never, await roleOf(repo))).attachedPolicyArns;
const driftOf = async (repo: string): Promise<RegistrationItem["drift"]> => (await itemOf(repo)).drift;
const callersOf = async (repo: string) => (await driftOf(repo)).causes?.map(({ by, action }) => [by, action]);
/** Returns the calls of CloudTrail about some repositories' roles. Roles of other tests may have drifted, too. */
const lookupsAbout = async (repos: readonly string[], work: () => Promise<unknown>) =>
  (await callsOf(work)).calls.filter(
    ({ service, request }) =>
      service === "cloudtrail" && repos.some((repo) => JSON.stringify(request).includes(repo)),
  );
const pass = (milliseconds: number) => clock.advance(milliseconds);

/** Registers a role, and has a roll call find it in sync. */
async function inSync(onDrift: "report" | "repair" = "report"): Promise<string> {
  const repo = await register(onDrift);
  pass(HOUR_MS);
  await call();
  pass(HOUR_MS / 2);
  return repo;
}

describe("the causes of a drift", () => {
  test("are on the registration, in the answer of the API and in the event", async () => {
    const repo = await inSync();
    const checkedAt = new Date(clock.now() - HOUR_MS / 2).toISOString();
    const at = new Date(clock.now()).toISOString();
    await openAs("alice", repo);
    pass(12 * MINUTE_MS);
    await call();
    const { drift } = (await api("GET", rolePath(repo))).registration();
    const since = new Date(clock.now()).toISOString();
    expect(drift).toMatchObject({ status: "drifted", causesStatus: "found", since, inSyncAt: checkedAt });
    const cause = {
      at,
      resource: (await itemOf(repo)).desired.role.arn,
      action: "AttachRolePolicy",
      by: user("alice"),
      sourceIp: "127.0.0.1",
      userAgent: expect.stringContaining("aws-sdk-js"),
      eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    };
    expect(drift.causes).toEqual([cause]);
    expect(told(repo).at(-1)?.detail).toMatchObject({ causes: [cause], causesStatus: "found" });
  });

  test("are in the history of a repair, by the roll call or by a person, and of a PUT that restores the role", async () => {
    const [byRollCall, byPerson, byPut] = [await inSync("repair"), await inSync(), await inSync()];
    for (const repo of [byRollCall, byPerson, byPut]) await openAs("alice", repo);
    await call();
    await api("PUT", rolePath(byPut), { body: {} });
    const [put] = await historyOf(byPut);
    expect(put).toMatchObject({ action: "updated", causes: [{ by: user("alice") }] });
    expect((await driftOf(byRollCall)).status).toBe("repaired");
    await api("POST", `${rolePath(byPerson)}/repairs`);
    for (const repo of [byRollCall, byPerson]) {
      const [entry] = await historyOf(repo);
      expect(entry).toMatchObject({ action: "repaired", causes: [{ by: user("alice") }] });
    }
  });

  test("are the newest first, and none is a read, a refused call, a call of Rolecall or of another service", async () => {
    const repo = await inSync();
    const RoleName = await roleOf(repo);
    await openAs("alice", repo);
    pass(MINUTE_MS);
    await new IAMClient(as("bob")).send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: 7200 }));
    pass(MINUTE_MS);
    const carol = new IAMClient(as("carol"));
    await carol.send(new GetRoleCommand({ RoleName }));
    await carol.send(new CreateInstanceProfileCommand({ InstanceProfileName: RoleName }));
    await carol.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: `${ADMIN}No` })).catch(() => {});
    await new DynamoDBClient(as("carol")).send(
      new CreateTableCommand({
        TableName: RoleName,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      }),
    );
    await call();
    expect(await callersOf(repo)).toEqual([
      [user("bob"), "UpdateRole"],
      [user("alice"), "AttachRolePolicy"],
    ]);
  });

  test("leave out what was written before the last check in sync", async () => {
    const repo = await inSync();
    await openAs("alice", repo);
    await new IAMClient(as("alice")).send(
      new DetachRolePolicyCommand({ RoleName: await roleOf(repo), PolicyArn: ADMIN }),
    );
    pass(HOUR_MS);
    await call();
    pass(HOUR_MS);
    await openAs("bob", repo);
    await call();
    expect(await callersOf(repo)).toEqual([[user("bob"), "AttachRolePolicy"]]);
  });

  test("leave out the sessions of the functions' roles, and no session of another role", async () => {
    const repo = await inSync();
    await openAs("alice", repo);
    const session = (role: string, account = "123456789012"): TrailRecord => ({
      ...{
        eventId: `${account} ${role}`,
        at: new Date(clock.now()).toISOString(),
        source: "iam.amazonaws.com",
      },
      ...{ action: "UpdateRole", isReadOnly: false, isRefused: false, parameters: {} },
      by: `arn:aws:sts::${account}:assumed-role/${role}/session`,
      issuer: `arn:aws:iam::${account}:role/${role}`,
    });
    const others = [session("operations"), session("rolecall-ApiRole", "210987654321")];
    const writes = [
      ...["rolecall-ApiRole", "rolecall-SelfRole", "rolecall-DriftRole"].map((role) => session(role)),
      ...others,
    ];
    const { services } = world;
    await rollCall(
      {
        ...services,
        config: { ...services.config, apiRoles: ["rolecall-ApiRole", "rolecall-SelfRole"] },
        clients: {
          ...services.clients,
          callerArn: async () => "arn:aws:sts::123456789012:assumed-role/rolecall-DriftRole/rolecall-drift",
        },
        trail: { writesTo: async () => ({ writes, pages: 1, end: "all-read" }) },
      },
      UNLIMITED,
    );
    expect((await driftOf(repo)).causes?.map(({ by }) => by)).toEqual(others.map(({ by }) => by));
  });

  test("name a service that acted by itself", async () => {
    const repo = await inSync();
    await openAs("lambda.amazonaws.com", repo);
    await call();
    expect((await driftOf(repo)).causes).toMatchObject([
      { by: "lambda.amazonaws.com", invokedBy: "lambda.amazonaws.com" },
    ]);
  });

  test("include the writes to the provider and to an ECR repository", async () => {
    const repo = await inSync();
    const { desired } = await itemOf(repo);
    const [{ name = "", arn = "" } = {}] = desired.repositories;
    await new ECRClient(as("dora")).send(
      new PutImageTagMutabilityCommand({ repositoryName: name, imageTagMutability: "MUTABLE" }),
    );
    pass(MINUTE_MS);
    await alice.send(
      new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: desired.provider.arn }),
    );
    await call();
    const causes = (await driftOf(repo)).causes?.map(({ by, resource }) => [by, resource]);
    expect(causes).toEqual([
      [user("alice"), desired.provider.arn],
      [user("dora"), arn],
    ]);
    pass(HOUR_MS);
    await api("POST", `${rolePath(repo)}/repairs`);
    await new ECRClient(as("dora")).send(new DeleteRepositoryCommand({ repositoryName: name }));
    await call();
    expect(await callersOf(repo)).toEqual([[user("dora"), "DeleteRepository"]]);
  });
});

describe("the answer", () => {
  test("is not-yet while CloudTrail may still be late, and the next roll call asks again", async () => {
    trailDelayMs = 10 * MINUTE_MS;
    const repo = await inSync();
    await openAs("alice", repo);
    pass(MINUTE_MS);
    await call();
    expect(await driftOf(repo)).toMatchObject({ status: "drifted", causesStatus: "not-yet" });
    pass(HOUR_MS);
    await call();
    expect(await driftOf(repo)).toMatchObject({ causesStatus: "found", causes: [{ by: user("alice") }] });
    trailDelayMs = 0;
    // The answer is final, so nobody asks again.
    expect(await lookupsAbout([repo], call)).toEqual([]);
  });

  test("is none-found once CloudTrail had the time to list a write and lists none", async () => {
    trailDelayMs = 24 * HOUR_MS;
    const repo = await inSync();
    await openAs("alice", repo);
    await call();
    pass(HOUR_MS);
    await call();
    expect(await driftOf(repo)).toMatchObject({ causesStatus: "none-found" });
    expect((await driftOf(repo)).causes).toBeUndefined();
    trailDelayMs = 0;
  });

  test("is pages-left if five pages hold no write and CloudTrail has more", async () => {
    const repo = await inSync();
    const RoleName = await roleOf(repo);
    await openAs("alice", repo);
    await Promise.all(Array.from({ length: 250 }, () => alice.send(new GetRoleCommand({ RoleName }))));
    const lookups = await lookupsAbout([repo], call);
    expect(lookups).toHaveLength(5);
    expect(await driftOf(repo)).toMatchObject({ status: "drifted", causesStatus: "pages-left" });
  });

  test("is not-allowed if AWS refuses the call, which is then the only one", async () => {
    const repos = [await inSync(), await inSync()];
    for (const repo of repos) await openAs("alice", repo);
    const end = trouble({ service: "cloudtrail", fault: accessDenied });
    const lookups = await lookupsAbout(repos, async () => expect((await call()).counts.failed).toBe(0));
    end();
    expect(lookups).toHaveLength(1);
    for (const repo of repos)
      expect(await driftOf(repo)).toMatchObject({ status: "drifted", causesStatus: "not-allowed" });
    await call();
    for (const repo of repos) expect(await driftOf(repo)).toMatchObject({ causesStatus: "found" });
  });

  test("is failed if CloudTrail does not answer, and no cause that is known is lost", async () => {
    const [repo, other] = [await inSync(), await inSync()];
    await openAs("alice", repo);
    await call();
    await openAs("bob", other);
    const end = trouble({ service: "cloudtrail", fault: dropped });
    await call();
    end();
    expect(await driftOf(other)).toMatchObject({ status: "drifted", causesStatus: "failed" });
    expect(await driftOf(repo)).toMatchObject({ causes: [{ by: user("alice") }], causesStatus: "found" });
  });

  const failing = (status: number, code: string): Fault => ({ kind: "error", status, code, message: "no" });
  const answering = (body: string): Fault => ({ kind: "body", body });
  test.each<[string, Fault, string, number]>([
    ["CloudTrail throttles", failing(400, "ThrottlingException"), "failed", 2],
    ["CloudTrail has a fault", failing(500, "InternalException"), "failed", 2],
    ["it is no JSON", answering("<html>"), "failed", 1],
    ["it has no events", answering("{}"), "not-yet", 1],
    ["its events have no form", answering('{"Events":[{},{"CloudTrailEvent":"{"}]}'), "not-yet", 1],
    ["its pages never end", answering('{"Events":[],"NextToken":"x"}'), "pages-left", 5],
  ])("changes no result of a check if %s", async (_, fault, causesStatus, calls) => {
    const [reported, repaired] = [await inSync(), await inSync("repair")];
    await openAs("alice", reported);
    const end = trouble({ service: "cloudtrail", fault });
    const lookups = await lookupsAbout([reported], call);
    expect(await driftOf(reported)).toMatchObject({ status: "drifted", causesStatus });
    expect(lookups).toHaveLength(calls);
    await openAs("alice", repaired);
    await call();
    end();
    expect((await driftOf(repaired)).status).toBe("repaired");
    expect(await roleIn(repaired)).not.toContain(ADMIN);
  });

  test("is not waited for longer than a minute, however slow CloudTrail is", async () => {
    const repos = [await inSync(), await inSync(), await inSync()];
    for (const repo of repos) await openAs("alice", repo);
    let asked = 0;
    const trail: Trail = {
      async writesTo({ isInTime }) {
        let pages = 0;
        for (; pages < 5 && isInTime(); pages++) pass(MINUTE_MS / 2);
        asked += pages;
        return { writes: [], pages, end: "pages-left" };
      },
    };
    const { counts } = await rollCall({ ...world.services, trail }, UNLIMITED);
    expect(counts.failed).toBe(0);
    expect(asked).toBe(2);
    const statuses = (await Promise.all(repos.map(driftOf))).map(({ status, causesStatus }) => [
      status,
      causesStatus,
    ]);
    expect(statuses.sort()).toEqual([
      ["drifted", "not-asked"],
      ["drifted", "not-asked"],
      ["drifted", "pages-left"],
    ]);
  });

  test("is not asked for once the roll call has to hand on", async () => {
    const repo = await inSync();
    await openAs("alice", repo);
    const lookups = await lookupsAbout([repo], () => rollCall(world.services, { remaining: () => 1_000 }));
    expect(lookups).toEqual([]);
    expect(await driftOf(repo)).toMatchObject({ status: "drifted", causesStatus: "not-asked" });
  });

  test("a single check asks nothing and keeps the causes that are known", async () => {
    const repo = await inSync();
    await openAs("alice", repo);
    const lookups = await lookupsAbout([repo], async () => {
      const { text } = await api("POST", `${rolePath(repo)}/drift-checks`);
      expect(JSON.parse(text)).toMatchObject({ status: "drifted", causesStatus: "not-asked" });
    });
    expect(lookups).toEqual([]);
    await call();
    const { text } = await api("POST", `${rolePath(repo)}/drift-checks`);
    expect(JSON.parse(text)).toMatchObject({ causesStatus: "found", causes: [{ by: user("alice") }] });
  });
});

test("a roll call asks nothing about roles in sync, and about at most twenty that have drifted", async () => {
  const repos = Array.from({ length: 22 }, () => uniqueName("many"));
  await Promise.all(repos.map((repo) => api("PUT", rolePath(repo), { body: {} })));
  pass(HOUR_MS);
  await call();
  pass(HOUR_MS);
  await call();
  expect(await lookupsAbout(repos, call)).toEqual([]);
  for (const repo of repos) await openAs("alice", repo);
  const first = await lookupsAbout(repos, call);
  const statuses = async () =>
    (await Promise.all(repos.map(driftOf))).map(({ causesStatus }) => causesStatus);
  expect(first.length).toBe(20);
  expect((await statuses()).filter((status) => status === "not-asked")).toHaveLength(2);
  pass(HOUR_MS);
  await call();
  pass(HOUR_MS);
  await call();
  expect(new Set(await statuses())).toEqual(new Set(["found"]));
});
