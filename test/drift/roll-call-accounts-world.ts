/** A roll call over member accounts, with a queue that the test empties by hand. */
import { AttachRolePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { expect } from "vitest";
import type { JobMessage } from "../../src/aws/jobs.ts";
import type { components } from "../../src/generated/contract.ts";
import { answer } from "../../src/roll-call/invocation.ts";
import { rollCall, type Time, UNLIMITED } from "../../src/roll-call/roll-call.ts";
import type { Services } from "../../src/services.ts";
import { startWorld } from "./roll-call-world.ts";

export type RollCall = components["schemas"]["RollCall"];

export const ACCOUNTS = ["210987654321", "310987654321", "410987654321"] as const;

/** Starts Rolecall with member accounts, each with one registration. @param accounts the accounts to prepare */
export async function startAccounts(
  accounts: readonly string[] = ACCOUNTS,
  trail: Parameters<typeof startWorld>[1] = {},
) {
  const world = await startWorld({ ROLECALL_LOCAL_ACCOUNTS: accounts.join(",") }, trail);
  const { api } = world;
  const queue: JobMessage[] = [];
  const services: Services = { ...world.services, jobs: { send: async (some) => void queue.push(...some) } };

  const pathOf = (account: string, repo: string) =>
    `/v1/accounts/${account}/repos/acme/${repo}/roles/publish`;

  async function addAccount(account: string, record: object = {}): Promise<void> {
    const body = { name: account, repositories: ["acme/*"], ...record };
    const { status, text } = await api("PUT", `/v1/accounts/${account}`, { body });
    expect(status, text).toBeLessThan(300);
  }
  async function register(account: string, repo: string, onDrift: "report" | "repair" = "report") {
    const answer = await api("PUT", pathOf(account, repo), { body: { onDrift } });
    expect(answer.status, answer.text).toBe(201);
    return answer.registration();
  }
  /** Changes a role in a member account behind Rolecall's back. */
  async function tamper(account: string, repo: string): Promise<void> {
    const item = await services
      .registryOf(account)
      .readRegistration({ owner: "acme", repo, role: "publish" });
    const credentials = { accessKeyId: account, secretAccessKey: "local" };
    await new IAMClient({ region: services.clients.place.region, credentials }).send(
      new AttachRolePolicyCommand({ RoleName: item?.desired.role.name ?? "", PolicyArn: world.ADMIN }),
    );
  }
  /** Delivers messages as SQS does. Returns the bodies of those to deliver again. */
  async function deliver(messages: readonly JobMessage[], time: Time = UNLIMITED, by = services) {
    const records = messages.map(({ id, body }) => ({ messageId: id, body, eventSource: "aws:sqs" }));
    const batch: unknown = await answer(by, time, { Records: records });
    const failures: { itemIdentifier: string }[] = Object(batch).batchItemFailures;
    const again = failures.map(({ itemIdentifier }) => itemIdentifier);
    return { again: messages.filter(({ id }) => again.includes(id)) };
  }
  const take = (): JobMessage[] => queue.splice(0);
  const reportOf = async (id: string): Promise<RollCall> =>
    JSON.parse((await api("GET", `/v1/roll-calls/${id}`)).text);
  return {
    ...world,
    services,
    queue,
    take,
    pathOf,
    addAccount,
    registerIn: register,
    tamper,
    deliver,
    begin: (time: Time = UNLIMITED) => rollCall(services, time),
    reportOf,
  };
}
