/** Issuers by owner: several providers in one account, each policy about its own. */
import { describe, expect, test } from "vitest";
import { rollCall } from "../../../src/roll-call/roll-call.ts";
import { awsClients, existingRole, providerAudiences } from "../../harness/aws.ts";
import {
  type Registration,
  type RegistrationRequest,
  rolePath,
  startRolecall,
  uniqueName,
} from "../../harness/rolecall.ts";
import { startConfigured } from "./another.ts";

const rolecall = await startRolecall();
const { repositories } = rolecall;
const aws = awsClients();
const GITHUB = "token.actions.githubusercontent.com";
const SLUG = `${GITHUB}/acme-inc`;
const RESIDENT = "token.actions.umbrella.ghe.com";
const SERVER = "github.umbrella.example/_services/token";

const several = await startConfigured(rolecall, {
  GITHUB_API_URL: "",
  ROLECALL_ISSUERS: `acme=https://${SLUG},umbrella=https://${RESIDENT}`,
});
const server = await startConfigured(rolecall, {
  GITHUB_API_URL: "",
  ROLECALL_ISSUERS: `Umbrella=https://${SERVER}`,
  ROLECALL_ALLOW: "name-only",
});
const strict = await startConfigured(rolecall, {
  GITHUB_API_URL: "",
  ROLECALL_ISSUERS: `Umbrella=https://${SERVER}`,
});

type Statement = { Principal: { Federated: string }; Condition: Record<string, Record<string, unknown>> };
async function trustOf({ roleArn }: Registration): Promise<Statement> {
  const { trustPolicy } = await existingRole(aws, roleArn);
  const [statement] = (trustPolicy as { Statement: [Statement] }).Statement;
  return statement;
}

/** The condition of a registration of the default branch, by name and id. */
const conditionOf = (host: string, fullName: string) => {
  const { id, ownerId } = repositories.get(fullName) ?? { id: 0, ownerId: 0 };
  const [owner, repo] = fullName.split("/");
  return {
    StringEquals: {
      [`${host}:aud`]: "sts.amazonaws.com",
      [`${host}:repository_id`]: String(id),
      [`${host}:sub`]: [`repo:${owner}@${ownerId}/${repo}@${id}:ref:refs/heads/main`],
    },
  };
};

describe("each owner's issuer", () => {
  test.each([
    ["github.com's, unless told", rolecall, "acme", GITHUB],
    ["an enterprise's", several, "acme", SLUG],
    ["that of ghe.com, whatever the owner's letters", several, "Umbrella", RESIDENT],
  ] as const)("%s", async (_, { api }, owner, host) => {
    const repo = uniqueName();
    const registration = (await api("PUT", rolePath(repo, "publish", owner))).registration();
    expect(registration.providerArn).toMatch(new RegExp(`^arn:aws:iam::\\d{12}:oidc-provider/${host}$`));
    expect(await providerAudiences(aws, registration.providerArn)).toEqual(["sts.amazonaws.com"]);
    expect(await trustOf(registration)).toMatchObject({ Principal: { Federated: registration.providerArn } });
    expect((await trustOf(registration)).Condition).toEqual(conditionOf(host, `${owner}/${repo}`));
    expect(
      (await api("GET", rolePath(repo, "publish", owner))).registration().warnings.map(({ code }) => code),
    ).toEqual(["hint-pull-request-target"]);
  });

  test("the account has all that are configured, and says so", async () => {
    for (const [owner, repo] of [
      ["acme", uniqueName()],
      ["Umbrella", uniqueName()],
    ] as const)
      await several.api("PUT", rolePath(repo, "publish", owner));
    const { providers } = (await several.api("GET", "/v1/account")).account();
    expect(providers.map(({ arn }) => arn.slice(arn.indexOf("/") + 1)).sort()).toEqual(
      [GITHUB, SLUG, RESIDENT].sort(),
    );
    expect(providers.filter(({ exists }) => exists).length).toBeGreaterThanOrEqual(2);
  });

  test("is drift of nobody while all are in one account", async () => {
    const repo = uniqueName();
    await several.api("PUT", rolePath(repo));
    await rollCall(several.local.services);
    expect((await several.api("GET", rolePath(repo))).registration().drift).toMatchObject({
      status: "in-sync",
    });
  });

  test("another one since: the same PUT moves the trust to it, and the old provider stays", async () => {
    const repo = uniqueName();
    const before = (await rolecall.api("PUT", rolePath(repo))).registration();
    const answer = await several.api("PUT", rolePath(repo));
    const after = answer.registration();
    expect(answer.status).toBe(200);
    expect(after.roleArn).toBe(before.roleArn);
    expect(after.providerArn).not.toBe(before.providerArn);
    expect(after.changes?.map(({ path }) => path)).toContain("/trustPolicy");
    expect((await trustOf(after)).Condition).toEqual(conditionOf(SLUG, `acme/${repo}`));
    expect(await providerAudiences(aws, before.providerArn)).toEqual(["sts.amazonaws.com"]);
  });
});

describe("an Enterprise Server, of which AWS sees the audience and the subject alone", () => {
  test("is trusted by name where the operator allows it, and flagged", async () => {
    const repo = uniqueName();
    const path = rolePath(repo, "publish", "Umbrella");
    const registration = (await server.api("PUT", path)).registration();
    expect(registration.subjects).toEqual([`repo:Umbrella/${repo}:ref:refs/heads/main`]);
    expect((await trustOf(registration)).Condition).toEqual({
      StringEquals: {
        [`${SERVER}:aud`]: "sts.amazonaws.com",
        [`${SERVER}:sub`]: [`repo:Umbrella/${repo}:ref:refs/heads/main`],
      },
    });
    expect(registration.warnings.map(({ code }) => code).sort()).toEqual([
      "hint-pull-request-target",
      "name-only",
    ]);
    // The id still tells who has the name, though AWS does not see it.
    const { id } = repositories.get(`Umbrella/${repo}`) ?? { id: 0 };
    expect(registration.spec.github.repositoryId).toBe(id);
    repositories.set(`Umbrella/${repo}`, { id: id + 1 });
    rolecall.clock.advance(61_000);
    expect((await server.api("PUT", path)).problem().code).toBe("repository-replaced");
  });

  test("sends no ids, so that none stand in the subject, whatever its API says", async () => {
    const repo = uniqueName();
    rolecall.failGitHub(({ path }) =>
      path.endsWith("/customization/sub") ? { kind: "error", status: 404, message: "Not Found" } : undefined,
    );
    const answer = await server.api("PUT", rolePath(repo, "publish", "Umbrella"));
    rolecall.failGitHub(undefined);
    expect(answer.registration().subjects).toEqual([`repo:Umbrella/${repo}:ref:refs/heads/main`]);
  });

  test("has no hosted runners, so no workflow names one", async () => {
    const path = rolePath(uniqueName(), "publish", "Umbrella");
    const runnerOf = async (workflow?: RegistrationRequest["workflow"]) => {
      const body = { ...(workflow && { workflow }) };
      const registration = (await server.api("PUT", path, { body })).registration();
      const written = /runs-on:.*/.exec(registration.workflow?.content ?? "")?.[0];
      return [registration.spec.workflow.runner, written];
    };
    expect(await runnerOf()).toEqual(["self-hosted", 'runs-on: "self-hosted"']);
    expect(await runnerOf({ runner: "ubuntu-latest" })).toEqual(["ubuntu-latest", 'runs-on: "self-hosted"']);
    expect(await runnerOf({ runner: ["self-hosted", "x64"] })).toEqual([
      ["self-hosted", "x64"],
      'runs-on: ["self-hosted", "x64"]',
    ]);
  });

  test("is refused otherwise", async () => {
    const answer = await strict.api("PUT", rolePath(uniqueName(), "publish", "Umbrella"));
    expect(answer.problem().errors).toEqual([
      {
        pointer: "/owner",
        detail: expect.stringMatching(/only be trusted by name.*ROLECALL_ALLOW=name-only/),
      },
    ]);
  });

  test("has no reusable workflow that AWS could see", async () => {
    const jobWorkflowRefs = ["acme/wf/.github/workflows/ci.yml@refs/heads/main"];
    const body = { trust: { branches: ["main"], jobWorkflowRefs } };
    const answer = await server.api("PUT", rolePath(uniqueName(), "publish", "Umbrella"), { body });
    expect(answer.problem().errors).toEqual([
      { pointer: "/trust/jobWorkflowRefs", detail: expect.stringContaining("does not evaluate") },
    ]);
  });

  test("is no other owner's", async () => {
    const repo = uniqueName();
    const registration = (await server.api("PUT", rolePath(repo))).registration();
    expect((await trustOf(registration)).Condition).toEqual(conditionOf(GITHUB, `acme/${repo}`));
  });
});
