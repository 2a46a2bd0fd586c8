/** An app without routes: it checks the path of each request, and logs the request. Both APIs are made of it. */
import { type Context, Hono } from "hono";
import { methodNotAllowed } from "hono/method-not-allowed";
import { underDeadline } from "../aws/deadline.ts";
import { AwsFault } from "../aws/fault.ts";
import { failed } from "../lib/errors.ts";
import { withoutTokens } from "../lib/redact.ts";
import type { Services } from "../services.ts";
import { canonicalPath } from "./path.ts";
import { type AppEnv, openReply, type Reply } from "./reply.ts";

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

/**
 * Opens an app without routes. It checks the path of each request, and logs the request.
 * @param isKnown tells whether a request may be routed although its token, if it has one, was not checked yet
 */
export function openApp(
  services: Pick<Services, "log" | "now" | "config" | "clients">,
  originOf: (c: Context) => Origin,
  isKnown: (c: Context, origin: Origin) => boolean,
): { app: Hono<AppEnv>; reply: Reply } {
  const { log, now } = services;
  const app = new Hono<AppEnv>();

  const { problem, reply } = openReply(services);

  app.use(async (c, next) => {
    const startedAt = now();
    const origin = originOf(c);
    c.set("caller", origin.caller ?? "");
    const requestId = ownRequestId(c.req.header("x-request-id")) ?? origin.requestId;
    c.set("requestId", requestId);
    c.header("x-request-id", requestId);
    c.header("cache-control", "no-store");
    c.header("x-content-type-options", "nosniff");
    const path = canonicalPath(origin.rawPath, origin.isEncoded);
    if (!isKnown(c, origin)) c.res = await problem(c, { failure: "caller-unknown" });
    else if (failed(path)) c.res = await problem(c, path);
    else if (decodeURIComponent(c.req.path) !== path) {
      // Refuse a path that the URL parser has changed, because routing would use another path than authorization.
      c.res = await problem(c, {
        failure: "path-not-canonical",
        detail: "The path has characters that a URL cannot contain. Send the path without them.",
      });
    } else await underDeadline(origin.deadline, next);
    log.info("request", {
      requestId,
      // API Gateway's own log has only its own id.
      ...(requestId !== origin.requestId && { gatewayRequestId: origin.requestId }),
      caller: origin.caller,
      method: c.req.method,
      path: withoutTokens(origin.rawPath).slice(0, 500),
      status: c.res.status,
      milliseconds: now() - startedAt,
    });
  });

  app.use(
    methodNotAllowed({
      app,
      // Hono also answers HEAD wherever there is a GET, but the contract has no HEAD.
      onMethodNotAllowed: (c, methods) =>
        problem(c, { failure: "method-not-allowed", allow: methods.filter((method) => method !== "HEAD") }),
    }),
  );

  app.notFound((c) => problem(c, { failure: "no-such-path" }));
  app.onError((error, c) => {
    if (error instanceof AwsFault) return problem(c, error.failure);
    return problem(c, { failure: "internal", internal: error.stack ?? error.message });
  });
  return { app, reply };
}

/** Returns the request id that the caller chose; undefined if there is none or it is not well formed. */
const ownRequestId = (header: string | undefined): string | undefined =>
  header !== undefined && /^[A-Za-z0-9._-]{8,64}$/.test(header) ? header : undefined;
