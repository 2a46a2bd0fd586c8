/** An explanation for a workflow is about the token that it sent, and advises only what its repository can do. */
import { expect, test } from "vitest";
import { rolePath, startRolecall, uniqueName } from "../../harness/rolecall.ts";

const RULE = { repositories: ["acme/*"], roles: ["publish"], access: ["push"] };
const { api, token } = await startRolecall({ self: { rules: [RULE] } });

const send = async (method: string, repo: string, below = "", subjectForm: "name" | "id" = "id") =>
  api(method, `/v1/self/repos/acme/${repo}/roles/publish${below}`, {
    headers: {
      authorization: `Bearer ${await token({ repository: `acme/${repo}`, subjectForm })}`,
    },
  });

test("a token whose subject has no ids is refused where AWS demands them", async () => {
  const repo = uniqueName();
  await send("PUT", repo);
  expect((await send("POST", repo, "/explanations")).text).toContain('"allowed":true');
  const explained = JSON.parse((await send("POST", repo, "/explanations", "name")).text);
  expect(explained).toMatchObject({ allowed: false, verification: "valid" });
  expect(explained.conditions).toContainEqual(
    expect.objectContaining({
      actual: [`repo:acme/${repo}:ref:refs/heads/main`],
      holds: false,
      assumed: false,
    }),
  );
});

test("the run of a suspended role is told to ask the operator, and a signed caller which call to make", async () => {
  const repo = uniqueName();
  await send("PUT", repo);
  await api("POST", `${rolePath(repo)}/revocations`, { body: { suspend: true } });
  const { remedy } = JSON.parse((await send("POST", repo, "/explanations")).text);
  expect(remedy).toMatch(/because the role is suspended\. Ask the operator to end the suspension\.$/);
  const signed = await api("POST", `${rolePath(repo)}/explanations`, {
    body: { token: await token({ repository: `acme/${repo}`, audience: "sts.amazonaws.com" }) },
  });
  expect(signed.text).toContain("End the suspension with POST …/revocations");
});
