/** The operator lists keys of tags, and values where only some are right. */
import { ListRoleTagsCommand } from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { awsClients, roleArnsWith } from "../../harness/aws.ts";
import { rolePath, startRolecall, uniqueName } from "../../harness/rolecall.ts";
import { startConfigured } from "../trust/another.ts";

const rolecall = await startRolecall({ tagKeys: ["team=web|mobile", "cost"] });
const { api } = rolecall;
const aws = awsClients();

test("a value that the operator lists becomes the role's tag, and so does any value of a key without a list", async () => {
  const answer = await api("PUT", rolePath(uniqueName()), {
    body: { tags: { team: "mobile", cost: "anything at all" } },
  });
  expect(answer.status).toBe(201);
  const RoleName = answer.registration().roleArn.split("/").at(-1);
  const { Tags = [] } = await aws.iam.send(new ListRoleTagsCommand({ RoleName }));
  expect(Tags).toEqual(
    expect.arrayContaining([
      { Key: "team", Value: "mobile" },
      { Key: "cost", Value: "anything at all" },
    ]),
  );
});

test.each(["payments", "Web", "web|mobile", "", "web "])(
  "the value %j is refused with the key, the value and those that are right; nothing is written",
  async (value) => {
    const repo = uniqueName();
    const answer = await api("PUT", rolePath(repo), { body: { tags: { team: value } } });
    expect(answer.status).toBe(422);
    expect(answer.problem().errors).toEqual([
      {
        pointer: "/tags/team",
        detail: `The tag team has the value ${JSON.stringify(value)}, and the operator allows web, mobile (ROLECALL_TAG_KEYS). Use one of these, or have the operator list another.`,
      },
    ]);
    expect(await roleArnsWith(aws, repo)).toEqual([]);
  },
);

test("tags of an ECR repository take the same values", async () => {
  const repo = uniqueName();
  const ecr = (team: string) => [{ repository: `acme/${repo}`, settings: { tags: { team } } }];
  const answer = await api("PUT", rolePath(repo), { body: { ecr: ecr("payments") } });
  expect(answer.problem().errors).toMatchObject([{ pointer: "/ecr/0/settings/tags/team" }]);
  expect((await api("PUT", rolePath(repo), { body: { ecr: ecr("web") } })).status).toBe(201);
});

test("a value that the operator no longer lists stays on the role, and the next PUT that asks for it is refused", async () => {
  const path = rolePath(uniqueName());
  await api("PUT", path, { body: { tags: { team: "web" } } });
  const { api: later } = await startConfigured(rolecall, { ROLECALL_TAG_KEYS: "team=mobile" });
  expect((await later("POST", `${path}/drift-checks`)).text).toContain('"status":"in-sync"');
  expect((await later("PUT", path, { body: { tags: { team: "web" } } })).status).toBe(422);
  expect(
    (await later("PUT", path, { body: { tags: { team: "mobile" } } })).registration().changes,
  ).toMatchObject([{ path: "/tags/team", expected: "mobile", actual: "web" }]);
});
