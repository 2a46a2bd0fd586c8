import { countRole, isNearlyFull } from "../aws/account.ts";
import { settled } from "../aws/fault.ts";
import { observe } from "../aws/observe.ts";
import { type Converged, converge, recordOutcome } from "../converge/converge.ts";
import { givesSettings, withSettings } from "../converge/expected.ts";
import { bounded } from "../diff/bounded.ts";
import { type Change, diff } from "../diff/diff.ts";
import { type Failure, failed, toProblem } from "../lib/errors.ts";
import type { HistoryEntry, RegistrationItem } from "../registry/items.ts";
import type { Services } from "../services.ts";
import { dryRun } from "./dry-run.ts";
import { asPlanned, hasSettings, isAsAsked, type Put, suspension } from "./intent.ts";
import { plan } from "./plan.ts";
import { unmet } from "./precondition.ts";
import { readEcrItems } from "./read.ts";
import { shareOf } from "./reserve-namespace.ts";
import { startReserved } from "./start.ts";

/** A registration with its ECR repositories, and the changes that a PUT made or, in a dry run, would make. */
export type PutResult = Converged & { isNew: boolean };

/**
 * Registers a repository's role, or replaces its registration: plan, write the intent, converge, record. If nothing
 * differs, the same request again writes nothing. After a crash, the same request continues where the first one
 * stopped.
 */
export async function register(services: Services, put: Put): Promise<PutResult | Failure> {
  let counting: Promise<Failure | undefined> = Promise.resolve(undefined);
  const planned = await plan(services, put.key, put.request, async ({ registration }) => {
    // Refuse first what belongs to someone else, because the refusal of a precondition shows the entity tag.
    const stale =
      put.guard?.ownershipRefusal(registration) ??
      unmet(put.precondition, registration) ??
      suspension(registration);
    // Skip the quota check when the role may already exist: it is registered, or it is being restored.
    if (stale !== undefined || registration !== undefined || put.id !== undefined) return stale;
    counting = countNewRole(services);
    counting.catch(() => {}); // Awaited below.
    // GitHub's rate limit is shared by all callers. A PUT that is likely to be refused must not use it up.
    return isNearlyFull(services.clients, services.config.reservedRoles) ? counting : undefined;
  });
  const full = await counting;
  if (failed(planned)) return planned;
  if (full !== undefined) return full;
  const { registration: current } = planned.stored;
  const share = await shareOf(services, put, planned);
  if (failed(share)) return share;

  const refused = await put.guard?.planRefusal(planned);
  if (refused !== undefined) return refused;
  if (put.dryRun) return dryRun(services, put, planned);
  const { ecr } = planned.stored;
  const isNothingNew = current !== undefined && !put.revoke && isAsAsked(current, planned, put);
  if (isNothingNew && hasSettings(asPlanned(planned, current), ecr)) {
    const desired = withSettings(current.desired, ecr);
    const details = givesSettings(asPlanned(planned, current));
    const differences = diff(desired, await observe(services.clients, desired, { details }), "plan");
    if (differences.length === 0) return { item: current, ecr, changes: [], isNew: false };
  }

  const unwritable = await put.guard?.writeRefusal(planned);
  if (unwritable !== undefined) return unwritable;
  const started = await startReserved(services, put, planned, share);
  if (failed(started)) return started;
  const { item: begun, lease } = started;
  if (lease === undefined) {
    const done = await readEcrItems(services.registry, begun);
    return { item: begun, ecr: done, changes: [], isNew: false };
  }
  const isNew = begun.revision === 1;
  const place = services.registry.historyPlace(begun);
  // A PUT over a drift restores the role, so its entry names those who wrote to the role, as a repair's does.
  const isRestored = current?.drift.status === "drifted" || current?.drift.status === "contested";
  const causes = isRestored && current.drift.causes ? { causes: current.drift.causes } : {};
  const keep = (entry: Pick<HistoryEntry, "action" | "changes" | "causes" | "detail">): Promise<void> =>
    services.registry.addHistory(begun, { by: put.caller, version: begun.specVersion, ...entry }, place);
  // Write the history while AWS is written to, so that the history names the author of a change even after a crash.
  // Finish the history before the item becomes ready, because the same PUT then finds nothing to do.
  let historyWritten: Promise<unknown> = Promise.resolve();
  const done = await converge(services, begun, lease, ecr, "plan", async (changes) => {
    historyWritten = Promise.all([
      keep({ action: isNew ? "registered" : "updated", changes: bounded(changes), ...causes }),
      noteSettings(services, begun, put.caller, changes),
    ]);
    historyWritten.catch(() => {}); // Awaited below.
    return undefined;
  });
  await historyWritten;
  // The time before which sessions end is known only after `converge`.
  if (!failed(done) && begun.revoking)
    await keep({ action: isNew ? "registered" : "updated", changes: bounded(done.changes) });
  if (failed(done)) await keep({ action: "failed", detail: toProblem(done).detail });
  const finished = await recordOutcome(services, begun, lease, done);
  return failed(finished) ? finished : { ...finished, isNew };
}

/** Writes changes of ECR settings to the histories of the other registrations of the repository that owns them. */
async function noteSettings(
  { registry }: Services,
  item: RegistrationItem,
  by: string,
  changes: readonly Change[],
): Promise<void> {
  const given = item.desired.repositories.filter(({ settings }) => settings !== undefined);
  const arns = new Set(given.map(({ arn }) => arn));
  // An empty path is the repository's creation.
  const settings = changes.filter(({ resource, path }) => arns.has(resource) && path !== "");
  if (settings.length === 0) return;
  const others = (await registry.registrationsOf(item.owner, item.repo)).filter(
    ({ role, claimant }) => role !== item.role && claimant === item.claimant,
  );
  const detail = `A PUT of the role ${item.role} changed the settings of the repository's ECR repositories.`;
  await Promise.all(
    others.map((other) =>
      registry.addHistory(other, {
        by,
        action: "settings-changed",
        version: other.specVersion,
        detail,
        changes: bounded(settings),
      }),
    ),
  );
}

/** Counts a new role against the account's quota. Returns a failure if the quota has no room for it. */
async function countNewRole({ clients, config, now, log }: Services): Promise<Failure | undefined> {
  const full = await settled(countRole(clients, config.reservedRoles, now()));
  // If the quota cannot be read, continue. CreateRole enforces it.
  if (full?.failure === "quota-reached") return full;
  if (full !== undefined) log.warn("quota not known", { ...full });
  return undefined;
}
