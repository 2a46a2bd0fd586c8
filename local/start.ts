import { ConfigError, issuerOf } from "../src/config.ts";
import { startPage } from "../src/page/start.tsx";
import { PAGE_HEADERS } from "../src/page/style.ts";
import { docsBelow } from "./docs/serve.ts";
import { lineLog } from "./log.ts";
import { type Local, startLocal } from "./serve.ts";

/** The member accounts that are prepared by default. */
const MEMBERS = ["210987654321", "310987654321"];

/** The owner in the printed commands. */
const OWNER = "acme";

/** The ports of the embedded AWS and GitHub, so that a terminal's variables stay right from one start to the next. */
const [AWS_PORT, GITHUB_PORT] = ["4566", "4567"];

try {
  const port = portOf("PORT", "3000");
  // A free port for one means free ports for all.
  const awsPort = portOf("ROLECALL_AWS_PORT", port === 0 ? "0" : AWS_PORT);
  const gitHubPort = portOf("ROLECALL_GITHUB_PORT", port === 0 ? "0" : GITHUB_PORT);
  await forgetOwnEndpoint(awsPort);
  const local = await startLocal({
    port,
    awsPort,
    gitHubPort,
    directory: process.env["ROLECALL_DATA"] ?? ".local",
    log: lineLog("warn"),
    // A name of its own tells Rolecall's writes from those of people who use the aws CLI with any other credentials.
    accessKeyId: "rolecall",
    trailDelayMs: 1000 * secondsOf("ROLECALL_TRAIL_DELAY"),
    besides: pages(docsBelow("/docs")),
    env: { ROLECALL_LOCAL_ACCOUNTS: process.env["ROLECALL_LOCAL_ACCOUNTS"] ?? MEMBERS.join(",") },
  });
  console.log(`Rolecall listens on ${local.url}`);
  console.log(whatToTry(local));
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

/**
 * Removes AWS_ENDPOINT_URL from the environment if it names the embedded AWS that is about to start. The terminal may
 * have it from an earlier start.
 */
async function forgetOwnEndpoint(awsPort: number): Promise<void> {
  const text = process.env["AWS_ENDPOINT_URL"] ?? "";
  if (!URL.canParse(text)) return;
  const { hostname, port } = new URL(text);
  const isOwn = ["127.0.0.1", "localhost"].includes(hostname) && Number(port) === awsPort;
  const isThere = await fetch(text).then(
    () => true,
    () => false,
  );
  if (isOwn && !isThere) delete process.env["AWS_ENDPOINT_URL"];
}

/** Returns the addresses, and commands that can be pasted as they are. */
function whatToTry({ url, aws, github, services: { config, clients } }: Local): string {
  const lines = [
    `Pages for a browser: ${url}/`,
    `Documentation:       ${url}/docs/ (built when it is first opened, in half a minute)`,
    "",
  ];
  lines.push(
    "Register a role, then check every role (the pages of the roll call and the audit need a check):",
    `  curl -s -X PUT ${url}/v1/repos/${OWNER}/api/roles/publish`,
    `  curl -s -X POST ${url}/v1/roll-calls`,
    "",
  );
  if (aws !== undefined)
    lines.push(
      "The aws CLI on the embedded AWS, in another terminal:",
      `  export AWS_ENDPOINT_URL=${aws.url} AWS_DEFAULT_REGION=${clients.place.region} AWS_ACCESS_KEY_ID=me AWS_SECRET_ACCESS_KEY=me`,
      `  aws iam list-roles --path-prefix ${config.rolePath}`,
      "",
    );
  // Rolecall accepts the embedded GitHub's tokens only if the command's owner has that issuer.
  if (github !== undefined && issuerOf(config, OWNER).url === github.issuer) {
    const audience = encodeURIComponent(config.selfAudience ?? url);
    lines.push(
      `The token of a run, from the embedded GitHub on ${github.url}:`,
      `  curl -s '${github.url}/token?repository=${OWNER}/api&ref=refs/heads/main&audience=${audience}' | jq -r .value`,
      "",
    );
  }
  return [...lines, "Ctrl-C ends it."].join("\n");
}

/** Returns the port that a variable names. @throws ConfigError if it names none */
function portOf(name: string, otherwise: string): number {
  const text = process.env[name] ?? otherwise;
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw new ConfigError(
    `${name} has "${text}". It must be a port to listen on, such as ${otherwise}, or 0 for a free one.`,
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
      return `Another process listens on port ${Object(error).port}. Name free ones: PORT=3001 ROLECALL_AWS_PORT=4576 ROLECALL_GITHUB_PORT=4577 npm start`;
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
