import { Logger } from "@aws-lambda-powertools/logger";
import { handle } from "hono/aws-lambda";
import profiles from "../profiles.json" with { type: "json" };
import self from "../self.json" with { type: "json" };
import { readConfig, readSelfRules } from "../src/config.ts";
import { lambdaOrigin } from "../src/http/lambda.ts";
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

/** Handles the requests of workflows, which send their own GitHub token and have no other caller. */
export const handler = handle(
  createSelfApp(
    services,
    (c) => lambdaOrigin(c, () => undefined),
    () => rules,
  ),
);
