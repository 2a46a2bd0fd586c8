import {
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { writesOf } from "../../../harness/embedded.ts";
import { uniqueName } from "../../../harness/rolecall.ts";
import { HOME, iamOf, MEMBER, memberPath, OTHER, startWithMembers } from "./start.ts";

const { api, aws, clock, decide, startAnother } = await startWithMembers();
/** Starts Rolecall as another package of it would start: with other settings, and with the members as they are. */
const startPackage = (env: Record<string, string> = {}) =>
  startAnother({ env: { ROLECALL_LOCAL_ACCOUNTS: "", ...env } });
const NOBODY = "410987654321";
const record = { name: "staging", repositories: ["acme/*"], regions: ["eu-central-1"] };
const put = (account: string, body: object) => api("PUT", `/v1/accounts/${account}`, { body });

/** Sends a PUT, and expects that neither IAM nor ECR of any account nor the table is written to. */
async function refusedPut(path: string, body?: object, send = api) {
  const before = aws.calls.length;
  const answer = await send("PUT", path, body === undefined ? {} : { body });
  const problem = answer.problem();
  expect(writesOf(aws.calls.slice(before)).filter(({ service }) => service !== "sts")).toEqual([]);
  return problem;
}

test.each([
  ["11 digits", "21098765432"],
  ["a word", "v1"],
  ["the home account", HOME],
])("an account that is %s gets 422 at /account", async (_, account) => {
  for (const path of [memberPath(account, "api"), `/v1/accounts/${account}`]) {
    const problem = await refusedPut(path, path.endsWith(account) ? record : undefined);
    expect(problem).toMatchObject({ status: 422, errors: [{ pointer: "/account" }] });
  }
});

test("an owner that is called repos gets 422 at /owner", async () => {
  expect(await refusedPut(memberPath(MEMBER, "acme", "publish", "repos"))).toMatchObject({
    status: 422,
    errors: [{ pointer: "/owner" }],
  });
});

test("an account without a record gets 404 account-unknown from every operation", async () => {
  expect(await refusedPut(memberPath(NOBODY, "api"))).toMatchObject({ status: 404, code: "account-unknown" });
  for (const path of [memberPath(NOBODY, "api"), `/v1/accounts/${NOBODY}`]) {
    expect((await api("GET", path)).problem()).toMatchObject({ status: 404, code: "account-unknown" });
    expect((await api("DELETE", path)).problem()).toMatchObject({ status: 404, code: "account-unknown" });
  }
});

test("a repository that the record does not list gets 403, and can still be removed", async () => {
  const repo = uniqueName();
  await api("PUT", memberPath(OTHER, repo));
  await put(OTHER, { ...record, repositories: ["acme/else"] });
  expect(await refusedPut(memberPath(OTHER, repo))).toMatchObject({
    status: 403,
    code: "account-not-allowed",
    detail: expect.stringContaining(`acme/${repo}`),
  });
  expect((await api("POST", `${memberPath(OTHER, repo)}/repairs`)).status).toBe(403);
  expect((await api("POST", `${memberPath(OTHER, repo)}/drift-checks`)).status).toBe(200);
  expect((await api("DELETE", memberPath(OTHER, repo))).status).toBe(200);
  await put(OTHER, record);
});

test("a region that the record does not list gets 422 at /region", async () => {
  const problem = await refusedPut(memberPath(MEMBER, uniqueName()), { region: "us-east-1" });
  expect(problem).toMatchObject({ status: 422, errors: [{ pointer: "/region" }] });
  expect(problem.errors?.[0]?.detail).toContain(`PUT /v1/accounts/${MEMBER}`);
});

test("an account with writes off is checked and planned, and gets 409 for every change", async () => {
  const repo = uniqueName();
  await api("PUT", memberPath(OTHER, repo));
  const shown = JSON.parse((await put(OTHER, { ...record, writes: false })).text);
  expect(shown.state.status).toBe("read-only");
  expect(await refusedPut(memberPath(OTHER, repo))).toMatchObject({ status: 409, code: "account-read-only" });
  for (const [method, path] of [
    ["DELETE", ""],
    ["POST", "/repairs"],
    ["POST", "/revocations"],
  ] as const)
    expect((await api(method, `${memberPath(OTHER, repo)}${path}`)).problem().code).toBe("account-read-only");
  expect((await api("PUT", `${memberPath(OTHER, repo)}?dryRun=true`)).status).toBe(200);
  expect((await api("POST", `${memberPath(OTHER, repo)}/drift-checks`)).status).toBe(200);
  await put(OTHER, record);
  expect((await api("DELETE", memberPath(OTHER, repo))).status).toBe(200);
});

test("an account with registrations keeps its record", async () => {
  const repo = uniqueName();
  await api("PUT", memberPath(MEMBER, repo));
  expect((await api("DELETE", `/v1/accounts/${MEMBER}`)).problem()).toMatchObject({
    status: 409,
    code: "account-in-use",
  });
  expect((await api("GET", `/v1/accounts/${MEMBER}`)).status).toBe(200);
});

test("a record that names an owner, a profile or a policy that the operator does not serve gets 422", async () => {
  const body = {
    ...record,
    repositories: ["evil/api"],
    profiles: ["admin"],
    managedPolicies: ["arn:aws:iam::aws:policy/AdministratorAccess"],
  };
  expect((await put(MEMBER, body)).problem().errors?.map(({ pointer }) => pointer)).toEqual([
    "/repositories/0",
    "/profiles/0",
    "/managedPolicies/0",
  ]);
});

test("a record with a region or a policy that the package does not have gets 422 and is not written", async () => {
  const S3_READ = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
  const own = `arn:aws:iam::${NOBODY}:policy/acme-deploy`;
  const body = { ...record, regions: ["eu-central-1", "us-east-1"], managedPolicies: [S3_READ, own] };
  expect(await refusedPut(`/v1/accounts/${NOBODY}`, body)).toMatchObject({
    status: 422,
    errors: [
      { pointer: "/regions/1", detail: expect.stringContaining("ROLECALL_REGIONS") },
      { pointer: "/managedPolicies/0", detail: expect.stringContaining("ROLECALL_MANAGED_POLICIES") },
      { pointer: "/managedPolicies/1" },
    ],
  });
  expect((await api("GET", `/v1/accounts/${NOBODY}`)).status).toBe(404);
});

test("a record may have the package's regions and policies, and of the hub's own policies those of the same name", async () => {
  const S3_READ = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
  const deployIn = (account: string) => `arn:aws:iam::${account}:policy/acme-deploy`;
  const packaged = await startPackage({
    ROLECALL_REGIONS: "us-east-1",
    ROLECALL_MANAGED_POLICIES: [S3_READ, deployIn(HOME)].join(","),
  });
  const regions = ["eu-central-1", "us-east-1"];
  const path = `/v1/accounts/${NOBODY}`;
  const body = { ...record, regions, managedPolicies: [S3_READ, deployIn(NOBODY)] };
  const { status, text } = await packaged.api("PUT", path, { body });
  expect(status, text).toBe(201);
  expect(JSON.parse(text)).toMatchObject({ regions, managedPolicies: [deployIn(NOBODY), S3_READ].sort() });
  expect((await packaged.api("DELETE", path)).status).toBe(204);
  const ofTheHub = { ...record, managedPolicies: [deployIn(HOME)] };
  expect((await refusedPut(path, ofTheHub, packaged.api)).errors).toMatchObject([
    { pointer: "/managedPolicies/0" },
  ]);
});

test("a registration with a profile gets 409 in an account whose boundary was packaged with other profiles", async () => {
  const statements = [{ Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::artifacts/{owner}/{repo}/*"] }];
  await decide({ profiles: { profiles: { "s3-artifacts": { description: "Reads", statements } } } });
  const packaged = await startPackage();
  const body = { ...record, profiles: ["s3-artifacts"] };
  const shown = JSON.parse((await packaged.api("PUT", `/v1/accounts/${MEMBER}`, { body })).text);
  expect(shown.state).toMatchObject({
    status: "outdated",
    causes: [expect.stringContaining("dist/member.yml")],
  });
  const path = memberPath(MEMBER, uniqueName());
  const problem = await refusedPut(path, { profiles: ["s3-artifacts"] }, packaged.api);
  expect(problem).toMatchObject({
    status: 409,
    code: "account-outdated",
    detail: expect.stringContaining(`ask the owner of account ${MEMBER} to update the stack`),
  });
  expect((await packaged.api("PUT", path)).status).toBe(201);
  expect((await put(MEMBER, record)).status).toBe(200);
});

test("the list has every record, in pages, and no call of AWS in the members", async () => {
  const before = aws.calls.length;
  const first = JSON.parse((await api("GET", "/v1/accounts?limit=1")).text);
  expect(first.items.map(({ account }: { account: string }) => account)).toEqual([MEMBER]);
  const second = JSON.parse((await api("GET", `/v1/accounts?limit=1&cursor=${first.nextCursor}`)).text);
  expect(second).toMatchObject({ items: [{ account: OTHER }] });
  expect(second.nextCursor).toBeUndefined();
  expect(new Set(aws.calls.slice(before).map(({ service }) => service))).toEqual(new Set(["dynamodb"]));
});

test("an account whose template has no current tags is outdated, and one whose trust is gone is unreachable", async () => {
  const owner = iamOf(OTHER);
  const RoleName = "rolecall-reader";
  clock.advance(10 * 60_000);
  await owner.send(
    new TagRoleCommand({
      RoleName,
      Tags: [{ Key: "rolecall:boundary", Value: `arn:aws:iam::${HOME}:policy/rolecall/x` }],
    }),
  );
  expect(JSON.parse((await api("GET", `/v1/accounts/${OTHER}`)).text).state.status).toBe("outdated");
  expect(await refusedPut(memberPath(OTHER, uniqueName()))).toMatchObject({
    status: 409,
    code: "account-outdated",
  });
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Deny", Principal: { AWS: `arn:aws:iam::${HOME}:root` }, Action: "sts:AssumeRole" },
    ],
  });
  await owner.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
  clock.advance(2 * 60 * 60_000);
  const problem = await refusedPut(memberPath(OTHER, uniqueName()));
  expect(problem).toMatchObject({ status: 502, code: "account-unreachable" });
  expect(problem.detail).toContain(`arn:aws:iam::${OTHER}:role/rolecall-member/rolecall-reader`);
  const { state } = JSON.parse((await api("GET", `/v1/accounts/${OTHER}`)).text);
  expect(state).toMatchObject({ status: "unreachable", seenAt: "2026-11-23T06:10:00.000Z" });
  expect(state.causes.length).toBeGreaterThan(3);
  await owner.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "reader" }));
  await owner.send(new DeleteRoleCommand({ RoleName }));
  expect((await refusedPut(memberPath(OTHER, uniqueName()))).code).toBe("account-unreachable");
  expect((await api("PUT", memberPath(MEMBER, uniqueName()))).status).toBe(201);
  expect((await api("DELETE", `/v1/accounts/${OTHER}`)).status).toBe(204);
  expect((await api("GET", `/v1/accounts/${OTHER}`)).status).toBe(404);
});
