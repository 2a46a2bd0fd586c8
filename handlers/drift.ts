import { Logger } from "@aws-lambda-powertools/logger";
import { readConfig } from "../src/config.ts";
import { type RollCall, rollCall } from "../src/drift/roll-call.ts";
import { openServices } from "../src/services.ts";

const services = openServices(
  readConfig(process.env),
  process.env["AWS_REGION"] ?? "",
  new Logger({ serviceName: "rolecall" }),
);

/** The schedule calls it: one roll call over everything registered. */
export const handler = (): Promise<RollCall> => rollCall(services);
