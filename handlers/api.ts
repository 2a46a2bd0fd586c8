import { Logger } from "@aws-lambda-powertools/logger";
import type { APIGatewayProxyEventV2WithIAMAuthorizer, Context } from "aws-lambda";
import { handle } from "hono/aws-lambda";
import profiles from "../profiles.json" with { type: "json" };
import self from "../self.json" with { type: "json" };
import { eventBridge } from "../src/aws/events.ts";
import { readConfig, readSelfRules } from "../src/config.ts";
import { createApp } from "../src/http/app.ts";
import { callerArn } from "../src/http/caller.ts";
import { openServices } from "../src/services.ts";

const config = readConfig(process.env, profiles);
const rules = readSelfRules(config, self);
const services = openServices({
  config,
  region: process.env["AWS_REGION"] ?? "",
  log: new Logger({ serviceName: "rolecall" }),
  openEvents: eventBridge,
});

/** The part of the function's time that is reserved for writing the response (milliseconds). */
const ANSWER_MS = 1_000;

type Bindings = { event: APIGatewayProxyEventV2WithIAMAuthorizer; lambdaContext: Context };

/** Handles requests from an HTTP API of API Gateway (payload 2.0, IAM authorization), which passes a decoded path. */
export const handler = handle(
  createApp(
    services,
    (c) => {
      const { event, lambdaContext }: Bindings = c.env;
      return {
        // An event from another trigger may have no path and no request context.
        rawPath: event.rawPath ?? "",
        isEncoded: false,
        requestId: event.requestContext?.requestId ?? lambdaContext.awsRequestId,
        deadline: Date.now() + lambdaContext.getRemainingTimeInMillis() - ANSWER_MS,
        caller: callerArn(event),
      };
    },
    () => rules,
  ),
);
