/** GitHub asked with a secret of Secrets Manager: what an App or a token sees, and what a secret of no use comes to. */
import { generateKeyPairSync } from "node:crypto";
import { DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { afterAll, describe, expect, test } from "vitest";
import { rollCall } from "../../../src/roll-call/roll-call.ts";
import { CUSTOMIZATION, REPOSITORY, startStub } from "../../github/stub.ts";
import { awsClients, roleArnsWith } from "../../harness/aws.ts";
import { startEmbedded } from "../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../harness/rolecall.ts";
import { startConfigured } from "./another.ts";

const rolecall = await startEmbedded();
const aws = awsClients();

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const key = privateKey.export({ type: "pkcs1", format: "pem" }).toString();
const keyText = key.split("\n")[3] ?? "";

/** Private repositories of acme, which only the App's and the token's holder see. */
const seen = new Map<string, number>();
let mayReadForm = true;
const github = await startStub(({ method, path, headers }) => {
  const isApp = headers["authorization"] === "Bearer ghs_of_the_app";
  const isHolder = headers["authorization"] === "Bearer ghp_of_a_person";
  if (path === "/users/acme/installation") return { body: { id: 5, repository_selection: "all" } };
  if (path === "/app/installations/5/access_tokens" && method === "POST")
    return { status: 201, body: { token: "ghs_of_the_app", expires_at: "2100-01-01T00:00:00Z" } };
  const [, name = "", rest] = /^\/repos\/acme\/([^/]+)(\/.+)?$/.exec(path) ?? [];
  const id = seen.get(name);
  if (id === undefined || !(isApp || isHolder)) return undefined;
  if (rest === CUSTOMIZATION) {
    if (!isApp || !mayReadForm) return { status: 403, body: { message: "Resource not accessible" } };
    return { body: { use_default: true, sub_claim_prefix: `repo:acme@1/${name}@${id}` } };
  }
  const about = { ...REPOSITORY, id, name, full_name: `acme/${name}`, private: true, visibility: "private" };
  return rest === undefined ? { body: about } : undefined;
});
afterAll(() => github.close());

const SECRETS: Record<string, string> = {
  app: JSON.stringify({ appId: 4711, privateKey: key }),
  token: "ghp_of_a_person",
  malformed: "hunter2-is-no-token",
  "no-key": JSON.stringify({ appId: 4711, privateKey: "hunter2" }),
};
const secretsManager = await startStub(({ headers, body }) => {
  const { SecretId } = JSON.parse(body);
  const SecretString = SECRETS[SecretId];
  if (headers["x-amz-target"] !== "secretsmanager.GetSecretValue" || SecretString === undefined)
    return {
      status: 400,
      body: { __type: "ResourceNotFoundException", message: "Secrets Manager can't find it" },
    };
  return { body: { Name: SecretId, SecretString } };
});
afterAll(() => secretsManager.close());
// Read when the secret is first asked for.
process.env["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = secretsManager.url;

const withSecret = (id: string) =>
  startConfigured(rolecall, { GITHUB_API_URL: github.url, ROLECALL_GITHUB_SECRET: id });
const app = await withSecret("app");
const token = await withSecret("token");
const useless: [what: string, service: typeof app][] = [
  ["of no known form", await withSecret("malformed")],
  ["with a key that is none", await withSecret("no-key")],
  ["that is not there", await withSecret("absent")],
];

let lastId = 100;
/** A private repository that is there. */
function existing(): { repo: string; id: number } {
  const repo = uniqueName();
  seen.set(repo, ++lastId);
  return { repo, id: lastId };
}

describe("an App", () => {
  test("a private repository is registered without anybody giving its ids", async () => {
    const { repo, id } = existing();
    const answer = await app.api("PUT", rolePath(repo));
    expect(answer.status, answer.text).toBe(201);
    expect(answer.registration()).toMatchObject({
      spec: { trust: { branches: ["trunk"] }, github: { repositoryId: id, ownerId: 1 } },
      subjects: [`repo:acme@1/${repo}@${id}:ref:refs/heads/trunk`],
    });
    expect(answer.registration().warnings.map(({ code }) => code)).toEqual(["hint-pull-request-target"]);
  });

  test("one that is not there is refused, whatever ids are given", async () => {
    const repo = uniqueName();
    const answer = await app.api("PUT", rolePath(repo), {
      body: { github: { repositoryId: 2, ownerId: 1 } },
    });
    expect(answer.problem().errors).toEqual([
      { pointer: "/repo", detail: expect.stringContaining(`has no repository acme/${repo}`) },
    ]);
    expect(await roleArnsWith(aws, repo)).toEqual([]);
  });

  test("ids that contradict what it sees are refused", async () => {
    const { repo, id } = existing();
    const answer = await app.api("PUT", rolePath(repo), { body: { github: { repositoryId: id + 1 } } });
    expect(answer.problem().errors?.[0]).toMatchObject({ pointer: "/github/repositoryId" });
    const right = await app.api("PUT", rolePath(repo), {
      body: { github: { repositoryId: id, ownerId: 1 } },
    });
    expect(right.status).toBe(201);
  });

  test("that loses sight of the form of subjects reports nothing, and one that is gone is reported", async () => {
    const { repo } = existing();
    const gone = existing();
    for (const name of [repo, gone.repo]) await app.api("PUT", rolePath(name));
    mayReadForm = false;
    seen.delete(gone.repo);
    await rollCall(app.local.services);
    mayReadForm = true;
    const driftOf = async (name: string) => (await app.api("GET", rolePath(name))).registration().drift;
    expect(await driftOf(repo)).toMatchObject({ status: "in-sync" });
    expect(await driftOf(gone.repo)).toMatchObject({
      status: "drifted",
      changes: [
        { path: "", expected: `acme/${gone.repo}`, actual: null, effect: "narrows", repairable: false },
      ],
    });
  });
});

describe("a token", () => {
  test("what it sees is confirmed; the form of subjects it may not read, so both are taken", async () => {
    const { repo, id } = existing();
    const registration = (await token.api("PUT", rolePath(repo))).registration();
    expect(registration.subjects).toEqual([
      `repo:acme@1/${repo}@${id}:ref:refs/heads/trunk`,
      `repo:acme/${repo}:ref:refs/heads/trunk`,
    ]);
    expect(registration.spec.github).toEqual({ repositoryId: id, ownerId: 1 });
  });

  test("what it does not see may be there: the ids are asked for", async () => {
    const answer = await token.api("PUT", rolePath(uniqueName()));
    expect(answer.problem().errors).toEqual([
      { pointer: "/repo", detail: expect.stringContaining("give both of its ids") },
    ]);
  });
});

describe("a secret", () => {
  test.each(useless)("%s: nothing is registered, and GitHub is asked as nobody else", async (_, { api }) => {
    const { repo } = existing();
    const asked = github.asked.length;
    const answer = await api("PUT", rolePath(repo), { body: { github: { repositoryId: 2, ownerId: 1 } } });
    expect([answer.status, answer.problem().code]).toEqual([503, "github-unavailable"]);
    expect(answer.text).not.toMatch(/hunter2|credentials/);
    expect(github.asked).toHaveLength(asked);
    expect(await roleArnsWith(aws, repo)).toEqual([]);
    expect((await api("GET", rolePath(repo))).status).toBe(404);
    const failures = rolecall.log.filter(({ level }) => level === "error").map(({ details }) => details);
    expect(failures.at(-1)).toMatchObject({ internal: expect.stringMatching(/^GitHub's credentials: ./) });
  });

  test("is read once", () => {
    const asked = secretsManager.asked.map(({ body }) => JSON.parse(body).SecretId);
    expect(asked.filter((id) => id === "app")).toHaveLength(1);
    expect(asked.filter((id) => id === "token")).toHaveLength(1);
  });

  test("stands in no log and in no item", async () => {
    const kept: string[] = [JSON.stringify(rolecall.log)];
    const client = new DynamoDBClient({});
    for await (const { Items = [] } of paginateScan(
      { client },
      { TableName: rolecall.services.config.table },
    ))
      kept.push(JSON.stringify(Items));
    for (const secret of [keyText, "hunter2", "ghp_of_a_person", "ghs_of_the_app"])
      expect(kept.join()).not.toContain(secret);
  });
});
