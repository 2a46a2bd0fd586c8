/** A suspended repository gives itself no new role. */
import { describe, expect, test } from "vitest";
import { rolePath, startRolecall, uniqueName } from "../../harness/rolecall.ts";

const RULE = { repositories: ["acme/*"], roles: ["publish", "deploy-*"], access: ["push"] };
const { api, token } = await startRolecall({ self: { rules: [RULE] } });

const put = async (repo: string, role: string, query = "") =>
  api("PUT", `/v1/self/repos/acme/${repo}/roles/${role}${query}`, {
    headers: { authorization: `Bearer ${await token({ repository: `acme/${repo}` })}` },
  });
const suspend = (path: string, isSuspended: boolean) =>
  api("POST", `${path}/revocations`, { body: { suspend: isSuspended } });

describe("a workflow registers no other role while", () => {
  test("its repository is suspended, and may after the end of the suspension", async () => {
    const repo = uniqueName();
    expect((await put(repo, "publish")).status).toBe(201);
    await suspend(`/v1/repos/acme/${repo}`, true);
    for (const answer of [await put(repo, "deploy-z", "?dryRun=true"), await put(repo, "deploy-z")])
      expect(answer.problem()).toMatchObject({
        status: 409,
        code: "suspended",
        detail: expect.stringContaining(`The role publish of acme/${repo} is suspended`),
      });
    expect((await api("GET", rolePath(repo, "deploy-z"))).status).toBe(404);
    await suspend(`/v1/repos/acme/${repo}`, false);
    expect((await put(repo, "deploy-z")).status).toBe(201);
  });

  test("one role is suspended that a caller with AWS credentials registered", async () => {
    const repo = uniqueName();
    await api("PUT", rolePath(repo, "release"), { body: { ecr: [] } });
    await suspend(rolePath(repo, "release"), true);
    expect((await put(repo, "publish")).problem().code).toBe("suspended");
  });
});

test("a workflow changes a role that is not suspended while another one is", async () => {
  const repo = uniqueName();
  for (const role of ["publish", "deploy-z"]) expect((await put(repo, role)).status).toBe(201);
  await suspend(rolePath(repo, "deploy-z"), true);
  expect((await put(repo, "publish")).status).toBe(200);
});
