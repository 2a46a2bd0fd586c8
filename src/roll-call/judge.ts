/** Judges registrations by the snapshot of the account that a roll call has read, and repairs those that ask for it. */
import { type AccountSnapshot, roleIn } from "../aws/observe-account.ts";
import { observeDetails } from "../aws/repository-settings.ts";
import { type EcrItems, expectedState } from "../converge/expected.ts";
import type { ExpectedRepository, ObservedState, RepositoryDetails } from "../desired/state.ts";
import type { StoredChange } from "../diff/diff.ts";
import { type Failure, failed } from "../lib/errors.ts";
import { busy } from "../lib/lease.ts";
import { gate, inParallel } from "../lib/parallel.ts";
import { ecrItemsFrom, readEcrItems } from "../registration/read.ts";
import { resumeRevocation } from "../registration/revoke.ts";
import type { EcrItem, RegistrationItem, RegistrationKey } from "../registry/items.ts";
import type { RollCallItem } from "../registry/journal.ts";
import { asLastChecked, type LastCheck } from "../registry/last-check.ts";
import type { Services } from "../services.ts";
import type { GitHubAnswer } from "./ask-github.ts";
import type { Causes } from "./causes.ts";
import { diffAgainstAws, diffAgainstSnapshot, gitHubChanges, isComparable, note } from "./check.ts";
import { mayRepair } from "./drift-state.ts";
import { publishPending } from "./publish.ts";
import { failureOf, reasonOf } from "./reason.ts";
import { repairItem } from "./repair.ts";

/** The number of registrations that are judged at a time. A judgement may write to the table. */
const JUDGED = 50;
/** The number of registrations at a time for which AWS is called. The whole account shares the rate limits of AWS. */
const ASKED = 10;
const DAY_MS = 24 * 60 * 60_000;

type Outcome = "in-sync" | "drifted" | "repaired" | "contested" | "failed" | "waiting";
type Origin = "self" | "caller";
/** The result of judging one registration. */
export type Result = RegistrationKey & {
  origin: Origin;
  outcome: Outcome;
  detail: string;
  /** The drift that the item recorded before. */
  drift: RegistrationItem["drift"];
  /** True if GitHub answered about the repository and the roll call has taken the answer into account. */
  isOnGitHub?: boolean;
  /** The reason why a registration that asks for repairs was not repaired. */
  notRepaired?: RollCallItem["drifted"][number]["notRepaired"];
};
type Judged = Omit<Result, keyof RegistrationKey | "origin" | "drift">;

/** The answers of AWS, GitHub and CloudTrail by which registrations are judged. */
export type Asked = {
  snapshot: AccountSnapshot;
  /** Returns GitHub's answer about a registration's repository; undefined if GitHub is not asked about it. */
  gitHub: (item: RegistrationItem) => Promise<GitHubAnswer> | undefined;
  causes: Causes;
};

/** Registrations that are judged together, and the items of their ECR repositories by key. */
export type Chunk = { items: readonly RegistrationItem[]; ecr: ReadonlyMap<string, EcrItem> };

/**
 * Judges registrations by the snapshot. A failure of one registration becomes its result. A registration that was
 * deleted meanwhile has no result.
 * @param last the last check by an earlier roll call, which was read before the registrations
 */
export async function judgeAll(
  services: Services,
  { items, ecr }: Chunk,
  last: LastCheck | undefined,
  asked: Asked,
): Promise<Result[]> {
  const asking = gate(ASKED);
  const results = await inParallel(JUDGED, items, async (stored): Promise<Result[]> => {
    const { owner, repo, role, drift } = stored;
    const origin: Origin = stored.origin ?? "caller";
    const item = { ...stored, drift: asLastChecked(stored, drift, last) };
    const result = { owner, repo, role, origin, drift };
    try {
      const known = ecrItemsFrom(ecr, item);
      const judged = await judge(services, asking, item, known, asked);
      return judged === undefined ? [] : [{ ...result, ...judged }];
    } catch (error) {
      // The report says how to respond to a failure of AWS. Only the log has the error of AWS.
      const failure = failureOf(error);
      services.log.error("check failed", { owner, repo, role, ...failure });
      return [{ ...result, outcome: "failed", detail: reasonOf(failure) }];
    }
  });
  return results.flat();
}

async function judge(
  services: Services,
  asking: ReturnType<typeof gate>,
  item: RegistrationItem,
  ecr: EcrItems,
  asked: Asked,
): Promise<Judged | undefined> {
  const current = await publishPending(services, item);
  if (busy(current.leases, "", services.now()) !== undefined)
    return { outcome: "waiting", detail: "it is being changed" };
  if (current.status === "removing")
    return { outcome: "waiting", detail: "it is half removed; repeat the DELETE" };
  if (!isComparable(current) && current.status === "failed")
    return { outcome: "waiting", detail: current.lastError?.detail ?? "it did not become ready" };
  const mayWrite = services.config.member?.writes ?? true;
  const isHalfDone =
    current.status === "provisioning" || current.pendingRepair !== undefined || current.revoking === true;
  if (isHalfDone && !mayWrite)
    return {
      outcome: "waiting",
      detail: "its last change is half done, and the account's record has writes off",
    };
  // If a crash left work half done, finish it from the recorded intent.
  if (current.status === "provisioning" || current.pendingRepair !== undefined)
    return ended(await asking(() => repairItem(services, current, "schedule")), "repaired");
  if (current.revoking && current.status === "ready") {
    const resumed = await asking(() => resumeRevocation(services, current));
    return failed(resumed) ? ended(resumed, "repaired") : judge(services, asking, resumed, ecr, asked);
  }

  // Ask GitHub before any slow step, so that GitHub gets the questions in the order of its turn.
  const answer = await asked.gitHub(current);
  const due = dueRepositories(current, ecr, services.now());
  const details = new Map<string, RepositoryDetails>();
  for (const repository of due) {
    const found = await asking(() => observeDetails(services.clients, repository));
    details.set(repository.name, found);
  }
  const fromSnapshot = diffAgainstSnapshot(current, ecr, observedOf(current, asked.snapshot, details));
  const onGitHub = gitHubChanges(current, answer);
  const isOnGitHub = answer !== undefined;
  // The snapshot may lag. Read AWS again before reporting drift that the snapshot shows.
  const inAws =
    fromSnapshot.length === 0
      ? []
      : await asking(async () =>
          diffAgainstAws(services, current, await readEcrItems(services.registry, current)),
        );
  const changes = [...inAws, ...onGitHub];
  const asksForRepair = mayRepair(current, changes, services.now());
  const isRepaired = mayWrite && asksForRepair;
  // Ask who wrote before the repair: history and event of the repair then say so.
  const causes = await asked.causes.ofNew({ item: current, changes }, isRepaired);
  if (isRepaired) {
    const repaired = await asking(() => repairItem(services, current, "schedule", onGitHub, causes));
    if (!failed(repaired)) await stampDetails(services, due, ecr, lasting(repaired));
    return { ...ended(repaired, "repaired"), isOnGitHub: isOnGitHub && !failed(repaired) };
  }
  // Roles that are still in sync are not rewritten. At its end the roll call records for all of them when they were
  // checked.
  if (
    changes.length === 0 &&
    current.drift.status === "in-sync" &&
    (current.drift.changes ?? []).length === 0
  ) {
    await stampDetails(services, due, ecr, changes);
    return { outcome: "in-sync", detail: "", isOnGitHub };
  }
  const noted = await note(services, current, changes, causes);
  // Stamp the repositories after the result is stored. After a crash in between they might not be looked at for a day.
  if (!failed(noted)) await stampDetails(services, due, ecr, changes);
  if (failed(noted)) {
    const isThere = (await services.registry.readRegistration(item)) !== undefined;
    return isThere ? { outcome: "waiting", detail: "it was changed meanwhile" } : undefined;
  }
  const { status } = noted.drift;
  if (causes === undefined) asked.causes.remember({ item: noted, changes });
  if (changes.length > 0)
    services.log.warn("drift found", { owner: item.owner, repo: item.repo, role: item.role, changes });
  return {
    outcome: status === "unknown" ? "in-sync" : status,
    detail: describe(changes),
    isOnGitHub,
    ...(asksForRepair && { notRepaired: "writes-off" }),
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
      detail: reasonOf(repaired),
    };
  }
  const { status, changes } = repaired.drift;
  return {
    outcome: status === "repaired" || status === "in-sync" ? outcome : "drifted",
    detail: describe(changes),
  };
}

/** Returns the observed state of a registration's resources from the snapshot. */
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
 * Returns the ECR repositories whose details are due. ECR returns details for one repository at a time, so a roll call
 * reads only some of them. A repository is due when Rolecall last read its details at least half a day ago. It is also
 * due if that read found a difference, or if this registration's recorded drift names the repository.
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

/** Records on the ECR items when the details were looked at and whether they differed. */
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

/** Half a day. A repository is due this much early, so that some roll call looks at it before a day has passed. */
const DUE_EARLY_MS = DAY_MS / 2;
