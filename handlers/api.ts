import { Logger } from "@aws-lambda-powertools/logger";
import type { APIGatewayProxyEventV2WithIAMAuthorizer } from "aws-lambda";
import { handle } from "hono/aws-lambda";
import { createApp } from "../src/app.ts";
import { eventBridge } from "../src/aws/events.ts";
import { readConfig } from "../src/config.ts";
import { openServices } from "../src/services.ts";

const services = openServices(
  readConfig(process.env),
  process.env["AWS_REGION"] ?? "",
  new Logger({ serviceName: "rolecall" }),
  eventBridge,
);

type Bindings = { event: APIGatewayProxyEventV2WithIAMAuthorizer };

/** API Gateway's HTTP API, payload 2.0, with IAM authorization: it hands the path over decoded. */
export const handler = handle(
  createApp(services, (c) => {
    const { event }: Bindings = c.env;
    const { requestId, authorizer } = event.requestContext;
    return {
      rawPath: event.rawPath,
      isEncoded: false,
      requestId,
      caller: authorizer?.iam.userArn ?? "anonymous",
    };
  }),
);
