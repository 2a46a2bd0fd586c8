import { ConfigError } from "../src/config.ts";
import { startPage } from "../src/page/start.tsx";
import { PAGE_HEADERS } from "../src/page/style.ts";
import { docsBelow } from "./docs/serve.ts";
import { lineLog } from "./log.ts";
import { startLocal } from "./serve.ts";

/** The member accounts that are prepared by default. */
const MEMBERS = ["210987654321", "310987654321"];

try {
  const local = await startLocal({
    port: portOf(process.env["PORT"] ?? "3000"),
    directory: process.env["ROLECALL_DATA"] ?? ".local",
    log: lineLog("warn"),
    // A name of its own tells Rolecall's writes from those of people who use the aws CLI with any other credentials.
    accessKeyId: "rolecall",
    trailDelayMs: 1000 * secondsOf("ROLECALL_TRAIL_DELAY"),
    besides: pages(docsBelow("/docs")),
    env: { ROLECALL_LOCAL_ACCOUNTS: process.env["ROLECALL_LOCAL_ACCOUNTS"] ?? MEMBERS.join(",") },
  });
  const aws = local.aws === undefined ? "" : `, its embedded AWS on ${local.aws.url}`;
  console.log(`Rolecall listens on ${local.url}${aws}`);
  console.log(`Its documentation is at ${local.url}/docs/`);
  if (local.github !== undefined) {
    const audience = encodeURIComponent(local.services.config.selfAudience ?? local.url);
    const query = `repository=acme/api&ref=refs/heads/main&audience=${audience}`;
    console.log(`Its embedded GitHub is on ${local.github.url}. Get a run's token for it:`);
    console.log(`  curl -s '${local.github.url}/token?${query}' | jq -r .value`);
  }
  const stop = async () => {
    await local.close();
    process.exit(0);
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : (remedyOf(error) ?? error));
  process.exit(1);
}

/** Adds the start page to the pages that are served beside the API. */
function pages(docs: (request: Request) => Promise<Response | undefined>): typeof docs {
  return async (request) => {
    const { pathname, origin } = new URL(request.url);
    if (pathname !== "/" || (request.method !== "GET" && request.method !== "HEAD")) return docs(request);
    return new Response(startPage({ target: origin, docs: "docs/" }), { headers: PAGE_HEADERS });
  };
}

function portOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw new ConfigError(
    `PORT has "${text}". It must be a port to listen on, such as 3000, or 0 for a free one.`,
  );
}

/** Returns a number of seconds from the environment; 0 without the variable. */
function secondsOf(name: string): number {
  const text = process.env[name] || "0";
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new ConfigError(`${name} has "${text}"; it is a number of seconds, such as 900`);
}

/** Returns what to change in the environment; undefined for any other error. */
function remedyOf(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const endpoint = `AWS_ENDPOINT_URL has "${process.env["AWS_ENDPOINT_URL"]}"`;
  switch (code) {
    case "EADDRINUSE":
      return "Another process listens on that port. Name a free one: PORT=3001 npm start";
    case "ECONNREFUSED":
      return `${endpoint}, where nothing answers; unset it for the embedded AWS`;
    case "ERR_INVALID_URL":
      return `${endpoint}; it is a URL, such as http://127.0.0.1:4566`;
    case "EEXIST":
    case "ENOTDIR":
    case "EACCES":
    case "EROFS":
      return `ROLECALL_DATA has "${process.env["ROLECALL_DATA"] ?? ".local"}", where no folder can be made`;
    default:
      return undefined;
  }
}
