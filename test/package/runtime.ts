/**
 * Stands in for Lambda's runtime, in a process and on a Node of its own: imports the handler that the arguments
 * name, then answers the events that its parent sends, one after another.
 */
import { pathToFileURL } from "node:url";

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

// An end in order: what Node was asked to write at its end, it writes.
process.on("disconnect", () => process.exit());
process.on("message", async (event) => {
  try {
    const answer = await module[name](event, context);
    send({ answer, usage: process.resourceUsage() });
  } catch (error) {
    send({ error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
  }
});
