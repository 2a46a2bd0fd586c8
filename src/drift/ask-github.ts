/** What GitHub says of registered repositories, within its rate limit: so many in a roll call, all of them in turn. */
import { issuerOf } from "../config.ts";
import { failed } from "../errors.ts";
import type { GitHubFacts, Unseen } from "../github/github.ts";
import { gate, type Work } from "../parallel.ts";
import type { RegistrationItem, RegistrationKey } from "../registry/items.ts";
import type { Services } from "../services.ts";
import { placeOf, turnOnGitHub } from "./github.ts";

/** How many repositories GitHub is asked about at a time. */
const ASKED = 10;

/** What GitHub answers about a repository; undefined while it does not. */
export type OnGitHub = GitHubFacts | Unseen | undefined;

/** Asks GitHub about a repository, around the cache. */
export async function onGitHub(
  { config, gitHub, log }: Services,
  { owner, repo }: Pick<RegistrationKey, "owner" | "repo">,
): Promise<OnGitHub> {
  const answer = await gitHub(issuerOf(config, owner)).repository(owner, repo, "fresh");
  if (!failed(answer)) return answer;
  log.warn("GitHub was not asked", { owner, repo, failure: answer.failure });
  return undefined;
}

/**
 * Begins to ask GitHub, about each repository once for all of its roles.
 * @param registered what is judged in this invocation, in the order of the list
 * @param last where the last turn ended
 */
export function askGitHub(
  services: Services,
  registered: readonly RegistrationKey[],
  last: string,
  work: Work,
) {
  const through = gate(ASKED);
  const turn = turnOnGitHub(registered, last);
  const answers = new Map(
    [...turn].map(([place, key]) => {
      // What has not been asked by the end is not asked any more.
      const asking = through(async () => (work.isEnding() ? undefined : onGitHub(services, key)));
      return [place, work.start(asking)] as const;
    }),
  );
  const told = new Set<string>();
  return {
    /** What GitHub answers of a registration's repository; undefined if it is not asked this time. */
    of: (item: RegistrationItem): Promise<OnGitHub> | undefined => answers.get(placeOf(item)),
    /**
     * How far the turn is: up to the furthest repository of which GitHub has said something that a result shows.
     * Undefined before the first.
     */
    upTo(results: readonly (RegistrationKey & { isOnGitHub?: boolean })[]): string | undefined {
      for (const result of results) if (result.isOnGitHub) told.add(placeOf(result));
      return [...turn.keys()].reverse().find((place) => told.has(place));
    },
    /** Where the next turn begins if GitHub has said nothing at all: behind all that it was asked about. */
    end: [...turn.keys()].at(-1),
  };
}
