/** An ECR repository that the operator grants is used by several registrations, and its settings are of its owner alone. */
import { describe, expect, test } from "vitest";
import { rolePath, uniqueName } from "../../../harness/rolecall.ts";
import { startForSettings } from "./start.ts";
import { DEFAULTS, HELD_BY_DEFAULT, type Settings } from "./values.ts";

const { api, held } = await startForSettings();

describe("a repository that the operator grants", () => {
  const ecr = (settings?: Settings, repository = "shared/base") => ({
    ecr: [{ repository, access: "pull", ...(settings && { settings }) }],
  });
  const ask = (repo: string, settings?: Settings, repository?: string) =>
    api("PUT", rolePath(repo), { body: ecr(settings, repository) });

  test("is used by all who are granted it, and takes settings from none", async () => {
    expect((await ask("granted-one", {})).problem().errors).toMatchObject([
      { pointer: "/ecr/0/settings", detail: expect.stringContaining("operator") },
    ]);
    const one = (await ask("granted-one")).registration();
    const two = (await ask("granted-two")).registration();
    expect(one.ecr).toMatchObject([{ managed: true, settings: DEFAULTS }]);
    expect(two.ecr).toEqual(one.ecr);
    expect(two.ecr[0]?.uri).toBe("123456789012.dkr.ecr.eu-central-1.amazonaws.com/shared/base");
    expect((await ask("granted-two", { scanOnPush: false })).status).toBe(422);
    expect(await held("shared/base")).toEqual(HELD_BY_DEFAULT);
  });

  test.each(["before", "after"])("of a sibling, which registers it %s, is the sibling's", async (when) => {
    const repository = `acme/sibling/${when}`;
    const asOwner = (settings?: Settings) =>
      api("PUT", rolePath("sibling", when), {
        body: { ecr: [{ repository, ...(settings && { settings }) }] },
      });
    const use = () => ask("granted-one", undefined, repository);
    if (when === "before") expect((await asOwner()).status).toBe(201);
    expect((await use()).registration().status).toBe("ready");
    expect((await asOwner({ scanOnPush: false })).registration().status).toBe("ready");
    expect((await use()).registration().ecr).toMatchObject([{ settings: { scanOnPush: false } }]);
    const checked = await api("POST", `${rolePath("sibling", when)}/drift-checks`);
    expect(checked.text).toContain('"in-sync"');
  });

  test.each([
    ["shared/base", undefined, 422],
    ["shared/base", "push", 422],
    ["shared/base", "both", 422],
    ["shared/base", "pull", 201],
    ["shared/app", "push", 200], // another grant is for more
    ["shared/none", "pull", 422], // is not there, and not made
  ] as const)("for pulling alone: %s with %s is %i", async (repository, access, status) => {
    const body = { ecr: [{ repository, ...(access && { access }) }] };
    const answer = await api("PUT", rolePath("granted-pull"), { body });
    expect(answer.status).toBe(status);
    if (status === 422 && access === "pull")
      expect(answer.problem().errors).toMatchObject([
        { pointer: "/ecr/0/repository", detail: expect.stringContaining("There is no ECR repository") },
      ]);
    else if (status === 422)
      expect(answer.problem().errors).toMatchObject([
        { pointer: "/ecr/0/access", detail: expect.stringContaining("pulling from shared/base alone") },
      ]);
    expect((await held("shared/none")).mutability).toBeUndefined();
  });

  test("is the granted one and no other", async () => {
    expect((await ask("granted-two", undefined, "shared/other")).problem().errors).toMatchObject([
      { pointer: "/ecr/0/repository", detail: expect.stringContaining("ROLECALL_ECR_GRANTS") },
    ]);
    expect((await ask(uniqueName())).status).toBe(422);
  });
});
