/** Sends requests to GitHub's REST API, with a time-out, one retry and ETags. It obeys the rate limit. */
import type { Failure } from "../lib/errors.ts";
import { discard, fetchFromHost, readJsonBody } from "./bounded.ts";

export type Answer = { status: number; body: unknown };

/** The identity with which a request is sent to GitHub. */
export type Identity = {
  /** Names the rate limit that a request counts against: of a token, an App, an App's installation, or of nobody. */
  readonly name: string;
  readonly authorization?: string;
};

/**
 * The freshness that an answer needs: `cached` accepts an answer of the last minute, `recent` one of the last ten
 * seconds, and `fresh` asks GitHub again.
 */
export type Freshness = keyof typeof OLDEST_MS;

const TIMEOUT_MS = 5_000;
/** An older answer is not accepted (milliseconds). */
const OLDEST_MS = { cached: 60_000, recent: 10_000, fresh: 0 };
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
  /** The time until which each identity must send no requests, by its name (milliseconds since 1970). */
  const blockedUntil = new Map<string, number>();

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
    { name, authorization }: Identity,
    etag: string | null,
  ): Promise<Response | Failure> {
    // The time-out covers both attempts. Callers send several requests and must answer in time themselves.
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    for (let attempt = 1; ; attempt++) {
      let failure: Failure;
      try {
        const response = await fetchFromHost(`${apiUrl}${path}`, {
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
        if (seconds !== undefined || response.status >= 500) await discard(response);
        if (seconds !== undefined) {
          if (blockedUntil.size >= CACHE_ENTRIES) blockedUntil.clear();
          blockedUntil.set(name, now() + seconds * 1000);
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
    identity: Identity,
    known: Cached | undefined,
  ): Promise<Cached | Failure> {
    const blockedMs = (blockedUntil.get(identity.name) ?? 0) - now();
    if (blockedMs > 0) return unavailable("the rate limit is used up", Math.ceil(blockedMs / 1000));
    const response = await ask(method, path, identity, known?.etag ?? null);
    if ("failure" in response) return response;
    if (response.status === 304 && known !== undefined) {
      await discard(response);
      return { ...known, at: now() };
    }
    try {
      return {
        status: response.status,
        body: await readJsonBody(response),
        etag: response.headers.get("etag"),
        at: now(),
      };
    } catch (error) {
      return unavailable(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  return {
    /** Sends one request, without the cache. */
    request: (method: "GET" | "POST", path: string, identity: Identity): Promise<Answer | Failure> =>
      exchange(method, path, identity, undefined),

    /**
     * Sends a GET, or returns a cached answer if `freshness` allows its age. If there is an older answer, the request is
     * conditional: GitHub does not count a 304 against the rate limit of an authenticated identity. But GitHub counts
     * each 404, so a 404 of the last minute is returned from the cache even for `fresh`. `isFresh`: GitHub gave the
     * answer to this request.
     * https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate
     */
    async get(
      path: string,
      identity: Identity,
      freshness: Freshness,
    ): Promise<(Answer & { isFresh: boolean }) | Failure> {
      const key = `${identity.name} ${path}`;
      const known = cache.get(key);
      const oldest = OLDEST_MS[known?.status === 404 ? "cached" : freshness];
      if (known !== undefined && now() - known.at < oldest) return { ...known, isFresh: false };
      const answer = await exchange("GET", path, identity, known);
      if ("failure" in answer) return answer;
      cache.delete(key); // Insert it again at the end, so that the oldest entry is the first.
      cache.set(key, answer);
      const first = cache.keys().next();
      if (cache.size > CACHE_ENTRIES && !first.done) cache.delete(first.value);
      return { ...answer, isFresh: true };
    },
  };
}
