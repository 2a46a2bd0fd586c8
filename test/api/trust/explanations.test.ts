/** Would it be let in, what decides, and what to change: of tokens, claims and subjects, against what AWS holds now. */
import { generateKeyPairSync } from "node:crypto";
import { DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { exportJWK, SignJWT } from "jose";
import { describe, expect, onTestFinished, test } from "vitest";
import { awsClients, existingRole } from "../../harness/aws.ts";
import { type Registration, rolePath, startRolecall, uniqueName } from "../../harness/rolecall.ts";
import { startConfigured } from "./another.ts";
import { type Case, cases, type Explanation, type Since } from "./explanations-cases.ts";

const GITHUB = "https://token.actions.githubusercontent.com";
const AUDIENCE = "sts.amazonaws.com";
/** Longer than an answer of GitHub is remembered. */
const GITHUB_FORGOTTEN_MS = 61_000;

const right = generateKeyPairSync("rsa", { modulusLength: 2048 });
const wrong = generateKeyPairSync("rsa", { modulusLength: 2048 });
const published = { keys: [{ ...(await exportJWK(right.publicKey)), kid: "k1", use: "sig", alg: "RS256" }] };

const rolecall = await startRolecall();
const aws = awsClients();
const seconds = () => rolecall.clock.now() / 1000;

// ---- services, by their configuration ----------------------------------------------------------------

type Service = Pick<Awaited<ReturnType<typeof startConfigured>>, "api"> & {
  services: typeof rolecall.services;
};
const services = new Map<string, Service>([["{}", { api: rolecall.api, services: rolecall.services }]]);
for (const { env = {} } of cases) {
  const name = JSON.stringify(env);
  if (services.has(name)) continue;
  const { api, local } = await startConfigured(rolecall, env);
  services.set(name, { api, services: local.services });
}

/** From whom keys were asked, and of no one else. */
const askedOf = new Set<string>();
let areKeysGone = false;
for (const service of services.values()) {
  service.services.fetchKeys = async ({ url }) => {
    askedOf.add(url);
    return areKeysGone ? undefined : published;
  };
}

// ---- tokens ------------------------------------------------------------------------------------------

/** Of every token that was sent, what nobody but the caller may read afterwards. */
const secrets: string[] = [];

async function tokenOf(claims: Record<string, unknown>, signed: Case["ask"]["signed"]): Promise<string> {
  const jti = crypto.randomUUID();
  const entries = Object.entries({ ...claims, jti }).filter(([, value]) => value !== null);
  const payload = Object.fromEntries(entries);
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const token =
    signed === "by nobody"
      ? `${encoded({ alg: "none" })}.${encoded(payload)}.`
      : await new SignJWT(payload)
          .setProtectedHeader({ alg: "RS256", kid: "k1" })
          .sign(signed === "by another" ? wrong.privateKey : right.privateKey);
  const [, body = "", signature = ""] = token.split(".");
  secrets.push(token, body, jti, ...(signature === "" ? [] : [signature]));
  return token;
}

/** The claims of a run of the trusted branch. */
const runOf = ({ byId, repo, id, ownerId }: Values): Record<string, unknown> => ({
  iss: GITHUB,
  sub: `${byId}:ref:refs/heads/main`,
  aud: AUDIENCE,
  exp: seconds() + 300,
  iat: seconds(),
  nbf: seconds() - 600,
  ref: "refs/heads/main",
  repository: `acme/${repo}`,
  repository_owner: "acme",
  repository_id: id,
  repository_owner_id: ownerId,
  event_name: "push",
  actor: "octocat",
  job_workflow_ref: `acme/${repo}/.github/workflows/publish.yml@refs/heads/main`,
});

// ---- one explanation ---------------------------------------------------------------------------------

type Values = Record<"repo" | "id" | "ownerId" | "byId" | "byName" | "provider", string>;

async function setUp({ github = {}, env = {}, path, registered }: Case) {
  const service = services.get(JSON.stringify(env));
  if (service === undefined) throw new Error("no service is configured so");
  const repo = uniqueName(github === "hidden" ? "missing" : "r");
  const known = github === "hidden" ? undefined : rolecall.repositories.set(`acme/${repo}`, github);
  const { id = 0, ownerId = 0 } = known ?? {};
  const at = path === undefined ? rolePath(repo) : `/v1/repos/${path}`;
  const answer = await service.api("PUT", at, { body: registered ?? {} });
  expect([200, 201], answer.text).toContain(answer.status);
  const registration = answer.registration();
  const values: Values = {
    repo,
    id: String(id),
    ownerId: String(ownerId),
    byId: `repo:acme@${ownerId}/${repo}@${id}`,
    byName: `repo:acme/${repo}`,
    provider: registration.providerArn,
  };
  const fill = <T>(value: T): T =>
    JSON.parse(
      JSON.stringify(value)
        .replaceAll(/\{(\w+)\}/g, (whole, key) => values[key as keyof Values] ?? whole)
        .replaceAll('"gh:', `"${new URL(GITHUB).host}:`),
    );
  return { ...service, path: at, registration, values, fill };
}

async function happen(
  { gone, statement, added }: Since,
  { roleArn, providerArn }: Registration,
): Promise<void> {
  const RoleName = roleArn.slice(roleArn.lastIndexOf("/") + 1);
  if (gone === "role") {
    const { inlinePolicies } = await existingRole(aws, roleArn);
    for (const PolicyName of Object.keys(inlinePolicies))
      await aws.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    await aws.iam.send(new DeleteRoleCommand({ RoleName }));
    return;
  }
  const provider = { OpenIDConnectProviderArn: providerArn };
  const audience = { ...provider, ClientID: AUDIENCE };
  if (gone === "provider") {
    await aws.iam.send(new DeleteOpenIDConnectProviderCommand(provider));
    const made = { Url: GITHUB, ClientIDList: [AUDIENCE] };
    onTestFinished(async () => void (await aws.iam.send(new CreateOpenIDConnectProviderCommand(made))));
    return;
  }
  if (gone === "audience") {
    await aws.iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand(audience));
    onTestFinished(
      async () => void (await aws.iam.send(new AddClientIDToOpenIDConnectProviderCommand(audience))),
    );
    return;
  }
  const { trustPolicy } = await existingRole(aws, roleArn);
  const { Version, Statement } = trustPolicy as { Version: string; Statement: [object] };
  const changed = [{ ...Statement[0], ...statement }, ...(added === undefined ? [] : [added])];
  const PolicyDocument = JSON.stringify({ Version, Statement: changed });
  await aws.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
}

const titled = cases.map((one): [string, Case] => [one.name, one]);

describe("explanations", () => {
  test.each(titled)("%s", async (_, one) => {
    const { api, path, registration, values, fill } = await setUp(one);
    if (one.since?.isSuspended) {
      const suspended = await api("POST", `${path}/revocations`, { body: { suspend: true } });
      expect(suspended.status, suspended.text).toBe(200);
    } else if (one.since !== undefined && one.since.github === undefined)
      await happen(fill(one.since), registration);
    if (one.since?.github !== undefined) {
      rolecall.repositories.set(`acme/${values.repo}`, one.since.github);
      rolecall.clock.advance(GITHUB_FORGOTTEN_MS);
    }
    const { ask, allowed = false, failing = [], assumed, verification = "none", remedy, note } = fill(one);
    areKeysGone = ask.keys === "gone";
    const body: Record<string, unknown> = { sub: ask.sub, claims: ask.claims };
    if (ask.token !== undefined) {
      const { exp, ...changed } = ask.token;
      const claims = { ...runOf(values), ...(exp === "ended" && { exp: seconds() - 1 }), ...changed };
      body["token"] = await tokenOf(claims, ask.signed);
    }
    const answer = await api("POST", `${path}/explanations`, { body });
    expect(answer.status, answer.text).toBe(200);
    const explanation: Explanation = JSON.parse(answer.text);
    const claimsOf = (conditions: Explanation["conditions"]) =>
      conditions.map(({ key }) => key.slice(key.lastIndexOf(":") + 1)).sort();
    expect(explanation.allowed).toBe(allowed);
    expect(explanation.verification).toBe(verification);
    expect(explanation.remedy).toMatch(new RegExp(remedy));
    expect(claimsOf(explanation.conditions.filter(({ holds }) => !holds))).toEqual([...failing].sort());
    if (note !== undefined) expect(explanation.note).toMatch(new RegExp(note));
    if (assumed !== undefined) {
      const marked = explanation.conditions.filter((condition) => condition.assumed);
      expect(claimsOf(marked)).toEqual([...assumed].sort());
    }
  });

  test("a condition tells what is expected and what is there", async () => {
    const { api, path, fill } = await setUp({ name: "", ask: {}, remedy: "" });
    const sub = fill("{byId}:environment:prod");
    const answer = await api("POST", `${path}/explanations`, { body: { sub } });
    const { conditions }: Explanation = JSON.parse(answer.text);
    const { host } = new URL(GITHUB);
    expect(conditions).toEqual([
      {
        key: `${host}:aud`,
        operator: "StringEquals",
        expected: [AUDIENCE],
        actual: [AUDIENCE],
        holds: true,
        assumed: true,
      },
      {
        key: `${host}:repository_id`,
        operator: "StringEquals",
        expected: [fill("{id}")],
        actual: [fill("{id}")],
        holds: true,
        assumed: true,
      },
      {
        key: `${host}:sub`,
        operator: "StringEquals",
        expected: [fill("{byId}:ref:refs/heads/main")],
        actual: [sub],
        holds: false,
        assumed: false,
      },
    ]);
  });

  test("keys are asked of the configured issuers, whatever a token says", () => {
    expect([...askedOf].sort()).toEqual([GITHUB, `${GITHUB}/acme-inc`]);
  });
});

describe("claims that do not determine a subject", () => {
  const undetermined: [what: string, claims: object, path?: string][] = [
    ["none at all", {}],
    ["a repository alone", { repository: "acme/api" }],
    ["a ref without its kind", { ref: "main" }],
    ["an empty environment", { environment: "" }],
    ["an empty subject", { sub: "" }],
    ["a ref of a whole owner, without the repository", { ref: "refs/heads/main" }, "acme/*/roles/wide"],
  ];
  test.each(undetermined)("are refused: %s", async (_, claims, path) => {
    const env = path === undefined ? {} : { ROLECALL_ALLOW: "owner-wide" };
    const registered = { ecr: [], trust: { branches: ["main"] }, ...(path && { github: { ownerId: 1 } }) };
    const at = await setUp({ name: "", ask: {}, remedy: "", env, registered, ...(path && { path }) });
    const answer = await at.api("POST", `${at.path}/explanations`, { body: { claims } });
    expect(answer.status).toBe(422);
    expect(answer.problem().errors).toMatchObject([{ pointer: "/claims/sub" }]);
  });
});

describe("a registration's own answer", () => {
  test("says what gets in and samples of what does not, and the explanation agrees", async () => {
    const trust = { branches: ["main", "release/*"], environments: ["prod"] };
    const { api, path, registration } = await setUp({ name: "", ask: {}, remedy: "", registered: { trust } });
    expect(registration.staysOut).toHaveLength(5);
    const explained = async (sub: string) => {
      const answer = await api("POST", `${path}/explanations`, { body: { sub } });
      return (JSON.parse(answer.text) as Explanation).allowed;
    };
    for (const subject of registration.subjects) expect(await explained(subject), subject).toBe(true);
    for (const subject of registration.staysOut) expect(await explained(subject), subject).toBe(false);
  });

  test("names no sample that gets in", async () => {
    const trust = { branches: ["*"], tags: ["*"] };
    const { registration, fill } = await setUp({ name: "", ask: {}, remedy: "", registered: { trust } });
    expect(registration.staysOut).toEqual([
      fill("{byId}:environment:any"),
      fill("{byId}:pull_request"),
      fill("repo:acme-other/{repo}:ref:refs/heads/main"),
    ]);
  });

  test("samples have the repository's own form", async () => {
    const { registration, fill } = await setUp({
      name: "",
      ask: {},
      remedy: "",
      github: { template: ["repository_owner", "repo", "context"] },
    });
    expect(registration.staysOut).toContain(fill("{byId}:pull_request"));
  });
});

describe("what is no token, or not asked as it should be", () => {
  const head = "eyJhbGciOiJSUzI1NiJ9.eyJqdGkiOiJzZWNyZXQtb2YtYS10b2tlbiJ9";
  const refused: [what: string, body: string, status: number][] = [
    ["half of a token", JSON.stringify({ token: head }), 422],
    ["a token and a subject", JSON.stringify({ token: `${head}.x`, sub: "x" }), 422],
    ["a token in JSON that ends too early", `{"token": "${head}`, 400],
  ];

  test.each(refused)("%s is refused", async (_, body, status) => {
    const { api, path } = await setUp({ name: "", ask: {}, remedy: "" });
    const headers = { "content-type": "application/json" };
    expect((await api("POST", `${path}/explanations`, { body, headers })).status).toBe(status);
    secrets.push(head.slice(head.indexOf(".") + 1));
  });
});

/** Stands last: it looks back on all that was sent. */
test("no token was logged or kept", async () => {
  expect(secrets.length).toBeGreaterThan(30);
  const logged = JSON.stringify(rolecall.log);
  expect(logged).toContain("/explanations");
  const kept: string[] = [];
  const client = new DynamoDBClient({});
  for await (const { Items = [] } of paginateScan({ client }, { TableName: rolecall.services.config.table }))
    kept.push(JSON.stringify(Items));
  expect(kept.join()).toContain("REPO#acme/");
  for (const secret of secrets) {
    expect(logged).not.toContain(secret);
    expect(kept.join()).not.toContain(secret);
  }
});
