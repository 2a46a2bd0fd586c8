/**
 * A PUT that failed at ECR, and the soak's comparison after it. The PUT's settings stay on the ECR item until a repair or
 * another PUT writes them.
 */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { disagreements, readStored } from "../../../../bench/agreement.ts";
import { awsClients, ecrInAws } from "../../../harness/aws.ts";
import { startEmbedded } from "../../../harness/embedded.ts";
import { type Answer, rolePath, uniqueName } from "../../../harness/rolecall.ts";

const LEASE_MS = 60_000;
const { api, trouble, services, clock } = await startEmbedded();

async function compared(): Promise<string[]> {
  clock.advance(LEASE_MS);
  const stored = await readStored(new DynamoDBClient({}), services.config.table);
  return disagreements(awsClients(), stored, clock.now());
}

/** Makes ECR answer a change of the tag mutability with an error. Returns a function that ends it. */
const failMutability = (status: number, code: string): (() => void) =>
  trouble({
    action: "PutImageTagMutability",
    fault: { kind: "error", status, code, message: "no" },
  });

/** Registers a role, then leaves its settings pending by a PUT that fails at ECR. */
async function leavePending(repo: string): Promise<void> {
  expect((await api("PUT", rolePath(repo))).status).toBe(201);
  const end = failMutability(500, "ServerException");
  expect((await api("PUT", rolePath(repo), { body: body(repo, "MUTABLE") })).status).toBe(503);
  end();
  clock.advance(LEASE_MS);
}

const body = (repo: string, tagMutability: string): object => ({
  ecr: [{ repository: `acme/${repo}`, settings: { tagMutability, exclusions: [] } }],
});

const mutability = async (repo: string) => (await ecrInAws(awsClients(), `acme/${repo}`))?.imageTagMutability;

test("pending settings count as a difference only while a registration uses the repository", async () => {
  const repo = uniqueName();
  await leavePending(repo);
  expect(await compared()).toContain(`acme/${repo} has other settings in ECR`);
  expect((await api("DELETE", rolePath(repo))).status).toBe(200);
  expect(await compared()).toEqual([]);
});

test.each<[string, (repo: string) => Promise<Answer>, number]>([
  ["a repair", (repo) => api("POST", `${rolePath(repo)}/repairs`), 200],
  ["the role's PUT without settings", (repo) => api("PUT", rolePath(repo)), 200],
  ["another role's PUT without settings", (repo) => api("PUT", rolePath(repo, "second")), 201],
])("%s writes pending settings", async (_by, finish, status) => {
  const repo = uniqueName();
  await leavePending(repo);
  expect((await finish(repo)).status).toBe(status);
  expect(await mutability(repo)).toBe("MUTABLE");
  await api("PUT", rolePath(repo));
  expect(await compared()).toEqual([]);
});

test("the PUT of a new role writes the settings that a deleted role left pending", async () => {
  const repo = uniqueName();
  await leavePending(repo);
  expect((await api("DELETE", rolePath(repo))).status).toBe(200);
  expect((await api("PUT", rolePath(repo))).status).toBe(201);
  expect(await mutability(repo)).toBe("MUTABLE");
  expect(await compared()).toEqual([]);
});

test("a ready role's PUT without settings writes the settings that another role left pending", async () => {
  const repo = uniqueName();
  expect((await api("PUT", rolePath(repo, "second"))).status).toBe(201);
  await leavePending(repo);
  expect((await api("DELETE", rolePath(repo))).status).toBe(200);
  expect((await api("PUT", rolePath(repo, "second"))).status).toBe(200);
  expect(await mutability(repo)).toBe("MUTABLE");
  expect(await compared()).toEqual([]);
});

test("pending settings that ECR refuses stop a PUT without settings, but no PUT with other settings", async () => {
  const repo = uniqueName();
  await leavePending(repo);
  const end = failMutability(400, "InvalidParameterException");
  const refused = await api("PUT", rolePath(repo, "second"));
  expect(refused.problem()).toMatchObject({ code: "aws-refused" });
  expect(refused.text).toContain("ecr:PutImageTagMutability");
  end();
  const given = { body: body(repo, "IMMUTABLE") };
  expect((await api("PUT", rolePath(repo, "second"), given)).status).toBe(200);
  expect(await mutability(repo)).toBe("IMMUTABLE");
  await api("PUT", rolePath(repo));
  expect(await compared()).toEqual([]);
});
