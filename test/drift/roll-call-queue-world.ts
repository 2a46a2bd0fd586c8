/**
 * A roll call over member accounts as AWS runs it: the schedule invokes the handler, the jobs go through the embedded SQS,
 * and its event source invokes the same handler. The test says when the messages are delivered.
 */
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect } from "vitest";
import { openEventSource } from "../../local/aws/sqs/event-source.ts";
import { openJobs } from "../../src/aws/jobs.ts";
import type { components } from "../../src/generated/contract.ts";
import { answer, SCHEDULED } from "../../src/roll-call/invocation.ts";
import { readJobMessage } from "../../src/roll-call/plan.ts";
import { type Time, UNLIMITED } from "../../src/roll-call/roll-call.ts";
import type { Services } from "../../src/services.ts";
import { startAccounts } from "./roll-call-accounts-world.ts";

type RollCallAccount = components["schemas"]["RollCallAccount"];

/** The time after which a message that was not done is delivered again (seconds), as in deploy/queue.yml. */
export const VISIBILITY_SECONDS = 960;

/** The limits of an invocation that has to hand on after each two registrations. */
export const SHORT: Time = { remaining: () => 59_999, chunk: 2 };

/** @param accounts the accounts to prepare. AWS's clock is Rolecall's, so sessions in them end when the clock moves on */
export async function startQueued(accounts: readonly string[]) {
  const world = await startAccounts(accounts, { trailDelayMs: () => 0 });
  const { clients, config } = world.services;
  const sqs = new SQSClient({ region: clients.place.region, maxAttempts: 1, useQueueUrlAsEndpoint: false });
  const { QueueUrl: queueUrl = "" } = await sqs.send(
    new CreateQueueCommand({
      QueueName: "roll-call",
      Attributes: { VisibilityTimeout: String(VISIBILITY_SECONDS) },
    }),
  );
  const services: Services = { ...world.services, jobs: openJobs(clients, queueUrl, world.clock.now) };
  const delivered: string[] = [];

  /** Delivers every visible message, and those that the jobs send meanwhile. Returns the accounts in the order of delivery. */
  async function drain(time: Time = UNLIMITED): Promise<string[]> {
    const faults: unknown[] = [];
    delivered.length = 0;
    await openEventSource(sqs, {
      queueUrl,
      queueArn: `arn:aws:sqs:${clients.place.region}:${config.account}:roll-call`,
      batchSize: 1,
      maximumConcurrency: 10,
      handler(event) {
        for (const { body } of event.Records) delivered.push(String(readJobMessage(body)?.account));
        return answer(services, time, event);
      },
      report: (error) => faults.push(error),
    }).drain();
    expect(faults).toEqual([]);
    return [...delivered];
  }

  /** A stranger sends a message to the queue. */
  async function forge(MessageBody: string): Promise<void> {
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }));
  }

  /** The schedule invokes the handler. Returns the id of the roll call. */
  async function schedule(time: Time = UNLIMITED): Promise<string> {
    const called: unknown = await answer(services, time, SCHEDULED);
    return String(Object(called).id);
  }

  /** A whole roll call, a day after the one before. Returns its report. */
  async function callAll(time: Time = UNLIMITED) {
    world.clock.advance(24 * 60 * 60_000);
    const id = await schedule(time);
    await drain(time);
    return world.reportOf(id);
  }

  /** Returns every account of a roll call, page by page. */
  async function pagesOf(id: string): Promise<RollCallAccount[][]> {
    const pages: RollCallAccount[][] = [];
    let cursor: string | undefined;
    do {
      const query = cursor === undefined ? "" : `?cursor=${cursor}`;
      const { status, text } = await world.api("GET", `/v1/roll-calls/${id}/accounts${query}`);
      expect(status, text).toBe(200);
      const { items, nextCursor } = JSON.parse(text);
      pages.push(items);
      cursor = nextCursor;
    } while (cursor !== undefined);
    return pages;
  }

  const pageOf = async (id: string): Promise<string> =>
    (await world.api("GET", `/v1/roll-calls/${id}`, { headers: { accept: "text/html" } })).text;

  return { ...world, services, drain, forge, schedule, callAll, pagesOf, pageOf };
}
