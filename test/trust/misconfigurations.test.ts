/**
 * The known mistakes of trust between GitHub and AWS, row by row: the result of requests over HTTP, and the findings of
 * the lint in policies that someone else wrote. `UPDATE_DOCS=1` rewrites docs/misconfigurations.md.
 */
import { generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import {
  AttachRolePolicyCommand,
  GetRoleCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, describe, expect, test } from "vitest";
import { gitHub } from "../../src/github/github.ts";
import { readJson } from "../../src/lib/json.ts";
import { rollCall } from "../../src/roll-call/roll-call.ts";
import { codes } from "../../src/trust/lint/codes.ts";
import { lintTrustPolicy } from "../../src/trust/lint/lint.ts";
import { startConfigured } from "../api/trust/another.ts";
import { startStub } from "../github/stub.ts";
import { awsClients, existingRole, roleArnsWith } from "../harness/aws.ts";
import { type Registration, startRolecall, uniqueName } from "../harness/rolecall.ts";
import { type Policy, type Request, type Since, table } from "./misconfigurations-cases.ts";

const { rows, requests, policies } = table;

/** Returns cases by the names under which the documentation lists them. */
const titled = <T extends { row: number; name: string }>(cases: readonly T[]): [string, T][] =>
  cases.map((one) => [`${one.row}: ${one.name}`, one]);
const sorted = (texts: readonly string[]): string[] => [...new Set(texts)].sort();

const HOST = "token.actions.githubusercontent.com";
const PROVIDER = `arn:aws:iam::123456789012:oidc-provider/${HOST}`;
/** Longer than the time for which answers of GitHub are cached. */
const GITHUB_FORGOTTEN_MS = 61_000;

// ---- services ----------------------------------------------------------------------------------------

const rolecall = await startRolecall();
const { repositories, clock } = rolecall;
const aws = awsClients();

/** An App that sees all repositories of every owner, on a GitHub without repositories. */
const nothing = await startStub(({ path }) => {
  if (path.endsWith("/installation")) return { body: { id: 1, repository_selection: "all" } };
  if (!path.endsWith("/access_tokens")) return undefined;
  return { status: 201, body: { token: "ghs_1", expires_at: "2100-01-01T00:00:00Z" } };
});
afterAll(() => nothing.close());

type Service = Pick<Awaited<ReturnType<typeof startConfigured>>, "api" | "local">;
const services = new Map<string, Service>([
  [nameOf({}), { api: rolecall.api, local: { services: rolecall.services } as Service["local"] }],
]);
for (const { given = {} } of requests) {
  const name = nameOf(given);
  if (services.has(name)) continue;
  const service = await startConfigured(rolecall, given.env ?? {});
  if (given.asks === "app") service.local.services.gitHub = () => asApp();
  services.set(name, service);
}

function nameOf({ env = {}, asks }: NonNullable<Request["given"]>): string {
  return JSON.stringify([env, asks]);
}

function asApp() {
  const { privateKey: key } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const privateKey = key.export({ type: "pkcs1", format: "pem" }).toString();
  return gitHub(nothing.url, async () => ({ kind: "app", appId: "1", privateKey }), clock.now);
}

// ---- one request -------------------------------------------------------------------------------------

type Setting = { service: Service; path: string; fill: <T>(value: T) => T; repo: string };

/** Creates the case's repository on GitHub, and returns a function that fills in its names. */
function setUp({ given = {}, path, role = "publish" }: Request): Setting {
  const { github = {}, spelled = "{repo}" } = given;
  const service = services.get(nameOf(given));
  if (service === undefined) throw new Error("no service is configured so");
  const repo = uniqueName(github === "hidden" ? "missing" : "r");
  const fullName = `acme/${spelled.replaceAll("{repo}", repo)}`;
  const known = github === "hidden" ? undefined : repositories.set(fullName, github);
  const { id = 0, ownerId = 0 } = known ?? {};
  const [owner = "", name = ""] = fullName.split("/");
  const values: Record<string, string> = {
    repo,
    owner,
    id: String(id),
    ownerId: String(ownerId),
    byId: `repo:${owner}@${ownerId}/${name}@${id}`,
    byName: `repo:${owner}/${name}`,
  };
  const fill = <T>(value: T): T =>
    JSON.parse(
      JSON.stringify(value)
        .replaceAll(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole)
        .replaceAll('"gh:', `"${HOST}:`),
    );
  return { service, repo, fill, path: fill(path ?? `/v1/repos/acme/${spelled}/roles/${role}`) };
}

/** Makes a change on GitHub or in AWS after a registration. */
async function happen(since: Since, fullName: string, { roleArn }: Registration): Promise<void> {
  const RoleName = roleArn.slice(roleArn.lastIndexOf("/") + 1);
  if (since === "renamed" || since === "taken") {
    const { id } = repositories.rename(fullName, `${fullName}-new`);
    if (since === "taken") repositories.set(fullName, { id: id + 1 });
  } else if ("statements" in since) {
    const { trustPolicy } = await existingRole(aws, roleArn);
    const { Statement, ...policy } = trustPolicy as { Statement: object[] };
    const PolicyDocument = JSON.stringify({ ...policy, Statement: [...Statement, ...since.statements] });
    await aws.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
  } else if ("attached" in since) {
    await aws.iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: since.attached }));
  } else if ("inline" in since) {
    const statement = { Effect: "Allow", Action: since.inline, Resource: "*" };
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    await aws.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "extra", PolicyDocument }));
  } else repositories.set(fullName, since);
  clock.advance(GITHUB_FORGOTTEN_MS);
}

describe("a request", () => {
  test.each(titled(requests))("%s", async (_, request) => {
    const { given = {}, body, rawPath, refused, accepted, drift, explains } = request;
    const setting = setUp(request);
    const { service, path, fill, repo } = setting;
    const { api } = service;
    if (given.registered !== undefined || given.registeredAs !== undefined) {
      const as = fill(given.registeredAs ?? given.spelled ?? "{repo}");
      const before = await api("PUT", `/v1/repos/acme/${as}/roles/publish`, {
        body: fill(given.registered ?? {}),
      });
      expect(before.status).toBe(201);
      if (given.since !== undefined) await happen(given.since, `acme/${as}`, before.registration());
    }
    if (drift !== undefined) return expectDrift(setting, fill(drift));
    if (explains !== undefined) return expectExplanation(setting, fill(explains));

    const answer = await api("PUT", path, {
      ...(body !== undefined && { body: fill(body) }),
      ...(rawPath !== undefined && { rawPath }),
    });
    if (accepted !== undefined) {
      expect(answer.status, answer.text).toBe(201);
      return expectAccepted(answer.registration(), fill(accepted));
    }
    expect(answer.status, answer.text).toBe(refused?.status);
    const { code, detail, errors = [] } = answer.problem();
    if (refused?.code !== undefined) expect(code).toBe(refused.code);
    if (refused?.detail !== undefined) expect(detail).toMatch(refused.detail);
    const expected = Object.entries(fill(refused?.errors ?? {}));
    expect(sorted(errors.map(({ pointer }) => pointer))).toEqual(
      sorted(expected.map(([pointer]) => pointer)),
    );
    for (const [pointer, text] of expected)
      expect(errors.find((error) => error.pointer === pointer)?.detail).toMatch(new RegExp(text, "s"));
    if (given.registered === undefined && given.registeredAs === undefined)
      expect(await roleArnsWith(aws, repo)).toEqual([]);
  });
});

async function expectAccepted(
  registration: Registration,
  {
    warnings,
    condition,
    subjects,
    staysOut,
    workflow = [],
    noWorkflow = [],
    allows,
  }: NonNullable<Request["accepted"]>,
): Promise<void> {
  expect(sorted(registration.warnings.map(({ code }) => code))).toEqual(warnings);
  const RoleName = registration.roleArn.slice(registration.roleArn.lastIndexOf("/") + 1);
  const { Role } = await aws.iam.send(new GetRoleCommand({ RoleName }));
  const raw = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "");
  expectBounded(raw, registration);
  const [statement] = JSON.parse(raw).Statement;
  if (condition !== undefined) expect(statement.Condition).toEqual(condition);
  if (subjects !== undefined) expect(registration.subjects).toEqual(subjects);
  if (staysOut !== undefined) expect(registration.staysOut).toEqual(expect.arrayContaining(staysOut));
  for (const text of workflow) expect(registration.workflow?.content).toMatch(new RegExp(text));
  for (const text of noWorkflow) expect(registration.workflow?.content).not.toMatch(new RegExp(text));
  if (allows === undefined) return;
  const { inlinePolicies } = await existingRole(aws, registration.roleArn);
  const statements = Object.values(inlinePolicies).flatMap(
    (policy) =>
      (policy as { Statement: { Action: string | string[]; Resource: string | string[] }[] }).Statement,
  );
  const granted = statements.flatMap(({ Action, Resource }) =>
    [Resource].flat().map((arn) => [arn.replace(/^arn:.*:/, ""), [Action].flat()]),
  );
  expect(Object.fromEntries(granted)).toEqual(allows);
}

/** Checks the rules for every policy that Rolecall writes, as IAM returns it (rows 1, 2, 8, 9, 24). */
function expectBounded(raw: string, { providerArn, ecr }: Registration): void {
  expect(readJson(raw).duplicates).toEqual([]);
  const { Statement } = JSON.parse(raw);
  expect(Statement).toEqual([
    {
      Sid: "GitHubActions",
      Effect: "Allow",
      Principal: { Federated: providerArn },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: expect.objectContaining({
        StringEquals: expect.objectContaining({ [`${HOST}:aud`]: "sts.amazonaws.com" }),
      }),
    },
  ]);
  expect(["StringEquals", "StringLike"]).toEqual(expect.arrayContaining(Object.keys(Statement[0].Condition)));
  const [, , , , accountId = ""] = providerArn.split(":");
  const hasPush = ecr.some(({ access }) => access !== "pull");
  const context = { issuers: [`https://${HOST}`], accountId, partition: "aws", providerArn, hasPush };
  expect(lintTrustPolicy(raw, context).filter(({ severity }) => severity === "error")).toEqual([]);
}

async function expectDrift(
  { service, path }: Setting,
  expected: NonNullable<Request["drift"]>,
): Promise<void> {
  await rollCall(service.local.services);
  const { drift } = (await service.api("GET", path)).registration();
  expect(drift.status).toBe("drifted");
  expect(drift.changes?.map((change) => [change.path, change.effect])).toEqual(
    expected.map((change) => [change.path, change.effect]),
  );
  for (const [index, { remedy }] of expected.entries())
    if (remedy !== undefined) expect(drift.changes?.[index]?.remedy).toMatch(remedy);
}

async function expectExplanation(
  { service, path }: Setting,
  { sub, failing, remedy }: NonNullable<Request["explains"]>,
): Promise<void> {
  const answer = await service.api("POST", `${path}/explanations`, { body: { sub } });
  expect(answer.status).toBe(200);
  const explanation = JSON.parse(answer.text);
  expect(explanation).toMatchObject({ allowed: false, remedy: expect.stringMatching(remedy) });
  const failed = explanation.conditions.filter(({ holds }: { holds: boolean }) => !holds);
  expect(failed.map(({ key }: { key: string }) => key.replace(`${HOST}:`, ""))).toEqual(failing);
}

// ---- one policy --------------------------------------------------------------------------------------

describe("a policy", () => {
  test.each(titled(policies))("%s", (_, policy) => {
    const found = lintTrustPolicy(textOf(policy), {
      issuers: [`https://${HOST}`],
      accountId: "123456789012",
      partition: "aws",
      providerArn: PROVIDER,
      repository: { owner: "acme", name: "api" },
      ...(policy.hasPush !== undefined && { hasPush: policy.hasPush }),
      ...(policy.hints !== undefined && { hints: policy.hints }),
    });
    const names = found.map(({ code }) => code);
    expect(names).toEqual(expect.arrayContaining(policy.finds));
    expect(found.every(({ remedy }) => remedy !== "")).toBe(true);
    // The code itself must name the row of this mistake.
    expect(policy.finds.some((code) => (codes[code].rows as readonly number[]).includes(policy.row))).toBe(
      true,
    );
  });
});

function textOf(policy: Policy): string {
  const { sub = "", pins = { repository_id: "2" }, principal = { Federated: "{provider}" } } = policy;
  const { action = "sts:AssumeRoleWithWebIdentity" } = policy;
  const exact = Object.entries(pins).map(([claim, value]) => [`gh:${claim}`, value]);
  const short = {
    StringEquals: { "gh:aud": "sts.amazonaws.com", ...Object.fromEntries(exact) },
    StringLike: { "gh:sub": sub },
  };
  const conditions = policy.statements ?? [policy.condition ?? short];
  const Statement = conditions.map((Condition) => ({
    Effect: "Allow",
    Principal: principal,
    Action: action,
    Condition,
  }));
  const text = policy.text ?? JSON.stringify({ Version: "2012-10-17", Statement });
  return text.replaceAll('"gh:', `"${HOST}:`).replaceAll("{provider}", PROVIDER);
}

// ---- all rows ----------------------------------------------------------------------------------------

describe("the table is complete", () => {
  const all = Array.from({ length: 30 }, (_, index) => index + 1);
  const about = (cases: readonly { row: number }[], row: number) => cases.filter((one) => one.row === row);

  test("every row appears once, with its texts", () => {
    expect(rows.map(({ row }) => row)).toEqual(all);
    for (const { mistake, does } of rows) expect(Math.min(mistake.length, does.length)).toBeGreaterThan(20);
  });

  test.each(rows)("row $row has a request, and a policy or the reason for having none", ({ row, role }) => {
    expect(about(requests, row).length).toBeGreaterThan(0);
    expect(about(policies, row).length > 0).toBe(role === undefined);
    expect(role ?? "a case").not.toBe("");
  });

  test("every case belongs to a row, and no two cases have the same name", () => {
    for (const cases of [requests, policies]) {
      expect(cases.filter(({ row }) => !all.includes(row))).toEqual([]);
      expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    }
  });

  test("every request has an expected result", () => {
    for (const { name, refused, accepted, drift, explains } of requests) {
      const ends = [refused, accepted, drift, explains].filter((end) => end !== undefined);
      expect(ends, name).toHaveLength(1);
      if (refused?.status === 422) expect(Object.keys(refused.errors ?? {}), name).not.toEqual([]);
    }
  });

  test("docs/misconfigurations.md says the same (UPDATE_DOCS=1 writes it)", () => {
    const file = new URL("../../docs/misconfigurations.md", import.meta.url);
    const text = document();
    if (process.env["UPDATE_DOCS"] === "1") writeFileSync(file, text);
    expect(readFileSync(file, "utf8")).toBe(text);
  });
});

/** Writes the table for the documentation. */
function document(): string {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  const list = (cases: readonly { row: number; name: string }[], row: number) =>
    cases
      .filter((one) => one.row === row)
      .map(({ name }) => cell(name))
      .join("; ");
  return [
    "# Misconfigurations",
    "",
    "This table lists the known mistakes in the trust between GitHub and AWS, how Rolecall handles each, and its tests.",
    "The cases have these names in `test/trust/misconfigurations-cases.ts`. Requests go over HTTP to a local Rolecall. Policies",
    "go to the lint, which also checks every policy that Rolecall is about to write. `src/trust/lint/codes.ts` has the",
    "codes of warnings and findings.",
    "",
    "A test writes this file from the table. After a change there, run:",
    "",
    "    UPDATE_DOCS=1 npx vitest run test/trust/misconfigurations.test.ts",
    "",
    "| # | what goes wrong | what Rolecall does | tests of requests | tests of policies |",
    "| --- | --- | --- | --- | --- |",
    ...rows.map(({ row, mistake, does, role }) => {
      const about = role === undefined ? list(policies, row) : `none: ${cell(role)}`;
      return `| ${row} | ${cell(mistake)} | ${cell(does)} | ${list(requests, row)} | ${about} |`;
    }),
    "",
  ].join("\n");
}
