/** The exact calls of a roll call over accounts. They do not depend on the number of registrations. */
import { expect, test } from "vitest";
import type { JobMessage } from "../../src/aws/jobs.ts";
import { ACCOUNTS, startAccounts } from "./roll-call-accounts-world.ts";

// Sessions end by AWS's clock, which is Rolecall's here.
const world = await startAccounts(ACCOUNTS, { trailDelayMs: () => 0 });
const { addAccount, begin, callsOf, clock, deliver, registerIn, reportOf, take, trouble } = world;

const [LARGE] = ACCOUNTS;
/** The number of registrations in the large account, each with an ECR repository of its own. The other accounts have one. */
const ROLES = 30;

for (const account of ACCOUNTS) {
  await addAccount(account);
  await registerIn(account, "model");
}
for (let index = 1; index < ROLES; index++) await registerIn(LARGE, `model-${index}`);
// The first roll call asks ECR for details and saves the first audits.
await begin();
await deliver(take());
// The sessions of the first roll call have ended.
clock.advance(61 * 60_000);

/** Delivers a message, and returns the calls that it causes, such as `iam:GetRole`. */
async function callsFor(message: JobMessage): Promise<string[]> {
  const { calls } = await callsOf(() => deliver([message]));
  return calls.map(({ service, action }) => `${service}:${action}`).sort();
}
const isWrite = (name: string): boolean => /^dynamodb:(Put|Update|Delete|BatchWrite|Transact)/.test(name);

test("an account in sync costs six calls of STS, IAM and ECR, and four writes of the table, however many roles it has", async () => {
  const { id } = await begin();
  const messages = take();
  expect(messages).toHaveLength(ACCOUNTS.length);
  for (const message of messages) {
    const named = await callsFor(message);
    expect(named.filter((name) => !name.startsWith("dynamodb:"))).toEqual([
      "ecr:DescribeRepositories",
      "iam:GetAccountAuthorizationDetails",
      "iam:GetOpenIDConnectProvider",
      "iam:GetRole",
      "iam:ListRoles",
      "sts:AssumeRole",
    ]);
    // The lease, the last check, the result, and the account among those that are done.
    const ofAccount = ["dynamodb:PutItem", "dynamodb:PutItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];
    // Whoever ends the last job marks the group, and puts the report, its summary, and the end of the roll call.
    const ofReport = ["dynamodb:PutItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:UpdateItem"];
    const isLast = message === messages.at(-1);
    expect(named.filter(isWrite)).toEqual([...ofAccount, ...(isLast ? ofReport : [])].sort());
  }
  const all = ROLES + ACCOUNTS.length - 1;
  expect((await reportOf(id)).counts).toMatchObject({ checked: all, inSync: all });
});

/** Returns a promise that resolves when the next call of an action arrives. @param mentions a text in the call's request */
function arrivalOf(action: string, mentions?: string): Promise<void> {
  return new Promise((resolve) => {
    trouble({
      action,
      ...(mentions !== undefined && { mentions }),
      times: 1,
      get fault() {
        resolve();
        return { kind: "latency", ms: 0 } as const;
      },
    });
  });
}

test("a job reads its registrations while it is taken, and the last audit and GitHub's answers before the account answers", async () => {
  clock.advance(61 * 60_000);
  await begin();
  const [message, ...others] = take();
  // The lease waits for a read of the table to be asked for, and the account's session for two others.
  const list = arrivalOf("Query");
  trouble({ action: "PutItem", mentions: "leaseUntil", fault: { kind: "hold", until: list } });
  const reads = Promise.all([arrivalOf("BatchGetItem", "VERSION#"), arrivalOf("BatchGetItem", "GITHUB#")]);
  trouble({ action: "AssumeRole", fault: { kind: "hold", until: reads } });
  expect(message && (await deliver([message])).again).toEqual([]);
  expect((await deliver(others)).again).toEqual([]);
});

test.each([
  ["the lease", "leaseUntil"],
  ["the result", '"done":{"BOOL"'],
])("a job is done although the answer to the write of %s was lost", async (_, mentions) => {
  clock.advance(61 * 60_000);
  const { id } = await begin();
  const [message, ...others] = take();
  trouble({ action: "PutItem", mentions, phase: "after", times: 1, fault: { kind: "drop" } });
  expect(message && (await deliver([message])).again).toEqual([]);
  expect((await deliver(others)).again).toEqual([]);
  expect((await reportOf(id)).status).toBe("finished");
});
