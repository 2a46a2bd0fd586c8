/**
 * `npm run console -- --url https://API_ID.execute-api.REGION.amazonaws.com`: opens the pages of a deployment in the
 * browser. Each request is signed with the caller's own AWS credentials. Without `--url` it shows those of `npm start`.
 */
import { once } from "node:events";
import { parseArgs } from "node:util";
import open from "open";
import { signedFetch } from "../examples/typescript-client/signed-fetch.ts";
import { regionOf } from "../local/console/pages.tsx";
import { startConsole } from "../local/console/server.ts";
import { ConfigError } from "../src/config.ts";
import { operatorRegion, remedyOf, run } from "./operator.ts";

const USAGE = `npm run console -- [--url URL] [--port PORT] [--no-open]

Shows the pages of a deployment in the browser. Each request is signed with your own AWS credentials (AWS_PROFILE, SSO
or the environment), so IAM decides which pages you see. The console only reads, and ends with Ctrl-C.

  --url URL     the API's address, such as https://a1b2c3.execute-api.eu-central-1.amazonaws.com
                By default that of npm start, http://127.0.0.1:3000.
  --port PORT   the port to listen on; by default a free one
  --no-open     print the address only, and open no browser`;

await run(USAGE, async () => {
  const { url, port, isOpened } = options();
  const isLocal = ["127.0.0.1", "localhost"].includes(new URL(url).hostname);
  const opened = await startConsole({
    apiUrl: new URL(url).origin,
    send: isLocal ? fetch : signedFetch(regionOf(url) ?? operatorRegion()),
    remedyOf,
    port,
  });
  console.log(
    `The console shows ${url}. Open this address, which works once:\n\n  ${opened.url}\n\nIt ends with Ctrl-C.`,
  );
  if (isOpened) await open(opened.url).catch(() => console.error("No browser could be opened."));
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  await opened.close();
  return 0;
});

function options(): { url: string; port: number; isOpened: boolean } {
  const { values } = parsedArguments();
  const { url = "http://127.0.0.1:3000", port = "0" } = values;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new ConfigError(
      `--url has "${url}". It must be the API's address, such as https://…amazonaws.com.`,
    );
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw new ConfigError(`--port has "${port}". It must be a port to listen on, or 0 for a free one.`);
  return { url, port: Number(port), isOpened: values["no-open"] !== true };
}

function parsedArguments() {
  try {
    return parseArgs({
      options: {
        url: { type: "string" },
        port: { type: "string" },
        "no-open": { type: "boolean" },
      },
    });
  } catch (error) {
    throw new ConfigError(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}
