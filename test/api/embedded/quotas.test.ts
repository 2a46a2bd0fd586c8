/** An account whose quotas are not the usual ones. */
import { describe, expect, test } from "vitest";
import { awsClients, existingRole, roleArnsWith } from "../../harness/aws.ts";
import { startEmbedded, writesOf } from "../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../harness/rolecall.ts";

const TRUST = 4096;
const POLICY = 20_000;
const ROLES = 6;
const { api, callsOf } = await startEmbedded({
  quotas: { assumeRolePolicySize: TRUST, rolePolicySize: POLICY, rolesPerAccount: ROLES },
});
const aws = awsClients();

const branches = (count: number, length: number) =>
  Array.from({ length: count }, (_, index) => `b${String(index).padStart(2, "0")}${"x".repeat(length)}`);

test("the account says what its quotas are", async () => {
  expect((await api("GET", "/v1/account")).account().quotas).toMatchObject({
    roles: { used: 0, limit: ROLES },
    trustPolicyCharacters: TRUST,
    rolePolicyCharacters: POLICY,
  });
});

describe("a trust policy", () => {
  test("over the usual quota, within the account's, is accepted", async () => {
    const repo = uniqueName();
    const answer = await api("PUT", rolePath(repo), { body: { trust: { branches: branches(20, 80) } } });
    expect(answer.status).toBe(201);
    const { trustPolicy } = await existingRole(aws, answer.registration().roleArn);
    const { length } = JSON.stringify(trustPolicy);
    expect(length).toBeGreaterThan(2048);
    expect(length).toBeLessThanOrEqual(TRUST);
    await api("DELETE", rolePath(repo));
  });

  test("over the account's is refused with both numbers, the true length being the one", async () => {
    const repo = uniqueName();
    const answer = await api("PUT", rolePath(repo), { body: { trust: { branches: branches(20, 200) } } });
    expect(answer.status).toBe(422);
    const [error] = answer.problem().errors ?? [];
    const [length, limit] = (error?.detail.match(/\d+/g) ?? []).map(Number);
    expect(error?.pointer).toBe("/trust");
    expect(limit).toBe(TRUST);
    expect(length).toBeGreaterThan(20 * 200);
    expect(await roleArnsWith(aws, repo)).toEqual([]);
  });

  test("of exactly the quota is accepted, and one character more is not", async () => {
    const repo = uniqueName();
    const sized = async (names: string[], status: number) => {
      const answer = await api("PUT", rolePath(repo), { body: { trust: { branches: names } } });
      expect(answer.status).toBe(status);
      return answer;
    };
    const names = branches(19, 100);
    const first = await sized(names, 201);
    const { trustPolicy } = await existingRole(aws, first.registration().roleArn);
    let left = TRUST - JSON.stringify(trustPolicy).length;
    // Spread what is left over the names: none may be longer than 255.
    const grown = names.map((name) => {
      const more = Math.min(left, 150);
      left -= more;
      return name + "y".repeat(more);
    });
    await sized(grown, 200);
    const { trustPolicy: full } = await existingRole(aws, first.registration().roleArn);
    expect(JSON.stringify(full)).toHaveLength(TRUST);
    const over = await sized([...grown.slice(0, -1), `${grown.at(-1)}y`], 422);
    const detail = over.problem().errors?.[0]?.detail ?? "";
    expect(detail).toContain(String(TRUST + 1));
    // The remedy names the quota and where to raise it, before a pattern that would trust more.
    expect(detail).toMatch(
      /raise IAM's quota `Role trust policy length` \(L-C07B4B0D\) in Service Quotas.*`\*`/,
    );
    await api("DELETE", rolePath(repo));
  });
});

test("a role's policy over the usual quota, within the account's, is accepted", async () => {
  const repo = uniqueName();
  const ecr = Array.from({ length: 20 }, (_, index) => ({
    repository: `acme/${repo}/${"n".repeat(200)}${index}`,
    access: "both" as const,
  }));
  const answer = await api("PUT", rolePath(repo), { body: { ecr } });
  expect(answer.status).toBe(201);
  const { inlinePolicies } = await existingRole(aws, answer.registration().roleArn);
  expect(JSON.stringify(inlinePolicies).length).toBeGreaterThan(10_240);
  await api("DELETE", rolePath(repo));
});

test("an account that is full says so before anything is made, and takes the registration once there is room", async () => {
  const repos = Array.from({ length: ROLES }, () => uniqueName());
  for (const repo of repos)
    expect((await api("PUT", rolePath(repo), { body: { ecr: [] } })).status).toBe(201);
  const repo = uniqueName();
  for (const path of [rolePath(repo), `${rolePath(repo)}?dryRun=true`]) {
    const { calls, result: answer } = await callsOf(() => api("PUT", path));
    expect(answer.status).toBe(409);
    expect(answer.problem()).toMatchObject({
      code: "quota-reached",
      detail: expect.stringMatching(
        new RegExp(
          `all ${ROLES} roles.*raise IAM's quota .Roles per account. \\(L-FE177D64\\) in Service Quotas`,
        ),
      ),
    });
    expect(writesOf(calls)).toEqual([]);
  }
  expect((await api("GET", rolePath(repo))).status).toBe(404);
  // Existing registrations can be changed all the same.
  expect((await api("PUT", rolePath(repos[1] ?? ""), { body: { ecr: [], tags: {} } })).status).toBe(200);
  await api("DELETE", rolePath(repos[0] ?? ""));
  expect((await api("PUT", rolePath(repo), { body: { ecr: [] } })).registration().status).toBe("ready");
});
