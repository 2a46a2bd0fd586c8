/**
 * Does one job of a roll call: checks one member account. A message is only a hint. The table says whether there is such
 * a roll call and such a job, and whether the job still has to be done. So a job is done once, however often its message
 * is delivered.
 */
import { openRecorded, type Use } from "../accounts/open.ts";
import { clientsOf } from "../accounts/state.ts";
import { underDeadline } from "../aws/deadline.ts";
import { AwsFault } from "../aws/fault.ts";
import type { AccountSnapshot } from "../aws/observe-account.ts";
import type { GitHubFacts, Unseen } from "../github/github.ts";
import { type Failure, failed } from "../lib/errors.ts";
import { openWork, together, type Work } from "../lib/parallel.ts";
import type { AccountItem } from "../registry/items.ts";
import type { GroupState, Job, JobLease, JobName, JobProgress, JobResult } from "../registry/jobs.ts";
import type { RollCallItem } from "../registry/journal.ts";
import type { Services } from "../services.ts";
import { sharedAnswers } from "./ask-github.ts";
import { type AccountAudit, auditAccount } from "./audit-account.ts";
import { countJob, saveChecked } from "./finish.ts";
import { goThrough, type OnGitHub, type Reading, readAccount, type Time } from "./go-through.ts";
import { jobMessage, partOf, readJobMessage } from "./plan.ts";
import { reasonOf } from "./reason.ts";
import { NO_COUNTS, shortened } from "./tally.ts";

/** The longest that a consumer may work on a job (milliseconds), which is the time-out of the drift function. */
const LEASE_MS = 15 * 60_000;
/** The time within which an account must answer the first reads, by default (milliseconds). */
const ANSWER_MS = 2 * 60_000;
/** The largest number of registrations that the result of one job lists. */
const LISTED_IN_ACCOUNT = 100;
/** The services of AWS that act in the account. A fault of any other is not the account's. */
const OF_ACCOUNT = new Set(["iam", "sts", "ecr"]);

/** `isDone` is false if the message must be delivered again. */
export type Answered = { readonly isDone: boolean; readonly finished?: RollCallItem | undefined };

/**
 * Does the job that a message names. A failure of the account becomes the job's result.
 * @returns the finished roll call if this job was the last one
 * @throws if the table or the queue fails; then the message must be delivered again
 */
export async function answerJob(services: Services, time: Time, message: string): Promise<Answered> {
  const { registry, log, now, newId } = services;
  const ignore = (reason: string): Answered => {
    log.warn("job ignored", { reason, message: message.slice(0, 200) });
    return { isDone: true };
  };
  const name = readJobMessage(message);
  if (name === undefined) return ignore("not a job");
  const [known, record] = await together([registry.readJob(name), registry.readAccount(name.account)]);
  if (known === undefined || name.account === services.config.account) return ignore("no such job");
  const { group, job, isTaken } = known;
  if (group.isClosed) return ignore("the roll call was closed");
  // The consumer before may have been cut off after it stored the result.
  if (job?.result !== undefined) return { isDone: true, finished: await countJob(services, name) };
  // Deliver the message again while another consumer works on the job, because that consumer may be cut off.
  if (isTaken) return { isDone: false };
  const lease = { id: newId(), until: now() + Math.min(LEASE_MS, time.remaining()) };
  const taken: Job = { account: name.account, ...(job?.progress && { progress: job.progress }) };
  const work = openWork();
  try {
    const found = { name, group, record, work };
    const table = readTable(services, found);
    if (!(await registry.takeJob(name, taken, lease))) return { isDone: false };
    const reading = { ...table, ...enterAccount(services, time, found) };
    const result = await checkAccount(services, time, { name, group, job: taken, lease, work, reading });
    if (result === undefined) return { isDone: true };
    const isSaved = await registry.saveJob(name, { account: name.account, result }, lease);
    return isSaved ? { isDone: true, finished: await countJob(services, name) } : { isDone: false };
  } finally {
    await work.ended();
  }
}

type Found = {
  readonly name: JobName;
  readonly group: GroupState;
  /** The operator's record of the account; undefined if it was deleted. */
  readonly record: AccountItem | undefined;
  readonly work: Work;
};

/** The reads of the table for a job. */
type TableReading = Omit<Reading, "snapshot"> & { readonly gitHub: Promise<OnGitHub> };

/** The reads of the account itself. */
type AccountReading = Pick<Reading, "snapshot"> & {
  /** The services in the account, or why the account cannot be checked. */
  readonly opened: Promise<Services | Failure>;
  /** The number of calls that the account's clients had made before. */
  readonly callsBefore: number;
};

/** Starts the reads of the table for a job. They do no harm if another consumer has taken the job. */
function readTable(services: Services, { name, group, work }: Found): TableReading {
  const registry = services.registryOf(name.account);
  const registered = work.start(registry.registeredRoles());
  const readAnswers = (parts: readonly string[]) =>
    registry.readGitHubAnswers<GitHubFacts | Unseen>(name.rollCall, parts);
  return {
    registered,
    gitHub: work.start(registered.then((all) => sharedAnswers(all, partOf, readAnswers))),
    lastCheck: work.start(registry.readLastCheck()),
    lastAudit: work.start(registry.readLastAudit(name.account)),
    turn: Promise.resolve(group.turn),
  };
}

/** Starts the reads of an account. One that cannot be assumed, or that does not answer, fails both. */
function enterAccount(services: Services, time: Time, { name, record, work }: Found): AccountReading {
  const { account } = name;
  const until = services.now() + (time.answerMs ?? ANSWER_MS);
  const open = async (use: Use): Promise<Services | Failure> =>
    record === undefined ? { failure: "account-unknown", account } : openRecorded(services, record, use);
  const snapshot = async (): Promise<AccountSnapshot> => {
    // The roles are read without the member's tags, which are read at the same time.
    const reader = await open("reads");
    if (failed(reader)) throw new Error(reader.failure);
    return readAccount(reader);
  };
  return {
    callsBefore: record === undefined ? 0 : clientsOf(services, record).calls.count,
    opened: work.start(underDeadline(until, () => open("plans"))),
    snapshot: work.start(underDeadline(until, snapshot)),
  };
}

type Taken = Omit<Found, "record"> & {
  readonly job: Job;
  readonly lease: JobLease;
  readonly reading: TableReading & AccountReading;
};

/** Checks the account of a job. Returns undefined if the job ran out of time and another message continues it. */
async function checkAccount(services: Services, time: Time, taken: Taken): Promise<JobResult | undefined> {
  const { now, log } = services;
  const { account, rollCall } = taken.name;
  const begun: JobProgress = taken.job.progress ?? {
    counts: NO_COUNTS,
    drifted: [],
    awsCalls: 0,
    kept: { missed: {} },
  };
  const ended = (from: Omit<JobProgress, "kept">, more: Partial<JobResult>): JobResult => ({
    account,
    counts: from.counts,
    drifted: from.drifted.slice(0, LISTED_IN_ACCOUNT).map((entry) => ({ account, ...entry })),
    awsCalls: from.awsCalls,
    finishedAt: new Date(now()).toISOString(),
    ...more,
  });
  try {
    const opened = await taken.reading.opened;
    if (failed(opened)) {
      log.warn("account not checked", { rollCall, account, ...opened });
      return ended(begun, { failure: shortened(reasonOf(opened)) });
    }
    const gone = await checkOpened(opened, time, begun, taken);
    if (gone === undefined) return undefined;
    const { progress, audit } = gone;
    await saveChecked(opened.registry, { account, at: taken.group.startedAt, progress, audit });
    return ended(progress, { audit: audit.result });
  } catch (error) {
    const failure = error instanceof AwsFault ? error.failure : undefined;
    const isOfAccount = failure !== undefined && (!("aws" in failure) || OF_ACCOUNT.has(failure.aws.service));
    if (!isOfAccount) throw error;
    log.warn("account not checked", { rollCall, account, ...failure });
    return ended(begun, { failure: shortened(reasonOf(failure)) });
  }
}

async function checkOpened(
  opened: Services,
  time: Time,
  begun: JobProgress,
  { name, lease, work, reading }: Taken,
): Promise<{ progress: JobProgress; audit: AccountAudit } | undefined> {
  const { registry, clients, home = opened } = opened;
  const counted = (progress: JobProgress): JobProgress => ({
    ...progress,
    awsCalls: begun.awsCalls + clients.calls.count - reading.callsBefore,
  });
  let isLost = false;
  const { progress, audit } = await goThrough(opened, time, begun, {
    work,
    reading,
    onGitHub: () => reading.gitHub,
    audit: (snapshot, registered) =>
      auditAccount(
        opened,
        { rollCall: name.rollCall, before: reading.lastAudit },
        snapshot,
        registered,
        work,
      ),
    async save(progress, isHandedOn) {
      // Save nothing before the end: a consumer that was cut off begins again, and an account in sync costs no write.
      if (!isHandedOn) return;
      const job = { account: name.account, progress: counted(progress) };
      isLost = !(await registry.saveJob(name, job, { ...lease, until: 0 }));
    },
  });
  if (audit !== undefined) return { progress: counted(progress), audit };
  if (isLost) return undefined;
  await registry.touchGroup(name);
  await home.jobs?.send([jobMessage(name)]);
  return undefined;
}
