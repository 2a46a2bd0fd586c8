/**
 * Registers random bodies. After each, reading must return what was written, and the same PUT again must change
 * nothing.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { startEmbedded, writesOf } from "../harness/embedded.ts";
import { runs } from "../harness/properties.ts";
import { rolePath } from "../harness/rolecall.ts";
import { DECIDED, registrationBodies } from "./requests.ts";

const { api, aws } = await startEmbedded(DECIDED);
const RUNS = runs(60);

test("after a PUT nothing differs, a second PUT changes nothing, and a dry run predicts the next one", async () => {
  const accepted = { new: 0, changed: 0 };
  for (const [index, sent] of fc.sample(registrationBodies, RUNS).entries()) {
    const repo = `fuzz-${["a", "b", "c"][index % 3]}`;
    const path = rolePath(repo);
    // Replace the names, so that most ECR repositories are in the repository's own namespace.
    const shown = JSON.stringify(sent)
      .replaceAll("acme/fuzz-a", `acme/${repo}`)
      .replaceAll(/acme\/fuzz-([bc])\b/g, (name, last) =>
        name === `acme/${repo}` ? name : `acme/${repo}/${last}`,
      );
    const body = JSON.parse(shown);
    const foretold = await api("PUT", `${path}?dryRun=true`, { body });
    const answer = await api("PUT", path, { body });
    expect(answer.status >= 400, shown).toBe(foretold.status >= 400);
    if (answer.status >= 400) continue;
    accepted[answer.status === 201 ? "new" : "changed"]++;
    const changesOf = ({ changes = [] }: { changes?: readonly object[] }) =>
      changes.map((change) => JSON.stringify(change)).sort();
    // A new registration's changes contain an id that no dry run can predict.
    if (answer.status === 200)
      expect(changesOf(answer.registration()), shown).toEqual(changesOf(foretold.registration()));
    expect((await api("POST", `${path}/drift-checks`)).status, shown).toBe(200);
    const { drift } = (await api("GET", path)).registration();
    // A PUT that withdraws `pull.lambda` leaves the statement by which Lambda fetches images, and a check reports it.
    const others = drift.changes?.filter((change) => change.path !== "/repositoryPolicy/lambda") ?? [];
    expect(others, shown).toEqual([]);
    expect(drift.status, shown).toBe(drift.changes?.length === 0 ? "in-sync" : "drifted");
    aws.calls.length = 0;
    expect((await api("PUT", path, { body })).registration().changes, shown).toEqual([]);
    expect(writesOf(aws.calls), shown).toEqual([]);
  }
  console.log(`${RUNS} bodies`, accepted);
  expect(accepted.changed).toBeGreaterThan(RUNS / 5);
}, 3_600_000);
