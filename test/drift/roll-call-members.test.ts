/** The drift function checks member accounts through the embedded SQS, and the report tells the result of each account. */
import { IAMClient, TagRoleCommand } from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { memberRoleName } from "../../src/desired/member.ts";
import { roleInAws } from "../harness/aws.ts";
import { accessDenied, isRead as isReadByName, namesOf } from "../harness/embedded.ts";
import { startQueued } from "./roll-call-queue-world.ts";

const [FIRST, SECOND, THIRD] = ["210987654321", "310987654321", "410987654321"] as const;
const world = await startQueued([FIRST, SECOND, THIRD]);
const { addAccount, api, aws, callAll, callsOf, clock, gitHubCalls, pageOf, pathOf, registerIn } = world;
const { repositories, services, tamper, trouble } = world;

for (const account of [FIRST, SECOND, THIRD]) await addAccount(account);

const isRead = (call: (typeof aws)["calls"][number]): boolean =>
  call.service === "cloudtrail" || isReadByName(call);

/** The owner of an account, who changes it behind Rolecall's back. */
const ownerOf = (account: string) =>
  new IAMClient({
    region: services.clients.place.region,
    credentials: { accessKeyId: account, secretAccessKey: "local" },
  });
const registrationOf = async (account: string, repo: string) =>
  (await api("GET", pathOf(account, repo))).registration();
/** Returns the calls in a member account, each with the session that signed it. */
const signedIn = (account: string, calls: (typeof aws)["calls"]) =>
  calls.flatMap((call) => {
    const session = aws.sessions.get(call.accessKeyId ?? "");
    return session?.account === account ? [{ ...call, session }] : [];
  });

test("an account with writes off is checked and audited, its drift is not repaired, and the report says why", async () => {
  await registerIn(FIRST, "closed", "repair");
  await addAccount(FIRST, { writes: false });
  await tamper(FIRST, "closed");
  const { result: report, calls } = await callsOf(() => callAll());
  expect(signedIn(FIRST, calls).filter((call) => !isRead(call))).toEqual([]);
  expect(report.counts).toMatchObject({ drifted: 1, repaired: 0 });
  expect(report.drifted).toMatchObject([
    { account: FIRST, repo: "closed", status: "drifted", notRepaired: "writes-off" },
  ]);
  expect(await pageOf(report.id)).toContain("Not repaired, because the account&#39;s record has writes off.");
  const { roleArn = "", drift } = await registrationOf(FIRST, "closed");
  expect(drift.status).toBe("drifted");
  const role = await roleInAws({ iam: ownerOf(FIRST) } as never, roleArn);
  expect(role?.attachedPolicyArns).toEqual([world.ADMIN]);
  const { items } = JSON.parse((await api("GET", `/v1/audit?account=${FIRST}`)).text);
  expect(items.map(({ roleArn: audited }: { roleArn: string }) => audited)).toEqual([roleArn]);

  await addAccount(FIRST);
  const next = await callAll();
  expect(next.drifted).toMatchObject([{ account: FIRST, repo: "closed", status: "repaired" }]);
  expect(next.drifted[0]?.notRepaired).toBeUndefined();
});

test("the CloudTrail of the member account says who wrote last", async () => {
  await registerIn(SECOND, "traced");
  await callAll();
  await tamper(SECOND, "traced");
  const { calls } = await callsOf(() => callAll());
  const lookups = calls.filter(({ service }) => service === "cloudtrail");
  expect(lookups.length).toBeGreaterThan(0);
  expect(signedIn(SECOND, lookups).map(({ session }) => session.roleArn)).toEqual(
    lookups.map(() => `arn:aws:iam::${SECOND}:role/rolecall-member/rolecall-reader`),
  );
  const { drift } = await registrationOf(SECOND, "traced");
  expect(drift).toMatchObject({ causesStatus: "found" });
  expect(drift.causes?.map(({ action, by }) => [action, by])).toEqual([
    ["AttachRolePolicy", `arn:aws:iam::${SECOND}:user/local`],
  ]);
});

test("a repair writes with a session of the writer, and every read is the reader's", async () => {
  await registerIn(THIRD, "written", "repair");
  await tamper(THIRD, "written");
  const { calls } = await callsOf(() => callAll());
  const own = signedIn(THIRD, calls);
  const rolesOf = (isWanted: (call: (typeof own)[number]) => boolean) => [
    ...new Set(own.filter(isWanted).map(({ session }) => session.roleArn)),
  ];
  const ofMember = `arn:aws:iam::${THIRD}:role/rolecall-member/rolecall`;
  expect(rolesOf((call) => !isRead(call))).toEqual([`${ofMember}-writer`]);
  expect(rolesOf(isRead)).toEqual([`${ofMember}-reader`]);
  const writes = own.filter((call) => !isRead(call));
  expect(namesOf(writes)).toContain("iam:DetachRolePolicy");
  expect(new Set(writes.map(({ session }) => session.sourceIdentity))).toEqual(
    new Set(["rolecall-schedule"]),
  );
  for (const { session } of writes) expect(session.policy).toContain("written");
});

test("GitHub is asked once about a repository that several accounts have", async () => {
  for (const account of [FIRST, SECOND, THIRD]) await registerIn(account, "shared");
  const before = gitHubCalls.length;
  const report = await callAll();
  expect(report.accounts).toMatchObject({ checked: 4 });
  const asked = gitHubCalls.slice(before).filter(({ path }) => /\/repos\/acme\/shared$/.test(path));
  expect(asked).toHaveLength(1);
});

test("a repository that was renamed or deleted is reported in each account that has it", async () => {
  for (const repo of ["renamed", "deleted"])
    for (const account of [FIRST, SECOND]) await registerIn(account, repo);
  repositories.rename("acme/renamed", "acme/renamed-since");
  repositories.remove("acme/deleted");
  const { drifted } = await callAll();
  const listed = (repo: string) =>
    drifted.filter((entry) => entry.repo === repo).map(({ account, status }) => [account, status]);
  for (const repo of ["renamed", "deleted"])
    expect(listed(repo), repo).toEqual([
      [FIRST, "drifted"],
      [SECOND, "drifted"],
    ]);
  const [renamed] = (await registrationOf(SECOND, "renamed")).drift.changes ?? [];
  expect(renamed).toMatchObject({ path: "/full_name", actual: "acme/renamed-since", repairable: false });
  const [deleted] = (await registrationOf(SECOND, "deleted")).drift.changes ?? [];
  expect(deleted).toMatchObject({ resource: "github:acme/deleted", actual: null, repairable: false });
});

test("an account with an outdated template fails alone, and its registrations keep their last check", async () => {
  await registerIn(SECOND, "dated");
  const { startedAt } = await callAll();
  const hub = { account: services.config.account, partition: "aws", rolePath: services.config.rolePath };
  const RoleName = memberRoleName(hub, "reader");
  const tag = (Value: string) =>
    ownerOf(SECOND).send(new TagRoleCommand({ RoleName, Tags: [{ Key: "rolecall:template", Value }] }));
  await tag("0");
  const report = await callAll();
  expect(report.accounts).toMatchObject({ total: 4, checked: 3, failed: 1 });
  const [failed] = report.accounts?.listed ?? [];
  expect(failed).toMatchObject({ account: SECOND, status: "failed" });
  expect(failed?.detail).toContain(`Account ${SECOND} has version 0 of the member template`);
  expect(await pageOf(report.id)).toContain("version 0 of the member template");
  expect((await registrationOf(SECOND, "dated")).drift.checkedAt).toBe(startedAt);
  await tag("1");
  const next = await callAll();
  expect((await registrationOf(SECOND, "dated")).drift.checkedAt).toBe(next.startedAt);
});

test("a suspended account fails alone, also if a session was still open, and keeps its last check", async () => {
  await registerIn(THIRD, "suspended");
  const { startedAt } = await callAll();
  const ends = [
    trouble({
      service: "iam",
      member: THIRD,
      fault: { kind: "error", status: 403, code: "InvalidClientTokenId", message: "no" },
    }),
    trouble({ service: "sts", action: "AssumeRole", member: THIRD, fault: accessDenied }),
  ];
  // The template's tags are read again after five minutes, and the reader's session lasts an hour.
  clock.advance(10 * 60_000);
  const id = await world.schedule();
  const { calls } = await callsOf(() => world.drain());
  for (const end of ends) end();
  const report = await world.reportOf(id);
  expect(report.accounts).toMatchObject({ total: 4, checked: 3, failed: 1 });
  expect(report.accounts?.listed[0]).toMatchObject({ account: THIRD, status: "failed" });
  expect(report.accounts?.listed[0]?.detail).toContain("AWS does not let Rolecall assume");
  expect(calls.filter(({ service, errorCode }) => service === "sts" && errorCode !== undefined)).toHaveLength(
    1,
  );
  expect((await registrationOf(THIRD, "suspended")).drift.checkedAt).toBe(startedAt);
});

test("a throttled account fails alone: the others are read without a second attempt", async () => {
  const end = trouble({
    service: "iam",
    action: /^(ListRoles|GetAccountAuthorizationDetails)$/,
    member: FIRST,
    fault: { kind: "error", status: 400, code: "Throttling", message: "Rate exceeded" },
  });
  const { result: report, calls } = await callsOf(() => callAll());
  end();
  expect(report.accounts).toMatchObject({ total: 4, checked: 3, failed: 1 });
  expect(report.accounts?.listed[0]).toMatchObject({ account: FIRST, status: "failed" });
  const listed = (account: string) =>
    signedIn(account, calls).filter(({ action }) => action === "ListRoles").length;
  expect([SECOND, THIRD].map(listed)).toEqual([1, 1]);
  expect(listed(FIRST)).toBeLessThanOrEqual(4);
});
