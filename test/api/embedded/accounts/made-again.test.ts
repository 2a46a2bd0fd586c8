/** A member account whose stack is deleted and made again, with another boundary. The earlier one stays. */
import {
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { prepareMember } from "../../../../local/member.ts";
import { uniqueName } from "../../../harness/rolecall.ts";
import { HOME, iamOf, MEMBER, memberPath, startWithMembers } from "./start.ts";

const AGAIN = "rolecall-member-boundary-again";
const { api, clock, services } = await startWithMembers({ trailDelayMs: () => 0 });
const owner = iamOf(MEMBER);
const boundaryOf = async (roleArn: string) => {
  const { Role } = await owner.send(new GetRoleCommand({ RoleName: roleArn.split("/").at(-1) }));
  return Role?.PermissionsBoundary?.PermissionsBoundaryArn?.split("/").at(-1);
};

test("roles with the boundary of the earlier stack are checked, repaired, updated and deleted, and new ones are made", async () => {
  const paths = [uniqueName(), uniqueName(), uniqueName()].map((repo) => memberPath(MEMBER, repo));
  const [updated = "", repaired = "", deleted = ""] = paths;
  const arns: string[] = [];
  for (const path of paths) arns.push((await api("PUT", path)).registration().roleArn);

  for (const one of ["reader", "writer"]) {
    const RoleName = `rolecall-${one}`;
    await owner.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: one }));
    await owner.send(new DeleteRoleCommand({ RoleName }));
  }
  clock.advance(2 * 60 * 60_000);
  expect((await api("PUT", updated)).problem().code).toBe("account-unreachable");
  const { config } = services;
  await prepareMember(
    { ...config, profiles: { profiles: config.profiles, boundary: [] } },
    config.rolePath,
    MEMBER,
    { region: "eu-central-1", partition: "aws" },
    { hubAccount: HOME, boundaryName: AGAIN },
  );
  clock.advance(2 * 60 * 60_000);

  const RoleName = arns[1]?.split("/").at(-1);
  await owner.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: 43_200 }));
  expect(JSON.parse((await api("POST", `${repaired}/drift-checks`)).text).status).toBe("drifted");
  expect(JSON.parse((await api("POST", `${repaired}/repairs`)).text).status).toBe("repaired");
  expect(JSON.parse((await api("POST", `${repaired}/drift-checks`)).text).status).toBe("in-sync");
  const body = { maxSessionSeconds: 7200 };
  expect((await api("PUT", updated, { body })).status).toBe(200);
  expect(await boundaryOf(arns[0] ?? "")).toBe(AGAIN);
  expect((await api("DELETE", deleted)).removal().removed).toEqual([arns[2]]);
  const made = (await api("PUT", memberPath(MEMBER, uniqueName()))).registration();
  expect(await boundaryOf(made.roleArn)).toBe(AGAIN);
});
