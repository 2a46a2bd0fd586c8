import { observe } from "../aws/observe.ts";
import { type EcrItems, expectedState } from "../converge/expected.ts";
import type { ObservedState } from "../desired/state.ts";
import { type Change, diff, type StoredChange } from "../diff/diff.ts";
import { type Failure, failed } from "../lib/errors.ts";
import { busy } from "../lib/lease.ts";
import { findWithEcr } from "../registration/read.ts";
import type { RegistrationItem, RegistrationKey } from "../registry/items.ts";
import type { Services } from "../services.ts";
import { type GitHubAnswer, onGitHub } from "./ask-github.ts";
import { checkedStatus, withDrift } from "./drift-state.ts";
import { diffGitHub } from "./github.ts";
import { publishPending } from "./publish.ts";

/** Compares one registration with what AWS and GitHub say now, and notes the result on its item. */
export async function check(
  services: Services,
  key: RegistrationKey,
): Promise<RegistrationItem["drift"] | Failure> {
  const found = await findWithEcr(services, key);
  if (failed(found)) return found;
  // An event that was not put yet would give way to the next one.
  const item = await publishPending(services, found.item);
  if (!isComparable(item)) return { failure: "not-ready", status: item.status };
  const wait = busy(item.leases, "", services.now());
  if (wait !== undefined) return wait;
  const [changes, answer] = await Promise.all([
    diffAgainstAws(services, item, found.ecr),
    // All repositories of an owner are none that GitHub knows.
    item.repo === "*" ? undefined : onGitHub(services, item),
  ]);
  const noted = await note(services, item, [...changes, ...gitHubChanges(item, answer)]);
  return failed(noted) ? noted : noted.drift;
}

/**
 * Whether a registration is to be compared with AWS: it is ready, or it was and a later change was refused. Its role
 * is in use all the same, and what AWS refused is drift from what was asked for.
 */
export const isComparable = ({ status, recorded }: RegistrationItem): boolean =>
  status === "ready" || (status === "failed" && recorded !== undefined);

/** What differs in AWS, by reads of this one registration. */
export async function diffAgainstAws(
  { clients }: Services,
  item: RegistrationItem,
  ecr: EcrItems,
): Promise<Change[]> {
  const desired = expectedState(item, ecr);
  return diff(desired, await observe(clients, desired, { details: true }), "drift");
}

/** What differs between a registration and a state that was observed before. */
export const diffAgainstSnapshot = (
  item: RegistrationItem,
  ecr: EcrItems,
  observed: ObservedState,
): Change[] => diff(expectedState(item, ecr), observed, "drift");

/** What changed on GitHub by its answer; what its last answer had changed, as long as there is no other. */
export function gitHubChanges(item: RegistrationItem, answer: GitHubAnswer): StoredChange[] {
  if (answer === undefined) return previousGitHubChanges(item);
  const { owner, repo, spec, desired, confirmed } = item;
  return diffGitHub({ owner, repo, ids: spec.github, subjects: desired.subjects, confirmed }, answer);
}

/** What GitHub's last answer had changed: it holds until GitHub is asked again. */
export const previousGitHubChanges = ({ drift }: RegistrationItem): StoredChange[] =>
  (drift.changes ?? []).filter(({ resource }) => resource.startsWith("github:"));

/** Writes the result of a check on the item, unless it was changed since it was read, and tells of a new status. */
export async function note(
  services: Services,
  item: RegistrationItem,
  changes: readonly StoredChange[],
): Promise<RegistrationItem | Failure> {
  const at = new Date(services.now()).toISOString();
  const noted = await services.registry.changeRegistration(item, item, (current) => {
    // What was changed since is not what was compared.
    if (current?.id !== item.id || current.revision !== item.revision)
      return { failure: "busy", retryAfterSeconds: 1 };
    return withDrift(current, checkedStatus(current, changes, services.now()), changes, at);
  });
  return failed(noted) ? noted : publishPending(services, noted);
}
