/**
 * `npm run roll-call`: asks the API at ROLECALL_URL (or `npm start`'s) for a roll call, tells how far it is, and lists
 * what is not as it is registered. Requests are signed with the caller's own credentials. Ends with 1 if anything was
 * found, so that a pipeline stops there.
 */
import { setTimeout as sleep } from "node:timers/promises";
import createClient from "openapi-fetch";
import { signedFetch } from "../examples/typescript-client/signed-fetch.ts";
import { ConfigError } from "../src/config.ts";
import type { components, paths } from "../src/generated/contract.ts";
import { operatorRegion, run } from "./operator.ts";

type RollCall = components["schemas"]["RollCall"];

/** How often it is asked how far the roll call is, in milliseconds. */
const POLL_MS = 500;

await run(async () => {
  const { ROLECALL_URL: baseUrl = "http://127.0.0.1:3000" } = process.env;
  if (!URL.canParse(baseUrl))
    throw new ConfigError(
      `ROLECALL_URL has "${baseUrl}"; it is the API's address, such as https://…amazonaws.com`,
    );
  const isLocal = ["127.0.0.1", "localhost"].includes(new URL(baseUrl).hostname);
  const client = createClient<paths>({ baseUrl, ...(!isLocal && { fetch: signedFetch(operatorRegion()) }) });

  const asked = await client.POST("/v1/roll-calls").catch((error: unknown) => {
    throw new ConfigError(`ROLECALL_URL has "${baseUrl}", where nothing answers`, { cause: error });
  });
  if (asked.error) return refused(asked);
  const { id } = asked.data;
  let told = "";
  for (let rollCall: RollCall = asked.data; ; await sleep(POLL_MS)) {
    const line = `${rollCall.status}: ${countsOf(rollCall)}`;
    if (line !== told) console.log(line);
    told = line;
    if (rollCall.status === "finished") return report(rollCall);
    const read = await client.GET("/v1/roll-calls/{id}", { params: { path: { id } } });
    if (read.error) return refused(read);
    rollCall = read.data;
  }
});

function countsOf({ counts }: RollCall): string {
  return Object.entries(counts)
    .filter(([what, count]) => count > 0 || what === "checked")
    .map(([what, count]) => `${count} ${what === "inSync" ? "in sync" : what}`)
    .join(", ");
}

function report({ drifted, counts, awsCalls }: RollCall): number {
  for (const { owner, repo, role, status, detail } of drifted)
    console.log(`  ${owner}/${repo} ${role} ${status}: ${detail}`);
  console.log(`${awsCalls} calls of AWS`);
  return counts.drifted + counts.contested + counts.failed > 0 ? 1 : 0;
}

/** What the API says of itself, and API Gateway in a form of its own. */
function refused(answer: { response: Response; error: object }): number {
  const { detail = JSON.stringify(answer.error) }: { detail?: string } = answer.error;
  console.error(`${answer.response.status}: ${detail}`);
  return 2;
}
