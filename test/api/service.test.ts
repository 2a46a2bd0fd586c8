/** The account, liveness and the contract itself. */
import { describe, expect, test } from "vitest";
import { awsClients, roleArnsWith } from "../harness/aws.ts";
import { contractText } from "../harness/contract.ts";
import { OWNERS, rolePath, startRolecall, uniqueName } from "../harness/rolecall.ts";

const { api } = await startRolecall();
const aws = awsClients();

describe("getAccount 200", () => {
  test("shows the account, its provider and its quotas", async () => {
    const { roleArn, providerArn, account } = (await api("PUT", rolePath(uniqueName()))).registration();
    const answer = await api("GET", "/v1/account");
    expect(answer.status).toBe(200);
    expect(answer.account()).toMatchObject({
      account,
      partition: roleArn.split(":")[1],
      region: process.env["AWS_REGION"],
      owners: OWNERS,
      providers: [
        { arn: providerArn, exists: true, audiences: expect.arrayContaining(["sts.amazonaws.com"]) },
      ],
      permissionsBoundary: expect.stringMatching(new RegExp(`^arn:[a-z-]+:iam::${account}:policy/`)),
    });
    const { quotas } = answer.account();
    for (const { used, limit } of [quotas.roles, quotas.providers]) {
      expect(used).toBeGreaterThan(0);
      expect(limit).toBeGreaterThan(used);
    }
    expect(quotas.trustPolicyCharacters).toBeGreaterThanOrEqual(2048);
  });

  test("a query that the contract does not know is refused", async () => {
    expect((await api("GET", "/v1/account?all=true")).problem().errors?.[0]?.pointer).toBe("/all");
  });

  test("what is used of a quota follows", async () => {
    const used = async () => (await api("GET", "/v1/account")).account().quotas.roles.used;
    const before = await used();
    const repo = uniqueName();
    await api("PUT", rolePath(repo));
    expect(await roleArnsWith(aws, repo)).toHaveLength(1);
    expect(await used()).toBeGreaterThan(before - 1);
    await api("DELETE", rolePath(repo));
  });
});

describe("getHealth 200", () => {
  test("says ok, and touches nothing", async () => {
    const answer = await api("GET", "/healthz");
    expect(answer).toMatchObject({ status: 200, text: '{"status":"ok"}' });
  });
});

describe("getContract 200", () => {
  test("is openapi.yaml to the byte", async () => {
    const answer = await api("GET", "/openapi.yaml");
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(contractText);
    expect(answer.headers["content-type"]).toMatch(/^application\/yaml/);
  });
});
