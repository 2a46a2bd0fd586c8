/**
 * `npm run roll-call`: asks the API at ROLECALL_URL (by default `npm start`'s) for a roll call, prints its progress
 * and lists the registrations that have drifted or failed. It signs its requests with the caller's own credentials.
 * It ends with 1 if it found anything, so that a pipeline stops.
 */
import { setTimeout as sleep } from "node:timers/promises";
import createClient from "openapi-fetch";
import { signedFetch } from "../examples/typescript-client/signed-fetch.ts";
import { ConfigError } from "../src/config.ts";
import type { components, paths } from "../src/generated/contract.ts";
import { operatorRegion, run } from "./operator.ts";

type RollCall = components["schemas"]["RollCall"];

/** The pause between two looks at the progress, in milliseconds. */
const POLL_MS = 500;

/**
 * A roll call without progress for this long is taken as cut off (milliseconds). It is longer than the drift
 * function's time-out.
 */
const STILL_MS = 16 * 60_000;
/** The same over several accounts. The job of an account whose consumer crashed begins again after 16 minutes. */
const ACCOUNTS_STILL_MS = 32 * 60_000;

const USAGE = `ROLECALL_URL=URL npm run roll-call

Asks for a check of every registration, prints its progress, and lists what has drifted or failed. It ends with 1 if it
found anything, and with 2 if it could not finish. Each request is signed with your own AWS credentials.

  ROLECALL_URL  the API's address; by default that of npm start, http://127.0.0.1:3000
  AWS_REGION    the region of the deployment`;

await run(USAGE, async () => {
  const { ROLECALL_URL: baseUrl = "http://127.0.0.1:3000" } = process.env;
  if (!URL.canParse(baseUrl))
    throw new ConfigError(
      `ROLECALL_URL has "${baseUrl}". It must be the API's address, such as https://…amazonaws.com.`,
    );
  const isLocal = ["127.0.0.1", "localhost"].includes(new URL(baseUrl).hostname);
  const client = createClient<paths>({ baseUrl, ...(!isLocal && { fetch: signedFetch(operatorRegion()) }) });
  /**
   * Returns the API's answer.
   * @throws ConfigError if nothing answers, or with the API's own words if it refuses
   */
  async function answer(asked: Promise<{ data?: RollCall; response: Response; error?: object }>) {
    const { data, response, error } = await asked.catch((cause: unknown) => {
      if (!(cause instanceof TypeError)) throw cause;
      throw new ConfigError(`ROLECALL_URL has "${baseUrl}", where nothing answers`, { cause });
    });
    if (data !== undefined) return data;
    const { detail = JSON.stringify(error ?? "") }: { detail?: string } = error ?? {};
    throw new ConfigError(`The API answers ${response.status}: ${detail}`);
  }

  let rollCall = await answer(client.POST("/v1/roll-calls"));
  const { id } = rollCall;
  let told = "";
  let changedAt = Date.now();
  for (;;) {
    const line = `${rollCall.status}: ${countsOf(rollCall)}`;
    if (line !== told) {
      console.log(line);
      changedAt = Date.now();
      told = line;
    }
    const stillMs = rollCall.progress === undefined ? STILL_MS : ACCOUNTS_STILL_MS;
    if (rollCall.status === "finished") return report(rollCall);
    if (rollCall.status === "failed" || Date.now() - changedAt > stillMs) {
      console.error(`Roll call ${id} did not finish. The log of the drift function says why.`);
      return 2;
    }
    await sleep(POLL_MS);
    rollCall = await answer(client.GET("/v1/roll-calls/{id}", { params: { path: { id } } }));
  }
});

function countsOf({ counts: { byOrigin, ...counts }, progress }: RollCall): string {
  const found = Object.entries(counts)
    .filter(([what, count]) => count > 0 || what === "checked")
    .map(([what, count]) => `${count} ${what === "inSync" ? "in sync" : what}`);
  if (byOrigin !== undefined && byOrigin.self > 0) found.push(`${byOrigin.self} registered by workflows`);
  if (progress !== undefined) found.push(`${progress.done} of ${progress.total} accounts so far`);
  return found.join(", ");
}

function report({ drifted, counts, awsCalls, accounts }: RollCall): number {
  for (const { account, status, detail } of accounts?.listed ?? [])
    if (status !== "checked") console.log(`  account ${account} ${status}${detail ? `: ${detail}` : ""}`);
  for (const { account, owner, repo, role, status, detail, notRepaired } of drifted)
    console.log(
      `  ${account === undefined ? "" : `${account} `}${owner}/${repo} ${role} ${status}: ${detail}${notRepaired ? `; not repaired (${notRepaired})` : ""}`,
    );
  if (accounts !== undefined) console.log(`${accounts.checked} of ${accounts.total} accounts checked`);
  console.log(`${awsCalls} calls of AWS`);
  const unchecked = (accounts?.failed ?? 0) + (accounts?.missed ?? 0);
  return counts.drifted + counts.contested + counts.failed + unchecked > 0 ? 1 : 0;
}
