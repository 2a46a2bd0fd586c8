/**
 * Sends random requests. Every answer must be one of the contract and no internal error, and a refused request must
 * write nothing outside of the table.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { startEmbedded, writesOf } from "../harness/embedded.ts";
import { runs } from "../harness/properties.ts";
import { DECIDED, requests } from "./requests.ts";

const { api, aws } = await startEmbedded(DECIDED);
const RUNS = runs(1_500);

test("random requests get answers of the contract, and a refused one writes nothing outside of the table", async () => {
  const statuses: Record<number, number> = {};
  for (const { method, path, headers, body } of fc.sample(requests, RUNS)) {
    aws.calls.length = 0;
    const shown = `${method} ${path} ${JSON.stringify(headers)} ${body}`;
    // The client checks every answer against the contract.
    const answer = await api(method, path, { headers, body }).catch((error: unknown) => {
      throw new Error(shown, { cause: error });
    });
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
    expect(answer.status, shown).toBeLessThan(500);
    if (answer.status < 400) continue;
    const written = writesOf(aws.calls).filter(({ service }) => service !== "dynamodb");
    expect(written, shown).toEqual([]);
  }
  console.log(`${RUNS} requests`, statuses);
  // The result means something only if enough requests succeeded and enough were refused.
  for (const status of [200, 400, 404, 412, 422])
    expect(statuses[status] ?? 0, String(status)).toBeGreaterThan(RUNS / 200);
}, 3_600_000);
