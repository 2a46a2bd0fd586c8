/**
 * A role is made only for a registration that its namespace's reservation and the caps still grant, whatever else runs
 * between the steps of a PUT: a DELETE, a release, a repair, a roll call, or another repository's PUT.
 */
import { describe, expect, test } from "vitest";
import { inParallel } from "../../../src/lib/parallel.ts";
import { release } from "../../../src/registry/release.ts";
import { rollCall, UNLIMITED } from "../../../src/roll-call/roll-call.ts";
import { awsClients, roleArnsWith } from "../../harness/aws.ts";
import { startEmbedded } from "../../harness/embedded.ts";
import { type Answer, rolePath, uniqueName } from "../../harness/rolecall.ts";

const ROLES = 3;
const LEASE_MS = 60_000;
const { api, clock, repositories, services, trouble } = await startEmbedded({ rolesPerRepository: ROLES });
const aws = awsClients();

const put = (repo: string, role?: string, body: object = { ecr: [] }) =>
  api("PUT", rolePath(repo, role), { body });

/** Sends a PUT that stops between its plan and its first write, until `next` has come to its end. */
async function heldPut(send: () => Promise<Answer>, next: () => Promise<void>): Promise<Answer> {
  const { registry } = services;
  let proceed = (): void => {};
  const held = new Promise<void>((resolve) => {
    proceed = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    services.registry = {
      ...registry,
      changeRegistration: async (...change) => {
        services.registry = registry;
        resolve();
        await held;
        return registry.changeRegistration(...change);
      },
    };
  });
  const answer = send();
  await reached;
  await next();
  proceed();
  return answer;
}

/** Two repositories whose names fold to one namespace. */
function folding() {
  const name = uniqueName("api");
  const { id } = repositories.set(`acme/${name}`, {});
  repositories.set(`acme/_${name}`, { id: id + 1 });
  return { name, id };
}
const ecrIn = (name: string) => ({ ecr: [{ repository: `acme/${name}` }] });

/** Repairs a registration again and again until a PUT has been answered. */
async function whileRepairing(path: string, sent: Promise<Answer>): Promise<Answer> {
  let isAnswered = false;
  const answer = sent.finally(() => {
    isAnswered = true;
  });
  while (!isAnswered) await api("POST", `${path}/repairs`);
  return answer;
}

describe("a PUT that was planned for a registration which is gone by now", () => {
  test("makes no role once the namespace was released and another repository has it", async () => {
    const { name, id } = folding();
    expect((await put(name, "publish", ecrIn(name))).status).toBe(201);
    const change = () => put(name, "publish", { ...ecrIn(name), trust: { branches: ["next"] } });
    const late = await heldPut(change, async () => {
      expect((await api("DELETE", rolePath(name))).status).toBe(200);
      const request = { namespace: `acme/${name}`, name: `acme/${name}`, claimant: `repository:${id}` };
      const { outcome } = await release(services.clients.dynamodb, services.config.table, request);
      expect(outcome).toBe("released");
      expect((await put(`_${name}`, "publish", ecrIn(name))).status).toBe(201);
    });
    expect([late.status, late.problem().code]).toEqual([409, "busy"]);
    expect(await roleArnsWith(aws, name)).toEqual([expect.stringContaining(`acme-_${name}`)]);
  });

  test("makes no role beyond the cap", async () => {
    const repo = uniqueName();
    for (let index = 0; index < ROLES; index++) expect((await put(repo, `role${index}`)).status).toBe(201);
    for (let index = 0; index < ROLES; index++) {
      const change = () => put(repo, `role${index}`, { ecr: [], trust: { branches: ["next"] } });
      const late = await heldPut(change, async () => {
        expect((await api("DELETE", rolePath(repo, `role${index}`))).status).toBe(200);
        expect((await put(repo, `extra${index}`)).status).toBe(201);
      });
      expect(late.status).toBe(409);
    }
    expect((await roleArnsWith(aws, repo)).length).toBe(ROLES);
  });
});

describe("a registration that the reservation does not grant", () => {
  test("gets no role by repairs while its PUT and another repository's are under way", async () => {
    await inParallel(3, Array.from({ length: 6 }), async () => {
      const { name } = folding();
      const sent = [name, `_${name}`].map((repo) =>
        whileRepairing(rolePath(repo), put(repo, "publish", ecrIn(name))),
      );
      const statuses = (await Promise.all(sent)).map(({ status }) => status);
      expect(statuses.filter((status) => status === 201 || status === 200).length).toBeLessThanOrEqual(1);
      expect((await roleArnsWith(aws, name)).length).toBeLessThanOrEqual(1);
    });
  });

  test.each(["repair", "roll call"])(
    "gets no role by a %s after a crash, but by its next PUT",
    async (by) => {
      const repo = uniqueName();
      const { id, ownerId } = repositories.set(`acme/${repo}`, {});
      repositories.remove(`acme/${repo}`);
      const body = { ...ecrIn(repo), github: { repositoryId: id, ownerId } };
      const end = trouble({
        action: "PutItem",
        mentions: `NAMESPACE#acme/${repo}`,
        fault: { kind: "error", status: 500, code: "InternalServerError", message: "no" },
      });
      expect((await put(repo, "publish", body)).status).toBe(503);
      end();
      clock.advance(2 * LEASE_MS);
      if (by === "repair") expect((await api("POST", `${rolePath(repo)}/repairs`)).status).toBe(409);
      else await rollCall(services, UNLIMITED);
      expect(await roleArnsWith(aws, repo)).toEqual([]);
      expect((await put(repo, "publish", body)).status).toBeLessThan(300);
      expect((await roleArnsWith(aws, repo)).length).toBe(1);
    },
  );

  test("gets no role beyond the cap by repairs", async () => {
    const repo = uniqueName();
    const roles = Array.from({ length: 12 }, (_, index) => `role${index}`);
    await inParallel(12, roles, (role) => whileRepairing(rolePath(repo, role), put(repo, role)));
    expect((await roleArnsWith(aws, repo)).length).toBeLessThanOrEqual(ROLES);
  });
});

test("while GitHub hides a repository, its PUT reserves nothing before the registration is written", async () => {
  // A takeover looks for registrations before it changes the reservation, so it must find the registration.
  const repo = uniqueName();
  const { id, ownerId } = repositories.set(`acme/${repo}`, {});
  repositories.remove(`acme/${repo}`);
  const end = trouble({
    action: "PutItem",
    mentions: `REPO#acme/${repo}`,
    fault: { kind: "error", status: 400, code: "ValidationException", message: "no" },
  });
  const answer = await put(repo, "publish", { ...ecrIn(repo), github: { repositoryId: id, ownerId } });
  end();
  expect(answer.status).toBe(502);
  expect(await services.registry.readReservation(`acme/${repo}`)).toBeUndefined();
});
