/** The account, liveness and the contract itself. */
import { describe, expect, test } from "vitest";
import { awsClients, roleArnsWith } from "../harness/aws.ts";
import { contract, contractText } from "../harness/contract.ts";
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
    expect(answer.account().self.rules).toEqual([]);
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

describe("getContractJson 200", () => {
  test("is openapi.yaml as JSON", async () => {
    const answer = await api("GET", "/openapi.json");
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toEqual(contract);
  });
});

describe("the request id", () => {
  const asked = (own: string) => api("GET", "/v1/roles?limit=0", { headers: { "x-request-id": own } });

  test.each(["a1b2c3d4", "4c1a7f0e-9b1d-4f6a-8a35-5c3a7f0e9b1d", "Root.1_a-B", "x".repeat(64)])(
    "%s is the caller's own, in the header and in the problem",
    async (own) => {
      const { status, headers, text } = await asked(own);
      expect(status).toBe(422);
      expect(headers["x-request-id"]).toBe(own);
      expect(JSON.parse(text)).toMatchObject({ requestId: own });
    },
  );

  test.each(["short", "x".repeat(65), "with space", "<script>", 'a"b"c"d"e', "a1b2c3d4,e5f6a7b8"])(
    "%s is not well formed, so the request gets another",
    async (own) => {
      const { headers, text } = await asked(own);
      expect(headers["x-request-id"]).not.toBe(own);
      expect(JSON.parse(text)).toMatchObject({ requestId: headers["x-request-id"] });
    },
  );
});
