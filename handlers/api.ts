import { Logger } from "@aws-lambda-powertools/logger";
import type { APIGatewayProxyEventV2WithIAMAuthorizer, Context } from "aws-lambda";
import { handle } from "hono/aws-lambda";
import profiles from "../profiles.json" with { type: "json" };
import { eventBridge } from "../src/aws/events.ts";
import { readConfig } from "../src/config.ts";
import { createApp } from "../src/http/app.ts";
import { callerArn } from "../src/http/caller.ts";
import { openServices } from "../src/services.ts";

const services = openServices({
  config: readConfig(process.env, profiles),
  region: process.env["AWS_REGION"] ?? "",
  log: new Logger({ serviceName: "rolecall" }),
  openEvents: eventBridge,
});

/** What is kept of the function's time to write the answer (milliseconds). */
const ANSWER_MS = 1_000;

type Bindings = { event: APIGatewayProxyEventV2WithIAMAuthorizer; lambdaContext: Context };

/** API Gateway's HTTP API, payload 2.0, with IAM authorization: it hands the path over decoded. */
export const handler = handle(
  createApp(services, (c) => {
    const { event, lambdaContext }: Bindings = c.env;
    return {
      // Something else that triggers the function may send neither.
      rawPath: event.rawPath ?? "",
      isEncoded: false,
      requestId: event.requestContext?.requestId ?? lambdaContext.awsRequestId,
      deadline: Date.now() + lambdaContext.getRemainingTimeInMillis() - ANSWER_MS,
      caller: callerArn(event),
    };
  }),
);
