/**
 * A roll call and a check find every change that someone else makes, with its path and its effect. A repair undoes it if
 * it can. A change without effect is never reported.
 */
import { describe, expect, test } from "vitest";
import type { components } from "../../src/generated/contract.ts";
import { inParallel } from "../../src/lib/parallel.ts";
import type { HistoryEntry, RegistrationItem } from "../../src/registry/items.ts";
import { rollCall, UNLIMITED } from "../../src/roll-call/roll-call.ts";
import { awsClients } from "../harness/aws.ts";
import { startEmbedded } from "../harness/embedded.ts";
import { rolePath, uniqueName } from "../harness/rolecall.ts";
import { type Step, type Tampering, tamper } from "./tamper.ts";
import { type Given, harmless } from "./tamper-harmless-cases.ts";
import { tamperings } from "./tampering-cases.ts";

type Drift = components["schemas"]["Drift"];

const DAY_MS = 24 * 60 * 60_000;
const HOUR_MS = 60 * 60_000;
const KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const { api, services, clock, repositories } = await startEmbedded({
  env: { ROLECALL_KMS_KEYS: KEY },
  tagKeys: ["team"],
  managedPolicies: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
  profiles: {
    profiles: {
      artifacts: {
        description: "each repository's artifacts",
        statements: [
          {
            Action: ["s3:GetObject", "s3:PutObject"],
            Resource: ["arn:{partition}:s3:::acme-artifacts/{owner}/{repo}/*"],
          },
        ],
      },
    },
  },
});
const aws = awsClients();

const requestOf = (repo: string, onDrift: "report" | "repair", { settings, request }: Given) => ({
  ...request,
  ecr: [{ repository: `acme/${repo}`, ...(settings && { settings }) }],
  trust: { branches: ["main", "next"] },
  maxSessionSeconds: 7200,
  tags: { team: "core" },
  onDrift,
});

async function register(
  repo: string,
  given: Given,
  onDrift: "report" | "repair" = "report",
): Promise<string> {
  const { status, text } = await api("PUT", rolePath(repo), { body: requestOf(repo, onDrift, given) });
  if (status !== 201) throw new Error(text);
  return repo;
}

async function itemOf(repo: string): Promise<RegistrationItem> {
  const item = await services.registry.readRegistration({ owner: "acme", repo, role: "publish" });
  if (item === undefined) throw new Error(`${repo} is not registered`);
  return item;
}

async function disturb(repo: string, steps: readonly Step[]): Promise<void> {
  const item = await itemOf(repo);
  const { account, region, desired } = item;
  const name = desired.repositories[0]?.name ?? "";
  const ecr = await services.registry.readEcrItem({ account, region, name });
  await tamper(aws, repositories, item, ecr?.id ?? "", steps);
}

const callRoll = () => rollCall(services, UNLIMITED);

async function post(repo: string, what: "drift-checks" | "repairs"): Promise<Drift> {
  const { status, text } = await api("POST", `${rolePath(repo)}/${what}`);
  if (status !== 200) throw new Error(`${what} of ${repo}: ${text}`);
  return JSON.parse(text);
}

/** Returns changes in the form of the table. */
const shown = (changes: Drift["changes"] = []) =>
  changes
    .map(({ resource, path, effect, repairable }) => {
      const of = [
        [/^github:/, "github"],
        [/:oidc-provider\//, "provider"],
        [/:repository\//, "repository"],
        [/:role\//, "role"],
      ].find(([form]) => (form as RegExp).test(resource))?.[1];
      return { of, path, effect, repairable };
    })
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
const expectedOf = ({ changes }: Tampering) =>
  [...changes].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
const lastingOf = (tampering: Tampering) => expectedOf(tampering).filter(({ repairable }) => !repairable);

type Run = { tampering: Tampering; reported: string };
type Seen = {
  byRollCall: Drift;
  anHourLater: Drift;
  byCheck: Drift;
  byRepair: Drift;
  afterRepair: Drift;
  nextRollCall: Drift;
  repairedByRollCall: Drift;
  history: HistoryEntry[];
  afterRollCall: Drift;
};

/** Makes tamperings, and returns what Rolecall reports from then until nothing is left to repair. */
async function observe(runs: readonly Run[]): Promise<Map<string, Seen>> {
  const driftOf = async (repo: string): Promise<Drift> => (await itemOf(repo)).drift;
  const each = async <T>(work: (run: Run) => Promise<T>) => inParallel(8, runs, work);
  await callRoll();
  clock.advance(DAY_MS);
  await each(({ tampering, reported }) => disturb(reported, tampering.do));
  await callRoll();
  const byRollCall = await each(({ reported }) => driftOf(reported));
  clock.advance(HOUR_MS);
  await callRoll();
  const anHourLater = await each(({ reported }) => driftOf(reported));
  const byCheck = await each(({ reported }) => post(reported, "drift-checks"));
  const byRepair: Drift[] = [];
  // The first repair restores everything that roles share.
  for (const { reported } of runs) byRepair.push(await post(reported, "repairs"));
  const afterRepair = await each(({ reported }) => post(reported, "drift-checks"));
  clock.advance(DAY_MS);
  await callRoll();
  const nextRollCall = await each(({ reported }) => driftOf(reported));
  // Register these only now. If a roll call repaired them earlier, it would also restore everything that roles share.
  const scheduled = await inParallel(8, runs, ({ tampering }) => register(uniqueName(), tampering, "repair"));
  const pairs = runs.map(({ tampering }, index) => ({ tampering, repaired: scheduled[index] ?? "" }));
  const eachRepaired = async <T>(work: (pair: (typeof pairs)[number]) => Promise<T>) =>
    inParallel(8, pairs, work);
  await eachRepaired(({ tampering, repaired }) => disturb(repaired, tampering.do));
  clock.advance(DAY_MS);
  await callRoll();
  const repairedByRollCall = await eachRepaired(({ repaired }) => driftOf(repaired));
  const histories = await eachRepaired(async ({ repaired }) => {
    const { text } = await api("GET", `${rolePath(repaired)}/history`);
    const { items }: { items: HistoryEntry[] } = JSON.parse(text);
    return items;
  });
  const afterRollCall = await eachRepaired(({ repaired }) => post(repaired, "drift-checks"));
  if (runs.some(({ tampering }) => tampering.shared))
    await eachRepaired(({ repaired }) => api("DELETE", rolePath(repaired)));
  return new Map(
    runs.map(({ tampering }, index) => {
      const of = <T>(all: readonly T[]): T => all[index] as T;
      return [
        tampering.name,
        {
          byRollCall: of(byRollCall),
          anHourLater: of(anHourLater),
          byCheck: of(byCheck),
          byRepair: of(byRepair),
          afterRepair: of(afterRepair),
          nextRollCall: of(nextRollCall),
          repairedByRollCall: of(repairedByRollCall),
          history: of(histories),
          afterRollCall: of(afterRollCall),
        },
      ];
    }),
  );
}

async function prepare(table: readonly Tampering[]): Promise<Run[]> {
  return inParallel(8, table, async (tampering) => ({
    tampering,
    reported: await register(uniqueName(), tampering),
  }));
}

const [shared, own] = [true, false].map((isShared) =>
  tamperings.filter((tampering) => (tampering.shared ?? false) === isShared),
) as [Tampering[], Tampering[]];
const seen = new Map<string, Seen>();

/** Makes tamperings together. Afterwards `seen` has the reports about each. */
async function observeTogether(part: readonly Tampering[]): Promise<Run[]> {
  const runs = await prepare(part);
  for (const [name, found] of await observe(runs)) seen.set(name, found);
  return runs;
}

// Each of these takes five roll calls over all registrations, so make them while there are no others.
for (const tampering of shared)
  for (const { reported } of await observeTogether([tampering])) await api("DELETE", rolePath(reported));

describe("harmless", async () => {
  const cases = await inParallel(8, harmless, async ({ name, do: steps, ...given }) => {
    const repo = await register(uniqueName(), given);
    await disturb(repo, steps);
    return { name, repo };
  });
  clock.advance(DAY_MS);
  const called = await callRoll();

  test("the table is long enough, and no name is there twice", () => {
    expect(harmless.length).toBeGreaterThanOrEqual(15);
    expect(new Set(harmless.map(({ name }) => name)).size).toBe(harmless.length);
  });
  test("no roll call reports it", () => {
    expect(called).toMatchObject({
      drifted: [],
      counts: { checked: harmless.length, inSync: harmless.length },
    });
  });
  test.each(cases)("$name", async ({ repo }) => {
    expect((await itemOf(repo)).drift).toMatchObject({ status: "in-sync", changes: [] });
    expect(await post(repo, "drift-checks")).toMatchObject({ status: "in-sync", changes: [] });
  });
});

describe("tamperings", async () => {
  await observeTogether(own);
  const of = ({ name }: Tampering): Seen => seen.get(name) as Seen;

  test("the table is long enough, and no name is there twice", () => {
    expect(tamperings.length).toBeGreaterThanOrEqual(40);
    expect(new Set(tamperings.map(({ name }) => name)).size).toBe(tamperings.length);
  });

  describe.each(tamperings)("$name", (tampering) => {
    const lasting = lastingOf(tampering);
    const isRepairable = lasting.length < tampering.changes.length;
    const left = { status: lasting.length === 0 ? "in-sync" : "drifted", changes: lasting };
    const state = ({ status, changes }: Drift) => ({ status, changes: shown(changes) });

    test("a roll call finds it", () => {
      expect(state(of(tampering).byRollCall)).toEqual({ status: "drifted", changes: expectedOf(tampering) });
    });
    test("the next roll call still finds it", () => {
      expect(state(of(tampering).anHourLater)).toEqual({ status: "drifted", changes: expectedOf(tampering) });
    });
    test("a check finds it", () => {
      expect(state(of(tampering).byCheck)).toEqual({ status: "drifted", changes: expectedOf(tampering) });
    });
    test("a repair undoes it, and a later check finds nothing repairable", () => {
      const { byRepair, afterRepair, nextRollCall } = of(tampering);
      expect(byRepair.status).toBe(lasting.length > 0 ? "drifted" : "repaired");
      expect(state(afterRepair)).toEqual(left);
      expect(state(nextRollCall)).toEqual(left);
    });
    test("a roll call repairs it if the registration asks for that", () => {
      const { repairedByRollCall, afterRollCall, history } = of(tampering);
      expect(repairedByRollCall.status).toBe(lasting.length > 0 ? "drifted" : "repaired");
      expect(state(afterRollCall)).toEqual(left);
      const [last] = history;
      if (!isRepairable) expect(last?.action).toBe("registered");
      else {
        expect(last).toMatchObject({ by: "schedule", action: "repaired" });
        const repairable = expectedOf(tampering).filter(({ repairable }) => repairable);
        expect(shown(last?.changes)).toEqual(expect.arrayContaining(repairable));
      }
    });
  });
});
