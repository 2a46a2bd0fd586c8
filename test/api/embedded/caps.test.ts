/** The limits on shared resources: roles and ECR repositories of one repository, and the account's last free roles. */
import { describe, expect, test } from "vitest";
import { failed } from "../../../src/lib/errors.ts";
import { inParallel } from "../../../src/lib/parallel.ts";
import { takeBack } from "../../../src/recovery/take-back.ts";
import { awsClients, ecrInAws, roleArnsWith } from "../../harness/aws.ts";
import { startEmbedded, writesOf } from "../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../harness/rolecall.ts";

const ROLES = 3;
const ECR = 4;
const QUOTA = 200;
const RESERVED = 20;
const LEASE_MS = 60_000;
const { api, callsOf, clock, services, trouble, cutOff, startMortal } = await startEmbedded({
  quotas: { rolesPerAccount: QUOTA },
  rolesPerRepository: ROLES,
  ecrPerRepository: ECR,
  reservedRoles: RESERVED,
});
const aws = awsClients();

const NO_ECR = { ecr: [] };
const put = (repo: string, role: string, body: object = NO_ECR) => api("PUT", rolePath(repo, role), { body });
const named = (repo: string, ...names: string[]) => ({
  ecr: names.map((name) => ({ repository: `acme/${repo}/${name}` })),
});
const full = async (repo: string) => {
  for (let index = 0; index < ROLES; index++) expect((await put(repo, `role${index}`)).status).toBe(201);
  return repo;
};
const rolesOf = (repo: string) => roleArnsWith(aws, repo);
const refusal = (what: string) => ({ code: "quota-reached", detail: expect.stringContaining(what) });

describe("a repository that has as many roles as it may", () => {
  test("gets no other, whether asked or tried dry: 409 says which limit, and nothing is written", async () => {
    const repo = await full(uniqueName());
    for (const query of ["", "?dryRun=true"]) {
      const { result, calls } = await callsOf(() =>
        api("PUT", `${rolePath(repo, "more")}${query}`, { body: NO_ECR }),
      );
      expect(result.status).toBe(409);
      expect(result.problem()).toMatchObject(refusal(`${ROLES} roles`));
      expect(result.problem().detail).toContain("ROLECALL_ROLES_PER_REPOSITORY");
      expect(writesOf(calls)).toEqual([]);
    }
    expect((await api("GET", rolePath(repo, "more"))).status).toBe(404);
  });

  test("changes and repeats what is registered", async () => {
    const repo = await full(uniqueName());
    expect((await put(repo, "role0")).status).toBe(200);
    expect((await put(repo, "role1", { ...NO_ECR, maxSessionSeconds: 7200 })).status).toBe(200);
  });

  test("leaves room for another repository", async () => {
    await full(uniqueName());
    expect((await put(uniqueName(), "publish")).status).toBe(201);
  });

  test("gets another one as soon as one is deleted", async () => {
    const repo = await full(uniqueName());
    await api("DELETE", rolePath(repo, "role1"));
    expect((await put(repo, "more")).status).toBe(201);
    expect((await put(repo, "still-more")).status).toBe(409);
  });

  test("counts a role once, however often it is deleted and registered", async () => {
    const repo = uniqueName();
    for (let round = 0; round < 2 * ROLES; round++) {
      expect((await put(repo, "publish")).status).toBe(201);
      await api("DELETE", rolePath(repo, "publish"));
    }
    await full(repo);
  });
});

test("many PUTs at once pass no limit, and leave no registration beyond it", async () => {
  const repo = uniqueName();
  const roles = Array.from({ length: 60 }, (_, index) => `role${index % 30}`);
  const answers = await inParallel(60, roles, (role) => put(repo, role));
  for (const answer of answers) {
    expect([200, 201, 409]).toContain(answer.status);
    if (answer.status === 409) expect(["quota-reached", "busy"]).toContain(answer.problem().code);
  }
  const registered = await services.registry.registrationsOf("acme", repo);
  expect(registered.length).toBe(ROLES);
  expect((await rolesOf(repo)).length).toBe(ROLES);
  expect((await put(repo, "another")).problem()).toMatchObject(refusal(`${ROLES} roles`));
});

describe("ECR repositories", () => {
  test("beyond the limit are refused: 409 says which, and none is made", async () => {
    const repo = uniqueName();
    expect((await put(repo, "one", named(repo, "a", "b"))).status).toBe(201);
    expect((await put(repo, "two", named(repo, "b", "c", "d"))).status).toBe(201);
    const { result, calls } = await callsOf(() => put(repo, "one", named(repo, "a", "e")));
    expect(result.problem()).toMatchObject(refusal(`${ECR} ECR repositories`));
    expect(result.problem().detail).toContain("ROLECALL_ECR_PER_REPOSITORY");
    expect(writesOf(calls)).toEqual([]);
    expect((await put(repo, "three", named(repo, "a", "c"))).status).toBe(201);
    expect((await put(repo, "one", named(repo, "a", "b"))).status).toBe(200);
  });

  test("more than the limit in one request are refused", async () => {
    const repo = uniqueName();
    const answer = await put(repo, "one", named(repo, "a", "b", "c", "d", "e"));
    expect(answer.problem()).toMatchObject(refusal(`${ECR} ECR repositories`));
  });

  test("still count when the roles that used them are gone, as they stay", async () => {
    const repo = uniqueName();
    await put(repo, "one", named(repo, "a", "b", "c", "d"));
    await api("DELETE", rolePath(repo, "one"));
    clock.advance(LEASE_MS);
    expect((await put(repo, "one", named(repo, "e"))).status).toBe(409);
    expect((await put(repo, "one", named(repo, "a"))).status).toBe(201);
  });

  test("of many PUTs at once pass no limit, and no repair makes one beyond it", async () => {
    const repo = uniqueName();
    const roles = ["role0", "role1", "role2"];
    for (const role of roles) await put(repo, role);
    const asked = Array.from({ length: 24 }, (_, index) => ({
      role: roles[index % 3] ?? "",
      name: `n${index}`,
    }));
    await inParallel(24, asked, ({ role, name }) => put(repo, role, named(repo, name)));
    for (const role of roles) await api("POST", `${rolePath(repo, role)}/repairs`);
    const made = await inParallel(8, asked, ({ name }) => ecrInAws(aws, `acme/${repo}/${name}`));
    expect(made.filter((one) => one !== undefined).length).toBeLessThanOrEqual(ECR);
  });
});

describe("what did not come to its end", () => {
  test.each(["GetItem", "PutItem", "CreateRole", "PutRolePolicy"])(
    "a PUT that %s has failed counts no more than its registration",
    async (action) => {
      const repo = uniqueName();
      const end = trouble({
        action,
        mentions: repo,
        fault: { kind: "error", status: 400, code: "ValidationException", message: "no" },
      });
      for (let index = 0; index < 2 * ROLES; index++) await put(repo, `failed${index}`);
      end();
      clock.advance(LEASE_MS);
      for (const { role } of await services.registry.registrationsOf("acme", repo))
        expect((await api("DELETE", rolePath(repo, role))).status).toBe(200);
      await full(repo);
      expect((await put(repo, "more")).status).toBe(409);
    },
  );

  test("a PUT that a crash cuts off at any call leaves the count right", async () => {
    const counts = Array.from({ length: 14 }, (_, calls) => ({ calls, repo: uniqueName() }));
    await inParallel(4, counts, async ({ calls, repo }) => {
      const { api: doomed, kill } = await startMortal();
      const end = cutOff(repo, calls, "after");
      await doomed("PUT", rolePath(repo, "cut"), { body: named(repo, "a", "b", "c", "d") });
      kill();
      end();
    });
    clock.advance(LEASE_MS);
    for (const { calls, repo } of counts) {
      const standing = await services.registry.registrationsOf("acme", repo);
      for (let index = standing.length; index < ROLES; index++)
        expect([calls, (await put(repo, `role${index}`)).status]).toEqual([calls, 201]);
      expect([calls, (await put(repo, "more")).status]).toEqual([calls, 409]);
    }
  });

  test("a DELETE that cannot change the count does so when it is repeated", async () => {
    const repo = await full(uniqueName());
    const end = trouble({
      action: "GetItem",
      mentions: `NAMESPACE#acme/${repo}`,
      fault: { kind: "error", status: 400, code: "ValidationException", message: "no" },
    });
    expect((await api("DELETE", rolePath(repo, "role0"))).status).toBe(502);
    end();
    clock.advance(LEASE_MS);
    expect((await api("DELETE", rolePath(repo, "role0"))).status).toBe(200);
    expect((await put(repo, "more")).status).toBe(201);
    expect((await put(repo, "still-more")).status).toBe(409);
  });

  test("a role that is taken back counts, and no limit keeps it out", async () => {
    const repo = await full(uniqueName());
    const key = { owner: "acme", repo, role: "restored" };
    const took = await takeBack(services, {
      key,
      request: NO_ECR,
      precondition: { ifNoneMatch: "*" },
      dryRun: false,
      caller: "arn:aws:iam::123456789012:user/operator",
      id: "7d3f0a52-6f0e-4f36-9a54-0c7b8f1f2f11",
    });
    expect(failed(took)).toBe(false);
    await api("DELETE", rolePath(repo, "role0"));
    expect((await put(repo, "more")).status).toBe(409);
    await api("DELETE", rolePath(repo, "role1"));
    expect((await put(repo, "more")).status).toBe(201);
  });
});

describe("the account", () => {
  test("whose CreateRole is refused by IAM's own quota answers 409 and says so", async () => {
    const repo = uniqueName();
    const end = trouble({
      action: "CreateRole",
      mentions: repo,
      fault: {
        kind: "error",
        status: 409,
        code: "LimitExceeded",
        message: "Cannot exceed quota for RolesPerAccount: 200",
      },
    });
    const answer = await put(repo, "publish");
    end();
    expect([answer.status, answer.problem()]).toMatchObject([409, refusal("all 200 roles")]);
  });

  test("keeps its last free roles for others", async () => {
    const used = (await api("GET", "/v1/account")).account().quotas.roles.used;
    const repos = Array.from({ length: QUOTA - RESERVED - used }, () => uniqueName());
    const answers = await inParallel(16, repos, (repo) => put(repo, "publish"));
    for (const { status } of answers) expect(status).toBe(201);
    const repo = uniqueName();
    const { result, calls } = await callsOf(() => put(repo, "publish"));
    expect(result.problem()).toMatchObject(refusal(`no more than ${RESERVED} free roles`));
    expect(result.problem().detail).toContain("ROLECALL_RESERVED_ROLES");
    expect(writesOf(calls)).toEqual([]);
    expect((await put(repos[0] ?? "", "publish")).status).toBe(200);
  });
});
