/**
 * AWS JSON 1.1 and 1.0: the action in X-Amz-Target, JSON in and out.
 * https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
import { randomUUID } from "node:crypto";
import type { Actions } from "../action.ts";
import type { Endpoint, HttpRequest, Reply } from "../endpoint.ts";
import { AwsError } from "../errors.ts";
import type { ServiceName } from "../fault.ts";
import { Input, isRecord, type Problem } from "../input.ts";

export type Json = string | number | boolean | undefined | readonly Json[] | { readonly [key: string]: Json };

export type JsonService<Context> = {
  service: ServiceName;
  actions: Actions<Context, Json>;
  /** Makes the context of one request, because one server holds the state of several regions. */
  context: (http: HttpRequest) => Context;
  refuse: (problems: readonly Problem[]) => AwsError;
  /** By default that of AWS JSON 1.1. */
  contentType?: string;
  /** Renders an error. By default as AWS JSON 1.1 does. */
  renderError?: Endpoint["renderError"];
};

export function jsonEndpoint<Context>({
  service,
  actions,
  context,
  refuse,
  contentType = "application/x-amz-json-1.1",
  renderError = jsonError(contentType, ""),
}: JsonService<Context>): Endpoint {
  return {
    service,

    read(http) {
      return { action: targetOf(http), request: parseJson(http.body) ?? {} };
    },

    async perform({ action: name, request }, http) {
      if (http.scope === undefined)
        throw new AwsError("MissingAuthenticationTokenException", 400, "Missing Authentication Token");
      const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
      if (action === undefined) throw new AwsError("UnknownOperationException", 400, "");
      if (parseJson(http.body) === undefined) throw new AwsError("SerializationException", 400, "");
      const answered = await action.perform(context(http), new Input(request), refuse);
      return jsonReply(200, answered, contentType);
    },

    renderError,
  };
}

/** Returns the part of X-Amz-Target after the service's prefix. */
export function targetOf(http: HttpRequest): string {
  const target = http.headers["x-amz-target"];
  return typeof target === "string" ? target.slice(target.lastIndexOf(".") + 1) : "";
}

/** Returns undefined if the body is not a JSON object. */
export function parseJson(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function jsonError(contentType: string, prefix: string): (error: AwsError) => Reply {
  return (error) => ({
    ...jsonReply(error.status, { __type: `${prefix}${error.code}`, message: error.message }, contentType),
    errorCode: error.code,
  });
}

export function jsonReply(status: number, value: Json, contentType: string): Reply {
  return {
    status,
    headers: { "content-type": contentType, "x-amzn-requestid": randomUUID() },
    body: JSON.stringify(value ?? {}),
  };
}
