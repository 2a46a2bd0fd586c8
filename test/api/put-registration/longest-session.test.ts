/** The operator limits how long a session may last; what was registered before the limit stays as it is. */
import { randomUUID } from "node:crypto";
import { UpdateRoleCommand } from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { failed } from "../../../src/lib/errors.ts";
import { reconcile } from "../../../src/recovery/reconcile.ts";
import { takeBack } from "../../../src/recovery/take-back.ts";
import { awsClients, existingRole, roleArnsWith } from "../../harness/aws.ts";
import { startEmbedded } from "../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../harness/rolecall.ts";
import { startConfigured } from "../trust/another.ts";

const rolecall = await startEmbedded();
const { api: before } = rolecall;
const limited = (seconds: string) => startConfigured(rolecall, { ROLECALL_MAX_SESSION_SECONDS: seconds });
const aws = awsClients();

test("a request for a longer session is refused with the variable and both numbers, and nothing is written", async () => {
  const { api } = await limited("7200");
  const repo = uniqueName();
  const answer = await api("PUT", rolePath(repo), { body: { maxSessionSeconds: 7201 } });
  expect(answer.status).toBe(422);
  expect(answer.problem().errors).toEqual([
    {
      pointer: "/maxSessionSeconds",
      detail:
        "The registration asks for sessions of 7201 seconds, and the operator allows 7200 (ROLECALL_MAX_SESSION_SECONDS). Ask for at most 7200, or have the operator raise the limit.",
    },
  ]);
  expect(await roleArnsWith(aws, repo)).toEqual([]);
  expect((await api("GET", rolePath(repo))).status).toBe(404);
});

test("a request for the longest session that is allowed is taken", async () => {
  const { api } = await limited("7200");
  const answer = await api("PUT", rolePath(uniqueName()), { body: { maxSessionSeconds: 7200 } });
  expect(answer.registration().spec.maxSessionSeconds).toBe(7200);
});

test("without the variable an hour is the limit", async () => {
  const { api } = await limited("");
  expect((await api("PUT", rolePath(uniqueName()), { body: { maxSessionSeconds: 3601 } })).status).toBe(422);
  expect((await api("PUT", rolePath(uniqueName()), { body: { maxSessionSeconds: 3600 } })).status).toBe(201);
});

test("a request that names no length gets an hour, however high the limit is", async () => {
  const answer = await before("PUT", rolePath(uniqueName()));
  expect(answer.registration().spec.maxSessionSeconds).toBe(3600);
});

test("a registration from before the limit was lowered stays in sync, and a repair restores its own length", async () => {
  const path = rolePath(uniqueName());
  const { roleArn } = (await before("PUT", path, { body: { maxSessionSeconds: 7200 } })).registration();
  const { api } = await limited("3600");
  expect((await api("GET", path)).registration().spec.maxSessionSeconds).toBe(7200);
  expect((await api("POST", `${path}/drift-checks`)).text).toContain('"status":"in-sync"');

  const RoleName = roleArn.split("/").at(-1);
  await aws.iam.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: 3600 }));
  expect((await api("POST", `${path}/repairs`)).status).toBe(200);
  expect((await existingRole(aws, roleArn)).maxSessionSeconds).toBe(7200);
});

test("the next PUT of such a registration is refused until it asks for no more than the limit", async () => {
  const path = rolePath(uniqueName());
  const { roleArn } = (await before("PUT", path, { body: { maxSessionSeconds: 7200 } })).registration();
  const { api } = await limited("3600");
  expect((await api("PUT", path, { body: { maxSessionSeconds: 7200 } })).status).toBe(422);
  expect((await existingRole(aws, roleArn)).maxSessionSeconds).toBe(7200);
  const shortened = await api("PUT", path);
  expect(shortened.registration().changes).toMatchObject([
    { path: "/maxSessionSeconds", expected: 3600, actual: 7200 },
  ]);
  expect((await existingRole(aws, roleArn)).maxSessionSeconds).toBe(3600);
  expect((await api("DELETE", path)).status).toBe(200);
});

test("a role whose registration was lost is taken back with no more than the limit", async () => {
  const path = rolePath(uniqueName());
  const { roleArn } = (await before("PUT", path, { body: { maxSessionSeconds: 7200 } })).registration();
  const { api, local } = await startConfigured(rolecall, {
    ROLECALL_TABLE: `rolecall-${randomUUID()}`,
    ROLECALL_MAX_SESSION_SECONDS: "3600",
  });
  const { unrecorded } = await reconcile(local.services, "arn:aws:iam::123456789012:user/operator");
  const found = unrecorded.find((one) => one.roleArn === roleArn);
  if (found === undefined || "reason" in found) throw new Error(JSON.stringify(found));
  const taken = await takeBack(local.services, found.put);
  expect(failed(taken), JSON.stringify(taken)).toBe(false);
  expect((await api("GET", path)).registration().spec.maxSessionSeconds).toBe(3600);
});
