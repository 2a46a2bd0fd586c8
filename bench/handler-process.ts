/**
 * Calls two Lambda handlers in turn, in a process and on a Node version of its own. The arguments name the two
 * bundles and a file with the stubbed answer for each action of DynamoDB. Sends its parent the milliseconds that each
 * handler took, by round.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

type Handler = (event: unknown, context: unknown) => Promise<{ statusCode: number }>;

const [, , ours = "", floor = "", asked = ""] = process.argv;
const { answers, event, rounds, requests } = JSON.parse(readFileSync(asked, "utf8"));

const stub = createServer((request, response) => {
  request.resume().on("end", () => {
    const [, action = ""] = String(request.headers["x-amz-target"]).split(".");
    response.writeHead(200, { "content-type": "application/x-amz-json-1.0" }).end(answers[action] ?? "{}");
  });
});
await new Promise<void>((resolve) => stub.listen(0, "127.0.0.1", resolve));
const address = stub.address();
process.env["AWS_ENDPOINT_URL_DYNAMODB"] =
  `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;

const context = { getRemainingTimeInMillis: () => 29_000, awsRequestId: "x" };
const times: number[][] = [];
const handlers: Handler[] = [];
for (const file of [ours, floor]) handlers.push((await import(pathToFileURL(file).href)).handler);
// The first round warms up and is not counted.
for (let round = -1; round < rounds; round++) {
  const taken: number[] = [];
  for (const handler of handlers) {
    const startedAt = performance.now();
    for (let request = 0; request < requests; request++) {
      const answer = await handler(event, context);
      if (answer.statusCode !== 200) throw new Error(JSON.stringify(answer).slice(0, 300));
    }
    taken.push(performance.now() - startedAt);
  }
  if (round >= 0) times.push(taken);
}
stub.close();
stub.closeAllConnections();
process.send?.(times);
