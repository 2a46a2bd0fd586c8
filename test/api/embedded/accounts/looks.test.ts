/** A look at a member account stores the account's state only if that is news. */
import { expect, test } from "vitest";
import { accessDenied, type Embedded } from "../../../harness/embedded.ts";
import { MEMBER, startWithMembers } from "./start.ts";

const { api, callsOf, clock, hold, trouble } = await startWithMembers();
const PATH = `/v1/accounts/${MEMBER}`;
const RECORD = { name: "staging", repositories: ["acme/*"], regions: ["eu-central-1"] };

const put = (body: object) => api("PUT", PATH, { body });
const stateOf = ({ text }: { text: string }) => JSON.parse(text).state;
/** Reads the account's stored state, without a look. */
const storedState = async () => {
  const { items } = JSON.parse((await api("GET", "/v1/accounts")).text);
  return items.find(({ account }: { account: string }) => account === MEMBER).state;
};

/** Sends many requests at once. Returns their answers and the attempts to write the record. */
async function manyAtOnce(request: (index: number) => ReturnType<Embedded["api"]>) {
  const { result, calls } = await callsOf(() =>
    Promise.all(Array.from({ length: 40 }, (_, index) => request(index))),
  );
  const attempts = calls.filter(({ action }) => action === "PutItem");
  return { answers: result, attempts, written: attempts.filter(({ status }) => status === 200) };
}

test("many looks at once store the state once, and a look that lost the race does not try again", async () => {
  clock.advance(61_000);
  const { answers, attempts, written } = await manyAtOnce(() => api("GET", PATH));
  for (const answer of answers) {
    expect(answer.status, answer.text).toBe(200);
    expect(stateOf(answer)).toMatchObject({ status: "ready", lookedAt: new Date(clock.now()).toISOString() });
  }
  expect(written).toHaveLength(1);
  expect(attempts.length).toBeLessThanOrEqual(40);
  expect((await storedState()).lookedAt).toBe(new Date(clock.now()).toISOString());
});

test("a look within a minute of a stored one answers with its own time and stores nothing", async () => {
  clock.advance(61_000);
  await api("GET", PATH);
  const before = await storedState();
  clock.advance(59_000);
  const { result, calls } = await callsOf(() => api("GET", PATH));
  expect(stateOf(result).lookedAt).toBe(new Date(clock.now()).toISOString());
  expect(calls.filter(({ action }) => action === "PutItem")).toEqual([]);
  expect(await storedState()).toEqual(before);
});

test("a look that finds another state stores it at once", async () => {
  const end = trouble({
    member: MEMBER,
    action: "AssumeRole",
    mentions: "rolecall-writer",
    fault: accessDenied,
  });
  expect(stateOf(await api("GET", PATH)).status).toBe("unreachable");
  expect((await storedState()).status).toBe("unreachable");
  end();
  expect(stateOf(await api("GET", PATH)).status).toBe("ready");
  expect((await storedState()).status).toBe("ready");
});

test("the same PUT many times at once writes the record once, and one of them created it", async () => {
  expect((await api("DELETE", PATH)).status).toBe(204);
  const { answers, written } = await manyAtOnce(() => put(RECORD));
  const created = answers.filter(({ status }) => status === 201);
  expect(created).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(39);
  for (const answer of answers) expect(stateOf(answer).status).toBe("ready");
  // The record, and then its state.
  expect(written.length).toBeLessThanOrEqual(2);
});

test("a look that began before a PUT of another record does not store a state of the former one", async () => {
  const by = process.env["AWS_ACCESS_KEY_ID"] ?? "";
  const held = hold({ by, mentions: "rolecall-writer", calls: 0, phase: "before" });
  const looking = api("GET", PATH);
  await held.reached;
  clock.advance(61_000);
  expect(stateOf(await put({ ...RECORD, writes: false })).status).toBe("read-only");
  clock.advance(61_000);
  held.release();
  expect(stateOf(await looking).status).toBe("ready");
  expect((await storedState()).status).toBe("read-only");
});
