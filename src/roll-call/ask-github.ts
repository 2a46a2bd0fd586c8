/**
 * Asks GitHub about registered repositories within its rate limit. One invocation asks about a limited number of them,
 * and later roll calls ask about the rest in turn.
 */
import { issuerOf } from "../config.ts";
import type { GitHubFacts, Unseen } from "../github/github.ts";
import { failed } from "../lib/errors.ts";
import { gate } from "../lib/parallel.ts";
import type { RegistrationItem, RegistrationKey } from "../registry/items.ts";
import type { Services } from "../services.ts";
import { placeOf } from "./github.ts";

/** The largest number of repositories that one invocation asks GitHub about. */
const GITHUB_SHARE = 500;
/** The number of repositories that an invocation asks GitHub about at a time. */
const ASKED = 10;

/** GitHub's answer about a repository; undefined if GitHub did not answer. */
export type GitHubAnswer = GitHubFacts | Unseen | undefined;

/** Asks GitHub about a repository and bypasses the cache. Returns undefined if GitHub did not answer. */
export async function onGitHub(
  { config, gitHub, log }: Services,
  { owner, repo, confirmed }: Pick<RegistrationItem, "owner" | "repo" | "confirmed">,
): Promise<GitHubAnswer> {
  const answer = await gitHub(issuerOf(config, owner)).repository(owner, repo, "fresh", confirmed);
  if (!failed(answer)) return answer;
  log.warn("GitHub was not asked", { owner, repo, failure: answer.failure });
  return undefined;
}

/** Asks GitHub about the repositories of registrations on demand, once for all roles of a repository. */
export function askGitHub(services: Services, registered: readonly RegistrationKey[]) {
  const through = gate(ASKED);
  // Skip `*`: it stands for all repositories of an owner, and GitHub knows no repository of that name.
  const places = registered.filter(({ repo }) => repo !== "*").map(placeOf);
  const turn = new Set([...new Set(places)].slice(0, GITHUB_SHARE));
  const answers = new Map<string, Promise<GitHubAnswer>>();
  return {
    /**
     * Returns GitHub's answer about a registration's repository; undefined if this invocation does not ask about it.
     */
    of(item: RegistrationItem): Promise<GitHubAnswer> | undefined {
      const place = placeOf(item);
      if (!turn.has(place)) return undefined;
      const answer = answers.get(place) ?? through(() => onGitHub(services, item));
      answers.set(place, answer);
      return answer;
    },
    /** The last repository that this invocation may ask about. */
    last: [...turn].at(-1),
  };
}
