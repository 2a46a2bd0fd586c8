/** Tests the soak's comparison of ECR settings after a PUT that failed at ECR, and after a change by somebody else. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { PutImageTagMutabilityCommand } from "@aws-sdk/client-ecr";
import { expect, test } from "vitest";
import { disagreements, readStored } from "../../../../bench/agreement.ts";
import { awsClients, ecrInAws } from "../../../harness/aws.ts";
import { startEmbedded } from "../../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../../harness/rolecall.ts";

const { api, trouble, services, clock } = await startEmbedded();
const aws = awsClients();

async function compared(): Promise<string[]> {
  clock.advance(120_000); // The leases run out.
  const stored = await readStored(new DynamoDBClient({}), services.config.table);
  return disagreements(aws, stored, clock.now());
}

test("pending settings count as a difference while a registration uses the repository, until a repair writes them", async () => {
  const repo = uniqueName();
  const [path, name] = [rolePath(repo), `acme/${repo}`];
  const body = { ecr: [{ repository: name, settings: { tagMutability: "MUTABLE" } }] };
  expect((await api("PUT", path)).status).toBe(201);
  const end = trouble({
    action: "PutImageTagMutability",
    fault: { kind: "error", status: 500, code: "ServerException", message: "no" },
  });
  expect((await api("PUT", path, { body })).status).toBe(503);
  end();
  expect(await compared()).toContain(`${name} has other settings in ECR`);
  expect((await api("DELETE", path)).status).toBe(200);
  expect(await compared()).toEqual([]);
  // A PUT without settings leaves the item's settings pending, so ECR still differs.
  expect((await api("PUT", path)).status).toBe(201);
  expect(await compared()).toEqual([`${name} has other settings in ECR`]);
  expect((await api("POST", `${path}/repairs`)).status).toBe(200);
  expect(await compared()).toEqual([]);
  expect((await ecrInAws(aws, name))?.imageTagMutability).toBe("MUTABLE");
});

test("settings that somebody else changed count as a difference while a registration uses the repository", async () => {
  const repo = uniqueName();
  const [path, repositoryName] = [rolePath(repo), `acme/${repo}`];
  expect((await api("PUT", path)).status).toBe(201);
  expect(await compared()).toEqual([]);
  await aws.ecr.send(new PutImageTagMutabilityCommand({ repositoryName, imageTagMutability: "MUTABLE" }));
  expect(await compared()).toEqual([`${repositoryName} has other settings in ECR`]);
  expect((await api("DELETE", path)).status).toBe(200);
  expect(await compared()).toEqual([]);
});
