/**
 * Two operators, each with a Rolecall in a process of its own, and two writers of one registration: one is held at
 * each of its writes while the other runs to its end, and then goes on; or its process is stopped there, and wakes up
 * when its lease has run out. Whatever is ready at the end is in AWS exactly as it was asked for.
 */
import { AttachRolePolicyCommand } from "@aws-sdk/client-iam";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { RegistrationItem } from "../../../src/registry/items.ts";
import { awsClients, ecrInAws, isAsAsked, roleArnsWith, roleInAws } from "../../harness/aws.ts";
import { isRead, startEmbedded } from "../../harness/embedded.ts";
import { openClock, startProcess } from "../../harness/process.ts";
import { type Answer, type Api, connectTo, rolePath, uniqueName } from "../../harness/rolecall.ts";

const LEASE_MS = 60_000;
/** The role's session in what the first writer asks for, and in what the second one does. */
const [FIRST, SECOND] = [7200, 10_800];

const { hold, services, variables } = await startEmbedded({ quotas: { rolesPerAccount: 100_000 } });
const aws = awsClients();
const clock = openClock();
const [slowProcess, fastProcess] = await Promise.all([
  startProcess("slow", clock.file, 1, variables),
  startProcess("fast", clock.file, 1, variables),
]);
const [slowClient, fastClient] = [connectTo(slowProcess.url), connectTo(fastProcess.url)];
const [slow, fast]: [Api, Api] = [slowClient.api, fastClient.api];
// A test that has failed leaves nobody stopped.
afterEach(() => slowProcess.proceed());
afterAll(async () => {
  slowClient.close();
  fastClient.close();
  await Promise.all([slowProcess.close(), fastProcess.close()]);
  clock.close();
});

const itemOf = (repo: string, role = "publish") =>
  services.registry.readRegistration({ owner: "acme", repo, role });

/** A writer's request, and a test of whether the table holds its result at the end; a repair asks for nothing new. */
type Writer = {
  name: string;
  ask(api: Api, repo: string): Promise<Answer>;
  isWish?(item: RegistrationItem | undefined): boolean;
};

const put = (maxSessionSeconds: number): Writer => ({
  name: "PUT",
  ask: (api, repo) =>
    api("PUT", rolePath(repo), {
      body: { maxSessionSeconds, trust: { branches: [`b-${maxSessionSeconds}`] } },
    }),
  isWish: (item) => item?.spec.maxSessionSeconds === maxSessionSeconds,
});
const remove: Writer = {
  name: "DELETE",
  ask: (api, repo) => api("DELETE", rolePath(repo)),
  isWish: (item) => item === undefined,
};
const repair: Writer = { name: "repair", ask: (api, repo) => api("POST", `${rolePath(repo)}/repairs`) };
const putSecondRole: Writer = {
  name: "PUT of another role with the same ECR repository",
  ask: (api, repo) => api("PUT", rolePath(repo, "second")),
};

/** The state before: nothing, a registration, or one whose role was tampered with. */
type Before = "nothing" | "a registration" | "a tampered role";

async function prepare(before: Before, repo: string): Promise<void> {
  if (before === "nothing") return;
  const { roleArn } = (await fast("PUT", rolePath(repo))).registration();
  if (before === "a registration") return;
  const RoleName = roleArn.split("/").at(-1);
  const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
  await aws.iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
}

const PAIRS: readonly { before: Before; first: Writer; second: Writer }[] = [
  { before: "nothing", first: put(FIRST), second: put(SECOND) },
  { before: "nothing", first: put(FIRST), second: remove },
  { before: "nothing", first: put(FIRST), second: putSecondRole },
  { before: "a registration", first: put(FIRST), second: put(SECOND) },
  { before: "a registration", first: remove, second: put(SECOND) },
  { before: "a tampered role", first: put(FIRST), second: repair },
  { before: "a tampered role", first: repair, second: put(SECOND) },
];

/** The actions of a writer's calls when nobody comes between. */
async function callsOf(before: Before, writer: Writer): Promise<readonly string[]> {
  const repo = uniqueName();
  await prepare(before, repo);
  const { seen } = hold({ by: "slow", mentions: repo, calls: Number.POSITIVE_INFINITY, phase: "before" });
  await writer.ask(slow, repo);
  return seen;
}

/** Returns the numbers of a writer's calls that write. Between two of them it changes nothing. */
const writesOf = async (before: Before, writer: Writer): Promise<number[]> =>
  (await callsOf(before, writer)).flatMap((action, index) => (isRead({ action }) ? [] : [index]));

describe.each(PAIRS)("of $before: $first.name, and meanwhile $second.name", (pair) => {
  test.each(["held", "stopped until its lease has run out"])("the first one is %s", async (how) => {
    const isStopped = how !== "held";
    const cases = await Promise.all(
      (await writesOf(pair.before, pair.first)).map(async (calls) => {
        const repo = uniqueName();
        await prepare(pair.before, repo);
        // A stopped process's request takes effect; only its answer waits.
        const phase = isStopped ? "after" : "before";
        return { calls, repo, held: hold({ by: "slow", mentions: repo, calls, phase }) };
      }),
    );
    const firsts = cases.map(async ({ repo }) => pair.first.ask(slow, repo));
    await Promise.all(cases.map(({ held }, index) => Promise.race([held.reached, firsts[index]])));
    if (isStopped) {
      slowProcess.stop();
      clock.advance(LEASE_MS);
    }
    const seconds = await Promise.all(cases.map(({ repo }) => pair.second.ask(fast, repo)));
    for (const { held } of cases) held.release();
    slowProcess.proceed();
    const answers = await Promise.all(firsts);
    clock.advance(LEASE_MS);

    const refused = await Promise.all(cases.map(({ repo }) => askAgain(repo)));
    const arns = await roleArnsWith(aws, "");
    const wrong = await Promise.all(
      cases.map(async ({ calls, repo }, index) => {
        const [first, second] = [answers[index], seconds[index]];
        if (first === undefined || second === undefined) return ["a writer has no answer"];
        const faults = [
          ...(refused[index] ?? []),
          ...(await judge(pair, repo, first, second, isStopped)),
          ...(await disagreements(repo, arns)),
        ];
        return faults.map((fault) => `at call ${calls}, ${first.status} and ${second.status}: ${fault}`);
      }),
    );
    expect(wrong.flat().join("\n")).toBe("");
    expect(cases.length).toBeGreaterThanOrEqual(5);
  });
});

test("who wakes up without its lease does not end what another is in the midst of", async () => {
  const untilIam = (await callsOf("a registration", put(SECOND))).indexOf("UpdateAssumeRolePolicy");
  const cases = await Promise.all(
    (await writesOf("a registration", put(FIRST))).map(async (calls) => {
      const repo = uniqueName();
      await prepare("a registration", repo);
      return {
        repo,
        first: hold({ by: "slow", mentions: repo, calls, phase: "after" }),
        second: hold({ by: "fast", mentions: repo, calls: untilIam, phase: "before" }),
      };
    }),
  );
  const firsts = cases.map(({ repo }) => put(FIRST).ask(slow, repo));
  await Promise.all(cases.map(({ first }, index) => Promise.race([first.reached, firsts[index]])));
  slowProcess.stop();
  clock.advance(LEASE_MS);
  const seconds = cases.map(({ repo }) => put(SECOND).ask(fast, repo));
  await Promise.all(cases.map(({ second }, index) => Promise.race([second.reached, seconds[index]])));
  for (const { first } of cases) first.release();
  slowProcess.proceed();
  await Promise.all(firsts);
  const between = await Promise.all(cases.map(({ repo }) => itemOf(repo)));
  expect(between.map((item) => item?.status)).toEqual(cases.map(() => "provisioning"));
  for (const { second } of cases) second.release();
  expect((await Promise.all(seconds)).map(({ status }) => status)).toEqual(cases.map(() => 200));
  const arns = await roleArnsWith(aws, "");
  for (const { repo } of cases) expect(await disagreements(repo, arns)).toEqual([]);
});

const isDone = ({ status }: Answer): boolean => status < 300;

/** Ends what neither writer brought to its end, as whoever asks again does. Answers what is wrong with that. */
async function askAgain(repo: string): Promise<string[]> {
  const item = await itemOf(repo);
  if (item === undefined || item.status === "ready") return [];
  const again = await (item.status === "removing"
    ? fast("DELETE", rolePath(repo))
    : fast("PUT", rolePath(repo), { body: item.spec }));
  return isDone(again) ? [] : [`asked again: ${again.text}`];
}

/** Returns the faults in how both writers have ended. */
async function judge(
  { first: one, second: other }: (typeof PAIRS)[number],
  repo: string,
  first: Answer,
  second: Answer,
  wasStopped: boolean,
): Promise<string[]> {
  const wrong: string[] = [];
  // A writer that wakes up without its lease gets an answer that says so, and that is no success.
  const lostLease = wasStopped && first.status === 503 && first.problem().code === "lease-lost";
  if (first.status >= 500 && !lostLease) wrong.push(`the first was answered ${first.text}`);
  if (second.status >= 500) wrong.push(`the second was answered ${second.text}`);

  const item = await itemOf(repo);
  const done = [
    { writer: one, isDone: isDone(first) },
    { writer: other, isDone: isDone(second) },
  ].filter(({ writer, isDone }) => isDone && writer.isWish !== undefined);
  if (done.length > 0 && !done.some(({ writer }) => writer.isWish?.(item)))
    wrong.push(`lost: what was answered with success is not what stands (${item?.spec.maxSessionSeconds})`);
  return wrong;
}

/**
 * Returns the parts of a repository's registrations that AWS does not hold as the table says, or holds without it.
 * @param all the ARNs of all roles in AWS
 */
async function disagreements(repo: string, all: readonly string[]): Promise<string[]> {
  const items = (await Promise.all(["publish", "second"].map((role) => itemOf(repo, role)))).filter(
    (item) => item !== undefined,
  );
  const strays = all.filter(
    (arn) => arn.includes(repo) && !items.some(({ desired }) => desired.role.arn === arn),
  );
  const wrong = strays.map((arn) => `${arn} is registered by nobody`);
  for (const item of items) {
    const role = await roleInAws(aws, item.desired.role.arn);
    if (item.status !== "ready") wrong.push(`${item.role} is ${item.status}`);
    else if (role === undefined || !isAsAsked(role, item)) wrong.push(`${item.role} is not as asked`);
    for (const { name } of item.desired.repositories) {
      const { account, region } = item;
      const known = await services.registry.readEcrItem({ account, region, name });
      const found = await ecrInAws(aws, name);
      if (known?.managed !== true || found?.tags["rolecall:id"] !== known.id)
        wrong.push(`${name} is not the one that was made for it`);
    }
  }
  return wrong;
}

describe("two operators at once", () => {
  const both = <T>(count: number, ask: (api: Api, index: number) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: count }, (_, index) => ask(index % 2 === 0 ? slow : fast, index)));

  test("64 PUTs of one role", async () => {
    const repo = uniqueName();
    const answers = await both(64, (api) => api("PUT", rolePath(repo)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(63);
    expect((await itemOf(repo))?.specVersion).toBe(1);
    expect(await disagreements(repo, await roleArnsWith(aws, repo))).toEqual([]);
  });

  test("64 roles of one repository are all made", async () => {
    const repo = uniqueName();
    const answers = await both(64, (api, index) => api("PUT", rolePath(repo, `role-${index}`)));
    expect(answers.filter(({ status }) => status !== 201).map(({ text }) => text)).toEqual([]);
    expect(await roleArnsWith(aws, repo)).toHaveLength(64);
    const items = await Promise.all(answers.map((_, index) => itemOf(repo, `role-${index}`)));
    for (const item of items) expect(item).toMatchObject({ status: "ready", leases: {} });
    const found = await ecrInAws(aws, `acme/${repo}`);
    const account = { account: "123456789012", region: "eu-central-1" };
    const known = await services.registry.readEcrItem({ ...account, name: `acme/${repo}` });
    expect(known).toMatchObject({ managed: true, id: found?.tags["rolecall:id"], leases: {} });
  });

  test("PUTs of two bodies, DELETEs and repairs, in many rounds", async () => {
    const writers = [put(FIRST), remove, put(SECOND), repair];
    const repos = Array.from({ length: 8 }, () => uniqueName());
    const statuses = await Promise.all(
      repos.map(async (repo, round) => {
        const answers = await both(8, (api, index) =>
          (writers[(index + (index >> 2) + round) % writers.length] ?? remove).ask(api, repo),
        );
        return answers.map(({ status }) => status);
      }),
    );
    for (const status of statuses.flat()) expect([200, 201, 404, 409]).toContain(status);
    clock.advance(LEASE_MS);
    for (const repo of repos) expect(await askAgain(repo)).toEqual([]);
    const arns = await roleArnsWith(aws, "");
    for (const repo of repos) expect(await disagreements(repo, arns)).toEqual([]);
  });
});
