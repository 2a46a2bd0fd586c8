import { auditRole } from "../audit/audit.ts";
import { type AccountSnapshot, observeAccount } from "../aws/observe-account.ts";
import { issuerUrls } from "../config.ts";
import { providerOf } from "../desired/desired.ts";
import { failed } from "../errors.ts";
import { ecrKeysOf, keyText } from "../registration/read.ts";
import type { RegistrationKey } from "../registry/items.ts";
import type { AuditEntry, RollCallItem } from "../registry/journal.ts";
import { allRegions, type Services } from "../services.ts";
import { trustsGitHub } from "../trust/lint/lint.ts";
import { type Chunk, judgeAll, type Result } from "./judge.ts";

/** How many registrations are read at a time unless told: what of them is in memory at once, twice. */
const CHUNK = 100;
/** How many entries a roll call lists. */
const LISTED = 500;
/** How long a detail of such an entry may be: all of them are one item of the table. */
const DETAIL = 300;
/** How many findings an audit keeps of one role. */
const FINDINGS = 100;
/** What is left of the invocation's time when a roll call hands on to the next one. */
const HAND_ON_MS = 60_000;
/** The drift function's time-out: a roll call that was not saved for so long was cut off (milliseconds). */
const UNDER_WAY_MS = 15 * 60_000;
/** How many repositories GitHub is asked about in one invocation; its rate limit ends it earlier. */
const GITHUB_SHARE = 500;

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
  // An event may come twice: who is second leaves the roll call to the first.
  if (begun.status === "requested" && !(await registry.beginRollCall(begun))) return begun;
  const callsBefore = clients.calls.count;
  const counted = (item: RollCallItem): RollCallItem => ({
    ...item,
    awsCalls: begun.awsCalls + clients.calls.count - callsBefore,
  });

  let progress: RollCallItem = { ...begun, status: "running" };
  try {
    const issuers = issuerUrls(services.config);
    const [snapshot, toAsk] = await Promise.all([readAccount(services, issuers), longestUnasked(services)]);
    for await (const chunk of chunks(services, time.chunk ?? CHUNK, begun.cursor)) {
      const asksGitHub = (item: RegistrationKey) => toAsk.has(nameOf(item));
      progress = counted(withResults(progress, await judgeAll(services, chunk, snapshot, asksGitHub)));
      if (chunk.nextCursor === undefined) break;
      progress = { ...progress, cursor: chunk.nextCursor };
      await registry.saveRollCall(progress);
      if (time.remaining() < HAND_ON_MS) {
        await services.events.put("Rolecall Roll Call Requested", { id: progress.id });
        log.info("roll call handed on", { id: progress.id, counts: progress.counts });
        return progress;
      }
    }

    const entries = await audit(services, snapshot, issuers);
    const auditPages = await registry.saveAudit(progress.id, entries);
    const finishedAt = new Date(services.now()).toISOString();
    const unregistered = entries.filter(({ registered }) => registered === null).length;
    await registry.saveRun({ id: progress.id, finishedAt, counts: progress.counts, unregistered });
    const { cursor: _, ...rest } = counted(progress);
    const finished: RollCallItem = { ...rest, status: "finished", finishedAt, auditPages };
    await registry.saveRollCall(finished);
    log.info("roll call", { id: finished.id, counts: finished.counts, awsCalls: finished.awsCalls });
    return finished;
  } catch (error) {
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

type Read = Chunk & { nextCursor: string | undefined };

/** All registrations from a place on, so many at a time. While some are judged, the next ones are read. */
async function* chunks(
  services: Services,
  size: number,
  cursor: string | undefined,
): AsyncGenerator<Read, void> {
  for (let reading = readChunk(services, size, cursor); ; ) {
    const chunk = await reading;
    if (chunk.nextCursor !== undefined) reading = readChunk(services, size, chunk.nextCursor);
    reading.catch(() => {}); // Thrown when it is asked for.
    yield chunk;
    if (chunk.nextCursor === undefined) return;
  }
}

async function readChunk({ registry }: Services, size: number, cursor: string | undefined): Promise<Read> {
  const page = await registry.list({}, size, cursor);
  if (failed(page)) throw new Error(`The list of registrations ended with ${page.failure}`);
  const items = (await registry.readMany(page.items)).filter((item) => item !== undefined);
  const ecr = await registry.readEcr(items.flatMap(ecrKeysOf));
  return {
    items,
    ecr: new Map(ecr.flatMap((item) => (item === undefined ? [] : [[keyText(item), item] as const]))),
    nextCursor: page.nextCursor,
  };
}

function withResults(progress: RollCallItem, results: readonly Result[]): RollCallItem {
  const counts = { ...progress.counts };
  const drifted = [...progress.drifted];
  for (const { outcome, owner, repo, role, detail } of results) {
    if (outcome === "waiting") counts.waiting++;
    else if (outcome === "failed") counts.failed++;
    else counts.checked++;
    if (outcome === "in-sync") counts.inSync++;
    if (outcome === "drifted" || outcome === "repaired" || outcome === "contested") counts[outcome]++;
    if (outcome !== "in-sync" && drifted.length < LISTED)
      drifted.push({ owner, repo, role, status: outcome, detail: detail.slice(0, DETAIL) });
  }
  return { ...progress, counts, drifted };
}

const nameOf = ({ owner, repo }: Pick<RegistrationKey, "owner" | "repo">): string =>
  `${owner}/${repo}`.toLowerCase();

/** The repositories that GitHub was not asked about for the longest time, as many as one invocation asks about. */
async function longestUnasked({ registry }: Services): Promise<Set<string>> {
  const asked = new Map<string, string>();
  for await (const { owner, repo, gitHubCheckedAt: at = "" } of registry.everyRegistration()) {
    const name = nameOf({ owner, repo });
    if (at < (asked.get(name) ?? "~")) asked.set(name, at);
  }
  const oldest = [...asked].sort(([, a], [, b]) => (a < b ? -1 : 1)).slice(0, GITHUB_SHARE);
  return new Set(oldest.map(([name]) => name));
}

/** Every role that trusts GitHub or is under our path, held against the known mistakes; the unregistered first. */
async function audit(
  services: Services,
  { audited }: AccountSnapshot,
  issuers: readonly string[],
): Promise<AuditEntry[]> {
  const { registry, clients, now } = services;
  const { account, partition } = await clients.place();
  const lastUsedAt = new Map(audited.map((role) => [role.arn, role.lastUsedAt]));
  const registered = new Map<string, RegistrationKey & { lastUsedAt: string | undefined }>();
  for await (const { owner, repo, role, roleArn } of registry.everyRegistration())
    registered.set(roleArn, { owner, repo, role, lastUsedAt: lastUsedAt.get(roleArn) });
  const entries = audited.flatMap((role) => {
    try {
      const entry = auditRole(role, { issuers, accountId: account, partition, now: now(), registered });
      return entry === undefined ? [] : [{ ...entry, findings: entry.findings.slice(0, FINDINGS) }];
    } catch (error) {
      // One role that cannot be read is not the end of the audit.
      services.log.error("audit failed", { roleArn: role.arn, error: String(error) });
      return [];
    }
  });
  return entries.sort((a, b) => Number(a.registered !== null) - Number(b.registered !== null));
}
