/** Owners that this deployment does not serve. */
import { expect, test } from "vitest";
import { awsClients, roleArnsWith } from "../../harness/aws.ts";
import { OWNERS, rolePath, startRolecall, uniqueName } from "../../harness/rolecall.ts";

const { api, gitHubCalls } = await startRolecall();
const aws = awsClients();

const owners: [string, string][] = [
  ["another owner", "other"],
  ["a name that begins as an allowed one", "acme-labs"],
  ["a name that ends as one", "my-acme"],
  ["a part of one", "acm"],
  ["all of them, as they stand in the configuration", OWNERS.join("_")],
];

test.each(owners)("%s is not served", async (_, owner) => {
  const repo = uniqueName();
  const asked = gitHubCalls.length;
  const answer = await api("PUT", rolePath(repo, "publish", owner), {
    body: { github: { repositoryId: 1, ownerId: 2 } },
  });
  expect(answer.status).toBe(403);
  expect(answer.problem()).toMatchObject({
    code: "owner-not-allowed",
    detail: expect.stringContaining("ROLECALL_OWNERS"),
  });
  expect((await api("GET", rolePath(repo, "publish", owner))).status).toBe(404);
  expect(await roleArnsWith(aws, repo)).toEqual([]);
  expect(gitHubCalls.length).toBe(asked);
});

test("a dry run for one is refused as well", async () => {
  const path = `${rolePath(uniqueName(), "publish", "other")}?dryRun=true`;
  expect((await api("PUT", path)).status).toBe(403);
});
