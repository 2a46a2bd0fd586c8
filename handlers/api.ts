import { Logger } from "@aws-lambda-powertools/logger";
import { handle } from "hono/aws-lambda";
import profiles from "../profiles.json" with { type: "json" };
import self from "../self.json" with { type: "json" };
import { eventBridge } from "../src/aws/events.ts";
import { readConfig, readSelfRules } from "../src/config.ts";
import { createApp } from "../src/http/app.ts";
import { callerArn } from "../src/http/caller.ts";
import { lambdaOrigin } from "../src/http/lambda.ts";
import { openServices } from "../src/services.ts";

const config = readConfig(process.env, profiles);
const rules = readSelfRules(config, self);
const services = openServices({
  config,
  region: process.env["AWS_REGION"] ?? "",
  log: new Logger({ serviceName: "rolecall" }),
  openEvents: eventBridge,
});

/** Handles requests from an HTTP API of API Gateway (payload 2.0, IAM authorization). */
export const handler = handle(
  createApp(
    services,
    (c) => lambdaOrigin(c, callerArn),
    () => rules,
  ),
);
