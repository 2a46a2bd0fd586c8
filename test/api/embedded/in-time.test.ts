/** A Lambda's time is short: whatever AWS does, a request is answered before it is over, and what it left is known. */
import { describe, expect, test } from "vitest";
import type { Fault } from "../../../local/aws/server.ts";
import { underDeadline } from "../../../src/aws/deadline.ts";
import { paced } from "../../../src/aws/pace.ts";
import { register } from "../../../src/registration/register.ts";
import { awsClients, existingRole, roleArnsWith } from "../../harness/aws.ts";
import { startEmbedded, type Trouble } from "../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../harness/rolecall.ts";

const { api, clock, services, trouble } = await startEmbedded();
const aws = awsClients();
const hangs: Fault = { kind: "latency", ms: 600_000 };
const throttled: Fault = { kind: "error", status: 400, code: "Throttling", message: "Rate exceeded" };
/** Calls that change AWS end three seconds before the deadline, so these have a tenth of a second. */
const SOON_MS = 3_100;
const LEASE_MS = 60_000;

const key = (repo: string) => ({ owner: "acme", repo, role: "publish" });
const put = (repo: string) =>
  underDeadline(clock.now() + SOON_MS, () =>
    register(services, { key: key(repo), request: {}, precondition: {}, dryRun: false, caller: "test" }),
  );

describe("a PUT whose time ends", () => {
  test.each<[string, Omit<Trouble, "mentions">]>([
    ["CreateRole hangs", { action: "CreateRole", fault: hangs }],
    ["CreateRole hangs and has its effect", { action: "CreateRole", phase: "after", fault: hangs }],
    ["PutRolePolicy hangs", { action: "PutRolePolicy", fault: hangs }],
    ["CreateRepository hangs", { action: "CreateRepository", fault: hangs }],
    ["CreateRole is throttled again and again", { action: "CreateRole", fault: throttled }],
  ])(
    "%s: it says so, keeps the lease of what may still happen, and the next PUT after that goes on",
    async (_, meant) => {
      const repo = uniqueName();
      const end = trouble({ ...meant, mentions: repo });
      const result = await put(repo);
      end();
      expect(result).toMatchObject({ failure: "aws-unavailable", aws: { code: "OutOfTime" } });
      const item = await services.registry.readRegistration(key(repo));
      expect(item).toMatchObject({ status: "failed", lastError: { code: "OutOfTime" } });
      // A repository's write is under its own item's lease.
      const isUnknown = meant.fault === hangs && meant.action !== "CreateRepository";
      if (isUnknown) expect(Object.keys(item?.leases ?? {})).toHaveLength(1);
      clock.advance(LEASE_MS);
      const { status, roleArn } = (await api("PUT", rolePath(repo))).registration();
      expect(status).toBe("ready");
      expect(await roleArnsWith(aws, repo)).toEqual([roleArn]);
      expect(Object.keys((await existingRole(aws, roleArn)).inlinePolicies)).toEqual(["rolecall-ecr"]);
    },
  );

  test("when it is over already, nothing is asked of anybody", async () => {
    const repo = uniqueName();
    const late = underDeadline(clock.now(), () =>
      register(services, { key: key(repo), request: {}, precondition: {}, dryRun: false, caller: "test" }),
    );
    await expect(late).rejects.toMatchObject({ failure: { aws: { code: "OutOfTime" } } });
    expect(await services.registry.readRegistration(key(repo))).toBeUndefined();
  });
});

describe("a pace", () => {
  /** How long each of those who come at these times waits. */
  async function waits(times: readonly number[]): Promise<number[]> {
    let now = 0;
    let waited = 0;
    const next = paced(
      { atOnce: 3, perSecond: 10 },
      () => now,
      async (milliseconds) => {
        waited = milliseconds;
      },
    );
    const all: number[] = [];
    for (const at of times) {
      [now, waited] = [at, 0];
      await next();
      all.push(waited);
    }
    return all;
  }

  test.each([
    ["as many as may go at once", [0, 0, 0], [0, 0, 0]],
    ["more wait, each a tenth of a second longer", [0, 0, 0, 0, 0], [0, 0, 0, 100, 200]],
    ["who comes at its pace never waits", [0, 100, 200, 300, 400, 500], [0, 0, 0, 0, 0, 0]],
    [
      "after a pause as many may go at once again, and not more",
      [0, 9000, 9000, 9000, 9000],
      [0, 0, 0, 0, 100],
    ],
  ])("%s", async (_, times, expected) => expect(await waits(times)).toEqual(expected));
});
