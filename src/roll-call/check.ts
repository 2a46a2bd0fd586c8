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
import { type CausesAnswer, checkedStatus, withDrift } from "./drift-state.ts";
import { diffGitHub } from "./github.ts";
import { publishPending } from "./publish.ts";

/** Compares one registration with the current state in AWS and on GitHub, and records the result on its item. */
export async function check(
  services: Services,
  key: RegistrationKey,
): Promise<RegistrationItem["drift"] | Failure> {
  const found = await findWithEcr(services, key);
  if (failed(found)) return found;
  // Publish a pending event first: the item holds one, and the next would overwrite it.
  const item = await publishPending(services, found.item);
  if (!isComparable(item)) return { failure: "not-ready", status: item.status };
  const wait = busy(item.leases, "", services.now());
  if (wait !== undefined) return wait;
  const [changes, answer] = await Promise.all([
    diffAgainstAws(services, item, found.ecr),
    // Skip `*`: it stands for all repositories of an owner, and GitHub knows no repository of that name.
    item.repo === "*" ? undefined : onGitHub(services, item),
  ]);
  const noted = await note(services, item, [...changes, ...gitHubChanges(item, answer)]);
  return failed(noted) ? noted : noted.drift;
}

/**
 * Tells whether a registration can be compared with AWS: it is ready, or it was ready before a later change failed.
 * After such a failure the role is still in use, and the differences from the registration are drift.
 */
export const isComparable = ({ status, recorded }: RegistrationItem): boolean =>
  status === "ready" || (status === "failed" && recorded !== undefined);

/** Returns the differences between a registration and AWS. Reads the resources of this registration from AWS. */
export async function diffAgainstAws(
  { clients }: Services,
  item: RegistrationItem,
  ecr: EcrItems,
): Promise<Change[]> {
  const desired = expectedState(item, ecr);
  return diff(desired, await observe(clients, desired, { details: true }), "drift");
}

/** Returns the differences between a registration and a state that was observed before. Reads nothing. */
export const diffAgainstSnapshot = (
  item: RegistrationItem,
  ecr: EcrItems,
  observed: ObservedState,
): Change[] => diff(expectedState(item, ecr), observed, "drift");

/** Returns the changes that GitHub's answer shows. Without an answer, returns the changes of the previous answer. */
export function gitHubChanges(item: RegistrationItem, answer: GitHubAnswer): StoredChange[] {
  if (answer === undefined) return previousGitHubChanges(item);
  const { owner, repo, spec, desired, confirmed } = item;
  return diffGitHub({ owner, repo, ids: spec.github, subjects: desired.subjects, confirmed }, answer);
}

/** Returns the changes on GitHub that the item records. They stay recorded until GitHub answers again. */
export const previousGitHubChanges = ({ drift }: RegistrationItem): StoredChange[] =>
  (drift.changes ?? []).filter(({ resource }) => resource.startsWith("github:"));

/**
 * Records the result of a check on the item and publishes a change of its drift status. Returns a failure if the item
 * changed after it was read.
 * @param answer CloudTrail's answer about the changes, if it was asked
 */
export async function note(
  services: Services,
  item: RegistrationItem,
  changes: readonly StoredChange[],
  answer?: CausesAnswer,
): Promise<RegistrationItem | Failure> {
  const at = new Date(services.now()).toISOString();
  const noted = await services.registry.changeRegistration(item, item, (current) => {
    // The check compared an older revision, so its result may be wrong for this one.
    if (current?.id !== item.id || current.revision !== item.revision)
      return { failure: "busy", retryAfterSeconds: 1 };
    return withDrift(current, checkedStatus(current, changes, services.now()), changes, at, answer);
  });
  return failed(noted) ? noted : publishPending(services, noted);
}
