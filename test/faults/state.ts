/** Reads and reduces the state that two sites are compared by. */

import { isDeepStrictEqual } from "node:util";
import { type ECRClient, GetLifecyclePolicyCommand } from "@aws-sdk/client-ecr";
import type { IAMClient } from "@aws-sdk/client-iam";
import type { PutEvent } from "../../local/aws/server.ts";
import type { EcrItem, HistoryEntry, RegistrationItem } from "../../src/registry/items.ts";
import { ecrInAws } from "../harness/aws.ts";

export async function repositoryInAws(clients: { iam: IAMClient; ecr: ECRClient }, name: string) {
  const found = await ecrInAws(clients, name);
  if (found === undefined) return undefined;
  const lifecycle = await clients.ecr
    .send(new GetLifecyclePolicyCommand({ repositoryName: name }))
    .then(({ lifecyclePolicyText }) => lifecyclePolicyText)
    .catch((error: Error) => error.name);
  return { ...found, lifecycle };
}

/** The time before which a registration's sessions have ended. */
export const endOf = ({ revocation }: RegistrationItem): string | undefined =>
  revocation === undefined || revocation.denied === "all" ? undefined : revocation.denied.issuedBefore;

const live = (leases: RegistrationItem["leases"], now: number): number =>
  Object.values(leases).filter((end) => end > now).length;

/** The parts of a registration that do not depend on how it came about. */
export function shown(item: RegistrationItem, now: number) {
  const { status, lastError, spec, specVersion, desired, recorded, roleId, ecr, claimant, confirmed } = item;
  const { warnings, pendingEvent, pendingRepair, revoking, leases } = item;
  const isAsWanted = item.drift.status === "in-sync" || item.drift.status === "repaired";
  const drift = {
    status: isAsWanted ? "as wanted" : item.drift.status,
    paths: isAsWanted ? [] : item.drift.changes?.map(({ path }) => path).sort(),
    isTold: item.drift.status === (item.announced ?? "in-sync"),
  };
  return {
    ...{ status, lastError, spec, specVersion, desired, recorded, roleId, ecr, claimant, confirmed },
    ...{ warnings, pendingEvent, pendingRepair, revoking, drift, leases: live(leases, now) },
    denied: item.revocation?.denied,
    isRecorded: isDeepStrictEqual(recorded, desired),
  };
}

export const shownRepository = ({ claimant, settings, managed, uri, leases }: EcrItem, now: number) => ({
  ...{ claimant, settings, managed, uri, leases: live(leases, now) },
});

/** The facts that the history must keep: that something was written or removed, and everything that was repaired. */
const keptOf = (history: readonly HistoryEntry[]): string[] => [
  ...new Set(
    history.flatMap(({ action, changes = [] }) => {
      if (action === "repaired") return changes.map(({ path }) => `repaired ${path}`);
      return action === "registered" || action === "updated" ? ["written"] : [action];
    }),
  ),
];

/** Returns a value as lines, one for each leaf. */
function linesOf(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0)
    return [`${path} = ${JSON.stringify(value)}`];
  return Object.entries(value).flatMap(([name, part]) => linesOf(part, `${path}/${name}`));
}

/**
 * Returns the published changes of a registration's state. An event that was published twice has the same id and counts
 * once. A role that was repaired is found in sync by a repeated repair or a later roll call. That change is left out.
 */
export const publishedAbout = (events: readonly PutEvent[], repo: string): string[] =>
  [
    ...new Map(
      events
        .filter(({ detail }) => detail["repo"] === repo)
        .map(({ detail }) => [detail["id"], `${detail["from"]} → ${detail["to"]}`]),
    ).values(),
  ].filter((change) => change !== "repaired → in-sync");

/** A value that differs from site to site, and the name that replaces it. */
type Replaced = readonly [value: string, name: string];

/** Returns the ids and names of registrations. */
const replacedOf = (registrations: readonly RegistrationItem[]): Replaced[] =>
  registrations.flatMap(({ repo, id, roleId, desired }) => [
    [desired.role.name, `{role of ${repo}}`] as const,
    [id, `{id of ${repo}}`] as const,
    ...(roleId === undefined ? [] : [[roleId, `{role id of ${repo}}`] as const]),
  ]);

/**
 * Returns the state of a site as lines that do not differ from site to site. An id in the wrong place stays visible.
 * @param more values to replace, besides those of the registrations
 */
export function comparable(
  seen: object,
  {
    registrations,
    history,
  }: { registrations: readonly RegistrationItem[]; history: readonly HistoryEntry[] },
  more: readonly Replaced[],
) {
  const replaced = [...replacedOf(registrations), ...more];
  const lines = linesOf(seen).map((line) =>
    replaced.reduce((text, [value, name]) => text.replaceAll(value, name), line),
  );
  return { lines, kept: keptOf(history).map((entry) => `history: ${entry}`) };
}
