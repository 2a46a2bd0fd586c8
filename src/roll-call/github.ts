/** What has changed of a registered repository on GitHub. No AWS call puts it right, so each change has a remedy. */
import type { RegistrationKey, Spec } from "../desired/state.ts";
import type { Change } from "../diff/diff.ts";
import type { GitHubPath } from "../diff/path.ts";
import type { GitHubFacts, Unseen } from "../github/github.ts";
import { listKey } from "../registry/items.ts";
import type { GitHubTurn } from "../registry/journal.ts";
import { isOfForm } from "../trust/subjects.ts";

export type ExpectedOnGitHub = Omit<RegistrationKey, "role"> & {
  ids: Spec["github"];
  subjects: readonly string[];
  /** Whether GitHub has once confirmed the repository; what it never showed is not missed. */
  confirmed: boolean;
};

/**
 * The differences between a registration and what GitHub answers now. Somebody who took the name over has another
 * id: the role, which pins the id, stays closed to them.
 */
export function diffGitHub(
  { owner, repo, ids, subjects, confirmed }: ExpectedOnGitHub,
  answer: GitHubFacts | Unseen,
): Change[] {
  const change = (
    path: "" | GitHubPath,
    expected: unknown,
    actual: unknown,
    effect: Change["effect"],
    remedy: string,
  ): Change => ({
    resource: `github:${owner}/${repo}`,
    path,
    expected,
    actual,
    effect,
    repairable: false,
    remedy,
  });
  const name = `${owner}/${repo}`;
  if (typeof answer === "string") {
    if (!confirmed && answer === "hidden") return [];
    const remedy =
      "If the repository was deleted, delete the registration; if it became private, give the service access (ROLECALL_GITHUB_SECRET).";
    return [change("", name, null, "narrows", remedy)];
  }
  const { repository, form, archived } = answer;
  const actualName = `${repository.owner}/${repository.repo}`;
  if (ids.repositoryId !== undefined && repository.repositoryId !== ids.repositoryId) {
    const remedy = `The name ${name} was taken by another repository, which stays shut out; delete the registration, and register the renamed repository under its new name.`;
    return [change("/id", ids.repositoryId, repository.repositoryId, "none", remedy)];
  }
  if (actualName !== name) {
    const remedy = `The repository was renamed or transferred, so its runs send another subject and are refused; register it as ${actualName} and delete this registration.`;
    return [change("/full_name", name, actualName, "narrows", remedy)];
  }
  const changes: Change[] = [];
  // Several prefixes mean that GitHub does not say which it sends: subjects with one of them are enough. A template that
  // GitHub does not show is no reason to say that it has changed.
  const isShown = form.template !== "unread";
  if (
    isShown &&
    !form.prefixes.some((prefix) => subjects.some((subject) => isOfForm(form, prefix, subject)))
  ) {
    const remedy =
      "The repository now sends subjects of another form, so its runs are refused; repeat the PUT.";
    const { template } = form;
    changes.push(
      typeof template === "string"
        ? change("/sub_claim_prefix", null, form.prefixes, "narrows", remedy)
        : change("/include_claim_keys", null, template.keys, "narrows", remedy),
    );
  }
  if (archived) {
    const remedy = "An archived repository runs no workflows; delete the registration if it stays archived.";
    changes.push(change("/archived", false, true, "none", remedy));
  }
  return changes;
}

/** A repository's place in the list: every role of it is behind. */
export const placeOf = ({ owner, repo }: RegistrationKey): string => listKey({ owner, repo, role: "" });

/**
 * Where a registration stands in a roll call, to compare: first come the repositories behind the one at which GitHub's
 * last turn ended, in the order of the list, then those from the beginning on. So each has its turn, wherever GitHub's
 * rate limit or the roll call's time ends it.
 * @param start the place of a repository; empty for the beginning
 */
export const positionFrom =
  (start: string) =>
  (key: RegistrationKey): string =>
    `${placeOf(key) > start ? 0 : 1} ${listKey(key)}`;

/** After so many silent roll calls it is not GitHub's limit, but the repositories of this turn that it says nothing of. */
const SILENT = 24;

/**
 * Where the next turn begins.
 * @param answered the place of the last repository of which GitHub has said something this time
 * @param asked that of the last one that it was asked about
 */
export function nextTurn(
  { behind, silent }: GitHubTurn,
  answered: string | undefined,
  asked: string | undefined,
): GitHubTurn {
  if (answered !== undefined) return { behind: answered, silent: 0 };
  return silent + 1 < SILENT ? { behind, silent: silent + 1 } : { behind: asked ?? behind, silent: 0 };
}
