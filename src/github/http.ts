/** Bounded questions to GitHub's REST API: time-out, one retry, ETags, and the rate limit respected. */
import type { Failure } from "../errors.ts";

export type Answer = { status: number; body: unknown };

/** How fresh an answer must be: one of the last minute will do, or GitHub is asked in any case. */
export type Freshness = "cached" | "fresh";

const TIMEOUT_MS = 5_000;
const FRESH_MS = 60_000;
const CACHE_ENTRIES = 1_000;
const RETRY_SECONDS = 30;
/** Where GitHub sets a limit and does not say until when.
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

  /** How long a response asks to wait, in seconds; undefined if it is no rate limit. */
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
    // Both attempts together: a caller asks several things in turn, and has to answer in time itself.
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

  /** One exchange; what is known already is asked for on condition that it has changed. */
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
    /** One request, never from memory. */
    request: (method: "GET" | "POST", path: string, authorization?: string): Promise<Answer | Failure> =>
      exchange(method, path, authorization, undefined),

    /**
     * A GET, from memory if GitHub was asked within a minute. An answer that is asked for fresh, or is older, costs
     * no more than a conditional request, which GitHub does not count against the rate limit.
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
      cache.delete(path); // Put last: the oldest is first.
      // What is not there may be made any moment, and its maker waits for it.
      if (answer.status === 404) return answer;
      cache.set(path, answer);
      const oldest = cache.keys().next();
      if (cache.size > CACHE_ENTRIES && !oldest.done) cache.delete(oldest.value);
      return answer;
    },
  };
}
