import { type Context, Hono } from "hono";
import { underDeadline } from "../aws/deadline.ts";
import { AwsFault } from "../aws/fault.ts";
import { openOperations } from "../generated/open.ts";
import contract from "../generated/text.ts";
import { type Failure, failed, toProblem } from "../lib/errors.ts";
import type { Services } from "../services.ts";
import { accountRoutes } from "./account-routes.ts";
import { canonicalPath } from "./path.ts";
import { registrationRoutes } from "./registration-routes.ts";
import { driftRoutes } from "./roll-call-routes.ts";

/** The properties of a request that API Gateway and a plain server supply in different ways. */
export type Origin = {
  /** The path as the server received it, without the query. */
  rawPath: string;
  /** True if `rawPath` is still percent-encoded. */
  isEncoded: boolean;
  /** The caller's ARN; undefined if the request has none. */
  caller: string | undefined;
  requestId: string;
  /**
   * The time at which calls for the request must have ended (milliseconds since 1970). By default there is no limit.
   */
  deadline?: number;
};

export type AppEnv = { Variables: { caller: string; requestId: string } };

/** A route's handler. Returns a response or a failure. */
type Handler = (c: Context<AppEnv>) => Promise<Response | Failure>;
/** Converts the failures of a handler to problem responses. */
export type Reply = (handler: Handler) => (c: Context<AppEnv>) => Promise<Response>;

/** Creates the HTTP API. It checks the caller and the path of each request before it routes the request. */
export function createApp(services: Services, originOf: (c: Context) => Origin): Hono<AppEnv> {
  const { log, now } = services;
  const app = new Hono<AppEnv>();

  const problem = (c: Context<AppEnv>, failure: Failure): Response => {
    const body = toProblem(failure);
    const details = {
      requestId: c.get("requestId"),
      code: body.code,
      status: body.status,
      ...("internal" in failure && { internal: failure.internal }),
    };
    if (body.status >= 500) log.error("request failed", details);
    else if ("internal" in failure) log.warn("request refused", details);
    if (body.retryAfterSeconds !== undefined) c.header("retry-after", String(body.retryAfterSeconds));
    if (failure.failure === "method-not-allowed") c.header("allow", failure.allow.join(", "));
    if (failure.failure === "caller-unknown")
      c.header("www-authenticate", 'AWS4-HMAC-SHA256 service="execute-api"');
    return c.body(JSON.stringify(body), body.status as never, { "content-type": "application/problem+json" });
  };
  const reply: Reply = (handler) => async (c) => {
    const answer = await handler(c);
    return failed(answer) ? problem(c, answer) : answer;
  };

  app.use(async (c, next) => {
    const startedAt = now();
    const origin = originOf(c);
    c.set("caller", origin.caller ?? "");
    c.set("requestId", origin.requestId);
    c.header("x-request-id", origin.requestId);
    c.header("cache-control", "no-store");
    c.header("x-content-type-options", "nosniff");
    const path = canonicalPath(origin.rawPath, origin.isEncoded);
    if (origin.caller === undefined && !isOpen(c.req.method, c.req.path))
      c.res = problem(c, { failure: "caller-unknown" });
    else if (failed(path)) c.res = problem(c, path);
    else if (decodeURIComponent(c.req.path) !== path) {
      // Refuse a path that the URL parser has changed, because routing would use another path than authorization.
      c.res = problem(c, {
        failure: "path-not-canonical",
        detail: "The path has characters that a URL cannot contain. Send the path without them.",
      });
    } else await underDeadline(origin.deadline, next);
    log.info("request", {
      requestId: origin.requestId,
      caller: origin.caller,
      method: c.req.method,
      path: origin.rawPath.slice(0, 500),
      status: c.res.status,
      milliseconds: now() - startedAt,
    });
  });

  app.get("/healthz", (c) => c.json({ status: "ok" }));
  app.get("/openapi.yaml", (c) => c.body(contract, 200, { "content-type": "application/yaml" }));
  registrationRoutes(app, services, reply);
  driftRoutes(app, services, reply);
  accountRoutes(app, services, reply);

  const known = app.routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => ({ method, pattern: patternOf(path) }));
  app.notFound((c) => {
    const allow = known.filter(({ pattern }) => pattern.test(c.req.path)).map(({ method }) => method);
    return problem(
      c,
      allow.length === 0 ? { failure: "no-such-path" } : { failure: "method-not-allowed", allow },
    );
  });
  app.onError((error, c) => {
    if (error instanceof AwsFault) return problem(c, error.failure);
    return problem(c, { failure: "internal", internal: error.stack ?? error.message });
  });
  return app;
}

/** Tells whether the contract opens an operation to everyone. Unknown operations are not open. */
const isOpen = (method: string, path: string): boolean =>
  openOperations.some((open) => open.path === path && (open.method === method || method === "HEAD"));

/** Returns a pattern that matches the paths of a route. */
const patternOf = (route: string): RegExp =>
  new RegExp(`^${route.replaceAll(".", "\\.").replace(/:[a-z]+/g, "[^/]+")}$`);
