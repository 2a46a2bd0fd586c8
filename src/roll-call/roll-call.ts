import { forNewest, openWork, type Work } from "../lib/parallel.ts";
import { listKey } from "../registry/items.ts";
import type { JobResult } from "../registry/jobs.ts";
import {
  type GitHubShare,
  type GitHubTurn,
  isOver,
  type ResumeState,
  type RollCallAudit,
  type RollCallItem,
  type Run,
  type UnderWay,
} from "../registry/journal.ts";
import type { Services } from "../services.ts";
import { askGitHub, collectRepositories } from "./ask-github.ts";
import { type AccountAudit, auditAccount } from "./audit-account.ts";
import { countJob, saveChecked } from "./finish.ts";
import { nextTurn, positionOf } from "./github.ts";
import { goThrough, type Reading, readAccount, type Time, UNLIMITED } from "./go-through.ts";
import { homeJob, type Planned, planJobs } from "./plan.ts";
import { failureOf, reasonOf } from "./reason.ts";
import { closeStalled, makesProgress, UNDER_WAY_MS } from "./stalled.ts";
import { NO_COUNTS, shortened } from "./tally.ts";

export { type Time, UNLIMITED } from "./go-through.ts";

/** The detail-type of the event that requests a roll call or hands one on. */
export const REQUESTED = "Rolecall Roll Call Requested";

/** Returns a roll call that has not begun yet. Its id sorts by time. */
function newRollCall({ newId, now }: Services): UnderWay {
  const startedAt = new Date(now()).toISOString();
  return {
    id: `${startedAt.replace(/[-:.]/g, "")}-${newId().slice(0, 8)}`,
    status: "requested",
    startedAt,
    counts: NO_COUNTS,
    drifted: [],
    kept: { missed: {} },
    awsCalls: 0,
    savedAt: startedAt,
  };
}

/** Requests a roll call. Returns the one that is under way if there is one. */
export async function requestRollCall(services: Services): Promise<RollCallItem> {
  const { registry, now } = services;
  const [[saved], turn] = await Promise.all([registry.rollCalls(1), registry.readTurn()]);
  // A request takes the turn before it saves its roll call, so the roll call of the turn may not be saved yet.
  const latest = turn !== undefined && turn.id > (saved?.id ?? "") ? turn : saved;
  if (latest !== undefined && !isOver(latest)) {
    if (now() - Date.parse(latest.savedAt) < UNDER_WAY_MS) return latest;
    if (await makesProgress(services, latest)) return latest;
  }
  return registry.takeTurn(newRollCall(services), turn);
}

/**
 * Calls the roll: compares all registrations with AWS, repairs those that ask for it, and audits every role that trusts
 * GitHub. If the operator has records of member accounts, plans one job for each of them and sends its message; this
 * invocation does the job of the home account. Near the end of its time the roll call saves its resume state and hands on
 * to another invocation. A failure of one registration becomes that registration's result. Any other error is thrown. If
 * it occurs before the roll call is saved as finished, but after this invocation has taken it, the roll call is saved as
 * `failed`. All work has ended when the function returns, because a Lambda function freezes then.
 * @param known the requested or handed-on roll call from the table; by default a new one
 */
export async function rollCall(
  services: Services,
  time: Time = UNLIMITED,
  known?: RollCallItem,
): Promise<RollCallItem> {
  if (known !== undefined && isOver(known)) return known;
  // Restart a roll call of an earlier version, because it has no resume state.
  const begun: UnderWay =
    known?.kept === undefined
      ? { ...newRollCall(services), ...(known && { id: known.id, status: known.status }) }
      : { ...known, kept: known.kept };
  const work = openWork();
  try {
    // Start before the roll call is taken. If another invocation has taken it, reads do no harm, and a roll call that was
    // cut off is to be closed in any case.
    const beginning = start(services, begun, work);
    const { taken, other } = await take(services, begun, known, beginning);
    return taken === undefined ? other : await callHome(services, time, taken, beginning);
  } finally {
    await work.ended();
  }
}

/** The work that a roll call starts before it goes through the registrations. */
type Beginning = {
  work: Work;
  /** Returns the number of calls to IAM and ECR, including those of earlier invocations. */
  awsCalls(): number;
  /** The member accounts of a roll call that begins; empty for one that continues. */
  members: Promise<readonly Planned[]>;
  /** Earlier roll calls: those that a new one has closed, and one that is under way. */
  earlier: ReturnType<typeof closeStalled>;
  /** The repositories of the registrations in member accounts. They are complete once the registrations are read. */
  others: Promise<ReturnType<typeof collectRepositories>>;
  reading: Reading;
};

/** Starts the reads, and the closing of roll calls that were cut off. */
function start(services: Services, { id, status, kept, awsCalls }: UnderWay, work: Work): Beginning {
  const { registry, clients } = services;
  const callsBefore = clients.calls.count;
  const isNew = status === "requested";
  const members = work.start(isNew ? membersOf(services) : Promise.resolve([]));
  const earlier = work.start(isNew ? closeStalled(services, id) : Promise.resolve({ closed: [] }));
  const turn = work.start(kept.turn ? Promise.resolve(kept.turn) : registry.readGitHubTurn());
  const others = turn.then(({ behind }) => collectRepositories(behind));
  return {
    work,
    awsCalls: () => awsCalls + clients.calls.count - callsBefore,
    members,
    earlier,
    others,
    reading: {
      snapshot: work.start(readAccount(services)),
      registered: work.start(others.then(({ add }) => registry.registeredRoles(add))),
      lastCheck: work.start(registry.readLastCheck()),
      lastAudit: work.start(registry.readLastAudit(services.config.account)),
      turn,
    },
  };
}

/** The roll call that this invocation has taken, or the one to return because it must not do any. */
type Taken = { taken: UnderWay; other?: undefined } | { taken?: undefined; other: RollCallItem };

/** Takes a roll call for this invocation. */
async function take(
  { registry, log }: Services,
  begun: UnderWay,
  known: RollCallItem | undefined,
  beginning: Beginning,
): Promise<Taken> {
  const { closed, underWay } = await beginning.earlier;
  const own: UnderWay = closed.length > 0 ? { ...begun, closed: [...closed] } : begun;
  if ((await beginning.members).length > 0) {
    // The schedule waits for a roll call that takes longer than its period. Otherwise none would ever end.
    const earlier = underWay === undefined || known ? undefined : await registry.readRollCall(underWay);
    if (earlier !== undefined) {
      log.info("roll call not started, because an earlier one is under way", { id: earlier.id });
      return { other: earlier };
    }
    // Add the roll call before it begins. After a crash in between, the next one can close it.
    await registry.addOpenRollCall(begun.id);
  }
  // An event may arrive twice, and others may send one. The second invocation leaves the roll call to the first.
  const isTaken =
    begun.status === "requested"
      ? await registry.beginRollCall(own)
      : known?.kept === undefined || (await registry.takeOverRollCall(begun));
  return isTaken ? { taken: { ...own, status: "running" } } : { other: begun };
}

/** Returns the member accounts to plan jobs for; none in a process that has no queue. */
async function membersOf({ registry, jobs, log }: Services): Promise<Planned[]> {
  const members = await registry.accountsByLastCheck();
  if (jobs !== undefined || members.length === 0) return members;
  log.warn("member accounts are not checked, because this process has no queue", {
    accounts: members.length,
  });
  return [];
}

/** The state of the home account's check. */
type Home = {
  progress: UnderWay;
  /** The share of a roll call over several accounts; undefined without member accounts. */
  share: Promise<GitHubShare> | undefined;
};

type Checked = { readonly audit: AccountAudit; readonly lastAsked?: string | undefined };

/**
 * Checks the home account, and plans the jobs of the member accounts. The order of the saves: the progress, while the check
 * goes on; the results of the check; the end of the roll call, or of the home account's job.
 */
async function callHome(
  services: Services,
  time: Time,
  begun: UnderWay,
  beginning: Beginning,
): Promise<RollCallItem> {
  const { events, log } = services;
  const home: Home = { progress: begun, share: begun.kept.share && Promise.resolve(begun.kept.share) };
  let saved: SavedHome;
  try {
    const { audit, lastAsked } = await checkHome(services, time, home, beginning);
    if (audit === undefined) {
      const { progress } = home;
      await events.put(REQUESTED, { id: progress.id });
      log.info("roll call handed on", { id: progress.id, counts: progress.counts });
      return progress;
    }
    saved = await saveHome(services, home, { audit, lastAsked }, beginning.work);
  } catch (error) {
    await saveFailure(services, home, beginning, error);
    throw error;
  }
  return endHome(services, saved);
}

/** Goes through the registrations of the home account, and saves the progress. */
async function checkHome(services: Services, time: Time, home: Home, beginning: Beginning) {
  const { work, reading, awsCalls, members, others } = beginning;
  const { progress: begun } = home;
  const save = forNewest(({ rollCall, isHandedOn }: { rollCall: UnderWay; isHandedOn: boolean }) =>
    services.registry.saveRollCall(rollCall, isHandedOn),
  );
  const gone = await goThrough(services, time, begun, {
    work,
    reading,
    async onGitHub(left, turn) {
      const planned = await members;
      const { last } = begun.kept.share ?? {};
      if (last !== undefined) return askGitHub(services, left, { start: turn.behind, others: [], last });
      if (planned.length === 0) return askGitHub(services, left);
      const asked = askGitHub(services, left, { start: turn.behind, others: (await others).inTurn() });
      home.share = work.start(planJobs(services, begun, planned, turn, asked));
      return asked;
    },
    audit: (snapshot, registered) =>
      auditAccount(services, { rollCall: begun.id, before: reading.lastAudit }, snapshot, registered, work),
    async save(rollCall, isHandedOn) {
      const share = isHandedOn ? await home.share : undefined;
      const kept = { ...rollCall.kept, ...(share && { share }) };
      home.progress = { ...rollCall, kept, awsCalls: awsCalls() };
      return save({ rollCall: home.progress, isHandedOn });
    },
  });
  if (gone.audit !== undefined) home.progress = { ...gone.progress, awsCalls: awsCalls() };
  return gone;
}

/** The results of the home account's check, after they were saved. */
type SavedHome = {
  /** The roll call as it is saved now. */
  readonly rollCall: RollCallItem;
  /** The result of the home account's job; undefined without member accounts. */
  readonly job: JobResult | undefined;
  readonly run: Run;
};

/** Saves the results of the home account's check. */
async function saveHome(
  services: Services,
  { progress, share }: Home,
  { audit, lastAsked }: Checked,
  work: Work,
): Promise<SavedHome> {
  const { registry, config } = services;
  const shared = await share;
  const { finished, result } = endOf(services, progress, audit.result);
  const { id, counts, startedAt, kept } = progress;
  const rollCall = shared === undefined ? finished : progress;
  await Promise.all([
    work.start(saveChecked(registry, { account: config.account, at: startedAt, progress, audit })),
    work.start(registry.saveGitHubTurn(turnAfter(kept, shared, lastAsked))),
    work.start(registry.saveRollCall(rollCall)),
  ]);
  const { unregistered } = audit.result;
  const run = { id, finishedAt: result.finishedAt, counts, unregistered };
  return { rollCall, job: shared && result, run };
}

/** Ends the home account's job, or the roll call if there is no other account. */
async function endHome(services: Services, { rollCall, job, run }: SavedHome): Promise<RollCallItem> {
  if (job !== undefined) return (await recordHome(services, rollCall.id, job)) ?? rollCall;
  // Save the run last: a finished run says that everything of its roll call is saved.
  await services.registry.saveRun(run);
  services.log.info("roll call", { id: run.id, counts: run.counts, awsCalls: rollCall.awsCalls });
  return rollCall;
}

/** Saves that the home account's check failed. It is the account's own failure, once the other accounts have their jobs. */
async function saveFailure(
  services: Services,
  home: Home,
  { work, awsCalls }: Beginning,
  error: unknown,
): Promise<void> {
  // Wait for the work that is still under way: a late save would overwrite the failed status.
  await work.ended();
  const isPlanned = await home.share?.then(
    () => true,
    () => false,
  );
  const progress = { ...home.progress, awsCalls: awsCalls() };
  const { result } = endOf(services, progress);
  const recorded =
    isPlanned === true
      ? recordHome(services, progress.id, { ...result, failure: shortened(reasonOf(failureOf(error))) })
      : services.registry.saveRollCall({ ...progress, status: "failed" });
  await recorded.catch((also: unknown) =>
    services.log.error("roll call not saved", { id: progress.id, error: String(also) }),
  );
}

/** Returns the home account's check as the report of a finished roll call, and as the result of the account's job. */
function endOf({ now, config }: Services, progress: UnderWay, audit?: RollCallAudit) {
  const { kept: _, ...rest } = progress;
  const { counts, awsCalls } = rest;
  const drifted = [...rest.drifted].sort((a, b) => (listKey(a) < listKey(b) ? -1 : 1));
  const finishedAt = new Date(now()).toISOString();
  const found = { counts, drifted, awsCalls, finishedAt, ...(audit && { audit }) };
  const finished: RollCallItem = { ...rest, ...found, status: "finished" };
  return { finished, result: { ...found, account: config.account } satisfies JobResult };
}

/** Records the result of the home account's job. Returns the finished roll call if the other jobs are done. */
async function recordHome(
  services: Services,
  id: string,
  result: JobResult,
): Promise<RollCallItem | undefined> {
  const job = homeJob(services, id);
  const { account } = result;
  await services.registry.takeJob(job, { account, result }, { id: services.newId(), until: 0 });
  return countJob(services, job);
}

/** Returns GitHub's next turn. The share of a roll call over several accounts ends its turn for all of them. */
function turnAfter(
  { turn = { behind: "", silent: 0 }, told }: ResumeState,
  share: GitHubShare | undefined,
  lastAsked: string | undefined,
): GitHubTurn {
  if (share === undefined) return nextTurn(turn, told, lastAsked);
  const position = (place: string | undefined): string =>
    place === undefined || place === "" ? "" : positionOf(turn.behind, place);
  const latest = position(told) > position(share.told) ? told : share.told;
  return nextTurn(turn, latest === "" ? undefined : latest, share.last === "" ? undefined : share.last);
}
