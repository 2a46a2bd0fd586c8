/** A roll call that ends at any of its calls, and is made again: the same state, and no change without its event. */
import { PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { rollCall, UNLIMITED } from "../../src/drift/roll-call.ts";
import type { Services } from "../../src/services.ts";
import { existingRole } from "../harness/aws.ts";

import { DAY_MS, LEASE_MS, startWorld } from "./roll-call-world.ts";

const {
  aws,
  call,
  clock,
  close,
  document,
  events,
  historyOf,
  iam,
  itemOf,
  open,
  register,
  roleOf,
  startAnother,
} = await startWorld();

describe("killed", async () => {
  const [reported, repaired] = [await register("report"), await register("repair")];
  await call();
  const { local } = await startAnother();
  let left = Number.POSITIVE_INFINITY;
  let phase: "before" | "after" = "before";
  let made = 0;
  /** Does a call, unless the process has ended before it, or ends with it. */
  const mortal = async <T>(work: () => Promise<T>): Promise<T> => {
    if (left < 0) throw new Error("killed");
    made++;
    if (left-- > 0) return work();
    if (phase === "after") await work();
    throw new Error("killed");
  };
  const { iam: doomedIam, ecr, dynamodb } = local.services.clients;
  for (const { middlewareStack } of [doomedIam, ecr, dynamodb] as (typeof doomedIam)[])
    middlewareStack.add((next) => (args) => mortal(() => next(args)), { step: "initialize" });
  const doomed: Services = {
    ...local.services,
    events: { put: (type, detail) => mortal(() => events.put(type, detail)) },
  };
  const disturb = async () => {
    await open(reported);
    const RoleName = await roleOf(repaired);
    const PolicyDocument = document("s3:*");
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "theirs", PolicyDocument }));
    await open(repaired);
  };
  const settle = async () => {
    await close(reported);
    await call();
    await call();
    clock.advance(DAY_MS);
  };
  // As in every run below: what ECR tells one by one is due.
  clock.advance(DAY_MS);
  await disturb();
  await rollCall(doomed, UNLIMITED);
  const calls = made;
  await settle();

  /** What is left to be seen after a run that was killed, and one that was not. */
  async function run(at: number, when: typeof phase) {
    const since = aws.events.length;
    const began = new Date(clock.now()).toISOString();
    await disturb();
    [left, phase] = [at, when];
    await rollCall(doomed, UNLIMITED).catch(() => {});
    left = Number.POSITIVE_INFINITY;
    clock.advance(LEASE_MS);
    await call();
    const role = await existingRole({ iam } as never, await roleOf(repaired));
    const { drift, leases } = await itemOf(reported);
    const eventsOf = (repo: string) => [
      ...new Map(
        aws.events
          .slice(since)
          .filter(({ detail }) => detail["repo"] === repo)
          .map(({ detail }) => [detail["id"], `${detail["to"]}`]),
      ).values(),
    ];
    const history = await historyOf(repaired);
    return {
      attached: role.attachedPolicyArns,
      inline: Object.keys(role.inlinePolicies),
      reported: { status: drift.status, paths: drift.changes?.map(({ path }) => path), leases },
      reportedEvents: eventsOf(reported),
      isRepairTold: eventsOf(repaired).includes("repaired"),
      isKept: JSON.stringify(history.filter((entry) => entry.at >= began)).includes("s3:*"),
    };
  }
  const atEnd = {
    attached: [],
    inline: ["rolecall-ecr"],
    reported: {
      status: "drifted",
      paths: ["/attachedPolicies/arn:aws:iam::aws:policy~1AdministratorAccess"],
      leases: {},
    },
    reportedEvents: ["drifted"],
    isRepairTold: true,
    isKept: true,
  };

  test("there are calls to be killed at", () => expect(calls).toBeGreaterThan(25));
  test.each(
    Array.from({ length: calls }, (_, at) => [
      { at, when: "before" as const },
      { at, when: "after" as const },
    ]).flat(),
  )("$when call $at, and run again: the same state, and every event", async ({ at, when }) => {
    const seen = await run(at, when);
    await settle();
    expect(seen).toEqual(atEnd);
  });
});
