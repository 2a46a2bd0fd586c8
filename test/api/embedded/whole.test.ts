/** Long answers are complete or end at a bound, and an optional step that fails stops no request. */
import { expect, test } from "vitest";
import { accessDenied, namesOf, startEmbedded } from "../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../harness/rolecall.ts";

const { api, callsOf, clock, services, trouble } = await startEmbedded();

test("a history that is longer than one read of the table is read to its end", async () => {
  const repo = uniqueName();
  await api("PUT", rolePath(repo));
  const item = await services.registry.readRegistration({ owner: "acme", repo, role: "publish" });
  if (item === undefined) throw new Error("not registered");
  const detail = "x".repeat(77_000);
  for (let entry = 0; entry < 40; entry++)
    await services.registry.addHistory(item, { by: "test", action: "failed", version: 1, detail });
  let [seen, pages, cursor] = [0, 0, ""];
  do {
    const { text } = await api("GET", `${rolePath(repo)}/history?limit=100${cursor && `&cursor=${cursor}`}`);
    const page: { items: object[]; nextCursor?: string } = JSON.parse(text);
    seen += page.items.length;
    pages++;
    cursor = page.nextCursor ?? "";
  } while (cursor !== "");
  expect(seen).toBe(41);
  expect(pages).toBeGreaterThan(2);
});

test("an answer names a hundred faults at most", async () => {
  const body = { ecr: Array.from({ length: 300 }, () => ({ repository: 1 })) };
  const answer = await api("PUT", rolePath(uniqueName()), { body: JSON.parse(JSON.stringify(body)) });
  expect(answer.status).toBe(422);
  expect(answer.problem().errors).toHaveLength(100);
});

test("that IAM does not say how full the account is, stops no registration", async () => {
  const end = trouble({ service: "iam", action: "GetAccountSummary", fault: accessDenied });
  clock.advance(60_000); // It is asked again.
  const { result, calls } = await callsOf(() => api("PUT", rolePath(uniqueName())));
  end();
  expect(result.status).toBe(201);
  expect(namesOf(calls, "iam")).toContain("iam:GetAccountSummary");
});
