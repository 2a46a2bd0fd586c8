/**
 * Functions whose images come from a registered repository: Lambda writes a statement into the repository's policy, and
 * nothing that Rolecall does takes it away.
 */
import { SetRepositoryPolicyCommand } from "@aws-sdk/client-ecr";
import { describe, expect, test } from "vitest";
import type { components } from "../../../src/generated/contract.ts";
import { rollCall, UNLIMITED } from "../../../src/roll-call/roll-call.ts";
import { awsClients, makeFunction, repositoryPolicyInAws } from "../../harness/aws.ts";
import { namesOf, startEmbedded, writesOf } from "../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../harness/rolecall.ts";

type Settings = components["schemas"]["EcrSettingsRequest"];
type Drift = components["schemas"]["Drift"];

const LEASE_MS = 60_000;
const DAY_MS = 24 * 60 * 60_000;
const { api, callsOf, clock, services, trouble } = await startEmbedded();
const aws = awsClients();

const put = async (repo: string, settings?: Settings, more: object = {}, query = "") =>
  api("PUT", `${rolePath(repo)}${query}`, {
    body: { ecr: [{ repository: `acme/${repo}`, ...(settings && { settings }) }], ...more },
  });
const policyOf = (repo: string) => repositoryPolicyInAws(aws, `acme/${repo}`);
const statementsOf = async (repo: string) => (await policyOf(repo))?.Statement ?? [];
const post = async (repo: string, what: "drift-checks" | "repairs"): Promise<Drift> =>
  JSON.parse((await api("POST", `${rolePath(repo)}/${what}`)).text);
const setPolicy = (repo: string, Statement: readonly object[]) =>
  aws.ecr.send(
    new SetRepositoryPolicyCommand({
      repositoryName: `acme/${repo}`,
      policyText: JSON.stringify({ Version: "2012-10-17", Statement }),
    }),
  );

const ACCOUNTS = { pull: { accounts: ["210987654321"] } };
const EVERYBODY = { Sid: "Everybody", Effect: "Allow", Principal: "*", Action: "ecr:BatchGetImage" };
const functionsOf = (account: string) => [`arn:aws:lambda:eu-central-1:${account}:function:*`];
const forLambda = (Sid: string, account: string) => ({
  Sid,
  Effect: "Allow",
  Principal: { Service: "lambda.amazonaws.com" },
  Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
  Condition: { StringLike: { "aws:SourceArn": functionsOf(account) } },
});
const UNASKED = {
  path: "/repositoryPolicy/lambda",
  expected: null,
  effect: "widens",
  repairable: false,
  remedy: expect.stringContaining("`pull.lambda: true`"),
};

/** A registration whose repository a function has an image from. */
async function withFunction(settings?: Settings, more?: object) {
  const repo = uniqueName();
  expect((await put(repo, settings, more)).status).toBe(201);
  return { repo, statement: await makeFunction(aws, `acme/${repo}`) };
}

describe("where nobody asked for it", () => {
  test("a repair that is asked for leaves Lambda's statement, and tells what it is", async () => {
    const { repo, statement } = await withFunction();
    const { result, calls } = await callsOf(() => post(repo, "repairs"));
    expect(result).toMatchObject({ status: "drifted", changes: [{ ...UNASKED, actual: [statement] }] });
    expect(namesOf(writesOf(calls), "ecr")).toEqual([]);
    expect(await statementsOf(repo)).toEqual([statement]);
  });

  test("a roll call that repairs leaves Lambda's statement, and reports it", async () => {
    const { repo, statement } = await withFunction(undefined, { onDrift: "repair" });
    clock.advance(DAY_MS);
    await rollCall(services, UNLIMITED);
    expect(await statementsOf(repo)).toEqual([statement]);
    const { drift } = (await api("GET", rolePath(repo))).registration();
    expect(drift).toMatchObject({ status: "drifted", changes: [{ ...UNASKED, actual: [statement] }] });
  });

  test.each(["asked for", "of a roll call"])("a repair %s of another difference keeps it", async (by) => {
    const { repo, statement } = await withFunction(ACCOUNTS, { onDrift: "repair" });
    const before = await statementsOf(repo);
    await setPolicy(repo, [EVERYBODY, ...before]);
    clock.advance(DAY_MS);
    if (by === "asked for") {
      const { changes } = await post(repo, "repairs");
      expect(changes).toMatchObject([
        { path: "/repositoryPolicy", effect: "widens", repairable: true },
        UNASKED,
      ]);
      expect(changes?.[0]?.expected).toMatchObject({ Statement: expect.arrayContaining([statement]) });
    } else await rollCall(services, UNLIMITED);
    expect(before).toContainEqual(statement);
    expect(await statementsOf(repo)).toEqual(before);
  });

  test("a PUT that gives settings keeps it in the policy that it sets", async () => {
    const { repo, statement } = await withFunction();
    expect((await put(repo, ACCOUNTS)).status).toBe(200);
    expect(await statementsOf(repo)).toMatchObject([{ Sid: "PullFromAccounts" }, statement]);
    expect((await put(repo, {})).status).toBe(200);
    expect(await statementsOf(repo)).toEqual([statement]);
    expect((await put(repo, { scanOnPush: false })).status).toBe(200);
    expect(await statementsOf(repo)).toEqual([statement]);
  });

  test("a PUT that goes on where another one failed keeps it", async () => {
    const repo = uniqueName();
    await put(repo, ACCOUNTS);
    const end = trouble({
      action: "PutImageScanningConfiguration",
      mentions: repo,
      fault: { kind: "error", status: 400, code: "ValidationException", message: "no" },
    });
    expect((await put(repo, { scanOnPush: false })).status).toBe(502);
    end();
    const statement = await makeFunction(aws, `acme/${repo}`);
    clock.advance(LEASE_MS);
    // It cannot know what the other one wrote, so it writes everything.
    const { result, calls } = await callsOf(() => put(repo));
    expect(result.status).toBe(200);
    expect(namesOf(writesOf(calls), "ecr")).toContain("ecr:SetRepositoryPolicy");
    expect(await statementsOf(repo)).toEqual([statement]);
  });

  test("the policy of a repository that a PUT has just made is not read", async () => {
    const repo = uniqueName();
    const { calls } = await callsOf(() => put(repo, ACCOUNTS));
    expect(namesOf(calls, "ecr")).not.toContain("ecr:GetRepositoryPolicy");
  });

  test("a statement like Lambda's that lets in another account goes with the repair, and Lambda's stays", async () => {
    const { repo, statement } = await withFunction();
    const foreign = { ...forLambda("Foreign", "999999999999") };
    await setPolicy(repo, [foreign, statement]);
    const { changes } = await post(repo, "repairs");
    expect(changes).toMatchObject([{ path: "/repositoryPolicy", effect: "widens" }, UNASKED]);
    expect(await statementsOf(repo)).toEqual([statement]);
  });
});

describe("where it is asked for", () => {
  test("a new repository has it, and stays in sync when Lambda adds its own", async () => {
    const repo = uniqueName();
    const registration = (await put(repo, { pull: { lambda: true } })).registration();
    expect(registration.ecr[0]?.settings?.pull).toEqual({ accounts: [], lambda: true });
    expect(await policyOf(repo)).toEqual({
      Version: "2012-10-17",
      Statement: [forLambda("PullFromLambda", "123456789012")],
    });
    expect(await post(repo, "drift-checks")).toMatchObject({ status: "in-sync", changes: [] });
    await makeFunction(aws, `acme/${repo}`);
    expect(await post(repo, "drift-checks")).toMatchObject({ status: "in-sync", changes: [] });
  });

  test("Lambda's own statement is enough: no second one is written beside it", async () => {
    const { repo, statement } = await withFunction();
    expect(await post(repo, "drift-checks")).toMatchObject({ status: "drifted" });
    expect((await put(repo, { pull: { lambda: true } })).status).toBe(200);
    expect(await statementsOf(repo)).toEqual([statement]);
    expect(await post(repo, "drift-checks")).toMatchObject({ status: "in-sync", changes: [] });
  });

  test("with accounts, their functions have it too, and lose it when the accounts are taken back", async () => {
    const repo = uniqueName();
    await put(repo, { pull: { ...ACCOUNTS.pull, lambda: true } });
    const [accounts, own, theirs] = [
      { Sid: "PullFromAccounts" },
      forLambda("PullFromLambda", "123456789012"),
      forLambda("PullFromLambdaOfAccounts", "210987654321"),
    ];
    expect(await statementsOf(repo)).toMatchObject([accounts, own, theirs]);
    expect(await post(repo, "drift-checks")).toMatchObject({ status: "in-sync", changes: [] });
    await put(repo, { pull: { lambda: true } });
    expect(await statementsOf(repo)).toEqual([own]);
    await put(repo, { pull: { ...ACCOUNTS.pull, lambda: true } });
    await put(repo, ACCOUNTS);
    expect(await statementsOf(repo)).toMatchObject([accounts, own]);
  });

  test("it is put back by a repair, and the same PUT again writes nothing", async () => {
    const repo = uniqueName();
    await put(repo, { pull: { lambda: true } });
    await setPolicy(repo, [EVERYBODY]);
    expect(await post(repo, "repairs")).toMatchObject({ status: "repaired" });
    expect(await statementsOf(repo)).toEqual([forLambda("PullFromLambda", "123456789012")]);
    const { result, calls } = await callsOf(() => put(repo, { pull: { lambda: true } }));
    expect(result.registration().changes).toEqual([]);
    expect(namesOf(writesOf(calls))).toEqual([]);
  });

  test("a dry run tells it, and writes nothing", async () => {
    const repo = uniqueName();
    await put(repo);
    const { changes } = (await put(repo, { pull: { lambda: true } }, {}, "?dryRun=true")).registration();
    expect(changes).toMatchObject([
      {
        path: "/repositoryPolicy",
        expected: { Statement: [forLambda("PullFromLambda", "123456789012")] },
        effect: "widens",
      },
    ]);
    expect(await policyOf(repo)).toBeNull();
  });

  test("taking the setting back leaves the statement, which a check then reports", async () => {
    const repo = uniqueName();
    await put(repo, { pull: { lambda: true } });
    await put(repo, {});
    const own = forLambda("PullFromLambda", "123456789012");
    expect(await statementsOf(repo)).toEqual([own]);
    const checked = await post(repo, "drift-checks");
    expect(checked).toMatchObject({ status: "drifted", changes: [{ ...UNASKED, actual: [own] }] });
  });
});

describe.each(["cloudformation", "terraform", "cli"])("an export as %s", (format) => {
  const exported = async (repo: string) =>
    (await api("GET", `${rolePath(repo)}/export?format=${format}`)).text;

  test("carries the statement that was asked for", async () => {
    const repo = uniqueName();
    await put(repo, { pull: { lambda: true } });
    expect(await exported(repo)).toContain(functionsOf("123456789012").join());
  });

  test("carries Lambda's own statement, which the last check found", async () => {
    const { repo } = await withFunction(ACCOUNTS);
    await post(repo, "drift-checks");
    const text = await exported(repo);
    for (const part of ["PullFromAccounts", "LambdaECRImageRetrievalPolicy", ...functionsOf("123456789012")])
      expect(text).toContain(part);
  });
});
