/**
 * A repository that is renamed or transferred after its registration: it is reported, and the role stays closed to
 * whoever takes the old name, whatever they try.
 */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { describe, expect, test } from "vitest";
import type { Repository } from "../../../local/github/server.ts";
import { parseTrustPolicy } from "../../../src/policy/parse.ts";
import { release } from "../../../src/registry/release.ts";
import { rollCall } from "../../../src/roll-call/roll-call.ts";
import { evaluateTrust } from "../../../src/trust/evaluate-trust.ts";
import { awsClients, existingRole, roleArnsWith } from "../../harness/aws.ts";
import { type Registration, rolePath, startRolecall, uniqueName } from "../../harness/rolecall.ts";

const { api, services, repositories, clock, log } = await startRolecall();
const aws = awsClients();
const HOST = "token.actions.githubusercontent.com";
/** Longer than what GitHub has answered is remembered. */
const GITHUB_FORGOTTEN_MS = 61_000;

/** Tells whether AWS's role lets in a run of a repository's main branch, in either form of the subject. */
async function letsIn({ roleArn, providerArn }: Registration, repository: Repository): Promise<boolean[]> {
  const { trustPolicy } = await existingRole(aws, roleArn);
  const parsed = parseTrustPolicy(JSON.stringify(trustPolicy));
  if ("error" in parsed) throw new Error(parsed.error);
  const { canonical, id, ownerId } = repository;
  const [owner = "", name = ""] = canonical.split("/");
  return [`repo:${owner}@${ownerId}/${name}@${id}`, `repo:${canonical}`].map(
    (prefix) =>
      evaluateTrust(parsed.policy, {
        principal: { federated: providerArn },
        action: "sts:AssumeRoleWithWebIdentity",
        issuerHost: HOST,
        claims: {
          aud: "sts.amazonaws.com",
          sub: `${prefix}:ref:refs/heads/main`,
          repository: canonical,
          repository_id: String(id),
          repository_owner_id: String(ownerId),
        },
      }).allowed,
  );
}

const NOBODY = [false, false];

const ways: [what: string, form: Partial<Repository>, to: (repo: string) => string][] = [
  ["renamed, with ids in its subjects", { immutableSubject: true }, (repo) => `acme/${repo}-new`],
  ["renamed, by name until then", { immutableSubject: false }, (repo) => `acme/${repo}-new`],
  ["transferred to another owner", { immutableSubject: true }, (repo) => `Umbrella/${repo}`],
  ["transferred out of the service's sight", { immutableSubject: false }, (repo) => `elsewhere/${repo}`],
];

describe.each(ways)("%s", (_, form, to) => {
  async function moved() {
    const repo = uniqueName();
    const before = repositories.set(`acme/${repo}`, form);
    const registration = (await api("PUT", rolePath(repo))).registration();
    expect(await letsIn(registration, before)).toContain(true);
    const after = repositories.rename(`acme/${repo}`, to(repo));
    clock.advance(GITHUB_FORGOTTEN_MS);
    return { repo, registration, before, after };
  }
  const driftOf = async (repo: string) => {
    await rollCall(services);
    return (await api("GET", rolePath(repo))).registration().drift;
  };

  test("the next roll call reports it, with the new name and what to do", async () => {
    const { repo, after } = await moved();
    const drift = await driftOf(repo);
    expect(drift).toEqual({
      status: "drifted",
      checkedAt: new Date(clock.now()).toISOString(),
      since: new Date(clock.now()).toISOString(),
      inSyncAt: expect.stringMatching(/^2026-/),
      changes: [
        {
          resource: `github:acme/${repo}`,
          path: "/full_name",
          expected: `acme/${repo}`,
          actual: after.canonical,
          effect: "narrows",
          repairable: false,
          remedy: expect.stringMatching(`register it as ${after.canonical} and delete this registration`),
        },
      ],
    });
    const { items } = (await api("GET", "/v1/roles?drift=drifted&limit=100")).page();
    expect(items).toContainEqual(
      expect.objectContaining({ repo, drift: expect.objectContaining({ status: "drifted" }) }),
    );
    expect(log.filter(({ message }) => message === "drift found").at(-1)?.details).toMatchObject({
      role: "publish",
    });
  });

  test("its runs stay out until it is registered under its new name", async () => {
    const { registration, after } = await moved();
    expect(await letsIn(registration, after)).toEqual(NOBODY);
    const [owner = "", name = ""] = after.canonical.split("/");
    if (owner === "elsewhere") return;
    const again = await api("PUT", rolePath(name, "publish", owner));
    expect(again.status, again.text).toBe(201);
    expect(await letsIn(again.registration(), after)).toContain(true);
  });

  test("a PUT under the old name is refused, and says the new one", async () => {
    const { repo, after, registration } = await moved();
    const role = await existingRole(aws, registration.roleArn);
    const answer = await api("PUT", rolePath(repo));
    expect(answer.status).toBe(422);
    expect(answer.problem().errors?.[0]?.detail).toContain(after.canonical);
    expect(await existingRole(aws, registration.roleArn)).toEqual(role);
  });

  test("whoever takes the old name stays out, and gets 409 for every role", async () => {
    const { repo, registration, before } = await moved();
    const taker = repositories.set(`acme/${repo}`, { ...form, id: before.id + 1 });
    clock.advance(GITHUB_FORGOTTEN_MS);
    const role = await existingRole(aws, registration.roleArn);
    const stored = (await api("GET", rolePath(repo))).registration();
    for (const name of ["publish", "deploy"]) {
      for (const query of ["", "?dryRun=true"]) {
        const answer = await api("PUT", `${rolePath(repo, name)}${query}`);
        expect([answer.status, answer.problem().code]).toEqual([409, "repository-replaced"]);
        expect(answer.problem().detail).toContain(`repository:${taker.id}`);
        expect(answer.problem().detail).not.toContain(String(stored.spec.github.repositoryId));
      }
    }
    expect(await letsIn(registration, taker)).toEqual(NOBODY);
    expect(await existingRole(aws, registration.roleArn)).toEqual(role);
    expect(await roleArnsWith(aws, repo)).toEqual([registration.roleArn]);
    expect((await api("GET", rolePath(repo))).registration()).toEqual(stored);

    expect(await driftOf(repo)).toMatchObject({
      status: "drifted",
      changes: [
        {
          path: "/id",
          expected: before.id,
          actual: taker.id,
          effect: "none",
          repairable: false,
          remedy: expect.stringMatching(/taken by another repository, which stays shut out/),
        },
      ],
    });
    expect(await letsIn(registration, taker)).toEqual(NOBODY);
  });

  test("whoever takes the old name gets it only once the registration is deleted and the reservation is released", async () => {
    const { repo, before } = await moved();
    const taker = repositories.set(`acme/${repo}`, { ...form, id: before.id + 1 });
    clock.advance(GITHUB_FORGOTTEN_MS);
    expect((await api("DELETE", rolePath(repo))).status).toBe(200);
    expect((await api("PUT", rolePath(repo))).problem().code).toBe("repository-replaced");
    const released = await release(new DynamoDBClient({}), services.config.table, {
      namespace: `acme/${repo}`,
      name: `acme/${repo}`,
      claimant: `repository:${before.id}`,
    });
    expect(released).toMatchObject({ outcome: "released" });
    const answer = await api("PUT", rolePath(repo));
    expect(answer.status, answer.text).toBe(201);
    expect(answer.registration().spec.github.repositoryId).toBe(taker.id);
    expect(await letsIn(answer.registration(), before)).toEqual(NOBODY);
    expect(await letsIn(answer.registration(), taker)).toContain(true);
    const history: { items: object[] } = JSON.parse((await api("GET", `${rolePath(repo)}/history`)).text);
    expect(history.items, "what the other did is not shown").toMatchObject([{ action: "registered" }]);
  });

  test("a name that comes back is in sync again", async () => {
    const { repo, after } = await moved();
    expect(await driftOf(repo)).toMatchObject({ status: "drifted" });
    repositories.remove(after.canonical);
    repositories.set(`acme/${repo}`, { ...form, id: after.id });
    expect(await driftOf(repo)).toMatchObject({ status: "in-sync", changes: [] });
  });
});

test("an owner's name taken by another, with a repository of the same name: 409, and shut out", async () => {
  const repo = uniqueName();
  const before = repositories.set(`acme/${repo}`);
  const registration = (await api("PUT", rolePath(repo))).registration();
  const taker = repositories.set(`acme/${repo}`, { id: before.id + 1, ownerId: before.ownerId + 1 });
  clock.advance(GITHUB_FORGOTTEN_MS);
  expect((await api("PUT", rolePath(repo))).problem().code).toBe("repository-replaced");
  expect(await letsIn(registration, taker)).toEqual(NOBODY);
});

test("while GitHub does not answer, nothing is reported and nothing is forgotten", async () => {
  const repo = uniqueName();
  await api("PUT", rolePath(repo));
  const { gitHub } = services;
  const down = { failure: "github-unavailable", retryAfterSeconds: 30, internal: "down" } as const;
  services.gitHub = () => ({
    about: async () => down,
    repository: async () => down,
    owner: async () => down,
  });
  try {
    await rollCall(services);
  } finally {
    services.gitHub = gitHub;
  }
  expect((await api("GET", rolePath(repo))).registration().drift).toMatchObject({ status: "in-sync" });
  expect(
    log.filter(({ message }) => message === "GitHub was not asked").map(({ details }) => details),
  ).toContainEqual({ owner: "acme", repo, failure: "github-unavailable" });
});
