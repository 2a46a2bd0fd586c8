/**
 * One embedded AWS and GitHub with many sites on them, each with three member accounts of its own. A site's queue is
 * consumed as Lambda consumes it. AWS's clock stands still, so a message that was not done stays invisible until the site
 * says that its time is over.
 */

import {
  type AttributeValue,
  BatchWriteItemCommand,
  DynamoDBClient,
  ScanCommand,
  type WriteRequest,
} from "@aws-sdk/client-dynamodb";
import { ECRClient } from "@aws-sdk/client-ecr";
import { AttachRolePolicyCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { MiddlewareStack, Pluggable } from "@smithy/types";
import type { Fault, FaultPoint, PutEvent } from "../../local/aws/server.ts";
import { openEventSource } from "../../local/aws/sqs/event-source.ts";
import type { Delivery } from "../../local/aws/sqs/state.ts";
import { prepareMember } from "../../local/member.ts";
import { makeTable } from "../../local/prepare.ts";
import { eventBridge } from "../../src/aws/events.ts";
import { openJobs } from "../../src/aws/jobs.ts";
import { cloudTrail } from "../../src/aws/trail.ts";
import { readConfig } from "../../src/config.ts";
import { NO_PROFILES } from "../../src/desired/profiles.ts";
import { inChunks } from "../../src/lib/parallel.ts";
import type { HistoryEntry, RegistrationItem } from "../../src/registry/items.ts";
import type { Job, JobName } from "../../src/registry/jobs.ts";
import type { RollCallItem, Run } from "../../src/registry/journal.ts";
import type { LastCheck } from "../../src/registry/last-check.ts";
import { placeOf } from "../../src/roll-call/github.ts";
import { answer, SCHEDULED } from "../../src/roll-call/invocation.ts";
import { partOf } from "../../src/roll-call/plan.ts";
import type { Time } from "../../src/roll-call/roll-call.ts";
import { openServices, type Services } from "../../src/services.ts";
import { GITHUB_COM } from "../../src/trust/issuer.ts";
import { isAsAsked, ONCE, roleArnsWith, roleInAws } from "../harness/aws.ts";
import { STARTED_AT } from "../harness/rolecall.ts";
import { shortWait } from "../harness/wait.ts";
import { mortal } from "./mortal.ts";
import { HOME, regionOf, requestsTo, silent, startPlace } from "./place.ts";
import { comparable, publishedAbout, shown } from "./state.ts";
import { type Meanwhile, openSwitch, type Stage } from "./switch.ts";

export type Site = Awaited<ReturnType<Awaited<ReturnType<typeof startWorld>>["openSite"]>>;
export type Seen = Awaited<ReturnType<Site["look"]>>;

/** The time by AWS's clock. It is later than any time by a site's clock, so no session in a member account ends. */
const AWS_TIME = STARTED_AT + 30 * 24 * 60 * 60_000;
const VISIBILITY_MS = 90 * 60_000;
const DAY_MS = 24 * 60 * 60_000;
/** The calls of a queue that Lambda and the test make, and not Rolecall. The test's own never suffer a fault. */
const OF_LAMBDA = new Set(["ReceiveMessage", "DeleteMessageBatch"]);
const OF_TEST = new Set(["CreateQueue", "ChangeMessageVisibility", "GetQueueAttributes"]);

type Read = { account: string; at: number };

type Client<I extends object, O extends object> = {
  readonly middlewareStack: MiddlewareStack<I, O>;
  readonly config: object;
};

/** The registrations of a site: the account's index, the repository, and what a roll call does about drift. */
const REGISTRATIONS = [
  [0, "first", "report"],
  [0, "second", "report"],
  [1, "third", "repair"],
  [2, "fourth", "report"],
] as const;

/** Starts the embedded AWS and GitHub for this test file. */
export async function startWorld() {
  type Hooks = { fault(point: FaultPoint): Fault | undefined; delivery(body: string): Delivery | undefined };
  const sites = new Map<string, Hooks>();
  const gitHubSwitches = new Map<string, ReturnType<typeof openSwitch>>();
  const { aws, gitHub, boundaryArn, settings } = await startPlace({
    now: () => AWS_TIME,
    fault: (region, point) => sites.get(region)?.fault(point),
    gitHubFault: (number, { path, phase }) => gitHubSwitches.get(number)?.gitHub(path, phase),
    delivery: ({ queue, body }) => sites.get(regionOf(queue.slice(-5)))?.delivery(body),
  });

  /** @param time the limits of each invocation */
  async function openSite(time: Time) {
    const number = nextNumber(Number([...gitHubSwitches.keys()].at(-1) ?? 89_999) + 1);
    const region = regionOf(number);
    const accounts = ["2", "3", "4"].map((digit) => `${digit}000000${number}`);
    const faults = openSwitch();
    let life = faults.begin();
    /** The number of calls that took effect. */
    let performed = 0;
    let now = STARTED_AT;
    /** Decides about a message, by its account; undefined delivers it once and at once. */
    let delivery: (account: string, body: string) => Delivery | undefined = () => undefined;
    /** Decides about a call before the switch does. */
    let besides: ((point: FaultPoint) => Fault | undefined) | undefined;
    gitHubSwitches.set(number, faults);
    sites.set(region, {
      delivery: (body) => delivery(JSON.parse(body).account, body),
      fault(point) {
        const { service, action, phase } = point;
        if (service === "sqs" && OF_TEST.has(action)) return undefined;
        if (phase === "after") performed++;
        // The clients of STS and SQS are not mortal, so a killed process loses their calls here.
        const isOfDead = life.isOver && (service === "sts" || (service === "sqs" && !OF_LAMBDA.has(action)));
        if (isOfDead) return { kind: "drop" };
        return besides?.(point) ?? faults.aws(point, phase);
      },
    });
    const issuers = new Map([["*", { ...GITHUB_COM, url: `${GITHUB_COM.url}/run-${number}` }]]);
    for (const account of accounts)
      await prepareMember(
        { ...settings, issuers, profiles: NO_PROFILES },
        settings.rolePath,
        account,
        { region: "eu-central-1", partition: "aws" },
        { hubAccount: HOME },
      );
    const table = `accounts-${number}`;
    await makeTable(region, table);
    const lambda = new SQSClient({ region, maxAttempts: 1, useQueueUrlAsEndpoint: false });
    const QueueName = `jobs-${number}`;
    const dead = await lambda.send(new CreateQueueCommand({ QueueName: `dead-${number}` }));
    const { QueueUrl = "" } = await lambda.send(
      new CreateQueueCommand({
        QueueName,
        Attributes: {
          VisibilityTimeout: "43200",
          RedrivePolicy: JSON.stringify({
            deadLetterTargetArn: `arn:aws:sqs:${region}:${HOME}:dead-${number}`,
            maxReceiveCount: 3,
          }),
        },
      }),
    );
    const config = readConfig({
      ROLECALL_OWNERS: "acme",
      ROLECALL_TABLE: table,
      ROLECALL_BOUNDARY_ARN: boundaryArn,
      ROLECALL_JOBS_QUEUE_URL: QueueUrl,
      ROLECALL_ISSUERS: `https://token.actions.githubusercontent.com/run-${number}`,
      GITHUB_API_URL: gitHub.url,
    });
    for (const [index, [, name]] of REGISTRATIONS.entries())
      gitHub.repositories.set(`acme/${name}-${number}`, { id: Number(`77${index}9${number}`) });
    const traffic = { underWay: 0 };
    /** The accounts that a process has read, each with the time. */
    const reads: Read[] = [];
    /** The accounts in which a process has read a single role again. */
    const looks: Read[] = [];
    const started: Services[] = [];
    // The test reads and writes the table in another region, so that its calls suffer no fault.
    const dynamodb = new DynamoDBClient({ ...ONCE, region: "eu-central-1" });
    const held: Record<"invocation" | "day", (() => Promise<void>)[]> = { invocation: [], day: [] };
    /** The event source calls it before it looks for the next message. */
    let beforePoll: () => Promise<void> = async () => {};
    /** The clients of each account's owner, who changes roles behind Rolecall's back. */
    const owners = accounts.map((account) => {
      const credentials = { accessKeyId: `${account}-mallory`, secretAccessKey: "x" };
      return {
        iam: new IAMClient({ ...ONCE, region: "eu-central-1", credentials }),
        ecr: new ECRClient({ ...ONCE, region: "eu-central-1", credentials }),
      };
    });

    /** Starts a process that makes no more calls once it is killed. */
    function start(): Services {
      life = faults.begin();
      const services = openServices({
        config,
        region,
        log: silent,
        openEvents: eventBridge,
        openTrail: (clients) => cloudTrail(clients, () => now),
        openJobs: (clients, url) => openJobs(clients, url, () => now, shortWait),
        now: () => now,
        wait: shortWait,
      });
      const { clients } = services;
      const endsWith = <I extends object, O extends object>(client: Client<I, O>): void => {
        client.middlewareStack.use(mortal(life, traffic));
        // From now on the stack stays as it is, so the SDK need not build it for each call.
        Object.assign(client.config, { cacheMiddleware: true });
      };
      for (const account of [HOME, ...accounts]) {
        const { iam, ecr } = account === HOME ? clients : services.clientsOf(account, region);
        iam.middlewareStack.use(noted(account));
        endsWith(iam);
        endsWith(ecr(region));
      }
      endsWith(clients.dynamodb);
      endsWith(clients.events);
      started.push(services);
      return services;
    }

    /** Notes that the account was read. */
    const noted = <I extends object, O extends object>(account: string): Pluggable<I, O> => ({
      applyToStack: (stack) =>
        stack.add(
          (next, { commandName = "" }) =>
            async (args) => {
              const read = await next(args);
              if (commandName === "GetAccountAuthorizationDetailsCommand") reads.push({ account, at: now });
              if (commandName === "GetRoleCommand") looks.push({ account, at: now });
              return read;
            },
          { step: "initialize", priority: "low", name: "noted" },
        ),
    });

    let current = start();
    async function send(method: string, path: string, body?: object, by = current): Promise<void> {
      const { status, detail } = await requestsTo(by)(method, path, body);
      if (status >= 300) throw new Error(`${method} ${path}: ${status} ${detail}`);
    }

    const pathOf = (account: string, repo: string): string =>
      `/v1/accounts/${account}/repos/acme/${repo}/roles/publish`;
    for (const account of accounts)
      await send("PUT", `/v1/accounts/${account}`, {
        name: "member",
        repositories: ["acme/*"],
        regions: [region],
      });
    for (const [index, name, onDrift] of REGISTRATIONS)
      await send("PUT", pathOf(accounts[index] ?? "", `${name}-${number}`), { onDrift });
    now += 60_000;
    const preparedAt = now;

    /** Invokes the function as Lambda does: in a process that lives. */
    async function invoke(event: unknown, by?: Services): Promise<unknown> {
      if (life.isOver) current = start();
      const mine = life;
      try {
        const answered = await answer(by ?? current, time, event);
        if (mine.isOver) throw new Error("killed");
        return answered;
      } finally {
        await release("invocation");
      }
    }

    /** Lets the late calls take effect. */
    async function release(end: "invocation" | "day"): Promise<void> {
      for (const go of held[end].splice(0)) await go();
    }

    const handles: string[] = [];
    /** The messages that the function answered as done, so that Lambda deletes them. */
    const answered: JobName[] = [];
    /** Opens the event source of the queue. @param by the process that does the jobs; by default the current one */
    const openSource = (by?: Services) =>
      openEventSource(lambda, {
        queueUrl: QueueUrl,
        queueArn: `arn:aws:sqs:${region}:${HOME}:${QueueName}`,
        batchSize: 1,
        maximumConcurrency: 1,
        async handler(event) {
          handles.push(...event.Records.map(({ receiptHandle }) => receiptHandle));
          const answer = await invoke(event, by);
          const failures = JSON.stringify(answer);
          for (const { messageId, body } of event.Records)
            if (!failures.includes(messageId)) answered.push(JSON.parse(body));
          return answer;
        },
        report: () => {},
      });
    const source = openSource();
    lambda.middlewareStack.add(
      (next, { commandName = "" }) =>
        async (args) => {
          if (commandName === "ReceiveMessageCommand") await beforePoll();
          return next(args);
        },
      { step: "initialize", name: "beforePoll" },
    );

    /** Delivers every visible message. Lambda polls again after a poll that failed. */
    async function drain(from: typeof source): Promise<void> {
      for (let poll = 0; poll < 4; poll++) {
        const isDrained = await from.drain().then(
          () => true,
          () => false,
        );
        await release("invocation");
        if (isDrained) return;
      }
    }

    /** Ends the time for which the messages that were not deleted are invisible. */
    async function makeVisible(): Promise<void> {
      now += VISIBILITY_MS;
      for (const ReceiptHandle of handles.splice(0))
        await lambda
          .send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }))
          .catch(() => {});
    }

    const nextDay = (): void => {
      now += DAY_MS - (now % DAY_MS);
    };

    /** Removes the last account with its registration. */
    async function removeLast(by: Services): Promise<void> {
      const removed = accounts[2] ?? "";
      await send("DELETE", pathOf(removed, `fourth-${number}`), undefined, by);
      await send("DELETE", `/v1/accounts/${removed}`, undefined, by);
    }

    let longestPause = 0;
    const stage: Stage = {
      async meanwhile(work: Meanwhile) {
        if (work === "another call") {
          // If the process makes no other call by then, it waits for this one.
          const before = performed;
          for (let turn = 0; turn < 30 && performed === before; turn++)
            await new Promise((resolve) => setImmediate(resolve));
          return;
        }
        const other = start();
        if (work === "removal") return removeLast(other);
        const pausedAt = now;
        if (work === "next roll call") nextDay();
        if (work !== "roll call") await makeVisible();
        if (work !== "redelivery") await invoke(SCHEDULED, other).catch(() => {});
        await drain(openSource(other));
        longestPause = Math.max(longestPause, now - pausedAt);
      },
      late(end) {
        const [released, done] = [signal(), signal()];
        held[end].push(() => {
          released.give();
          return done.given;
        });
        return { kind: "late", until: released.given, tookEffect: done.give };
      },
    };

    /** Writes the rows to the table, and deletes all others. */
    async function restoreRows(wanted: ReadonlyMap<string, Row>): Promise<void> {
      const present = await rows();
      const writes: WriteRequest[] = [];
      for (const [key, item] of present)
        if (!wanted.has(key))
          writes.push({
            DeleteRequest: { Key: { pk: item["pk"] ?? { S: "" }, sk: item["sk"] ?? { S: "" } } },
          });
      for (const [key, Item] of wanted)
        if (JSON.stringify(present.get(key)) !== JSON.stringify(Item)) writes.push({ PutRequest: { Item } });
      for (const some of inChunks(writes, 25))
        await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [table]: some } }));
    }

    /** Returns a function that puts the site back to its present state, with a new process. */
    async function save(): Promise<() => Promise<void>> {
      const restoreAws = aws.snapshot({
        accounts,
        messages: { account: HOME, region },
        isEvent: ({ detail }) => String(detail["repo"]).endsWith(number),
      });
      const wanted = await rows();
      const kept = {
        ...{ now, handles: [...handles], answered: [...answered] },
        ...{ reads: [...reads], looks: [...looks] },
      };
      return async () => {
        restoreAws();
        await restoreRows(wanted);
        now = kept.now;
        handles.splice(0, handles.length, ...kept.handles);
        answered.splice(0, answered.length, ...kept.answered);
        reads.splice(0, reads.length, ...kept.reads);
        looks.splice(0, looks.length, ...kept.looks);
        for (const late of [held.invocation, held.day]) late.length = 0;
        started.length = 0;
        longestPause = 0;
        current = start();
      };
    }

    type Row = Record<string, AttributeValue>;
    const rows = async (): Promise<Map<string, Row>> => {
      const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: table, ConsistentRead: true }));
      return new Map(Items.map((item) => [`${item["pk"]?.S} ${item["sk"]?.S}`, item]));
    };

    /** Returns the items of the table by their kind. */
    async function items() {
      const all = await rows();
      const of = <T>(pk: string, sk = ""): T[] =>
        [...all.values()].flatMap((row) =>
          row["pk"]?.S?.startsWith(pk) && row["sk"]?.S?.startsWith(sk)
            ? [JSON.parse(row["document"]?.S ?? "null")]
            : [],
        );
      return {
        registrations: of<RegistrationItem>("REPO#"),
        history: of<{ entry: HistoryEntry }>("HISTORY#").map(({ entry }) => entry),
        rollCalls: of<RollCallItem>("ROLLCALL").filter(({ id }) => id !== undefined),
        /** The result of an account's job in a roll call. */
        resultOf: (rollCall: string, account: string) =>
          of<Job>(`ROLLCALL#${rollCall}`, `ACCOUNT#${account}`)[0]?.result,
        isClosed: (rollCall: string) =>
          [...all.values()].some(
            (row) => row["pk"]?.S === `ROLLCALL#${rollCall}` && row["closed"]?.BOOL === true,
          ),
        runs: new Set(of<Run>("RUN").map(({ id }) => id)),
        open: all.get("TURN OPEN")?.["rollCalls"]?.SS ?? [],
        lastCheckOf: (account: string) => of<LastCheck>("CHECKED", `ACCOUNT#${account}`)[0],
      };
    }

    /**
     * Returns the status in the latest event about a registration; undefined without one. An event that was published twice
     * may come after a later one, so the revision in its id decides.
     */
    const lastStatusOf = (repo: string): unknown => {
      const revisionOf = ({ detail }: PutEvent): number => Number(String(detail["id"]).split(":")[1]);
      const about = aws.events.filter(({ detail }) => detail["repo"] === repo);
      return about.sort((a, b) => revisionOf(a) - revisionOf(b)).at(-1)?.detail["to"];
    };

    return {
      accounts,
      items,
      lastStatusOf,
      faults,
      preparedAt,
      reads,
      looks,
      /** Returns the longest pause of a process in the middle of a call (milliseconds). */
      longestPause: () => longestPause,
      pathOf,
      number,
      invoke,
      start,
      send,
      /** Returns the services of a process that lives. */
      services(): Services {
        if (life.isOver) current = start();
        return current;
      },
      /** Replaces the process by one that has no session yet. */
      restart(): void {
        current = start();
      },
      now: () => now,
      advance: (milliseconds: number) => {
        now += milliseconds;
      },
      deliverAs(next: typeof delivery): void {
        delivery = next;
      },
      hook(next: typeof besides): void {
        besides = next;
      },
      /** Somebody else changes a role of the first account and one of the second. */
      async tamper(): Promise<void> {
        const { registrations } = await items();
        for (const [owner, name] of [
          [owners[0], `first-${number}`],
          [owners[1], `third-${number}`],
        ] as const) {
          const RoleName = registrations.find(({ repo }) => repo === name)?.desired.role.name;
          const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
          await owner?.iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
          const PolicyDocument = JSON.stringify({
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }],
          });
          await owner?.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "theirs", PolicyDocument }));
        }
      },
      /** The schedule invokes the function. An invocation that fails is not repeated. */
      async schedule(): Promise<void> {
        nextDay();
        await invoke(SCHEDULED).catch(() => {});
      },
      drain: () => drain(source),
      makeVisible,
      release,
      removeLast: () => removeLast(current),
      save,
      stage,
      /** Does something before each poll of the queue. */
      onPoll(next: () => Promise<void>): void {
        beforePoll = next;
      },
      answered,
      /** Returns the number of messages in the queue. One whose receipt was lost stays invisible. */
      async messagesLeft(): Promise<number> {
        const { Attributes = {} } = await lambda.send(
          new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
        );
        const { ApproximateNumberOfMessages: visible, ApproximateNumberOfMessagesNotVisible: others } =
          Attributes;
        return Number(visible) + Number(others);
      },
      /** Returns the messages that are dead letters. */
      async deadLetters(): Promise<JobName[]> {
        const { Messages = [] } = await lambda.send(
          new ReceiveMessageCommand({
            QueueUrl: dead.QueueUrl,
            MaxNumberOfMessages: 10,
            VisibilityTimeout: 0,
          }),
        );
        return Messages.map(({ Body = "" }) => JSON.parse(Body));
      },
      /** Returns the state of the site, in AWS and in the table. */
      async look() {
        const all = await items();
        const roles = await Promise.all(
          owners.map(async (owner) => {
            const arns = await roleArnsWith(owner, `-${number}-`);
            return Promise.all(arns.map((arn) => roleInAws(owner, arn)));
          }),
        ).then((found) => found.flat());
        const seen = {
          roles: Object.fromEntries(roles.map((role) => [role?.arn, role])),
          registrations: Object.fromEntries(
            all.registrations.map((item) => [
              item.repo,
              { ...shown(item, now), isInAws: roles.some((role) => role && isAsAsked(role, item)) },
            ]),
          ),
          events: Object.fromEntries(
            REGISTRATIONS.map(([, name]) => [name, publishedAbout(aws.events, `${name}-${number}`)]),
          ),
        };
        return comparable(seen, all, [
          ...accounts.map((account, index) => [account, `{account ${index}}`] as const),
          [number, "{n}"],
          [region, "{region}"],
        ]);
      },
      async close(): Promise<void> {
        await source.stop();
        sites.set(region, { fault: () => undefined, delivery: () => undefined });
        for (const { clients } of started)
          for (const client of [clients.iam, clients.dynamodb, clients.events]) client.destroy();
        for (const owner of owners) for (const client of [owner.iam, owner.ecr]) client.destroy();
        lambda.destroy();
        dynamodb.destroy();
      },
    };
  }

  return { openSite };
}

/** Returns a promise and the function that fulfils it. */
function signal() {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}

/**
 * Returns a free number for a site, from `first` on. GitHub's answers about its repositories are in as many items as those of
 * every other site, so that the calls of all sites have the same names.
 */
function nextNumber(first: number): string {
  const parts = (number: number) =>
    new Set(
      REGISTRATIONS.map(([, name]) =>
        partOf(placeOf({ owner: "acme", repo: `${name}-${number}`, role: "" })),
      ),
    );
  let number = first;
  while (parts(number).size < REGISTRATIONS.length) number++;
  return String(number);
}
