/** An explanation for a workflow is about the token that it sent, and advises only what its repository can do. */
import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { awsClients } from "../../harness/aws.ts";
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

describe("an explanation about a role that no workflow registered", () => {
  const ASK = /ask the operator for any change of the registration, also for a repeated PUT\.$/;
  const remedyFor = async (repo: string): Promise<string> =>
    JSON.parse((await send("POST", repo, "/explanations")).text).remedy;
  const registered = async (body?: object): Promise<{ repo: string; roleArn: string }> => {
    const repo = uniqueName();
    const { roleArn } = (await api("PUT", rolePath(repo), { ...(body && { body }) })).registration();
    return { repo, roleArn };
  };

  test("tells a run whose branch is not trusted to ask the operator", async () => {
    const { repo } = await registered({ trust: { branches: ["dev"] } });
    expect(await remedyFor(repo)).toMatch(ASK);
  });

  test("tells a run to ask the operator for the PUT that restores the trust policy", async () => {
    const { repo, roleArn } = await registered();
    await closeTrust(roleArn);
    const remedy = await remedyFor(repo);
    expect(remedy).toContain("Repeat the PUT");
    expect(remedy).toMatch(ASK);
  });

  test("tells a run that the role lets in nothing more", async () => {
    const { repo } = await registered();
    expect(await remedyFor(repo)).toBe("Nothing to change: the role lets this run in.");
  });

  test("differs from one about a workflow's own role, whose PUT the workflow may repeat", async () => {
    const repo = uniqueName();
    const { roleArn } = (await send("PUT", repo)).registration();
    await closeTrust(roleArn);
    expect(await remedyFor(repo)).toMatch(/Repeat the PUT to restore it\.$/);
  });
});

describe("an explanation about a workflow's own role advises no trust that the ceiling refuses, to", () => {
  test.each<[string, object, string]>([
    [
      "another branch",
      { ref: "refs/heads/dev" },
      "The run belongs to the branch dev. Register another role from the branch dev, if a rule lists its ref, or ask the operator for a rule with a pinned workflow that may trust dev.",
    ],
    [
      "a job with an environment",
      { environment: "prod" },
      "Register another role from a job of that environment, if a rule lists the job's ref, or ask the operator for a rule with a pinned workflow that may trust prod.",
    ],
    [
      "a pull request",
      { event: "pull_request" },
      "Do the work after the merge, or ask the operator for a rule with a pinned workflow that may trust pull requests.",
    ],
    [
      "a merge group",
      { ref: "refs/heads/gh-readonly-queue/main/pr-1-0a" },
      "Do the work after the merge, in a run of main.",
    ],
  ])("%s", async (_, run, advice) => {
    const repo = uniqueName();
    await send("PUT", repo);
    const bearer = await token({ repository: `acme/${repo}`, ...run });
    const answer = await api("POST", `/v1/self/repos/acme/${repo}/roles/publish/explanations`, {
      headers: { authorization: `Bearer ${bearer}` },
    });
    const { remedy } = JSON.parse(answer.text);
    expect(remedy).toContain(advice);
    expect(remedy).not.toMatch(/`trust\.|A PUT/);
  });
});

/** Replaces a role's trust policy by one that lets nobody in. */
async function closeTrust(roleArn: string) {
  const RoleName = roleArn.slice(roleArn.lastIndexOf("/") + 1);
  const Statement = [{ Effect: "Deny", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }];
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
  await awsClients().iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
}
