import { setImmediate as pause } from "node:timers/promises";
import { auditRole } from "../audit/audit.ts";
import { type AccountSnapshot, observeAccount } from "../aws/observe-account.ts";
import { issuerUrls } from "../config.ts";
import { providerOf } from "../desired/desired.ts";
import { ROLE_PATH } from "../desired/names.ts";
import { forNewest, inChunks, readAhead } from "../parallel.ts";
import { readWithEcr } from "../registration/read.ts";
import { listKey, type RegistrationKey } from "../registry/items.ts";
import type { AuditEntry, RollCallItem } from "../registry/journal.ts";
import { allRegions, type Services } from "../services.ts";
import { trustsGitHub } from "../trust/lint/lint.ts";
import { askedOnGitHub, nextOnGitHub, placeOf } from "./github.ts";
import { judgeAll, type Result } from "./judge.ts";

/** How many registrations are read at a time unless told. */
const CHUNK = 100;
/** How many of such chunks are read ahead of the one that is judged. */
const AHEAD = 3;
/** How many entries a roll call lists. */
const LISTED = 500;
/** How long a detail of such an entry may be: all of them are one item of the table. */
const DETAIL = 300;
/**
 * How many registrations a roll call may miss and still say of all others that it has checked them: their names and the
 * entries are one item, with the longest names 360 of its 400 kB.
 */
const MISSED = 500;
/** How many findings an audit keeps of one role. */
const FINDINGS = 100;
/** What is left of the invocation's time when a roll call hands on to the next one. */
const HAND_ON_MS = 60_000;
/** The drift function's time-out: a roll call that was not saved for so long was cut off (milliseconds). */
const UNDER_WAY_MS = 15 * 60_000;

/** What a roll call may use: time, in milliseconds, and how many registrations are in memory at once. */
export type Time = { remaining(): number; readonly chunk?: number };
export const UNLIMITED: Time = { remaining: () => Number.POSITIVE_INFINITY };

/** A roll call that has not begun yet. Its id sorts by time. */
function newRollCall({ newId, now }: Services): RollCallItem {
  const startedAt = new Date(now()).toISOString();
  return {
    id: `${startedAt.replace(/[-:.]/g, "")}-${newId().slice(0, 8)}`,
    status: "requested",
    startedAt,
    counts: { checked: 0, inSync: 0, drifted: 0, repaired: 0, contested: 0, failed: 0, waiting: 0 },
    drifted: [],
    missed: [],
    awsCalls: 0,
    auditPages: 0,
    savedAt: startedAt,
  };
}

const isOver = ({ status }: RollCallItem): boolean => status === "finished" || status === "failed";

/** Asks for a roll call: one that is under way is enough for all who ask meanwhile. */
export async function requestRollCall(services: Services): Promise<RollCallItem> {
  const { registry, now } = services;
  const [[saved], turn] = await Promise.all([registry.rollCalls(1), registry.readTurn()]);
  // Who has the turn saves its roll call next.
  const latest = turn !== undefined && turn.id > (saved?.id ?? "") ? turn : saved;
  const isUnderWay =
    latest !== undefined && !isOver(latest) && now() - Date.parse(latest.savedAt) < UNDER_WAY_MS;
  if (isUnderWay) return latest;
  return registry.takeTurn(newRollCall(services), turn);
}

/**
 * Calls the roll: compares everything registered with what AWS holds, puts right what is to be put right, and audits
 * every role that trusts GitHub. Near the end of its time it saves where it is and hands on. One registration's
 * failure is that registration's result; what ends all of it is thrown, and the roll call is `failed`.
 * @param id of a roll call that was requested or goes on; a new one without it
 */
export async function rollCall(
  services: Services,
  time: Time = UNLIMITED,
  id?: string,
): Promise<RollCallItem> {
  const { registry, clients, log } = services;
  const known = id === undefined ? undefined : await registry.readRollCall(id);
  const begun = known ?? { ...newRollCall(services), ...(id !== undefined && { id }) };
  if (isOver(begun)) return begun;
  const callsBefore = clients.calls.count;
  const counted = (item: RollCallItem): RollCallItem => ({
    ...item,
    awsCalls: begun.awsCalls + clients.calls.count - callsBefore,
  });

  const issuers = issuerUrls(services.config);
  // Reads do no harm, so they need not wait.
  const [observing, listing] = [readAccount(services, issuers), everyone(services)];
  for (const reading of [observing, listing]) reading.catch(() => {});
  // An event may come twice: who is second leaves the roll call to the first.
  if (begun.status === "requested" && !(await registry.beginRollCall(begun))) return begun;

  let progress: RollCallItem = { ...begun, status: "running" };
  const save = forNewest(registry.saveRollCall);
  let saving: Promise<void> | undefined;
  let auditing: Promise<Audited> | undefined;
  try {
    const [registered, last] = await Promise.all([listing, registry.readLastCheck()]);
    const toAsk = askedOnGitHub(registered, progress.gitHub ?? last?.gitHub ?? "");
    const left = registered.filter((key) => begun.cursor === undefined || listKey(key) > begun.cursor);
    const chunks = inChunks(left, time.chunk ?? CHUNK);
    const reading = readAhead(AHEAD, chunks, async (keys) => ({
      keys,
      ...(await readWithEcr(services, keys)),
    }));
    const snapshot = await observing;
    auditing = audit(services, progress.id, snapshot, issuers, registered);
    auditing.catch(() => {});
    for await (const { keys, ...chunk } of reading) {
      const results = await judgeAll(services, chunk, snapshot, (item) => toAsk.has(placeOf(item)));
      progress = counted(withResults(progress, keys, results));
      saving = save(progress);
      if (keys !== chunks.at(-1) && time.remaining() < HAND_ON_MS) {
        await Promise.all([saving, auditing]);
        await services.events.put("Rolecall Roll Call Requested", { id: progress.id });
        log.info("roll call handed on", { id: progress.id, counts: progress.counts });
        return progress;
      }
    }

    const { auditPages, unregistered } = await auditing;
    const finishedAt = new Date(services.now()).toISOString();
    const { id, startedAt, counts, missed } = progress;
    const gitHub = nextOnGitHub(registered, progress.gitHub);
    await Promise.all([
      registry.saveRun({ id, finishedAt, counts, unregistered }),
      missed.length < MISSED && registry.saveLastCheck({ rollCall: id, at: startedAt, missed, gitHub }),
      saving,
    ]);
    const { cursor: _, ...rest } = counted(progress);
    const finished: RollCallItem = { ...rest, status: "finished", finishedAt, auditPages };
    await registry.saveRollCall(finished);
    log.info("roll call", { id, counts, awsCalls: finished.awsCalls });
    return finished;
  } catch (error) {
    // What still comes later would be mixed with what the next invocation writes.
    await Promise.allSettled([saving, auditing]);
    await registry
      .saveRollCall(counted({ ...progress, status: "failed" }))
      .catch((also: unknown) => log.error("roll call not saved", { id: progress.id, error: String(also) }));
    throw error;
  }
}

/** What AWS holds, all of it at once. */
async function readAccount(services: Services, issuers: readonly string[]): Promise<AccountSnapshot> {
  const { clients, config } = services;
  const place = await clients.place();
  const providers = [...config.issuers.values()].map((issuer) => providerOf(issuer, place).arn);
  return observeAccount(clients, allRegions(services), [...new Set(providers)], (policy) =>
    trustsGitHub(policy, issuers),
  );
}

/** What a roll call keeps in memory of each registration from its beginning to its end. */
type Registered = RegistrationKey & { readonly roleArn: string };

/** All registrations, in the order of the list. */
async function everyone({ registry }: Services): Promise<Registered[]> {
  const all: Registered[] = [];
  for await (const { owner, repo, role, roleArn } of registry.everyRegistration())
    all.push({ owner, repo, role, roleArn });
  return all;
}

/** A roll call after the results of some registrations more, the last of which is where it goes on. */
function withResults(
  progress: RollCallItem,
  keys: readonly RegistrationKey[],
  results: readonly Result[],
): RollCallItem {
  const cursor = keys.map(listKey).at(-1);
  const counts = { ...progress.counts };
  const [drifted, missed] = [[...progress.drifted], [...progress.missed]];
  let { gitHub } = progress;
  for (const { outcome, owner, repo, role, detail, onGitHub } of results) {
    if (onGitHub) gitHub = placeOf({ owner, repo, role });
    if ((outcome === "waiting" || outcome === "failed") && missed.length < MISSED)
      missed.push(listKey({ owner, repo, role }));
    if (outcome === "waiting") counts.waiting++;
    else if (outcome === "failed") counts.failed++;
    else counts.checked++;
    if (outcome === "in-sync") counts.inSync++;
    if (outcome === "drifted" || outcome === "repaired" || outcome === "contested") counts[outcome]++;
    if (outcome !== "in-sync" && drifted.length < LISTED)
      drifted.push({ owner, repo, role, status: outcome, detail: detail.slice(0, DETAIL) });
  }
  return {
    ...progress,
    ...(cursor !== undefined && { cursor }),
    ...(gitHub !== undefined && { gitHub }),
    counts,
    drifted,
    missed,
  };
}

type Audited = { auditPages: number; unregistered: number };

/**
 * Holds every role that trusts GitHub or is under our path against the known mistakes, the unregistered first, and
 * writes what is found. Goes on in the pauses of other work.
 */
async function audit(
  services: Services,
  rollCallId: string,
  { audited }: AccountSnapshot,
  issuers: readonly string[],
  listed: readonly Registered[],
): Promise<Audited> {
  const { registry, clients, log, now } = services;
  const { account, partition } = await clients.place();
  const known = new Set(listed.map(({ roleArn }) => roleArn));
  // What was registered after the list was read is not in it.
  const isBehind = audited.some(({ arn, path }) => path.startsWith(ROLE_PATH) && !known.has(arn));
  const lastUsedAt = new Map(audited.map((role) => [role.arn, role.lastUsedAt]));
  const registered = new Map(
    (isBehind ? await everyone(services) : listed).map(({ owner, repo, role, roleArn }) => [
      roleArn,
      { owner, repo, role, lastUsedAt: lastUsedAt.get(roleArn) },
    ]),
  );
  const context = { issuers, accountId: account, partition, registered };
  const inOrder = [
    ...audited.filter(({ arn }) => !registered.has(arn)),
    ...audited.filter(({ arn }) => registered.has(arn)),
  ];
  let unregistered = 0;
  async function* entries(): AsyncGenerator<AuditEntry> {
    for (const role of inOrder) {
      await pause();
      try {
        const entry = auditRole(role, { ...context, now: now() });
        if (entry === undefined) continue;
        if (entry.registered === null) unregistered++;
        yield { ...entry, findings: entry.findings.slice(0, FINDINGS) };
      } catch (error) {
        // One role that cannot be read is not the end of the audit.
        log.error("audit failed", { roleArn: role.arn, error: String(error) });
      }
    }
  }
  const auditPages = await registry.saveAudit(rollCallId, entries());
  return { auditPages, unregistered };
}
