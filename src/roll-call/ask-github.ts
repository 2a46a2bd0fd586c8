/**
 * Asks GitHub about registered repositories within its rate limit. One invocation asks about a limited number of them,
 * and later roll calls ask about the rest in turn.
 */
import { issuerOf } from "../config.ts";
import type { GitHubFacts, Unseen } from "../github/github.ts";
import { failed } from "../lib/errors.ts";
import { gate, inParallel } from "../lib/parallel.ts";
import type { RegistrationItem, RegistrationKey } from "../registry/items.ts";
import type { Services } from "../services.ts";
import { placeOf, positionOf } from "./github.ts";

/** The largest number of repositories that one invocation asks GitHub about. */
const GITHUB_SHARE = 500;
/** The number of repositories that an invocation asks GitHub about at a time. */
const ASKED = 10;
/** The longest time that the jobs of a roll call wait for GitHub's answers (milliseconds). */
const ASKING_MS = 60_000;

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

/** A repository, by its name and its place in the list. */
type Place = { readonly owner: string; readonly repo: string; readonly place: string };

/**
 * Collects the repositories of registrations in member accounts that are next in GitHub's turn. Holds a bounded number
 * of them, however many accounts there are.
 * @param start the place of the repository at which GitHub's last turn ended
 */
export function collectRepositories(start: string) {
  const [behind, first]: [Place[], Place[]] = [[], []];
  let latest = "";
  return {
    /** Adds the repository of a registration. The registrations must come in the order of the list. */
    add({ owner, repo }: RegistrationKey): void {
      const place = placeOf({ owner, repo, role: "" });
      if (repo === "*" || place === latest) return;
      latest = place;
      const part = place > start ? behind : first;
      if (part.length < GITHUB_SHARE) part.push({ owner, repo, place });
    },
    /** Returns the repositories, in the order of the turn. */
    inTurn: (): readonly Place[] => [...behind, ...first].slice(0, GITHUB_SHARE),
  };
}

/** The repositories that a roll call over several accounts asks GitHub about. */
export type Shared = {
  /** GitHub's turn when the roll call began. */
  readonly start: string;
  /** The repositories of member accounts that are next in the turn. */
  readonly others: readonly Place[];
  /** The place of the last repository of the share, if an earlier invocation has determined the share. */
  readonly last?: string;
};

/**
 * Asks GitHub about the repositories of registrations on demand, once for all roles of a repository.
 * @param registered the registrations of this account, in the order of GitHub's turn
 * @param shared the share of a roll call over several accounts. Then each repository is asked about once for all
 * accounts, and the whole roll call has one share
 */
export function askGitHub(services: Services, registered: readonly RegistrationKey[], shared?: Shared) {
  const through = gate(ASKED);
  // Skip `*`: it stands for all repositories of an owner, and GitHub knows no repository of that name.
  const own = registered.filter(({ repo }) => repo !== "*").map(placeOf);
  const turn = new Set(turnOf(own, shared));
  const answers = new Map<string, Promise<GitHubAnswer>>();
  const ask = (place: string, item: Pick<RegistrationItem, "owner" | "repo" | "confirmed">) => {
    const answer = answers.get(place) ?? through(() => onGitHub(services, item));
    answers.set(place, answer);
    return answer;
  };
  return {
    /**
     * Returns GitHub's answer about a registration's repository; undefined if this invocation does not ask about it.
     */
    of(item: RegistrationItem): Promise<GitHubAnswer> | undefined {
      const place = placeOf(item);
      return turn.has(place) ? ask(place, item) : undefined;
    },
    /** The last repository that this invocation may ask about. */
    last: [...turn].at(-1),
    /** Asks about all repositories of the turn that member accounts have. Returns the answers by place, in order. */
    async aboutOthers(): Promise<Map<string, GitHubFacts | Unseen>> {
      const until = services.now() + ASKING_MS;
      const others = (shared?.others ?? []).filter(({ place }) => turn.has(place));
      const found = await inParallel(ASKED, others, async ({ place, owner, repo }) => {
        const isKnown = answers.has(place);
        if (!isKnown && services.now() > until) return undefined;
        return [place, await ask(place, { owner, repo, confirmed: false })] as const;
      });
      return new Map(found.flatMap((one) => (one?.[1] === undefined ? [] : [[one[0], one[1]] as const])));
    },
  };
}

/**
 * Returns the answers that the roll call got from GitHub about an account's registrations. Asks GitHub nothing.
 * @param partOf returns the part of the answers that has a repository's, by the repository's place
 * @param read reads the answers of some parts, by place
 */
export async function sharedAnswers(
  registered: readonly RegistrationKey[],
  partOf: (place: string) => string,
  read: (parts: readonly string[]) => Promise<Map<string, GitHubFacts | Unseen>>,
) {
  const parts = [...new Set(registered.map((key) => partOf(placeOf(key))))];
  const answers = await read(parts);
  return {
    of(item: RegistrationItem): Promise<GitHubAnswer> | undefined {
      const answer = answers.get(placeOf(item));
      return answer === undefined ? undefined : Promise.resolve(answer);
    },
    last: undefined,
  };
}

/** Returns the places of the repositories that may be asked about, in the order of the turn. */
function turnOf(own: readonly string[], shared: Shared | undefined): string[] {
  if (shared === undefined) return [...new Set(own)].slice(0, GITHUB_SHARE);
  const position = (place: string): string => positionOf(shared.start, place);
  const { last } = shared;
  if (last !== undefined)
    return [...new Set(own)].filter((place) => last !== "" && position(place) <= position(last));
  const all = new Set([...own, ...shared.others.map(({ place }) => place)]);
  return [...all].sort((a, b) => (position(a) < position(b) ? -1 : 1)).slice(0, GITHUB_SHARE);
}
