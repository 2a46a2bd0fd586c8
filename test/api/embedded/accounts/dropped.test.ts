/**
 * A process keeps the clients of the accounts that it used last, so that thousands of accounts take no more memory and no
 * more connections than a few.
 */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { quotas } from "../../../../src/aws/account.ts";
import { openServices } from "../../../../src/services.ts";
import { signal, startEmbedded } from "../../../harness/embedded.ts";

/** The number of accounts whose clients a process keeps. */
const KEPT = 20;
const MEMBER = "210987654321";

const embedded = await startEmbedded({ env: { ROLECALL_LOCAL_ACCOUNTS: MEMBER } });
const { clock, services, trouble } = embedded;
const { region } = services.clients.place;

/** Starts a process. `clientsOf` returns its clients of an account, and `useOthers` has it use other accounts after that. */
function startProcess() {
  const { config, log, events } = services;
  const opened = openServices({ config, region, log, openEvents: () => events, now: clock.now });
  const clientsOf = (account: string) => opened.clientsOf(account, region);
  const useOthers = (number: number) => strangers(number).map(clientsOf);
  return { clientsOf, useOthers };
}

let lastStranger = 310_000_000_000;
/** Returns the ids of accounts that have no roles for Rolecall and that no process has used. */
const strangers = (number: number): string[] => Array.from({ length: number }, () => String(++lastStranger));

/** Returns a function that counts the connections which were made since and are still open. */
function openConnections(): () => number {
  const made: Socket[] = [];
  const add = (message: unknown) => void made.push(Object(message).socket);
  subscribe("net.client.socket", add);
  onTestFinished(() => void unsubscribe("net.client.socket", add));
  return () => made.filter(({ destroyed }) => !destroyed).length;
}

/** Holds the member's next call of IAM. */
function holdCall() {
  const [reached, released] = [signal(), signal()];
  onTestFinished(released.give);
  const end = trouble({
    member: MEMBER,
    service: "iam",
    times: 1,
    fault: {
      kind: "hold",
      get until() {
        reached.give();
        return released.given;
      },
    },
  });
  onTestFinished(end);
  return { reached: reached.given, release: released.give };
}

test("the clients of the accounts that were used last are kept, and no others", () => {
  const { clientsOf, useOthers } = startProcess();
  const clients = clientsOf(MEMBER);
  for (let times = 0; times < 3; times++) {
    useOthers(KEPT - 1);
    expect(clientsOf(MEMBER)).toBe(clients);
  }
  useOthers(KEPT);
  expect(clientsOf(MEMBER)).not.toBe(clients);
});

test("a process has open connections to no more accounts than it keeps", async () => {
  const { clientsOf } = startProcess();
  const open = openConnections();
  // STS refuses each session, on a connection of the account's own.
  for (const account of strangers(2 * KEPT))
    await expect(quotas(clientsOf(account))).rejects.toThrow("AccessDenied");
  expect(open()).toBe(KEPT);
});

test("a call that is under way when its account is dropped gets its answer, and the connections end after it", async () => {
  const { clientsOf, useOthers } = startProcess();
  const open = openConnections();
  const { reached, release } = holdCall();
  const answer = quotas(clientsOf(MEMBER));
  await reached;
  useOthers(KEPT);
  expect(open()).toBe(2); // STS and IAM
  release();
  expect((await answer).roles.limit).toBeGreaterThan(0);
  expect(open()).toBe(0);
});

test("work that still has the clients of a dropped account can call, and leaves no connection open", async () => {
  const { clientsOf, useOthers } = startProcess();
  const clients = clientsOf(MEMBER);
  useOthers(KEPT);
  const open = openConnections();
  expect((await quotas(clients)).roles.limit).toBeGreaterThan(0);
  expect(open()).toBe(0);
});

test("an account that was dropped is opened again with its next use", async () => {
  const { clientsOf, useOthers } = startProcess();
  await quotas(clientsOf(MEMBER));
  useOthers(KEPT);
  expect((await quotas(clientsOf(MEMBER))).roles.limit).toBeGreaterThan(0);
});

test("all accounts share the clients of the table and of the event bus", () => {
  const [first, second] = startProcess().useOthers(2);
  expect(second?.dynamodb).toBe(first?.dynamodb);
  expect(second?.events).toBe(first?.events);
});
