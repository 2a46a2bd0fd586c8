/** Counts the questions to GitHub that requests cause. All callers share its rate limit. */
import { describe, expect, test } from "vitest";
import { startEmbedded } from "../harness/embedded.ts";
import { rolePath, type Sent, uniqueName } from "../harness/rolecall.ts";

const { api, clock, gitHubCalls } = await startEmbedded({
  quotas: { rolesPerAccount: 3 },
  tagKeys: ["team"],
});
const MINUTE_MS = 60_000;

/** The paths that GitHub is asked for while something is done. */
async function askedBy(work: () => Promise<unknown>): Promise<string[]> {
  const before = gitHubCalls.length;
  await work();
  return gitHubCalls.slice(before).map(({ path }) => path);
}

const dryRun = (repo: string): string => `${rolePath(repo)}?dryRun=true`;

describe("a hidden repository", () => {
  test("is asked about once, whoever tries it 31 times within a minute", async () => {
    const repo = uniqueName("missing");
    const asked = await askedBy(async () => {
      for (let count = 0; count < 31; count++) {
        const ids = count % 2 === 0 ? {} : { github: { repositoryId: 5, ownerId: 6 } };
        expect((await api("PUT", dryRun(repo), { body: ids })).status).toBe(count % 2 === 0 ? 422 : 200);
      }
    });
    expect(asked).toEqual([`/repos/acme/${repo}`]);
  });

  test("is asked about once for all of its drift checks within a minute, too", async () => {
    const repo = uniqueName("missing");
    const github = { repositoryId: 7, ownerId: 8 };
    expect((await api("PUT", rolePath(repo), { body: { github } })).status).toBe(201);
    clock.advance(MINUTE_MS);
    const asked = await askedBy(async () => {
      for (let count = 0; count < 31; count++)
        expect((await api("POST", `${rolePath(repo)}/drift-checks`)).status).toBe(200);
    });
    expect(asked).toEqual([`/repos/acme/${repo}`]);
    expect((await api("DELETE", rolePath(repo))).status).toBe(200);
  });

  test("is asked about again after a minute", async () => {
    const repo = uniqueName("missing");
    const ask = () => askedBy(() => api("PUT", dryRun(repo)));
    expect(await ask()).toHaveLength(1);
    clock.advance(MINUTE_MS - 1);
    expect(await ask()).toHaveLength(0);
    clock.advance(1);
    expect(await ask()).toHaveLength(1);
  });
});

describe("what is refused whatever GitHub says asks nothing of it", () => {
  const refused: [what: string, status: number, path: (repo: string) => string, sent: Sent][] = [
    ["an owner of others", 403, (repo) => rolePath(repo, "publish", "globex"), {}],
    ["a whole owner", 422, () => rolePath("*"), {}],
    ["a body that is no JSON", 400, rolePath, { body: "{", headers: { "content-type": "application/json" } }],
    [
      "a key that stands twice",
      400,
      rolePath,
      { body: '{"tags":{},"tags":{}}', headers: { "content-type": "application/json" } },
    ],
    ["a field that no body has", 422, rolePath, { body: { x: 1 } }],
    ["a tag that the operator does not list", 422, rolePath, { body: { tags: { owner: "x" } } }],
    ["a profile that there is not", 422, rolePath, { body: { profiles: ["x"] } }],
    [
      "a managed policy that the operator does not list",
      422,
      rolePath,
      { body: { managedPolicyArns: ["arn:aws:iam::aws:policy/PowerUserAccess"] } },
    ],
    ["another's ECR repository", 422, rolePath, { body: { ecr: [{ repository: "globex/api" }] } }],
    ["another region", 422, rolePath, { body: { region: "us-west-1" } }],
    ["push for pull requests", 422, rolePath, { body: { trust: { pullRequests: true } } }],
    ["push for any ref", 422, rolePath, { body: { trust: { anyRef: true } } }],
    [
      "an environment that no subject can name",
      422,
      rolePath,
      { body: { trust: { environments: ["a%b"] } } },
    ],
    ["a precondition that is false", 412, rolePath, { headers: { "if-match": '"x"' } }],
    ["an unknown parameter", 422, (repo) => `${rolePath(repo)}?x=1`, {}],
    ["a path that is not canonical", 400, rolePath, { rawPath: "/v1/repos/acme/../acme/api/roles/publish" }],
  ];

  test.each(refused)("%s is answered with %i, and GitHub is not asked", async (_, status, path, sent) => {
    const repo = uniqueName();
    const asked = await askedBy(async () => expect((await api("PUT", path(repo), sent)).status).toBe(status));
    expect(asked).toEqual([]);
  });

  test("a new role in an account that is full", async () => {
    const repos = [uniqueName(), uniqueName(), uniqueName()];
    for (const repo of repos) expect((await api("PUT", rolePath(repo))).status).toBe(201);
    clock.advance(MINUTE_MS);
    const asked = await askedBy(async () => {
      for (const path of [rolePath(uniqueName()), dryRun(uniqueName())])
        expect((await api("PUT", path)).problem().code).toBe("quota-reached");
    });
    expect(asked).toEqual([]);
  });

  test("a drift check and a repair of what is not registered", async () => {
    const asked = await askedBy(async () => {
      for (const below of ["drift-checks", "repairs"])
        expect((await api("POST", `${rolePath(uniqueName())}/${below}`)).status).toBe(404);
    });
    expect(asked).toEqual([]);
  });
});
