/** The exact calls of a roll call over accounts. They do not depend on the number of registrations. */
import { expect, test } from "vitest";
import { ACCOUNTS, startAccounts } from "./roll-call-accounts-world.ts";

// Sessions end by AWS's clock, which is Rolecall's here.
const world = await startAccounts(ACCOUNTS, { trailDelayMs: () => 0 });
const { addAccount, begin, callsOf, clock, deliver, registerIn, take } = world;

for (const account of ACCOUNTS) {
  await addAccount(account);
  await registerIn(account, "model");
}
// The first roll call asks ECR for details and saves the first audits.
await begin();
await deliver(take());
// The sessions of the first roll call have ended.
clock.advance(61 * 60_000);

test("an account in sync costs six calls of STS, IAM and ECR, and four writes of the table", async () => {
  await begin();
  for (const message of take()) {
    const { calls } = await callsOf(() => deliver([message]));
    const named = calls.map(({ service, action }) => `${service}:${action}`);
    expect(named.filter((name) => !name.startsWith("dynamodb:")).sort()).toEqual([
      "ecr:DescribeRepositories",
      "iam:GetAccountAuthorizationDetails",
      "iam:GetOpenIDConnectProvider",
      "iam:GetRole",
      "iam:ListRoles",
      "sts:AssumeRole",
    ]);
    const writes = named.filter((name) => /^dynamodb:(Put|Update|Delete|BatchWrite|Transact)/.test(name));
    const isLast = named.includes("dynamodb:PutItem") && message.id === ACCOUNTS[2];
    // The lease, the last check, the result, and the account among those that are done.
    const ofAccount = ["dynamodb:PutItem", "dynamodb:PutItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];
    // Whoever ends the last job marks the group, and puts the report, its summary, and the end of the roll call.
    const ofReport = ["dynamodb:PutItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:UpdateItem"];
    expect(writes.sort()).toEqual([...ofAccount, ...(isLast ? ofReport : [])].sort());
  }
});
