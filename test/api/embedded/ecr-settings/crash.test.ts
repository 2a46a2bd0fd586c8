/** A process that ends while it writes settings leaves nothing that a later request or roll call cannot finish. */
import { beforeAll, describe, expect, test } from "vitest";
import { failed } from "../../../../src/lib/errors.ts";
import { inParallel } from "../../../../src/lib/parallel.ts";
import { rollCall, UNLIMITED } from "../../../../src/roll-call/roll-call.ts";
import { rolePath, uniqueName } from "../../../harness/rolecall.ts";
import { startForSettings } from "./start.ts";
import { CHANGEABLE, HELD_BY_DEFAULT, HELD_OF_CHANGEABLE } from "./values.ts";

const LEASE_MS = 60_000;
const { api, aws, clock, cutOff, expectSettled, held, put, services, startMortal } = await startForSettings();

describe("a process that ends while it writes settings", async () => {
  // A tag goes, too.
  const wanted = { ...CHANGEABLE, tags: { team: "payments" } };
  const heldOfWanted = { ...HELD_OF_CHANGEABLE, tags: { team: "payments" } };
  const model = uniqueName();
  await put(model, { tags: { stage: "x" } });
  const before = aws.calls.length;
  await put(model, wanted);
  const count = aws.calls
    .slice(before)
    .filter(({ request }) => JSON.stringify(request).includes(model)).length;
  // A process that ends before a call leaves what one leaves that ends after the call before.
  const cuts = Array.from({ length: count }, (_each, calls) =>
    (["goes on", "other", "roll call", "another role"] as const).map((then) => ({
      calls,
      then,
      repo: uniqueName(),
    })),
  ).flat();
  let statuses: number[] = [];
  // Only now: the roll calls of other tests would carry on what is cut off.
  beforeAll(async () => {
    for (const { repo } of cuts) await put(repo, { tags: { stage: "x" } });
    statuses = await inParallel(16, cuts, async ({ repo, calls }) => {
      const { api: doomed, kill } = await startMortal();
      const end = cutOff(repo, calls, "after");
      const { status } = await put(repo, wanted, "publish", doomed);
      kill();
      end();
      return status;
    });
    clock.advance(LEASE_MS);
    // As if the roll call saw these alone: the others are for other ways to go on.
    const left = cuts.filter(({ then }) => then === "roll call").map(({ repo }) => repo);
    const list: typeof services.registry.list = async (...asked) => {
      const page = await services.registry.list(...asked);
      return failed(page) ? page : { ...page, items: page.items.filter(({ repo }) => left.includes(repo)) };
    };
    await rollCall({ ...services, registry: { ...services.registry, list } }, UNLIMITED);
  }, 120_000);

  test("has calls to be cut", () => {
    expect(count).toBeGreaterThanOrEqual(10);
    for (const status of statuses) expect(status).toBe(503);
  });

  test.each(cuts)("cut off after call $calls; then $then", async ({ repo, then }) => {
    if (then === "goes on") {
      expect((await put(repo, wanted)).status).toBe(200);
      expect(await held(`acme/${repo}`)).toEqual(heldOfWanted);
    }
    if (then === "other") {
      expect((await put(repo, {})).status).toBe(200);
      expect(await held(`acme/${repo}`)).toEqual(HELD_BY_DEFAULT);
    }
    if (then === "another role") {
      expect((await put(repo, wanted, "second")).status).toBe(201);
      expect(await held(`acme/${repo}`)).toEqual(heldOfWanted);
      await expectSettled(repo, "second");
      return;
    }
    const { status, lastError } = (await api("GET", rolePath(repo))).registration();
    expect([status, lastError]).toEqual(["ready", undefined]);
    await expectSettled(repo, "publish");
    if (then === "roll call") {
      const now = await held(`acme/${repo}`);
      expect([{ ...HELD_BY_DEFAULT, tags: { stage: "x" } }, heldOfWanted]).toContainEqual(now);
    }
  });
});
