/** Judges registrations by what a roll call has read of the account, and puts right what is to be put right. */
import { AwsFault } from "../aws/fault.ts";
import { observeDetails } from "../aws/observe.ts";
import { type AccountSnapshot, roleIn } from "../aws/observe-account.ts";
import { type EcrItems, expectedState } from "../converge/expected.ts";
import type { ExpectedRepository, ObservedState, RepositoryDetails } from "../desired/state.ts";
import type { StoredChange } from "../diff/diff.ts";
import { type Failure, failed, toProblem } from "../lib/errors.ts";
import { busy } from "../lib/lease.ts";
import { gate, inParallel } from "../lib/parallel.ts";
import { ecrItemsFrom, readEcrItems } from "../registration/read.ts";
import { resumeRevocation } from "../registration/revoke.ts";
import type { EcrItem, RegistrationItem, RegistrationKey } from "../registry/items.ts";
import type { Services } from "../services.ts";
import type { GitHubAnswer } from "./ask-github.ts";
import { diffAgainstAws, diffAgainstSnapshot, gitHubChanges, isComparable, note } from "./check.ts";
import { mayRepair } from "./drift-state.ts";
import { publishPending } from "./publish.ts";
import { repairItem } from "./repair.ts";

/** How many registrations are judged at a time: each costs a write of the table, which takes as many as come. */
const JUDGED = 50;
/** Of how many of them AWS and GitHub are asked, or AWS is changed, at a time: their rates are the whole account's. */
const ASKED = 10;
const DAY_MS = 24 * 60 * 60_000;

type Outcome = "in-sync" | "drifted" | "repaired" | "contested" | "failed" | "waiting";
/** How it is with a registration. */
export type Result = RegistrationKey & {
  outcome: Outcome;
  detail: string;
  /** As the item had it before. */
  drift: RegistrationItem["drift"];
  /** Whether GitHub has said something of its repository, and that is told or noted. */
  isOnGitHub?: boolean;
};
type Judged = Omit<Result, keyof RegistrationKey | "drift">;

/** Registrations that are judged together, and the items of their ECR repositories by key. */
export type Chunk = { items: readonly RegistrationItem[]; ecr: ReadonlyMap<string, EcrItem> };

/**
 * Judges registrations by the snapshot; each one's failure is its result, and one that is not there any more has none.
 * @param answerOf what GitHub answers of a registration's repository; undefined if it is not asked
 */
export async function judgeAll(
  services: Services,
  { items, ecr }: Chunk,
  snapshot: AccountSnapshot,
  answerOf: (item: RegistrationItem) => Promise<GitHubAnswer> | undefined,
): Promise<Result[]> {
  const asking = gate(ASKED);
  const results = await inParallel(JUDGED, items, async (item): Promise<Result[]> => {
    const { owner, repo, role, drift } = item;
    const result = { owner, repo, role, drift };
    try {
      const known = ecrItemsFrom(ecr, item);
      const judged = await judge(services, asking, item, known, snapshot, answerOf);
      return judged === undefined ? [] : [{ ...result, ...judged }];
    } catch (error) {
      // Of a failure of AWS the report says what to do, and only the log what AWS said.
      const failure: Failure =
        error instanceof AwsFault ? error.failure : { failure: "internal", internal: String(error) };
      services.log.error("check failed", { owner, repo, role, ...failure });
      return [{ ...result, outcome: "failed", detail: toProblem(failure).detail }];
    }
  });
  return results.flat();
}

async function judge(
  services: Services,
  asking: ReturnType<typeof gate>,
  item: RegistrationItem,
  ecr: EcrItems,
  snapshot: AccountSnapshot,
  answerOf: (item: RegistrationItem) => Promise<GitHubAnswer> | undefined,
): Promise<Judged | undefined> {
  const current = await publishPending(services, item);
  if (busy(current.leases, "", services.now()) !== undefined)
    return { outcome: "waiting", detail: "it is being changed" };
  if (current.status === "removing")
    return { outcome: "waiting", detail: "it is half removed; repeat the DELETE" };
  if (!isComparable(current) && current.status === "failed")
    return { outcome: "waiting", detail: current.lastError?.detail ?? "it did not become ready" };
  // What a crash left half done goes on from its intent.
  if (current.status === "provisioning" || current.pendingRepair !== undefined)
    return ended(await asking(() => repairItem(services, current, "schedule")), "repaired");
  if (current.revoking && current.status === "ready") {
    const resumed = await asking(() => resumeRevocation(services, current));
    return failed(resumed)
      ? ended(resumed, "repaired")
      : judge(services, asking, resumed, ecr, snapshot, answerOf);
  }

  // Before anything that takes long, so that GitHub is asked in the order of its turn.
  const answer = await answerOf(current);
  const due = dueRepositories(current, ecr, services.now());
  const details = new Map<string, RepositoryDetails>();
  for (const repository of due) {
    const found = await asking(() => observeDetails(services.clients, repository));
    details.set(repository.name, found);
  }
  const fromSnapshot = diffAgainstSnapshot(current, ecr, observedOf(current, snapshot, details));
  const onGitHub = gitHubChanges(current, answer);
  const isOnGitHub = answer !== undefined;
  // The snapshot may lag behind: what it shows as drift is looked at once more before it is believed.
  const inAws =
    fromSnapshot.length === 0
      ? []
      : await asking(async () =>
          diffAgainstAws(services, current, await readEcrItems(services.registry, current)),
        );
  const changes = [...inAws, ...onGitHub];
  if (mayRepair(current, changes, services.now())) {
    const repaired = await asking(() => repairItem(services, current, "schedule", onGitHub));
    if (!failed(repaired)) await stampDetails(services, due, ecr, lasting(repaired));
    return { ...ended(repaired, "repaired"), isOnGitHub: isOnGitHub && !failed(repaired) };
  }
  // What is as it was is not written again: the end of the roll call says of all at once when they were checked.
  if (
    changes.length === 0 &&
    current.drift.status === "in-sync" &&
    (current.drift.changes ?? []).length === 0
  ) {
    await stampDetails(services, due, ecr, changes);
    return { outcome: "in-sync", detail: "", isOnGitHub };
  }
  const noted = await note(services, current, changes);
  // Only now: after a crash before, what the details showed would not be seen for a day.
  if (!failed(noted)) await stampDetails(services, due, ecr, changes);
  if (failed(noted)) {
    const isThere = (await services.registry.readRegistration(item)) !== undefined;
    return isThere ? { outcome: "waiting", detail: "it was changed meanwhile" } : undefined;
  }
  const { status } = noted.drift;
  if (changes.length > 0)
    services.log.warn("drift found", { owner: item.owner, repo: item.repo, role: item.role, changes });
  return {
    outcome: status === "unknown" ? "in-sync" : status,
    detail: describe(changes),
    isOnGitHub,
  };
}

const lasting = ({ drift }: RegistrationItem): readonly StoredChange[] =>
  (drift.changes ?? []).filter(({ repairable }) => !repairable);

const describe = (changes: RegistrationItem["drift"]["changes"] = []): string =>
  changes
    .slice(0, 5)
    .map(({ path, effect, resource }) => `${path || resource} ${effect}`)
    .join(", ");

function ended(repaired: RegistrationItem | Failure, outcome: Outcome): Judged {
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
  snapshot: AccountSnapshot,
  details: ReadonlyMap<string, RepositoryDetails>,
): ObservedState {
  const { providers, repositories } = snapshot;
  const role = roleIn(snapshot, desired.role.name);
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
function dueRepositories(item: RegistrationItem, ecr: EcrItems, now: number): ExpectedRepository[] {
  const isOpen = (arn: string) => (item.drift.changes ?? []).some(({ resource }) => resource === arn);
  return expectedState(item, ecr).repositories.filter(({ name, arn, settings }) => {
    const known = ecr.get(name);
    if (known === undefined || settings === undefined) return false;
    const checkedAt = known.detailsCheckedAt === undefined ? 0 : Date.parse(known.detailsCheckedAt);
    return known.detailsDiffer === true || isOpen(arn) || now - checkedAt >= DAY_MS - DUE_EARLY_MS;
  });
}

/** Notes that the details of repositories were looked at, and what they showed is noted too. */
async function stampDetails(
  { registry, now }: Services,
  due: readonly ExpectedRepository[],
  ecr: EcrItems,
  changes: readonly StoredChange[],
): Promise<void> {
  const detailsCheckedAt = new Date(now()).toISOString();
  for (const { name, arn } of due) {
    const known = ecr.get(name);
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
