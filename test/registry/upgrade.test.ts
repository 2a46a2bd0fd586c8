/** Items that each earlier schema version wrote are read, checked and changed like items of the current version. */
import { readFileSync } from "node:fs";
import {
  type AttributeValue,
  DynamoDBClient,
  PutItemCommand,
  type PutItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import {
  DeleteLifecyclePolicyCommand,
  ECRClient,
  PutImageScanningConfigurationCommand,
} from "@aws-sdk/client-ecr";
import { expect, test } from "vitest";
import { SCHEMA } from "../../src/registry/upgrade.ts";
import { startEmbedded, writesOf } from "../harness/embedded.ts";
import { rolePath } from "../harness/rolecall.ts";

const read = (name: string) => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));
const ITEMS: Record<number, Record<string, AttributeValue>[]> = {
  1: read("schema-1.json"),
  2: read("schema-2.json"),
  3: read("schema-3.json"),
  4: read("schema-4.json"),
};
const BODY = {
  trust: { branches: ["main"], tags: ["v*"] },
  ecr: [{ repository: "acme/api" }, { repository: "acme/api/cache", access: "both" }],
};
const put = (input: PutItemCommandInput) => new DynamoDBClient({}).send(new PutItemCommand(input));

test("there are stored items of each earlier schema", () => {
  expect(Object.keys(ITEMS).map(Number)).toEqual(Array.from({ length: SCHEMA - 1 }, (_, index) => index + 1));
});

test.each(Object.keys(ITEMS).map(Number))("items of schema %i work like current ones", async (schema) => {
  const { api, aws, services } = await startEmbedded();
  const ecr = new ECRClient({});
  // Make in AWS what that version would have made; below, the stored items get the ids of these.
  await api("PUT", rolePath("api"), { body: BODY });
  const bare = schema === 1 ? ["acme/api", "acme/api/cache"] : [];
  for (const repositoryName of bare) {
    await ecr.send(new DeleteLifecyclePolicyCommand({ repositoryName }));
    await ecr.send(
      new PutImageScanningConfigurationCommand({
        repositoryName,
        imageScanningConfiguration: { scanOnPush: false },
      }),
    );
  }
  const place = { account: "123456789012", region: "eu-central-1" };
  const [role, one, two] = await Promise.all([
    services.registry.readRegistration({ owner: "acme", repo: "api", role: "publish" }),
    services.registry.readEcrItem({ ...place, name: "acme/api" }),
    services.registry.readEcrItem({ ...place, name: "acme/api/cache" }),
  ]);
  const idOf: Record<string, string | undefined> = {
    "REPO#acme/api": role?.id,
    "ECR#123456789012/eu-central-1/acme/api": one?.id,
    "ECR#123456789012/eu-central-1/acme/api/cache": two?.id,
  };
  for (const row of ITEMS[schema] ?? []) {
    const [now, then] = [idOf[row["pk"]?.S ?? ""], row["id"]?.S];
    const Item: Record<string, AttributeValue> =
      now === undefined || then === undefined
        ? row
        : JSON.parse(
            JSON.stringify(row)
              .replaceAll(then, now)
              .replaceAll(/,\\"roleId\\":\\"\w+\\"|\\"roleId\\":\\"\w+\\",/g, ""),
          );
    await put({ TableName: services.config.table, Item });
  }

  const read = await api("GET", rolePath("api"));
  expect(read.registration()).toMatchObject({
    status: "ready",
    ecr: [{ managed: true }, { managed: true }],
  });
  expect(read.registration().spec).toMatchObject({ profiles: [], managedPolicyArns: [] });
  expect((await api("GET", "/v1/roles")).page().items).toHaveLength(1);
  expect((await api("GET", `${rolePath("api")}/history`)).status).toBe(200);
  expect((await api("GET", "/v1/roll-calls/latest")).status).toBe(200);
  const audit = await api("GET", "/v1/audit");
  const accounts = [{ account: "123456789012", auditedAt: null }];
  expect(JSON.parse(audit.text)).toMatchObject({ accounts, items: [] });
  expect((await api("POST", `${rolePath("api")}/drift-checks`)).text).toContain('"status":"in-sync"');
  aws.calls.length = 0;
  expect((await api("PUT", rolePath("api"), { body: BODY })).registration()).toMatchObject({
    version: 1,
    spec: { region: "eu-central-1" },
    changes: [],
  });
  expect(writesOf(aws.calls)).toEqual([]);
  const settings = { tagMutability: "MUTABLE" };
  const changed = { ...BODY, ecr: [{ repository: "acme/api", settings }, BODY.ecr[1]] };
  expect((await api("PUT", rolePath("api"), { body: changed })).status).toBe(200);
  expect((await api("POST", `${rolePath("api")}/drift-checks`)).text).toContain('"status":"in-sync"');
  expect((await api("DELETE", rolePath("api"))).status).toBe(200);
});

test("an item of a later schema is refused", async () => {
  const { services } = await startEmbedded();
  const schema = { N: String(SCHEMA + 1) };
  for (const row of ITEMS[1] ?? []) await put({ TableName: services.config.table, Item: { ...row, schema } });
  const read = services.registry.readRegistration({ owner: "acme", repo: "api", role: "publish" });
  await expect(read).rejects.toThrow(`schema ${SCHEMA + 1} is of a later version`);
});
