import { Logger } from "@aws-lambda-powertools/logger";
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { handle } from "hono/aws-lambda";
import profiles from "../profiles.json" with { type: "json" };
import self from "../self.json" with { type: "json" };
import { readConfig, readSelfRules } from "../src/config.ts";
import { createSelfApp } from "../src/http/self-app.ts";
import { openServices } from "../src/services.ts";

const config = readConfig(process.env, profiles);
const rules = readSelfRules(config, self);
const services = openServices({
  config,
  region: process.env["AWS_REGION"] ?? "",
  log: new Logger({ serviceName: "rolecall" }),
  // No call of a workflow publishes an event, and the function's role may not.
  openEvents: () => ({ put: () => Promise.reject(new Error("this function publishes no events")) }),
  mayDelete: false,
});

/** The part of the function's time that is reserved for writing the response (milliseconds). */
const ANSWER_MS = 1_000;

type Bindings = { event: APIGatewayProxyEventV2; lambdaContext: Context };

/** Handles the requests of workflows, which send their own GitHub token and have no other caller. */
export const handler = handle(
  createSelfApp(
    services,
    (c) => {
      const { event, lambdaContext }: Bindings = c.env;
      return {
        // An event from another trigger may have no path and no request context.
        rawPath: event.rawPath ?? "",
        isEncoded: false,
        requestId: event.requestContext?.requestId ?? lambdaContext.awsRequestId,
        deadline: Date.now() + lambdaContext.getRemainingTimeInMillis() - ANSWER_MS,
        caller: undefined,
      };
    },
    () => rules,
  ),
);
