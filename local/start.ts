import { ConfigError } from "../src/config.ts";
import { docsBelow } from "./docs/serve.ts";
import { lineLog } from "./log.ts";
import { startLocal } from "./serve.ts";

try {
  const local = await startLocal({
    port: Number(process.env["PORT"] ?? 3000),
    directory: process.env["ROLECALL_DATA"] ?? ".local",
    log: lineLog("warn"),
    besides: docsBelow("/docs"),
  });
  const aws = local.aws === undefined ? "" : `, its embedded AWS on ${local.aws.url}`;
  console.log(`Rolecall listens on ${local.url}${aws}`);
  console.log(`Its documentation is at ${local.url}/docs/`);
  const stop = async () => {
    await local.close();
    process.exit(0);
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
}
