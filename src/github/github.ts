/**
 * Asks GitHub what only GitHub knows of a repository: its spelling, its ids, its default branch and what its
 * tokens' `sub` begins with.
 * https://docs.github.com/en/rest/repos/repos#get-a-repository
 * https://docs.github.com/en/rest/actions/oidc#get-the-customization-template-for-an-oidc-subject-claim-for-a-repository
 */
import { type Failure, failed, invalid } from "../errors.ts";
import { type GitHubRepository, type NonEmpty, type SubjectPrefix, subjectPrefixes } from "../trust/subjects.ts";

/** What GitHub answers about a repository. */
export type GitHubFacts = {
  repository: GitHubRepository;
  defaultBranch: string;
  /** What the subjects of its tokens begin with: one form where GitHub says which, else both. */
  prefixes: NonEmpty<SubjectPrefix>;
};

/** A repository that GitHub does not show: it does not exist, or is private and the service has no access. */
export type Hidden = "hidden";

export type AskGitHub = (owner: string, repo: string) => Promise<GitHubFacts | Hidden | Failure>;

const TIMEOUT_MS = 5_000;

type Answer = { status: number; body: unknown };

/** Makes the question. `apiUrl` is GitHub's REST API without a slash at the end. */
export function gitHub(apiUrl: string, fetch: typeof globalThis.fetch = globalThis.fetch): AskGitHub {
  async function get(path: string): Promise<Answer | Failure> {
    const unavailable = (internal: string, retryAfterSeconds = 30): Failure => ({
      failure: "github-unavailable",
      retryAfterSeconds,
      internal,
    });
    for (let attempt = 1; ; attempt++) {
      let answer: Answer | Failure;
      try {
        const response = await fetch(`${apiUrl}${path}`, {
          headers: { accept: "application/vnd.github+json", "x-github-api-version": "2022-11-28", "user-agent": "rolecall" },
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        const retryAfterSeconds = Number(response.headers.get("retry-after")) || 30;
        const isLimited =
          response.status === 429 || (response.status === 403 && response.headers.get("x-ratelimit-remaining") === "0");
        answer =
          isLimited || response.status >= 500
            ? unavailable(`${path} answered ${response.status}`, retryAfterSeconds)
            : { status: response.status, body: await response.json() };
      } catch (error) {
        answer = unavailable(`${path}: ${error instanceof Error ? error.message : String(error)}`);
      }
      if (!failed(answer) || attempt === 2) return answer;
    }
  }

  return async (owner, repo) => {
    const path = `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(repo)}`;
    const [about, customization] = await Promise.all([get(path), get(`${path}/actions/oidc/customization/sub`)]);
    if (failed(about)) return about;
    if (about.status === 404) return "hidden";
    const found = about.status === 200 ? readRepository(about.body) : undefined;
    if (found === undefined) {
      return { failure: "github-unavailable", retryAfterSeconds: 30, internal: `${path} answered ${about.status}` };
    }
    if (failed(customization)) return customization;
    const prefixes = readPrefixes(found.repository, customization);
    return failed(prefixes) ? prefixes : { ...found, prefixes };
  };
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

/** The repository in GitHub's answer; undefined if the answer is not of the documented form. */
function readRepository(body: unknown): Pick<GitHubFacts, "repository" | "defaultBranch"> | undefined {
  if (!isObject(body) || !isObject(body["owner"])) return undefined;
  const { id: repositoryId, full_name, default_branch } = body;
  const { id: ownerId } = body["owner"];
  if (typeof full_name !== "string" || typeof default_branch !== "string") return undefined;
  if (typeof repositoryId !== "number" || typeof ownerId !== "number") return undefined;
  const [owner = "", repo = ""] = full_name.split("/");
  return { repository: { owner, repo, ownerId, repositoryId }, defaultBranch: default_branch };
}

/**
 * What the repository's subjects begin with. `sub_claim_prefix` is what GitHub sends; `use_immutable_subject` has
 * been seen to contradict it after a rename. Where it may not be read both forms are named, as the id is pinned
 * beside them anyway.
 */
function readPrefixes(repository: GitHubRepository, { status, body }: Answer): NonEmpty<SubjectPrefix> | Failure {
  const { byName, byId } = subjectPrefixes(repository);
  if (status !== 200 || !isObject(body)) return [byId, byName];
  if (body["use_default"] === false) {
    return invalid({
      pointer: "/repo",
      detail: `The repository's subjects follow a template of its own, ${JSON.stringify(body["include_claim_keys"])}, which cannot be trusted by ref; set use_default to true.`,
    });
  }
  switch (body["sub_claim_prefix"]) {
    case byId:
    case `${byId}:`:
      return [byId];
    case byName:
    case `${byName}:`:
      return [byName];
    default:
      return [byId, byName];
  }
}
