/**
 * Stands in for Lambda's runtime in a process and on a Node version of its own. It imports the handler that the
 * arguments name and then answers its parent's events one by one.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { pathToFileURL } from "node:url";

/** The files that were read since the handler was imported, or since its last answer. */
const reads: string[] = [];
const READING = [
  "open",
  "openSync",
  "readFile",
  "readFileSync",
  "createReadStream",
  "stat",
  "statSync",
] as const;
for (const owner of [fs, fs.promises])
  for (const name of READING) {
    const read: unknown = Reflect.get(owner, name);
    if (typeof read !== "function") continue;
    const noted = (...input: unknown[]): unknown => {
      reads.push(String(input[0]));
      return Reflect.apply(read, owner, input);
    };
    Reflect.set(owner, name, noted);
  }
// Modules that import these functions by name get the ones that record.
syncBuiltinESMExports();

// GitHub's public issuer cannot be reached here. The embedded one publishes its keys at the same path.
const { fetch } = globalThis;
const standIn = process.env["GITHUB_API_URL"] ?? "";
globalThis.fetch = (at, init) => {
  const { pathname, hostname } = new URL(String(at));
  return hostname === "token.actions.githubusercontent.com"
    ? fetch(standIn + pathname, init)
    : fetch(at, init);
};

const [, , file = "", name = ""] = process.argv;
const startedAt = performance.now();
const module = await import(pathToFileURL(file).href);
const context = {
  awsRequestId: "lambda-request",
  functionName: name,
  getRemainingTimeInMillis: () => 900_000,
};
const send = (message: unknown) => process.send?.(message);
send({ importMilliseconds: performance.now() - startedAt, node: process.version });
reads.length = 0;

// Exit in order, so that Node writes the profile that it was asked for.
process.on("disconnect", () => process.exit());
process.on("message", async (event) => {
  try {
    const answer = await module[name](event, context);
    send({ answer, usage: process.resourceUsage(), reads: reads.splice(0) });
  } catch (error) {
    send({ error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
  }
});
