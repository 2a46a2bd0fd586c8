/**
 * Runs the exported script with `sh` against an embedded AWS that has nothing of the registration. Afterwards a check
 * must find no drift. It runs with a stand-in for the aws CLI, and also with the CLI itself if the machine has it.
 */
import { spawnSync } from "node:child_process";
import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { CreateOpenIDConnectProviderCommand, CreatePolicyCommand } from "@aws-sdk/client-iam";
import { afterEach, describe, expect, test } from "vitest";
import { type EmbeddedAws, startEmbeddedAws } from "../../local/aws/server.ts";
import { connect } from "../../src/aws/clients.ts";
import { observe } from "../../src/aws/observe.ts";
import { type Change, diff } from "../../src/diff/diff.ts";
import { cli } from "../../src/export/cli.ts";
import type { Exported } from "../../src/export/exported.ts";
import { isWrite } from "../faults/switch.ts";
import { clientsOf } from "../local/clients.ts";
import { type Ran, runScript } from "./script.ts";
import { CASES, EVERYTHING_AND_TEXTS, exported } from "./states.ts";

const servers: EmbeddedAws[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** Starts an account with everything that a script does not make: the boundary, and the repositories of others. */
async function accountFor(of: Exported, accountId = of.account) {
  const { region, desired } = of;
  const aws = await startEmbeddedAws({ accountId, region, quotas: { assumeRolePolicySize: 8192 } });
  servers.push(aws);
  const { iam, ecr } = clientsOf(aws.url, region);
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "ecr:*", Resource: "*" }],
  });
  await iam.send(
    new CreatePolicyCommand({ Path: "/rolecall/", PolicyName: "rolecall-boundary", PolicyDocument }),
  );
  for (const { name, settings } of desired.repositories) {
    if (settings === undefined) await ecr.send(new CreateRepositoryCommand({ repositoryName: name }));
  }
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: aws.url,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
  });
  const clients = connect({ account: accountId, partition: "aws", region }, Date.now);
  const before = aws.calls.length;
  return {
    iam,
    run: (withCli = false): Promise<Ran> => runScript(cli(of), aws.url, withCli),
    drift: async (): Promise<Change[]> =>
      diff(desired, await observe(clients, desired, { details: true }), "drift"),
    writes: () =>
      aws.calls
        .slice(before)
        .filter(isWrite)
        .map(({ action }) => action),
  };
}

const FINE: Ran = { status: 0, stderr: "", left: [] };

test.each(Object.entries(CASES))("the script makes everything that is registered: %s", async (_, of) => {
  const account = await accountFor(of);
  expect(await account.drift()).not.toEqual([]);
  expect(await account.run()).toEqual(FINE);
  expect(await account.drift()).toEqual([]);
});

test("the script adds only what the account's provider lacks", async () => {
  const of = exported({});
  const account = await accountFor(of);
  const { url } = of.desired.provider;
  await account.iam.send(new CreateOpenIDConnectProviderCommand({ Url: url, ClientIDList: ["other"] }));
  expect(await account.run()).toEqual(FINE);
  expect(await account.drift()).toEqual([]);
  expect(account.writes().slice(1)).toEqual([
    "AddClientIDToOpenIDConnectProvider",
    "CreateRepository",
    "PutLifecyclePolicy",
    "CreateRole",
    "PutRolePolicy",
  ]);
});

describe("the script stops", () => {
  test("if a resource exists, and does not change it", async () => {
    const account = await accountFor(exported({}));
    await account.run();
    const made = account.writes().length;
    expect(await account.run()).toMatchObject({
      status: 254,
      stderr: expect.stringContaining("RepositoryAlreadyExistsException"),
    });
    expect(account.writes().slice(made)).toEqual(["AddClientIDToOpenIDConnectProvider", "CreateRepository"]);
    expect(await account.drift()).toEqual([]);
  });

  test("before it writes, if the credentials are those of another account", async () => {
    const account = await accountFor(exported({}), "210987654321");
    expect(await account.run()).toEqual({
      status: 1,
      stderr: "These credentials belong to the account 210987654321, but the role belongs to 123456789012.\n",
      left: [],
    });
    expect(account.writes()).toEqual([]);
  });
});

const hasCli = spawnSync("aws", ["--version"]).status === 0;

test.skipIf(!hasCli)("the script works with the aws CLI itself", { timeout: 300_000 }, async () => {
  const account = await accountFor(EVERYTHING_AND_TEXTS);
  expect(await account.run(true)).toEqual(FINE);
  expect(await account.drift()).toEqual([]);
});
