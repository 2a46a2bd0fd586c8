/** All roles that use an ECR repository see and change the same settings. */
import { describe, expect, test } from "vitest";
import { rollCall, UNLIMITED } from "../../../../src/roll-call/roll-call.ts";
import { rolePath, uniqueName } from "../../../harness/rolecall.ts";
import { body, paths, startForSettings } from "./start.ts";
import { CHANGEABLE, HELD_BY_DEFAULT, HELD_OF_CHANGEABLE, type Settings } from "./values.ts";

const LEASE_MS = 60_000;
const DAY_MS = 24 * 60 * 60_000;
const { api, clock, expectSettled, held, put, services, shown } = await startForSettings();

describe("two roles", () => {
  test("see the same settings, whoever gave them last; neither PUT nor roll call takes them back", async () => {
    const repo = uniqueName();
    const repair = { onDrift: "repair" };
    const give = (role: string, settings?: Settings) =>
      api("PUT", rolePath(repo, role), { body: body(repo, settings, repair) });
    const callRoll = async () => {
      clock.advance(DAY_MS);
      const { drifted } = await rollCall(services, UNLIMITED);
      return drifted.filter((one) => one.repo === repo);
    };
    await give("one", CHANGEABLE);
    const { ecr, changes } = (await give("two")).registration();
    expect(ecr[0]?.settings).toEqual(await shown(repo, "one"));
    expect(changes?.filter(({ resource }) => resource.includes(":repository/"))).toEqual([]);
    const turns: [string, Settings][] = [
      ["two", { scanOnPush: true }],
      ["one", CHANGEABLE],
      ["two", { pull: { accounts: ["210987654321"] } }],
      ["two", {}],
    ];
    for (const [role, settings] of turns) {
      expect((await give(role, settings)).status).toBe(200);
      expect(await callRoll()).toEqual([]);
      const now = await held(`acme/${repo}`);
      expect(await shown(repo, "one")).toEqual(await shown(repo, "two"));
      // A change of the other role that names none.
      await api("PUT", rolePath(repo, role === "one" ? "two" : "one"), {
        body: body(repo, undefined, { ...repair, maxSessionSeconds: 7200 }),
      });
      expect(await held(`acme/${repo}`)).toEqual(now);
      expect(await callRoll()).toEqual([]);
      await expectSettled(repo, "one", "two");
    }
  });

  test("a role that is new can give them too", async () => {
    const repo = uniqueName();
    await put(repo, { tags: { team: "a" } }, "one");
    const { changes } = (await put(repo, CHANGEABLE, "two")).registration();
    expect(paths(changes)).toContain("/repositoryPolicy");
    expect(await held(`acme/${repo}`)).toEqual(HELD_OF_CHANGEABLE);
    const { changes: back } = (await put(repo, {}, "three")).registration();
    expect(paths(back)).toContain("/tags/team");
    expect(await held(`acme/${repo}`)).toEqual(HELD_BY_DEFAULT);
    await expectSettled(repo, "one", "two", "three");
  });

  test("that give other ones at the same time: one is the last, and ECR holds the whole of it", async () => {
    for (let round = 0; round < 4; round++) {
      const repo = uniqueName();
      if (round % 2 === 0) await put(repo, { tags: { stage: "x" } }, "one");
      const given: Settings[] = [CHANGEABLE, { tags: { team: "b" }, lifecycle: [] }, {}];
      const put3 = () => Promise.all(given.map((settings, index) => put(repo, settings, `role${index}`)));
      const answers = await put3();
      for (const { status } of answers) expect([200, 201, 409]).toContain(status);
      expect(answers.filter(({ status }) => status < 300).length).toBeGreaterThan(0);
      clock.advance(LEASE_MS);
      const roles = answers.flatMap(({ status }, index) => (status < 300 ? [`role${index}`] : []));
      await expectSettled(repo, ...roles);
      expect([
        HELD_OF_CHANGEABLE,
        { ...HELD_BY_DEFAULT, lifecycle: undefined, tags: { team: "b" } },
        HELD_BY_DEFAULT,
      ]).toContainEqual(await held(`acme/${repo}`));
    }
  });
});
