/** The encryption of an ECR repository is chosen when the repository is created. */
import { CreateRepositoryCommand, DeleteRepositoryCommand } from "@aws-sdk/client-ecr";
import { describe, expect, test } from "vitest";
import { ecrInAws } from "../../../harness/aws.ts";
import { namesOf, writesOf } from "../../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../../harness/rolecall.ts";
import { body, startForSettings } from "./start.ts";
import { DEFAULTS, EVERYTHING, HELD_BY_DEFAULT, HELD_OF_EVERYTHING, KEY } from "./values.ts";

const { api, callsOf, clients, expectSettled, held, put, trouble } = await startForSettings();

describe("encryption", () => {
  test("of a repository that is there cannot be changed: 422 says what to do, and nothing is written", async () => {
    const repo = uniqueName();
    await put(repo);
    const { result, calls } = await callsOf(() => put(repo, EVERYTHING));
    expect(result.status).toBe(422);
    expect(result.problem().errors).toMatchObject([
      { pointer: "/ecr/0/settings/encryption", detail: expect.stringContaining("delete-repository --force") },
    ]);
    expect(namesOf(writesOf(calls))).toEqual([]);
    expect(await held(`acme/${repo}`)).toEqual(HELD_BY_DEFAULT);
    const dry = await api("PUT", `${rolePath(repo)}?dryRun=true`, { body: body(repo, EVERYTHING) });
    expect(dry.status).toBe(422);
  });

  test("is another once the repository was deleted", async () => {
    const repo = uniqueName();
    await put(repo);
    await clients.ecr.send(new DeleteRepositoryCommand({ repositoryName: `acme/${repo}` }));
    expect((await put(repo, EVERYTHING)).status).toBe(200);
    expect(await held(`acme/${repo}`)).toEqual(HELD_OF_EVERYTHING);
    await expectSettled(repo, "publish");
  });

  test("that somebody has changed by making it anew can be taken as it is", async () => {
    const repo = uniqueName();
    await put(repo);
    const { repositoryName, tags = {} } = (await ecrInAws(clients, `acme/${repo}`)) ?? {};
    await clients.ecr.send(new DeleteRepositoryCommand({ repositoryName }));
    const encryptionConfiguration = { encryptionType: "KMS" as const, kmsKey: KEY };
    const id = [{ Key: "rolecall:id", Value: tags["rolecall:id"] }];
    await clients.ecr.send(
      new CreateRepositoryCommand({ repositoryName, encryptionConfiguration, tags: id }),
    );
    const check = async () => JSON.parse((await api("POST", `${rolePath(repo)}/drift-checks`)).text).changes;
    expect(await check()).toContainEqual(
      expect.objectContaining({ path: "/encryption", repairable: false, remedy: expect.any(String) }),
    );
    expect((await put(repo, EVERYTHING)).status).toBe(200);
    expect(await held(`acme/${repo}`)).toEqual(HELD_OF_EVERYTHING);
    await expectSettled(repo, "publish");
  });

  test("with KMS's key for ECR is no drift, whatever key that is", async () => {
    const repo = uniqueName();
    expect((await put(repo, { encryption: { type: "KMS" } })).status).toBe(201);
    await expectSettled(repo, "publish");
    expect((await put(repo, { encryption: { type: "KMS" } })).registration().changes).toEqual([]);
    expect((await put(repo, { encryption: { type: "AES256" } })).status).toBe(422);
  });

  test.each([
    ["of another region", KEY.replace("eu-central-1", "us-east-1")],
    ["of another account", KEY.replace("123456789012", "999999999999")],
    ["of another partition", KEY.replace("arn:aws:", "arn:aws-cn:")],
  ])("with a key %s is refused", async (_name, kmsKey) => {
    const repo = uniqueName();
    const answer = await put(repo, { encryption: { type: "KMS", kmsKey } });
    expect(answer.problem().errors).toMatchObject([{ pointer: "/ecr/0/settings/encryption/kmsKey" }]);
  });

  test("with a key that the operator does not list is refused with the keys that are, and makes nothing", async () => {
    const repo = uniqueName();
    const kmsKey = KEY.replace("1234abcd", "9999abcd");
    const { result: answer, calls } = await callsOf(() => put(repo, { encryption: { type: "KMS", kmsKey } }));
    expect(answer.problem().errors).toEqual([
      { pointer: "/ecr/0/settings/encryption/kmsKey", detail: expect.stringContaining(kmsKey) },
    ]);
    expect(answer.problem().errors?.[0]?.detail).toContain(`ROLECALL_KMS_KEYS: ${KEY}`);
    expect(writesOf(calls)).toEqual([]);
  });

  test("with a key that KMS refuses fails, and is not remembered by who says nothing of it", async () => {
    const repo = uniqueName();
    const end = trouble({
      action: "CreateRepository",
      mentions: repo,
      fault: { kind: "error", status: 400, code: "KmsException", message: "no such key" },
    });
    const refused = await put(repo, EVERYTHING);
    expect([refused.status, refused.problem().aws?.code]).toEqual([502, "KmsException"]);
    end();
    expect((await put(repo)).registration().ecr[0]?.settings).toEqual(DEFAULTS);
    expect(await held(`acme/${repo}`)).toEqual(HELD_BY_DEFAULT);
  });
});
