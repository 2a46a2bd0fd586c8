import type { Context } from "hono";
import { type Failure, failed, toProblem } from "../lib/errors.ts";
import { withoutTokens } from "../lib/redact.ts";
import type { Schema } from "../lib/schema.ts";
import type { Services } from "../services.ts";
import { apiOf, htmlAnswer, placeOf, wantsHtml } from "./html.ts";
import { readParameters } from "./input.ts";

export type AppEnv = { Variables: { caller: string; requestId: string } };

/**
 * Makes a route of a handler: reads the parameters of path and query, calls the handler and answers with its result.
 * A handler returns a response, a failure, or an object that becomes JSON with status 200.
 */
export type Reply = <T>(
  schema: Schema<T>,
  handler: (input: T, c: Context<AppEnv>) => Promise<Response | Failure | object>,
) => (c: Context<AppEnv>) => Promise<Response>;

/**
 * Returns `reply`, and `problem`, which answers with a failure and logs the part that only the operator may see. A
 * browser gets the failure as a page.
 */
export function openReply(services: Pick<Services, "log" | "config" | "clients">) {
  const { log } = services;
  const problem = async (c: Context<AppEnv>, failure: Failure): Promise<Response> => {
    const requestId = c.get("requestId");
    const body = { ...toProblem(failure), requestId };
    const details = {
      requestId,
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
    if (failure.failure === "token-invalid") c.header("www-authenticate", "Bearer");
    if (isRead(c) && wantsHtml(c)) {
      const { problemPage } = await import("../page/problem.tsx");
      // Only a known caller learns the account.
      const place = c.get("caller") === "" ? undefined : placeOf(services);
      const path = withoutTokens(c.req.path);
      const page = problemPage({ problem: body, path, place, api: apiOf(c, services) });
      return htmlAnswer(c, page, body.status);
    }
    return c.body(JSON.stringify(body), body.status, { "content-type": "application/problem+json" });
  };

  const reply: Reply = (schema, handler) => async (c) => {
    const input = readParameters(c, schema);
    if (isFailure(input)) return problem(c, input);
    const result = await handler(input, c);
    if (isFailure(result)) return problem(c, result);
    return result instanceof Response ? result : c.json(result);
  };

  return { problem, reply };
}

const isRead = (c: Context): boolean => c.req.method === "GET" || c.req.method === "HEAD";

/** `failed` for a value of any type: only failures have a `failure`. */
const isFailure = (value: unknown): value is Failure => failed(value);
