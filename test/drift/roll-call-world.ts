/** Rolecall with EventBridge behind it, and helpers for the tests of roll calls. */
import { AttachRolePolicyCommand, DetachRolePolicyCommand } from "@aws-sdk/client-iam";
import { expect } from "vitest";
import { eventBridge } from "../../src/aws/events.ts";
import type { HistoryEntry, RegistrationItem } from "../../src/registry/items.ts";
import { rollCall, UNLIMITED } from "../../src/roll-call/roll-call.ts";
import type { Services } from "../../src/services.ts";
import { awsClients } from "../harness/aws.ts";
import { startEmbedded } from "../harness/embedded.ts";
import { rolePath, uniqueName } from "../harness/rolecall.ts";

export const HOUR_MS = 60 * 60_000;
export const DAY_MS = 24 * HOUR_MS;
export const LEASE_MS = 60_000;

/**
 * @param env more variables of the service's environment
 * @param trail CloudTrail's delay. If it is set, AWS's clock is Rolecall's
 */
export async function startWorld(
  env: Readonly<Record<string, string>> = {},
  trail: { trailDelayMs?: () => number } = {},
) {
  const embedded = await startEmbedded({ env, ...trail });
  const { api, aws } = embedded;
  const { iam } = awsClients();
  const events = eventBridge(embedded.services.clients);
  const services: Services = { ...embedded.services, events };
  const key = (repo: string) => ({ owner: "acme", repo, role: "publish" });

  async function register(onDrift: "report" | "repair" = "report", prefix = "r"): Promise<string> {
    const repo = uniqueName(prefix);
    expect((await api("PUT", rolePath(repo), { body: { onDrift } })).status).toBe(201);
    return repo;
  }
  async function itemOf(repo: string): Promise<RegistrationItem> {
    const item = await services.registry.readRegistration(key(repo));
    if (item === undefined) throw new Error(`${repo} is not registered`);
    return item;
  }
  const roleOf = async (repo: string) => (await itemOf(repo)).desired.role.name;
  const call = async (id?: string) => {
    const known = id === undefined ? undefined : await services.registry.readRollCall(id);
    if (id !== undefined && known === undefined) throw new Error(`the table has no roll call ${id}`);
    return rollCall(services, UNLIMITED, known);
  };
  const told = (repo: string) =>
    aws.events.filter(
      ({ detailType, detail }) => detailType === "Rolecall Drift Status Change" && detail["repo"] === repo,
    );
  const statesTold = (repo: string) => told(repo).map(({ detail }) => `${detail["from"]} → ${detail["to"]}`);
  const document = (Action: string) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*" }] });
  const ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess";
  const open = async (repo: string) =>
    iam.send(new AttachRolePolicyCommand({ RoleName: await roleOf(repo), PolicyArn: ADMIN }));
  const close = async (repo: string) =>
    iam.send(new DetachRolePolicyCommand({ RoleName: await roleOf(repo), PolicyArn: ADMIN }));
  async function historyOf(repo: string): Promise<HistoryEntry[]> {
    const { text } = await api("GET", `${rolePath(repo)}/history`);
    return JSON.parse(text).items;
  }
  return {
    ...embedded,
    key,
    register,
    itemOf,
    roleOf,
    call,
    told,
    statesTold,
    document,
    ADMIN,
    open,
    close,
    historyOf,
    iam,
    events,
    services,
  };
}
