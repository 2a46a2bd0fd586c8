/**
 * A process that ends between any two of its calls, or after a call whose answer it never sees: the next request ends
 * what was begun. To be cut off from AWS for good is, for all that AWS and the table can tell, to have ended.
 */
import { describe, expect, test } from "vitest";
import { awsClients, ecrInAws, existingRole, roleArnsWith } from "../../harness/aws.ts";
import { startEmbedded } from "../../harness/embedded.ts";
import { type RegistrationRequest, rolePath, uniqueName } from "../../harness/rolecall.ts";

const LEASE_MS = 60_000;
const { api, aws: embedded, clock, cutOff, startAnother } = await startEmbedded();
const aws = awsClients();
/** The process that ends; the one that goes on has seen nothing of what it did. */
const { api: doomed } = await startAnother();

/** The point at which a run is cut off: after so many of its calls, the last one performed or not. */
type Cut = { repo: string; calls: number; phase: "before" | "after" };

/** Returns the number of calls about a repository that some work makes when nothing goes wrong. */
async function countCalls(repo: string, work: () => Promise<unknown>): Promise<number> {
  const before = embedded.calls.length;
  await work();
  return embedded.calls.slice(before).filter(({ request }) => JSON.stringify(request).includes(repo)).length;
}

/** Ended before its first call, or after each: what ends before another call leaves what ends after the one before. */
const cutsOf = (count: number): Cut[] => [
  { repo: uniqueName(), calls: 0, phase: "before" },
  ...Array.from({ length: count }, (_, calls) => ({ repo: uniqueName(), calls, phase: "after" as const })),
];

/** Begins the same work for each cut, all at once, and lets every lease run out. */
async function crash(cuts: Cut[], work: (repo: string) => Promise<{ status: number }>): Promise<void> {
  const statuses = await Promise.all(
    cuts.map(async ({ repo, calls, phase }) => {
      const end = cutOff(repo, calls, phase);
      const { status } = await work(repo);
      end();
      return status;
    }),
  );
  // Without the answer to its last call, no run can have ended well.
  for (const status of statuses) expect(status).toBe(503);
  clock.advance(LEASE_MS);
}

describe("register", async () => {
  const model = uniqueName();
  const cuts = cutsOf(await countCalls(model, () => api("PUT", rolePath(model))));
  const shape = await existingRole(aws, (await api("GET", rolePath(model))).registration().roleArn);
  await crash(cuts, (repo) => doomed("PUT", rolePath(repo)));

  test("has as many calls as there are to be cut", () => {
    expect(cuts.length).toBeGreaterThanOrEqual(8);
  });

  test.each(cuts)("cut off at call $calls, $phase it", async ({ repo }) => {
    const answer = await api("PUT", rolePath(repo));
    const registration = answer.registration();
    expect(registration).toMatchObject({
      status: "ready",
      version: 1,
      ecr: [{ managed: true, uri: expect.any(String) }],
    });
    expect(registration).not.toHaveProperty("lastError");
    expect(await roleArnsWith(aws, repo)).toEqual([registration.roleArn]);
    const role = await existingRole(aws, registration.roleArn);
    expect(Object.keys(role.inlinePolicies)).toEqual(Object.keys(shape.inlinePolicies));
    expect(role.boundaryArn).toBe(shape.boundaryArn);
    expect(await ecrInAws(aws, `acme/${repo}`)).toMatchObject({
      imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
    });
    expect((await api("PUT", rolePath(repo))).registration().changes).toEqual([]);
    expect((await api("DELETE", rolePath(repo))).status).toBe(200);
    expect(await roleArnsWith(aws, repo)).toEqual([]);
  });
});

describe("register, then ask for something else", async () => {
  const body: RegistrationRequest = { trust: { tags: ["v*"] }, maxSessionSeconds: 7200 };
  const model = uniqueName();
  const cuts = cutsOf(await countCalls(model, () => api("PUT", rolePath(model))));
  await crash(cuts, (repo) => doomed("PUT", rolePath(repo)));

  test.each(cuts)("cut off at call $calls, $phase it", async ({ repo }) => {
    const registration = (await api("PUT", rolePath(repo), { body })).registration();
    expect(registration).toMatchObject({ status: "ready", spec: body });
    const role = await existingRole(aws, registration.roleArn);
    expect(role.maxSessionSeconds).toBe(7200);
    expect(JSON.stringify(role.trustPolicy)).toContain("refs/tags/v*");
    expect(JSON.stringify(role.trustPolicy)).not.toContain("refs/heads/");
    expect(await roleArnsWith(aws, repo)).toEqual([registration.roleArn]);
  });
});

describe("register, then delete", async () => {
  const model = uniqueName();
  const cuts = cutsOf(await countCalls(model, () => api("PUT", rolePath(model))));
  await crash(cuts, (repo) => doomed("PUT", rolePath(repo)));

  test.each(cuts)("cut off at call $calls, $phase it", async ({ repo }) => {
    expect([200, 404]).toContain((await api("DELETE", rolePath(repo))).status);
    expect(await roleArnsWith(aws, repo)).toEqual([]);
    expect((await api("GET", rolePath(repo))).status).toBe(404);
    expect((await api("PUT", rolePath(repo))).status).toBe(201);
  });
});

describe("update", async () => {
  const body = (repo: string): RegistrationRequest => ({
    trust: { branches: ["release/*"] },
    ecr: [{ repository: `acme/${repo}/other`, access: "both" }],
    maxSessionSeconds: 7200,
  });
  const update = (repo: string, by = api) => by("PUT", rolePath(repo), { body: body(repo) });
  const model = uniqueName();
  await api("PUT", rolePath(model));
  const cuts = cutsOf(await countCalls(model, () => update(model)));
  for (const { repo } of cuts) await api("PUT", rolePath(repo));
  await crash(cuts, (repo) => update(repo, doomed));

  // Half of them go on with what was begun, half go back to what was before.
  test.each(cuts.map((cut, index) => ({ ...cut, goesOn: index % 4 < 2 })))(
    "cut off at call $calls, $phase it; goes on: $goesOn",
    async ({ repo, goesOn }) => {
      const registration = (goesOn ? await update(repo) : await api("PUT", rolePath(repo))).registration();
      expect(registration.status).toBe("ready");
      const role = await existingRole(aws, registration.roleArn);
      expect(role.maxSessionSeconds).toBe(goesOn ? 7200 : 3600);
      const [wanted, unwanted] = goesOn
        ? ["refs/heads/release/*", "refs/heads/main"]
        : ["refs/heads/main", "refs/heads/release/*"];
      expect(JSON.stringify(role.trustPolicy)).toContain(wanted);
      expect(JSON.stringify(role.trustPolicy)).not.toContain(unwanted);
      const ecr = goesOn ? `repository/acme/${repo}/other"` : `repository/acme/${repo}"`;
      expect(JSON.stringify(role.inlinePolicies)).toContain(ecr);
      expect(await roleArnsWith(aws, repo)).toEqual([registration.roleArn]);
      const again = goesOn ? await update(repo) : await api("PUT", rolePath(repo));
      expect(again.registration().changes).toEqual([]);
    },
  );
});

describe("delete", async () => {
  const remove = (repo: string, by = api) => by("DELETE", rolePath(repo));
  const model = uniqueName();
  await api("PUT", rolePath(model));
  const cuts = cutsOf(await countCalls(model, () => remove(model)));
  for (const { repo } of cuts) await api("PUT", rolePath(repo));
  await crash(cuts, (repo) => remove(repo, doomed));

  test.each(cuts.map((cut, index) => ({ ...cut, goesOn: index % 4 < 2 })))(
    "cut off at call $calls, $phase it; goes on: $goesOn",
    async ({ repo, goesOn }) => {
      if (goesOn) {
        expect([200, 404]).toContain((await remove(repo)).status);
        expect(await roleArnsWith(aws, repo)).toEqual([]);
        expect((await api("GET", rolePath(repo))).status).toBe(404);
      } else {
        const registration = (await api("PUT", rolePath(repo))).registration();
        expect(registration.status).toBe("ready");
        expect(await roleArnsWith(aws, repo)).toEqual([registration.roleArn]);
        expect(Object.keys((await existingRole(aws, registration.roleArn)).inlinePolicies)).toHaveLength(1);
      }
      expect(await ecrInAws(aws, `acme/${repo}`)).toBeDefined();
    },
  );
});
