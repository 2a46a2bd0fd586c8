/** Checks all registrations of one account: reads the account, judges chunk by chunk, and saves the progress. */
import { type AccountSnapshot, observeAccount } from "../aws/observe-account.ts";
import { issuerUrls } from "../config.ts";
import { providerOf } from "../desired/desired.ts";
import { inChunks, readAhead, type Work } from "../lib/parallel.ts";
import { readWithEcr } from "../registration/read.ts";
import type { LastAudit } from "../registry/audits.ts";
import type { RegisteredRole, RegistrationItem } from "../registry/items.ts";
import type { GitHubTurn } from "../registry/journal.ts";
import type { LastCheck } from "../registry/last-check.ts";
import { allRegions, type Services } from "../services.ts";
import { trustsGitHub } from "../trust/lint/lint.ts";
import type { GitHubAnswer } from "./ask-github.ts";
import type { AccountAudit } from "./audit-account.ts";
import { openCauses } from "./causes.ts";
import { note } from "./check.ts";
import { positionFrom } from "./github.ts";
import { judgeAll } from "./judge.ts";
import { type Progress, withResults } from "./tally.ts";

/** The default number of registrations that are read at a time. */
const CHUNK = 100;
/** The number of chunks that are read ahead of the one that is being judged. */
const AHEAD = 3;
/** The remaining time of an invocation below which a roll call hands on to the next invocation (milliseconds). */
const HAND_ON_MS = 60_000;

/** The limits of a roll call: its remaining time in milliseconds, and the number of registrations read at a time. */
export type Time = {
  remaining(): number;
  readonly chunk?: number;
  /** The time within which a member account must answer the first reads (milliseconds). */
  readonly answerMs?: number;
};
export const UNLIMITED: Time = { remaining: () => Number.POSITIVE_INFINITY };

/** The reads that are started before the registrations are gone through. */
export type Reading = {
  snapshot: Promise<AccountSnapshot>;
  registered: Promise<RegisteredRole[]>;
  lastCheck: Promise<LastCheck | undefined>;
  turn: Promise<GitHubTurn>;
  lastAudit: Promise<LastAudit>;
};

/** GitHub's answers about registrations. */
export type OnGitHub = {
  of(item: RegistrationItem): Promise<GitHubAnswer> | undefined;
  /** The place of the last repository that is asked about. */
  readonly last: string | undefined;
};

/** The parts of a check that differ between the home account and a member account. */
export type Checking<T extends Progress> = {
  readonly work: Work;
  readonly reading: Reading;
  /** Returns GitHub's answers about the registrations that are left, in the order of their positions. */
  onGitHub(left: readonly RegisteredRole[], turn: GitHubTurn): Promise<OnGitHub>;
  audit(snapshot: AccountSnapshot, registered: readonly RegisteredRole[]): Promise<AccountAudit>;
  /** Saves the progress. @param isHandedOn true if another invocation shall continue */
  save(progress: T, isHandedOn: boolean): Promise<void>;
};

/** The end of a check. `audit` is missing if the check was handed on. */
export type GoneThrough<T extends Progress> = {
  readonly progress: T;
  readonly audit?: AccountAudit;
  readonly lastAsked?: string | undefined;
};

/** Goes through the registrations of an account from the cursor until none is left or the time runs out. */
export async function goThrough<T extends Progress>(
  services: Services,
  time: Time,
  begun: T,
  { work, reading, onGitHub, audit, save }: Checking<T>,
): Promise<GoneThrough<T>> {
  const [snapshot, registered, last, turn] = await Promise.all([
    reading.snapshot,
    reading.registered,
    reading.lastCheck,
    reading.turn,
  ]);
  let progress: T = { ...begun, kept: { ...begun.kept, turn } };
  const { cursor = "", audit: known, auditTime } = begun.kept;
  const position = positionFrom(turn.behind);
  const left = registered
    .map((key) => ({ ...key, position: position(key) }))
    .filter((key) => key.position > cursor)
    .sort((a, b) => (a.position < b.position ? -1 : 1));
  const answers = await onGitHub(left, turn);
  const hasTime = () => time.remaining() >= HAND_ON_MS;
  const causes = openCauses(services, begun.kept.asked ?? 0, hasTime);
  const auditing = work.start<AccountAudit>(
    known ? Promise.resolve({ result: known, time: auditTime }) : audit(snapshot, registered),
  );
  const chunks = inChunks(left, time.chunk ?? CHUNK);
  // Read the registrations after the snapshot. If one changed in between, the snapshot may show drift, and AWS is
  // read again.
  const read = readAhead(AHEAD, chunks, async (keys) => ({ keys, ...(await readWithEcr(services, keys)) }));
  let saving: Promise<void> | undefined;
  for await (const { keys, ...chunk } of read) {
    const results = await judgeAll(services, chunk, last, { snapshot, gitHub: answers.of, causes });
    progress = withResults(progress, keys.at(-1)?.position, results, last);
    if (keys !== chunks.at(-1) && !hasTime()) {
      const audited = await auditing;
      const kept = {
        ...progress.kept,
        asked: causes.asked(),
        audit: audited.result,
        auditTime: audited.time,
      };
      progress = { ...progress, kept };
      await save(progress, true);
      return { progress };
    }
    saving = work.start(save(progress, false));
  }
  await causes.ofOlder(({ item, changes }, answer) => note(services, item, changes, answer));
  const found = await auditing;
  await saving;
  return { progress, audit: found, lastAsked: answers.last };
}

/** Reads the observed state of the whole account with bulk reads. */
export async function readAccount(services: Services): Promise<AccountSnapshot> {
  const { clients, config } = services;
  const issuers = issuerUrls(config);
  const { place } = clients;
  const providers = [...config.issuers.values()].map((issuer) => providerOf(issuer, place).arn);
  return observeAccount(clients, config.rolePath, allRegions(services), [...new Set(providers)], (policy) =>
    trustsGitHub(policy, issuers),
  );
}
