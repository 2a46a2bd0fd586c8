/** Sends requests to GitHub's REST API, with a time-out, one retry and ETags. It obeys the rate limit. */
import type { Failure } from "../errors.ts";

export type Answer = { status: number; body: unknown };

/** The freshness that an answer needs: `cached` accepts an answer of the last minute, `fresh` always asks GitHub. */
export type Freshness = "cached" | "fresh";

const TIMEOUT_MS = 5_000;
const FRESH_MS = 60_000;
const CACHE_ENTRIES = 1_000;
const RETRY_SECONDS = 30;
/** The pause if GitHub limits the rate without saying how long.
 * https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit */
const LIMITED_SECONDS = 60;

type Cached = Answer & { etag: string | null; at: number };

export type GitHubHttp = ReturnType<typeof gitHubHttp>;

/** @param now milliseconds since 1970 */
export function gitHubHttp(apiUrl: string, now: () => number) {
  const cache = new Map<string, Cached>();
  let blockedUntil = 0;

  const unavailable = (internal: string, retryAfterSeconds = RETRY_SECONDS): Failure => ({
    failure: "github-unavailable",
    retryAfterSeconds,
    internal,
  });

  /** Returns the seconds to wait if the response is a rate limit; otherwise undefined. */
  function limited(response: Response): number | undefined {
    const exhausted = response.headers.get("x-ratelimit-remaining") === "0";
    const retryAfter = Number(response.headers.get("retry-after"));
    if (response.status !== 429 && !(response.status === 403 && (exhausted || retryAfter > 0)))
      return undefined;
    const reset = Number(response.headers.get("x-ratelimit-reset")) - now() / 1000;
    return Math.ceil(retryAfter > 0 ? retryAfter : exhausted && reset > 0 ? reset : LIMITED_SECONDS);
  }

  async function ask(
    method: string,
    path: string,
    authorization: string | undefined,
    etag: string | null,
  ): Promise<Response | Failure> {
    // The time-out covers both attempts. Callers send several requests and must answer in time themselves.
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    for (let attempt = 1; ; attempt++) {
      let failure: Failure;
      try {
        const response = await fetch(`${apiUrl}${path}`, {
          method,
          headers: {
            accept: "application/vnd.github+json",
            "x-github-api-version": "2022-11-28",
            "user-agent": "rolecall",
            ...(authorization !== undefined && { authorization }),
            ...(etag !== null && { "if-none-match": etag }),
          },
          signal,
        });
        const seconds = limited(response);
        if (seconds !== undefined) {
          blockedUntil = now() + seconds * 1000;
          return unavailable(`the rate limit is used up at ${path}`, seconds);
        }
        if (response.status < 500) return response;
        failure = unavailable(`${path} answered ${response.status}`);
      } catch (error) {
        failure = unavailable(`${path}: ${error instanceof Error ? error.message : String(error)}`);
      }
      if (attempt === 2 || signal.aborted) return failure;
    }
  }

  /** Sends one request. For a known answer it is conditional, so that GitHub answers 304 if nothing changed. */
  async function exchange(
    method: "GET" | "POST",
    path: string,
    authorization: string | undefined,
    known: Cached | undefined,
  ): Promise<Cached | Failure> {
    if (now() < blockedUntil) {
      return unavailable("the rate limit is used up", Math.ceil((blockedUntil - now()) / 1000));
    }
    const response = await ask(method, path, authorization, known?.etag ?? null);
    if ("failure" in response) return response;
    if (response.status === 304 && known !== undefined) return { ...known, at: now() };
    try {
      return {
        status: response.status,
        body: await response.json(),
        etag: response.headers.get("etag"),
        at: now(),
      };
    } catch (error) {
      return unavailable(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  return {
    /** Sends one request, without the cache. */
    request: (method: "GET" | "POST", path: string, authorization?: string): Promise<Answer | Failure> =>
      exchange(method, path, authorization, undefined),

    /**
     * Sends a GET, or returns a cached answer of the last minute if `freshness` allows it. For a cached answer, the
     * request is conditional. GitHub does not count it against the rate limit if nothing has changed.
     */
    async get(
      path: string,
      authorization: string | undefined,
      freshness: Freshness,
    ): Promise<Answer | Failure> {
      const known = cache.get(path);
      if (known !== undefined && freshness === "cached" && now() - known.at < FRESH_MS) return known;
      const answer = await exchange("GET", path, authorization, known);
      if ("failure" in answer) return answer;
      cache.delete(path); // Insert it again at the end, so that the oldest entry is the first.
      // Do not cache a 404. Someone may be about to create the repository and register it.
      if (answer.status === 404) return answer;
      cache.set(path, answer);
      const oldest = cache.keys().next();
      if (cache.size > CACHE_ENTRIES && !oldest.done) cache.delete(oldest.value);
      return answer;
    },
  };
}
