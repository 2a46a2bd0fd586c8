/**
 * Starts a Rolecall with everything that pages can show: drift of each kind, a contested role, unregistered roles,
 * member accounts of which one cannot be checked, past roll calls.
 */
import {
  CreateRoleCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { afterAll } from "vitest";
import { lineLog } from "../../local/log.ts";
import { startLocal } from "../../local/serve.ts";
import { ACCOUNTS, startAccounts } from "../drift/roll-call-accounts-world.ts";
import { HOUR_MS } from "../drift/roll-call-world.ts";
import { accessDenied } from "../harness/embedded.ts";
import { rolePath } from "../harness/rolecall.ts";
import { MARKUP } from "../page/markup.ts";

const ISSUER = "token.actions.githubusercontent.com";
const trust = (condition: object) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${ISSUER}` },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: condition,
      },
    ],
  });

export async function startScene() {
  const world = await startAccounts();
  const { call, clock, iam, open, register, roleOf } = world;
  const [drifting, quiet, closed] = ACCOUNTS;
  /** Changes roles in AWS behind Rolecall's back. */
  const tamper = async () => {
    const [wide, edited, marked] = [await register(), await register(), await register()];
    await iam.send(
      new UpdateAssumeRolePolicyCommand({
        RoleName: await roleOf(wide),
        PolicyDocument: trust({
          StringEquals: { [`${ISSUER}:aud`]: "sts.amazonaws.com" },
          StringLike: { [`${ISSUER}:sub`]: "repo:acme/*" },
        }),
      }),
    );
    await iam.send(new UpdateRoleCommand({ RoleName: await roleOf(edited), MaxSessionDuration: 43_200 }));
    await open(edited);
    await iam.send(new UpdateRoleCommand({ RoleName: await roleOf(marked), Description: MARKUP }));
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: await roleOf(marked),
        PolicyName: "more",
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Sid: "x", Effect: "Allow", Action: "s3:*", Resource: `arn:aws:s3:::${MARKUP}` }],
        }),
      }),
    );
    return { wide, edited, marked };
  };

  for (let number = 0; number < 5; number++) await register();
  for (const RoleName of ["github-actions-deploy", "gh-anyone"])
    await iam.send(
      new CreateRoleCommand({
        RoleName,
        AssumeRolePolicyDocument: trust({
          StringLike: { [`${ISSUER}:sub`]: RoleName === "gh-anyone" ? "repo:*" : "repo:acme/app:*" },
        }),
      }),
    );
  const again = async () => {
    clock.advance(HOUR_MS);
    await call();
  };
  for (let run = 0; run < 12; run++) await again();
  const fought = await register("repair");
  for (let round = 0; round < 4; round++) {
    await open(fought);
    await again();
  }
  const tampered = await tamper();
  await again();
  const repaired = await register("repair");
  await open(repaired);

  for (const account of ACCOUNTS) await world.addAccount(account);
  for (const account of [drifting, quiet]) await world.registerIn(account, "api");
  await world.tamper(drifting, "api");
  clock.advance(HOUR_MS);
  await world.begin();
  const messages = world.take();
  await world.deliver(messages.filter(({ id }) => id !== closed));
  // The last account's reader role can be assumed no more.
  world.trouble({ action: "AssumeRole", member: closed, fault: accessDenied });
  await world.deliver(messages.filter(({ id }) => id === closed));
  // Serve the pages as `npm start` does, from the same table.
  const local = await startLocal({
    log: lineLog("error"),
    now: clock.now,
    env: world.variables,
  });
  afterAll(() => local.close());
  return {
    origin: local.url,
    /** The pages that the tests open one by one. */
    pages: [
      "/v1/roll-calls/latest",
      ...Object.values(tampered).map((repo) => rolePath(repo)),
      world.pathOf(drifting, "api"),
      "/v1/roles",
      "/v1/roles?drift=drifted",
      "/v1/audit",
      "/v1/audit?finding=breaks-on-rename",
      "/v1/accounts",
      `${rolePath(tampered.edited)}/history`,
    ],
  };
}
