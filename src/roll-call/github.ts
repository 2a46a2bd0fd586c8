/** Finds changes of registered repositories on GitHub. No AWS call repairs them, so each change names a remedy. */
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
  /**
   * True if GitHub has ever confirmed the repository. A repository that GitHub never showed is not reported as gone.
   */
  confirmed: boolean;
};

/**
 * Returns the differences between a registration and GitHub's current answer. A repository that took over the name has
 * another id. A role that pins the id stays closed to that repository.
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
  // If GitHub does not say which of several prefixes it sends, accept subjects with any one of them. If GitHub does not
  // show the subject template, report no change of the template.
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

/** Returns a repository's place in the list, which sorts before all of its roles. */
export const placeOf = ({ owner, repo }: RegistrationKey): string => listKey({ owner, repo, role: "" });

/**
 * Returns a function that gives a registration's sort key in a roll call. Repositories after `start` come first, in the
 * order of the list; the others follow. So every repository gets its turn, even if GitHub's rate limit or the time of
 * the roll call ends each turn early.
 * @param start the place of the repository at which GitHub's last turn ended; empty for the beginning
 */
export const positionFrom =
  (start: string) =>
  (key: RegistrationKey): string =>
    `${placeOf(key) > start ? 0 : 1} ${listKey(key)}`;

/** Returns the position of a repository, by its place. It is before the positions of the repository's roles. */
export const positionOf = (start: string, place: string): string => `${place > start ? 0 : 1} ${place}`;

/**
 * The number of roll calls in a row without any answer from GitHub after which the turn moves on. By then the cause is
 * probably not the rate limit but the repositories of this turn.
 */
const SILENT = 24;

/**
 * Returns the start of the next turn.
 * @param answered the place of the last repository that GitHub answered for this time; undefined if there was none
 * @param asked the place of the last repository that the roll call might ask about
 */
export function nextTurn(
  { behind, silent }: GitHubTurn,
  answered: string | undefined,
  asked: string | undefined,
): GitHubTurn {
  if (answered !== undefined) return { behind: answered, silent: 0 };
  return silent + 1 < SILENT ? { behind, silent: silent + 1 } : { behind: asked ?? behind, silent: 0 };
}
