import { observe } from "../aws/observe.ts";
import { issuerOf } from "../config.ts";
import { failed } from "../errors.ts";
import { withSettings } from "../registration/register.ts";
import type { RegistrationItem, RegistrationKey } from "../registry/items.ts";
import type { Services } from "../services.ts";
import { type Change, diff } from "./diff.ts";
import { diffGitHub } from "./github.ts";

export type RollCall = { checked: number; inSync: number; drifted: number; failed: number; waiting: number };

/**
 * Compares every registration that is ready with what AWS holds, logs what differs, and notes the result on the
 * registration's item. One that is being changed waits for the next roll call; one whose check fails is counted.
 */
export async function rollCall(services: Services): Promise<RollCall> {
  const counts: RollCall = { checked: 0, inSync: 0, drifted: 0, failed: 0, waiting: 0 };
  for await (const key of registered(services)) {
    try {
      const changes = await check(services, key);
      if (changes === "waiting") counts.waiting++;
      else {
        counts.checked++;
        counts[changes.length === 0 ? "inSync" : "drifted"]++;
        if (changes.length > 0) services.log.warn("drift found", { ...key, changes });
      }
    } catch (error) {
      counts.failed++;
      services.log.error("check failed", {
        ...key,
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }
  services.log.info("roll call", counts);
  return counts;
}

async function* registered({ registry }: Services): AsyncGenerator<RegistrationKey> {
  let cursor: string | undefined;
  do {
    const page = await registry.list({}, 100, cursor);
    if (failed(page)) throw new Error(`The list of registrations ended with ${page.failure}`);
    for (const { owner, repo, role } of page.items) yield { owner, repo, role };
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

/** Checks one registration; `waiting` if it is not ready or was changed meanwhile. */
async function check(services: Services, key: RegistrationKey): Promise<Change[] | "waiting"> {
  const { clients, registry, now } = services;
  const item = await registry.readRegistration(key);
  if (item?.status !== "ready" || Object.values(item.leases).some((expiresAt) => expiresAt > now()))
    return "waiting";
  const { account, region } = item;
  const ecr = await registry.readEcr(
    item.desired.repositories.map(({ name }) => ({ account, region, name })),
  );
  const desired = withSettings(item.desired, ecr);
  const [observed, onGitHub] = await Promise.all([observe(clients, desired), checkGitHub(services, item)]);
  const changes = [...diff(desired, observed, "drift"), ...onGitHub];
  const drift = {
    status: changes.length === 0 ? "in-sync" : "drifted",
    checkedAt: new Date(now()).toISOString(),
    changes,
  } as const;
  const noted = await registry.changeRegistration(key, item, (current) =>
    // What was changed since it was read is not what was compared.
    current?.id === item.id && current.revision === item.revision
      ? { ...current, drift }
      : { failure: "busy", retryAfterSeconds: 1 },
  );
  return failed(noted) ? "waiting" : changes;
}

/** What changed on GitHub, asked around the cache. While GitHub does not answer, there is nothing to say. */
async function checkGitHub({ config, gitHub, log }: Services, item: RegistrationItem): Promise<Change[]> {
  const { owner, repo, spec, desired, confirmed } = item;
  if (repo === "*") return [];
  const answer = await gitHub(issuerOf(config, owner)).repository(owner, repo, "fresh");
  if (failed(answer)) {
    log.warn("GitHub was not asked", { owner, repo, failure: answer.failure });
    return [];
  }
  return diffGitHub({ owner, repo, ids: spec.github, subjects: desired.subjects, confirmed }, answer);
}
