import { type AccountSnapshot, observeAccount } from "../aws/observe-account.ts";
import { issuerUrls } from "../config.ts";
import { providerOf } from "../desired/desired.ts";
import { forNewest, inChunks, openWork, readAhead, type Work } from "../lib/parallel.ts";
import { readWithEcr } from "../registration/read.ts";
import { listKey, type RegisteredRole } from "../registry/items.ts";
import type { GitHubTurn, RollCallItem, UnderWay } from "../registry/journal.ts";
import { asLastChecked, type LastCheck } from "../registry/last-check.ts";
import { allRegions, type Services } from "../services.ts";
import { trustsGitHub } from "../trust/lint/lint.ts";
import { askGitHub } from "./ask-github.ts";
import { auditAccount } from "./audit-account.ts";
import { openCauses } from "./causes.ts";
import { note } from "./check.ts";
import { nextTurn, placeOf, positionFrom } from "./github.ts";
import { judgeAll, type Result } from "./judge.ts";

/** The default number of registrations that are read at a time. */
const CHUNK = 100;
/** The number of chunks that are read ahead of the one that is being judged. */
const AHEAD = 3;
/** The largest number of registrations that a roll call lists. */
const LISTED = 500;
/** The largest size of the detail of a listed registration, in bytes of JSON. One table item holds all details. */
const DETAIL = 300;
/**
 * The largest number of registrations that a roll call may miss and still record all others as checked. One table item
 * holds the names of the missed registrations and the listed ones: with the longest names, 360 of its 400 kB.
 */
const MISSED = 500;
/** The remaining time of an invocation below which a roll call hands on to the next invocation (milliseconds). */
const HAND_ON_MS = 60_000;
/** The timeout of the drift function (milliseconds). A roll call that was not saved for this long was cut off. */
const UNDER_WAY_MS = 15 * 60_000;

/** The limits of a roll call: its remaining time in milliseconds, and the number of registrations read at a time. */
export type Time = { remaining(): number; readonly chunk?: number };
export const UNLIMITED: Time = { remaining: () => Number.POSITIVE_INFINITY };

/** The detail-type of the event that requests a roll call or hands one on. */
export const REQUESTED = "Rolecall Roll Call Requested";

/** Returns a roll call that has not begun yet. Its id sorts by time. */
function newRollCall({ newId, now }: Services): UnderWay {
  const startedAt = new Date(now()).toISOString();
  return {
    id: `${startedAt.replace(/[-:.]/g, "")}-${newId().slice(0, 8)}`,
    status: "requested",
    startedAt,
    counts: { checked: 0, inSync: 0, drifted: 0, repaired: 0, contested: 0, failed: 0, waiting: 0 },
    drifted: [],
    kept: { missed: {} },
    awsCalls: 0,
    savedAt: startedAt,
  };
}

/** Tells whether a roll call has finished or failed. */
export const isOver = ({ status }: RollCallItem): boolean => status === "finished" || status === "failed";

/** Requests a roll call. Returns the one that is under way if there is one. */
export async function requestRollCall(services: Services): Promise<RollCallItem> {
  const { registry, now } = services;
  const [[saved], turn] = await Promise.all([registry.rollCalls(1), registry.readTurn()]);
  // A request takes the turn before it saves its roll call, so the roll call of the turn may not be saved yet.
  const latest = turn !== undefined && turn.id > (saved?.id ?? "") ? turn : saved;
  const isUnderWay =
    latest !== undefined && !isOver(latest) && now() - Date.parse(latest.savedAt) < UNDER_WAY_MS;
  if (isUnderWay) return latest;
  return registry.takeTurn(newRollCall(services), turn);
}

/**
 * Calls the roll: compares all registrations with AWS, repairs those that ask for it, and audits every role that trusts
 * GitHub. Near the end of its time the roll call saves its resume state and hands on to another invocation. A failure of
 * one registration becomes that registration's result. Any other error is thrown. If it occurs before the roll call is
 * saved as finished, but after this invocation has taken it, the roll call is saved as `failed`. All work has ended when
 * the function returns, because a Lambda function freezes then.
 * @param known the requested or handed-on roll call from the table; by default a new one
 */
export async function rollCall(
  services: Services,
  time: Time = UNLIMITED,
  known?: RollCallItem,
): Promise<RollCallItem> {
  const { registry } = services;
  if (known !== undefined && isOver(known)) return known;
  // Restart a roll call of an earlier version, because it has no resume state.
  const begun: UnderWay =
    known?.kept === undefined
      ? { ...newRollCall(services), ...(known && { id: known.id, status: known.status }) }
      : { ...known, kept: known.kept };
  const work = openWork();
  const callsBefore = services.clients.calls.count;
  try {
    // Start reading before the roll call is taken: reads do no harm if another invocation has taken it.
    const beginning: Beginning = {
      work,
      awsCalls: () => begun.awsCalls + services.clients.calls.count - callsBefore,
      snapshot: work.start(readAccount(services)),
      registered: work.start(registry.registeredRoles()),
      lastCheck: work.start(registry.readLastCheck()),
      turn: work.start(begun.kept.turn ? Promise.resolve(begun.kept.turn) : registry.readGitHubTurn()),
    };
    // An event may arrive twice, and others may send one. The second invocation leaves the roll call to the first.
    const isTaken =
      begun.status === "requested"
        ? await registry.beginRollCall(begun)
        : known?.kept === undefined || (await registry.takeOverRollCall(begun));
    if (!isTaken) return begun;
    return await goThrough(services, time, { ...begun, status: "running" }, beginning);
  } finally {
    await work.ended();
  }
}

/** The work that a roll call starts before it goes through the registrations. */
type Beginning = {
  work: Work;
  /** Returns the number of calls to IAM and ECR, including those of earlier invocations. */
  awsCalls(): number;
  snapshot: Promise<AccountSnapshot>;
  registered: Promise<RegisteredRole[]>;
  lastCheck: Promise<LastCheck | undefined>;
  turn: Promise<GitHubTurn>;
};

/** Goes through the registrations from the roll call's cursor until none is left or the time runs out. */
async function goThrough(
  services: Services,
  time: Time,
  begun: UnderWay,
  { work, awsCalls, ...reading }: Beginning,
): Promise<RollCallItem> {
  const { registry, log } = services;
  const counted = <T extends RollCallItem>(item: T): T => ({ ...item, awsCalls: awsCalls() });
  const save = forNewest(({ rollCall, isHandedOn }: { rollCall: UnderWay; isHandedOn: boolean }) =>
    registry.saveRollCall(rollCall, isHandedOn),
  );
  let progress = begun;
  let isFinished = false;
  try {
    const [snapshot, registered, last, turn] = await Promise.all([
      reading.snapshot,
      reading.registered,
      reading.lastCheck,
      reading.turn,
    ]);
    progress = { ...progress, kept: { ...progress.kept, turn } };
    const { cursor = "", audit } = begun.kept;
    const position = positionFrom(turn.behind);
    const left = registered
      .map((key) => ({ ...key, position: position(key) }))
      .filter((key) => key.position > cursor)
      .sort((a, b) => (a.position < b.position ? -1 : 1));
    const onGitHub = askGitHub(services, left);
    const hasTime = () => time.remaining() >= HAND_ON_MS;
    const causes = openCauses(services, begun.kept.asked ?? 0, hasTime);
    const auditing = work.start(
      audit ? Promise.resolve(audit) : auditAccount(services, begun.id, snapshot, registered, work),
    );
    const chunks = inChunks(left, time.chunk ?? CHUNK);
    // Read the registrations after the snapshot. If one changed in between, the snapshot may show drift, and AWS is
    // read again.
    const read = readAhead(AHEAD, chunks, async (keys) => ({ keys, ...(await readWithEcr(services, keys)) }));
    let saving: Promise<void> | undefined;
    for await (const { keys, ...chunk } of read) {
      const results = await judgeAll(services, chunk, last, { snapshot, gitHub: onGitHub.of, causes });
      progress = counted(withResults(progress, keys.at(-1)?.position, results, last));
      saving = work.start(save({ rollCall: progress, isHandedOn: false }));
      if (keys !== chunks.at(-1) && !hasTime()) {
        const kept = { ...progress.kept, asked: causes.asked(), audit: await auditing };
        progress = counted({ ...progress, kept });
        await save({ rollCall: progress, isHandedOn: true });
        await services.events.put(REQUESTED, { id: progress.id });
        log.info("roll call handed on", { id: progress.id, counts: progress.counts });
        return progress;
      }
    }

    await causes.ofOlder(({ item, changes }, answer) => note(services, item, changes, answer));
    const found = await auditing;
    await saving;
    const { kept: resumeState, ...rest } = counted(progress);
    const { id, startedAt, counts } = rest;
    const finishedAt = new Date(services.now()).toISOString();
    const drifted = [...rest.drifted].sort((a, b) => (listKey(a) < listKey(b) ? -1 : 1));
    const finished: RollCallItem = {
      ...rest,
      drifted,
      status: "finished",
      finishedAt,
      audit: found,
    };
    const isKnown = counts.waiting + counts.failed <= MISSED;
    await Promise.all([
      isKnown && work.start(registry.saveLastCheck({ at: startedAt, missed: resumeState.missed })),
      work.start(registry.saveGitHubTurn(nextTurn(turn, resumeState.told, onGitHub.last))),
      work.start(registry.saveRollCall(finished)),
    ]);
    isFinished = true;
    // Save the run last: a finished run says that everything of its roll call is saved.
    await registry.saveRun({ id, finishedAt, counts, unregistered: found.unregistered });
    log.info("roll call", { id, counts, awsCalls: finished.awsCalls });
    return finished;
  } catch (error) {
    // Wait for the work that is still under way: a late save would overwrite the failed status.
    await work.ended();
    if (!isFinished)
      await registry
        .saveRollCall(counted({ ...progress, status: "failed" }))
        .catch((also: unknown) => log.error("roll call not saved", { id: progress.id, error: String(also) }));
    throw error;
  }
}

/** Reads the observed state of the whole account with bulk reads. */
async function readAccount(services: Services): Promise<AccountSnapshot> {
  const { clients, config } = services;
  const issuers = issuerUrls(config);
  const place = await clients.place();
  const providers = [...config.issuers.values()].map((issuer) => providerOf(issuer, place).arn);
  return observeAccount(clients, config.rolePath, allRegions(services), [...new Set(providers)], (policy) =>
    trustsGitHub(policy, issuers),
  );
}

/**
 * Returns a roll call with the results of more registrations added.
 * @param cursor the position of the last of these registrations
 * @param last the last check by an earlier roll call, which dates the registrations that this one misses
 */
function withResults(
  progress: UnderWay,
  cursor: string | undefined,
  results: readonly Result[],
  last: LastCheck | undefined,
): UnderWay {
  const counts = { ...progress.counts };
  const drifted = [...progress.drifted];
  const missed = { ...progress.kept.missed };
  for (const { outcome, owner, repo, role, detail, drift } of results) {
    const key = { owner, repo, role };
    if ((outcome === "waiting" || outcome === "failed") && Object.keys(missed).length < MISSED)
      missed[listKey(key)] = asLastChecked(key, drift, last).checkedAt ?? "";
    if (outcome === "waiting") counts.waiting++;
    else if (outcome === "failed") counts.failed++;
    else counts.checked++;
    if (outcome === "in-sync") counts.inSync++;
    if (outcome === "drifted" || outcome === "repaired" || outcome === "contested") counts[outcome]++;
    if (outcome !== "in-sync" && drifted.length < LISTED)
      drifted.push({ ...key, status: outcome, detail: shortened(detail) });
  }
  const answered = results.filter(({ isOnGitHub }) => isOnGitHub).at(-1);
  const resumeState = {
    ...progress.kept,
    missed,
    ...(cursor !== undefined && { cursor }),
    ...(answered !== undefined && { told: placeOf(answered) }),
  };
  return { ...progress, counts, drifted, kept: resumeState };
}

function shortened(detail: string): string {
  let text = detail.slice(0, DETAIL);
  while (Buffer.byteLength(JSON.stringify(text)) > DETAIL) text = text.slice(0, -10);
  return text;
}
