/** What GitHub says of registered repositories, within its rate limit: so many in a roll call, all of them in turn. */
import { issuerOf } from "../config.ts";
import type { GitHubFacts, Unseen } from "../github/github.ts";
import { failed } from "../lib/errors.ts";
import { gate } from "../lib/parallel.ts";
import type { RegistrationItem, RegistrationKey } from "../registry/items.ts";
import type { Services } from "../services.ts";
import { placeOf } from "./github.ts";

/** How many repositories GitHub is asked about in one invocation; its rate limit ends it earlier. */
const GITHUB_SHARE = 500;
/** At a time. */
const ASKED = 10;

/** What GitHub answers about a repository; undefined while it does not. */
export type GitHubAnswer = GitHubFacts | Unseen | undefined;

/** Asks GitHub about a repository, around the cache. */
export async function onGitHub(
  { config, gitHub, log }: Services,
  { owner, repo }: Pick<RegistrationKey, "owner" | "repo">,
): Promise<GitHubAnswer> {
  const answer = await gitHub(issuerOf(config, owner)).repository(owner, repo, "fresh");
  if (!failed(answer)) return answer;
  log.warn("GitHub was not asked", { owner, repo, failure: answer.failure });
  return undefined;
}

/** What GitHub answers about registrations, as it is asked: about each repository once for all of its roles. */
export function askGitHub(services: Services, registered: readonly RegistrationKey[]) {
  const through = gate(ASKED);
  // All repositories of an owner are none that GitHub knows.
  const places = registered.filter(({ repo }) => repo !== "*").map(placeOf);
  const turn = new Set([...new Set(places)].slice(0, GITHUB_SHARE));
  const answers = new Map<string, Promise<GitHubAnswer>>();
  return {
    /** What it answers about a registration's repository; undefined if it is not asked this time. */
    of(item: RegistrationItem): Promise<GitHubAnswer> | undefined {
      const place = placeOf(item);
      if (!turn.has(place)) return undefined;
      const answer = answers.get(place) ?? through(() => onGitHub(services, item));
      answers.set(place, answer);
      return answer;
    },
    /** The last repository that it is asked about. */
    last: [...turn].at(-1),
  };
}
