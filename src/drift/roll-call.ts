import { auditRole } from "../audit/audit.ts";
import { AwsFault } from "../aws/fault.ts";
import { observeDetails } from "../aws/observe.ts";
import { type AccountSnapshot, observeAccount } from "../aws/observe-account.ts";
import { issuerUrls } from "../config.ts";
import { providerOf } from "../desired/desired.ts";
import type { DesiredRepository, ObservedState, RepositoryDetails } from "../desired/state.ts";
import { type Failure, failed, toProblem } from "../errors.ts";
import { gate, inParallel } from "../parallel.ts";
import { expected } from "../registration/carry-out.ts";
import { ecrKeysOf, keyText } from "../registration/read.ts";
import type { EcrItem, RegistrationItem, RegistrationKey } from "../registry/items.ts";
import type { AuditEntry, RollCallItem } from "../registry/journal.ts";
import { busy } from "../registry/lease.ts";
import { allRegions, type Services } from "../services.ts";
import { trustsGitHub } from "../trust/lint/lint.ts";
import { announce } from "./announce.ts";
import { compare, differences, gitHubChanges, isComparable, note, previousGitHubChanges } from "./check.ts";
import type { Change } from "./diff.ts";
import { repairItem } from "./repair.ts";
import { mayRepair } from "./state.ts";

/** How many registrations are read and judged at a time unless told: what of them is in memory at once. */
const CHUNK = 100;
/** How many registrations are judged at a time: each costs a write of the table, which takes as many as come. */
const JUDGED = 50;
/** Of how many of them AWS and GitHub are asked, or AWS is changed, at a time: their rates are the whole account's. */
const ASKED = 10;
/** How many entries a roll call lists. */
const LISTED = 500;
/** How long a detail of such an entry may be: all of them are one item of the table. */
const DETAIL = 300;
/** How many findings an audit keeps of one role. */
const FINDINGS = 100;
const DAY_MS = 24 * 60 * 60_000;
/** What is left of the invocation's time when a roll call hands on to the next one. */
const HAND_ON_MS = 60_000;
/** The drift function's time-out: a roll call that has not ended by then may have been cut off (milliseconds). */
const UNDER_WAY_MS = 15 * 60_000;
/** How many repositories GitHub is asked about in one invocation; its rate limit ends it earlier. */
const GITHUB_SHARE = 500;

/** What a roll call may use: time, in milliseconds, and how many registrations are in memory at once. */
export type Time = { remaining(): number; readonly chunk?: number };
export const UNLIMITED: Time = { remaining: () => Number.POSITIVE_INFINITY };

/** A roll call that has not begun yet. */
function newRollCall({ newId, now }: Services): RollCallItem {
  const startedAt = new Date(now()).toISOString();
  return {
    id: `${startedAt.replace(/[-:]|\.\d+/g, "")}-${newId().slice(0, 8)}`,
    status: "requested",
    startedAt,
    counts: { checked: 0, inSync: 0, drifted: 0, repaired: 0, contested: 0, failed: 0, waiting: 0 },
    drifted: [],
    awsCalls: 0,
    auditPages: 0,
  };
}

/** Asks for a roll call: the one that has been asked for, or has begun, is enough for all who ask meanwhile. */
export async function requestRollCall(services: Services): Promise<RollCallItem> {
  const { registry, now } = services;
  const [latest] = await registry.rollCalls(1);
  const isUnderWay =
    latest !== undefined &&
    latest.status !== "finished" &&
    now() - Date.parse(latest.startedAt) < UNDER_WAY_MS;
  if (isUnderWay) return latest;
  const requested = newRollCall(services);
  await registry.saveRollCall(requested);
  return requested;
}

/**
 * Calls the roll: compares everything registered with what AWS holds, puts right what is to be put right, and audits
 * every role that trusts GitHub. Near the end of its time it saves where it is and hands on. One registration's
 * failure is that registration's result.
 * @param id of a roll call that was requested or goes on; a new one without it
 */
export async function rollCall(
  services: Services,
  time: Time = UNLIMITED,
  id?: string,
): Promise<RollCallItem> {
  const { registry, clients, config, log } = services;
  const known = id === undefined ? undefined : await registry.readRollCall(id);
  const begun = known ?? newRollCall(services);
  if (begun.status === "finished") return begun;
  const callsBefore = begun.awsCalls - clients.calls.count;
  const awsCalls = () => callsBefore + clients.calls.count;

  // Who asks for one meanwhile is answered with this one.
  if (begun.status === "requested") await registry.saveRollCall({ ...begun, status: "running" });
  const place = await clients.place();
  const issuers = issuerUrls(config);
  const providers = [...config.issuers.values()].map((issuer) => providerOf(issuer, place).arn);
  const [snapshot, toAsk] = await Promise.all([
    observeAccount(clients, allRegions(services), [...new Set(providers)], (policy) =>
      trustsGitHub(policy, issuers),
    ),
    longestUnasked(services),
  ]);

  let progress: RollCallItem = { ...begun, status: "running" };
  let chunk = await readChunk(services, time.chunk ?? CHUNK, progress.cursor);
  for (;;) {
    const { nextCursor }: Chunk = chunk;
    // While these are judged, the next ones are read.
    const next = nextCursor === undefined ? undefined : readChunk(services, time.chunk ?? CHUNK, nextCursor);
    const judged = judgeAll(services, chunk, snapshot, toAsk);
    const [results, following] = await Promise.all([judged, next, registry.saveRollCall(progress)]);
    progress = { ...withResults(progress, results), awsCalls: awsCalls() };
    if (nextCursor === undefined || following === undefined) break;
    progress = { ...progress, cursor: nextCursor };
    chunk = following;
    if (time.remaining() < HAND_ON_MS) {
      await registry.saveRollCall(progress);
      await services.events.put("Rolecall Roll Call Requested", { id: progress.id });
      log.info("roll call handed on", { id: progress.id, counts: progress.counts });
      return progress;
    }
  }

  const entries = await audit(services, snapshot, issuers);
  const auditPages = await registry.saveAudit(progress.id, entries);
  const { cursor: _, ...rest } = progress;
  const { id: runId, counts } = rest;
  const finishedAt = new Date(services.now()).toISOString();
  const unregistered = entries.filter(({ registered }) => registered === null).length;
  await registry.saveRun({ id: runId, finishedAt, counts, unregistered });
  const finished: RollCallItem = {
    ...rest,
    status: "finished",
    finishedAt,
    auditPages,
    awsCalls: awsCalls(),
  };
  await registry.saveRollCall(finished);
  log.info("roll call", { id: finished.id, counts: finished.counts, awsCalls: finished.awsCalls });
  return finished;
}

type Outcome = "in-sync" | "drifted" | "repaired" | "contested" | "failed" | "waiting";
type Result = RegistrationKey & { outcome: Outcome; detail: string };

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

/** Registrations that are judged together, and the items of their ECR repositories by key. */
type Chunk = {
  items: readonly RegistrationItem[];
  ecr: ReadonlyMap<string, EcrItem>;
  nextCursor: string | undefined;
};

async function readChunk({ registry }: Services, size: number, cursor: string | undefined): Promise<Chunk> {
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

/** Judges registrations by the snapshot; each one's failure is its result. */
async function judgeAll(
  services: Services,
  { items, ecr }: Chunk,
  snapshot: AccountSnapshot,
  toAsk: ReadonlySet<string>,
): Promise<Result[]> {
  const asking = gate(ASKED);
  return inParallel(JUDGED, items, async (item) => {
    const { owner, repo, role } = item;
    try {
      const known = ecrKeysOf(item).map((key) => ecr.get(keyText(key)));
      const asksGitHub = toAsk.has(nameOf(item));
      const { outcome, detail } = await judge(services, asking, item, known, snapshot, asksGitHub);
      return { owner, repo, role, outcome, detail };
    } catch (error) {
      // Of a failure of AWS the report says what to do, and only the log what AWS said.
      const failure: Failure =
        error instanceof AwsFault ? error.failure : { failure: "internal", internal: String(error) };
      services.log.error("check failed", { owner, repo, role, ...failure });
      return { owner, repo, role, outcome: "failed", detail: toProblem(failure).detail };
    }
  });
}

async function judge(
  services: Services,
  asking: ReturnType<typeof gate>,
  item: RegistrationItem,
  ecr: readonly (EcrItem | undefined)[],
  snapshot: AccountSnapshot,
  asksGitHub: boolean,
): Promise<{ outcome: Outcome; detail: string }> {
  const told = await announce(services, item);
  if (busy(told.leases, "", services.now()) !== undefined)
    return { outcome: "waiting", detail: "it is being changed" };
  if (told.status === "removing")
    return { outcome: "waiting", detail: "it is half removed; repeat the DELETE" };
  if (!isComparable(told) && told.status === "failed")
    return { outcome: "waiting", detail: told.lastError?.detail ?? "it did not become ready" };
  // What a crash left half done goes on from its intent.
  if (told.status === "provisioning" || told.pendingRepair !== undefined)
    return ended(await asking(() => repairItem(services, told, "schedule")), "repaired");

  const due = dueRepositories(told, ecr, services.now());
  const details = new Map<string, RepositoryDetails>();
  for (const repository of due) {
    const found = await asking(() => observeDetails(services.clients, repository));
    details.set(repository.name, found);
  }
  const fromSnapshot = compare(told, ecr, observedOf(told, snapshot, details));
  const onGitHub = asksGitHub ? await asking(() => gitHubChanges(services, told)) : undefined;
  const asked = onGitHub === undefined ? {} : { gitHubCheckedAt: new Date(services.now()).toISOString() };
  // The snapshot may lag behind: what it shows as drift is looked at once more before it is believed.
  const inAws =
    fromSnapshot.length === 0
      ? []
      : await asking(async () =>
          differences(services, told, await services.registry.readEcr(ecrKeysOf(told))),
        );
  const changes = [...inAws, ...(onGitHub ?? previousGitHubChanges(told))];
  if (mayRepair(told, changes, services.now())) {
    const repaired = await asking(() => repairItem(services, told, "schedule", onGitHub));
    if (!failed(repaired)) await stampDetails(services, due, ecr, lasting(repaired));
    return ended(repaired, "repaired");
  }
  const noted = await note(services, told, changes, asked);
  // Only now: after a crash before, what the details showed would not be seen for a day.
  if (!failed(noted)) await stampDetails(services, due, ecr, changes);
  if (failed(noted)) return { outcome: "waiting", detail: "it was changed meanwhile" };
  const { status } = noted.drift;
  if (changes.length > 0)
    services.log.warn("drift found", { owner: item.owner, repo: item.repo, role: item.role, changes });
  return { outcome: status === "unknown" ? "in-sync" : status, detail: describe(changes) };
}

const lasting = ({ drift }: RegistrationItem): readonly Change[] =>
  (drift.changes ?? []).filter(({ repairable }) => !repairable);

const describe = (changes: RegistrationItem["drift"]["changes"] = []): string =>
  changes
    .slice(0, 5)
    .map(({ path, effect, resource }) => `${path || resource} ${effect}`)
    .join(", ");

function ended(repaired: RegistrationItem | Failure, outcome: Outcome): { outcome: Outcome; detail: string } {
  if (failed(repaired)) {
    return {
      outcome: repaired.failure === "busy" ? "waiting" : "failed",
      detail: toProblem(repaired).detail,
    };
  }
  const { status, changes } = repaired.drift;
  return {
    outcome: status === "repaired" || status === "in-sync" ? outcome : "drifted",
    detail: describe(changes),
  };
}

/** What the snapshot shows of a registration. */
function observedOf(
  { desired }: RegistrationItem,
  { providers, roles, repositories }: AccountSnapshot,
  details: ReadonlyMap<string, RepositoryDetails>,
): ObservedState {
  const role = roles.get(desired.role.name);
  return {
    provider: providers.get(desired.provider.arn),
    role: role?.arn === desired.role.arn ? role : undefined,
    repositories: Object.fromEntries(
      desired.repositories.map(({ name, arn }) => {
        const found = repositories.get(arn);
        const known = details.get(name);
        return [name, found && known ? { ...found, details: known } : found];
      }),
    ),
  };
}

/**
 * The repositories of which ECR is asked what it tells of one at a time only: those that were last looked at a day
 * ago (each at least once a day, so every roll call has its share), and those in which something was found then: for
 * each role that uses them, whichever was judged first.
 */
function dueRepositories(
  item: RegistrationItem,
  ecr: readonly (EcrItem | undefined)[],
  now: number,
): DesiredRepository[] {
  const isOpen = (arn: string) => (item.drift.changes ?? []).some(({ resource }) => resource === arn);
  return expected(item, ecr).repositories.filter(({ name, arn, settings }) => {
    const known = ecr.find((other) => other?.name === name);
    if (known === undefined || settings === undefined) return false;
    const checkedAt = known.detailsCheckedAt === undefined ? 0 : Date.parse(known.detailsCheckedAt);
    return known.detailsDiffer === true || isOpen(arn) || now - checkedAt >= DAY_MS - DUE_EARLY_MS;
  });
}

/** Notes that the details of repositories were looked at, and what they showed is noted too. */
async function stampDetails(
  { registry, now }: Services,
  due: readonly DesiredRepository[],
  ecr: readonly (EcrItem | undefined)[],
  changes: readonly Change[],
): Promise<void> {
  const detailsCheckedAt = new Date(now()).toISOString();
  for (const { name, arn } of due) {
    const known = ecr.find((other) => other?.name === name);
    if (known === undefined) continue;
    const detailsDiffer = changes.some(({ resource }) => resource === arn);
    await registry.changeEcr(known, known, (current) => ({
      ...(current ?? known),
      detailsCheckedAt,
      detailsDiffer,
    }));
  }
}

/** A day less half of it, so that a repository is due at some hourly roll call before its day is over. */
const DUE_EARLY_MS = DAY_MS / 2;

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
