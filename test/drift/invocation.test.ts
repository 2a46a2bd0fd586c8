/** The invocations that start a roll call: the schedule's own, and events about a roll call in the table. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { answerInvocation } from "../../src/roll-call/invocation.ts";
import { requestRollCall, rollCall, UNLIMITED } from "../../src/roll-call/roll-call.ts";
import { accessDenied, isRead, namesOf } from "../harness/embedded.ts";
import { runs } from "../harness/properties.ts";
import { HOUR_MS, startWorld } from "./roll-call-world.ts";

const { api, callsOf, clock, log, register, services, trouble } = await startWorld();
const REQUESTED = "Rolecall Roll Call Requested";
/** Enough time for one registration, and then for handing on. */
const SHORT = { remaining: () => 59_999, chunk: 1 };

/** Wraps a sender's entry into an event as the bus delivers it. */
const busEvent = (detail: unknown, source: unknown = "rolecall", detailType: unknown = REQUESTED) => ({
  version: "0",
  id: "6e2b8a0c-3f7d-4c1d-9e6f-0a1b2c3d4e5f",
  "detail-type": detailType,
  source,
  account: "123456789012",
  time: "2026-11-23T06:00:00Z",
  region: "eu-central-1",
  resources: [],
  detail,
});

const tagged = ["!Ref", "!GetAtt"].map((tag) => ({ tag, resolve: (text: string) => text }));
const { Resources } = parse(readFileSync(new URL("../../deploy/schedule.yml", import.meta.url), "utf8"), {
  customTags: tagged,
});
const SCHEDULED: object = JSON.parse(Resources.RollCallSchedule.Properties.Target.Input);

const invoked = (event: unknown, time = UNLIMITED) => answerInvocation(services, time, event);
const ignored = () => log.filter(({ message }) => message === "event ignored");
/** Each roll call is an hour later than the one before, because its time decides which one is the latest. */
beforeEach(() => clock.advance(HOUR_MS));

describe("the schedule's own invocation", () => {
  test("starts a roll call", async () => {
    const called = await invoked(SCHEDULED);
    expect(called).toMatchObject({ status: "finished" });
    expect((await services.registry.rollCalls(1)).at(0)?.id).toBe(called?.id);
  });

  test.each<[what: string, event: unknown]>([
    ["its input in an event of a bus", busEvent(SCHEDULED)],
    ["its input beside what a bus adds", { ...busEvent({}), ...SCHEDULED }],
    ["its input as text", JSON.stringify(SCHEDULED)],
    ["its input in a list", [SCHEDULED]],
    ["another input", { ...SCHEDULED, more: 1 }],
    ["what a schedule without an input sends", busEvent("{}", "aws.scheduler", "Scheduled Event")],
    ["a rule's schedule", busEvent({}, "aws.events", "Scheduled Event")],
    ["a queue's messages", { Records: [{ body: JSON.stringify(SCHEDULED) }] }],
    ["nothing", undefined],
    ["null", null],
    ["an empty object", {}],
  ])("is different from %s", async (_, event) => {
    const before = [(await services.registry.rollCalls(1)).at(0)?.id, ignored().length];
    const { result, calls } = await callsOf(() => invoked(event));
    expect([result, calls]).toEqual([undefined, []]);
    expect([(await services.registry.rollCalls(1)).at(0)?.id, ignored().length - 1]).toEqual(before);
  });
});

describe("an event about a roll call", () => {
  test("that was requested starts it, and only once", async () => {
    const { id } = await requestRollCall(services);
    expect(await invoked(busEvent({ id }))).toMatchObject({ id, status: "finished" });
    const again = await callsOf(() => invoked(busEvent({ id })));
    expect([again.result, again.calls.filter((one) => !isRead(one))]).toEqual([undefined, []]);
    expect(ignored().at(-1)?.details).toMatchObject({ reason: "the roll call has ended", id: `"${id}"` });
  });

  test("that was cut off before it was saved starts it", async () => {
    const end = trouble({
      action: "PutItem",
      mentions: '"pk":{"S":"ROLLCALL"}',
      times: 4,
      fault: accessDenied,
    });
    await expect(requestRollCall(services)).rejects.toThrow();
    end();
    const id = (await services.registry.readTurn())?.id ?? "";
    expect(await services.registry.readRollCall(id)).toBeUndefined();
    expect(await invoked(busEvent({ id }))).toMatchObject({ id, status: "finished" });
  });

  test("that was handed on continues it, but a second one while it runs does not", async () => {
    for (let count = 0; count < 3; count++) await register();
    const part = await rollCall(services, SHORT);
    expect(part.status).toBe("running");
    const event = busEvent({ id: part.id });
    const both = await Promise.all([invoked(event, SHORT), invoked(event, SHORT)]);
    const checked = part.counts.checked;
    expect(both.map((one) => one?.counts.checked).sort()).toEqual([checked, checked + 1]);
    const stored = await services.registry.readRollCall(part.id);
    if (stored === undefined) throw new Error("it is not stored");
    // The invocation that runs the roll call saves it while it continues.
    await services.registry.saveRollCall(stored);
    const { calls } = await callsOf(() => invoked(event));
    expect(calls.filter((one) => !isRead(one) && one.status === 200)).toEqual([]);
    expect((await services.registry.readRollCall(part.id))?.counts.checked).toBe(checked + 1);
  });

  test("that the table does not have changes neither the latest roll call, nor the audit, nor the last check", async () => {
    await invoked(SCHEDULED);
    const shown = async () =>
      Promise.all([
        ...["/v1/roll-calls/latest", "/v1/audit"].map(async (path) => (await api("GET", path)).text),
        services.registry.readLastCheck(),
      ]);
    const before = await shown();
    clock.advance(HOUR_MS);
    const { result, calls } = await callsOf(() => invoked(busEvent({ id: "zzzz" })));
    expect([result, namesOf(calls)]).toEqual([undefined, ["dynamodb:GetItem", "dynamodb:GetItem"]]);
    expect(await shown()).toEqual(before);
    expect((await api("GET", "/v1/roll-calls/zzzz")).status).toBe(404);
    expect(ignored().at(-1)?.details).toMatchObject({ reason: "no such roll call", id: '"zzzz"' });
  });
});

test("an event from a stranger starts no roll call and writes nothing", async () => {
  const ended = (await invoked(SCHEDULED))?.id ?? "";
  const anything = fc.oneof(
    fc.constantFrom(
      undefined,
      null,
      "",
      "{}",
      0,
      true,
      [],
      {},
      "latest",
      "zzzz",
      "TURN",
      "ROLLCALL",
      "GITHUB",
    ),
    fc.constantFrom(ended, `${ended} `, ended.toLowerCase(), `${ended}0`, "x".repeat(65), "x".repeat(3000)),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const detail = fc.oneof(
    anything,
    anything.map((id) => ({ id })),
    anything.map((id) => ({ id, start: "roll-call", status: "requested", kept: {} })),
    anything.map((id) => JSON.stringify({ id })),
  );
  const event = fc
    .record({
      source: fc.oneof(
        fc.constant("rolecall"),
        fc.constantFrom("aws.scheduler", "aws.events", "x"),
        anything,
      ),
      detailType: fc.oneof(fc.constant(REQUESTED), fc.constantFrom("Scheduled Event", "x"), anything),
      detail,
      more: fc.constantFrom({}, SCHEDULED, { version: undefined }),
    })
    .map(({ source, detailType, more, ...rest }) => ({
      ...busEvent(rest.detail, source, detailType),
      ...more,
    }));
  const before = await services.registry.rollCalls(5);
  await fc.assert(
    fc.asyncProperty(fc.oneof(event, anything), async (sent) => {
      const { result, calls } = await callsOf(() => invoked(sent));
      expect(result).toBeUndefined();
      expect(calls.filter((one) => !isRead(one))).toEqual([]);
      expect(calls.length).toBeLessThanOrEqual(2);
      expect(JSON.stringify(ignored().at(-1)?.details).length).toBeLessThan(600);
    }),
    { numRuns: runs(1_000) },
  );
  expect(await services.registry.rollCalls(5)).toEqual(before);
});
