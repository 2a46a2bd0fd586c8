/** The settings that a PUT gives are the settings that ECR holds. */
import {
  DeleteLifecyclePolicyCommand,
  DeleteRepositoryPolicyCommand,
  TagResourceCommand,
} from "@aws-sdk/client-ecr";
import { describe, expect, test } from "vitest";
import { ecrInAws } from "../../../harness/aws.ts";
import { namesOf, writesOf } from "../../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../../harness/rolecall.ts";
import { body, paths, startForSettings } from "./start.ts";
import {
  CHANGEABLE,
  DEFAULTS,
  EVERYTHING,
  HELD_BY_DEFAULT,
  HELD_OF_CHANGEABLE,
  HELD_OF_EVERYTHING,
  type Settings,
  UNTAGGED,
} from "./values.ts";

const { api, callsOf, clients, expectSettled, held, put, shown } = await startForSettings();

describe("a new repository", () => {
  test("has the defaults, and the registration shows them", async () => {
    const repo = uniqueName();
    const registration = (await api("PUT", rolePath(repo))).registration();
    expect(registration.ecr).toMatchObject([{ managed: true, settings: DEFAULTS }]);
    expect(registration.spec.ecr).toEqual([{ repository: `acme/${repo}`, access: "push" }]);
    expect(await held(`acme/${repo}`)).toEqual(HELD_BY_DEFAULT);
    expect(await shown(repo)).toEqual(DEFAULTS);
    await expectSettled(repo, "publish");
  });

  test("has all that is given, with few calls", async () => {
    const repo = uniqueName();
    const { result, calls } = await callsOf(() => put(repo, EVERYTHING));
    expect(result.status).toBe(201);
    const settings = {
      ...EVERYTHING,
      pull: { ...EVERYTHING.pull, accounts: ["210987654321", "310987654321"] },
    };
    expect(result.registration().ecr[0]?.settings).toEqual(settings);
    expect(await shown(repo)).toEqual(settings);
    expect(await held(`acme/${repo}`)).toEqual(HELD_OF_EVERYTHING);
    expect(namesOf(writesOf(calls), "ecr")).toEqual([
      "ecr:CreateRepository",
      "ecr:PutLifecyclePolicy",
      "ecr:SetRepositoryPolicy",
    ]);
    await expectSettled(repo, "publish");
  });

  test("of several, each has its own", async () => {
    const repo = uniqueName();
    const ecr = [
      { repository: `acme/${repo}`, access: "push", settings: { tagMutability: "MUTABLE" } },
      { repository: `acme/${repo}/base`, access: "pull", settings: { lifecycle: [], scanOnPush: false } },
      { repository: `acme/${repo}/cache`, access: "both" },
    ] as const;
    const registration = (await api("PUT", rolePath(repo), { body: { ecr } })).registration();
    expect(registration.ecr).toMatchObject([
      { access: "push", settings: { tagMutability: "MUTABLE", exclusions: [], scanOnPush: true } },
      { access: "pull", settings: { ...DEFAULTS, lifecycle: [], scanOnPush: false } },
      { access: "both", settings: DEFAULTS },
    ]);
    expect(await held(`acme/${repo}`)).toMatchObject({ mutability: "MUTABLE", lifecycle: UNTAGGED });
    expect(await held(`acme/${repo}/base`)).toMatchObject({
      lifecycle: undefined,
      scanning: { scanOnPush: false },
    });
    expect(await held(`acme/${repo}/cache`)).toEqual(HELD_BY_DEFAULT);
    await expectSettled(repo, "publish");
  });
});

describe("a change", () => {
  test("writes what differs and nothing else; the same again writes nothing", async () => {
    const repo = uniqueName();
    await put(repo);
    const one = await callsOf(() => put(repo, { scanOnPush: false }));
    expect(namesOf(writesOf(one.calls), "ecr")).toEqual(["ecr:PutImageScanningConfiguration"]);
    expect(paths(one.result.registration().changes)).toEqual(["/scanOnPush"]);
    const again = await callsOf(() => put(repo, { scanOnPush: false }));
    expect(namesOf(writesOf(again.calls))).toEqual([]);
    expect(again.result.registration().changes).toEqual([]);
    const all = await callsOf(() => put(repo, CHANGEABLE));
    expect(namesOf(writesOf(all.calls), "ecr")).toEqual([
      "ecr:PutImageTagMutability",
      "ecr:PutLifecyclePolicy",
      "ecr:SetRepositoryPolicy",
      "ecr:TagResource",
    ]);
    expect(all.result.registration().changes).toMatchObject([
      { path: "/tagMutability", effect: "widens" },
      { path: "/lifecyclePolicy", effect: "none" },
      { path: "/repositoryPolicy", effect: "widens" },
      { path: "/tags/stage", effect: "widens" },
      { path: "/tags/team", effect: "widens" },
    ]);
    expect(await held(`acme/${repo}`)).toEqual(HELD_OF_CHANGEABLE);
    await expectSettled(repo, "publish");
  });

  test("is no new version of the spec, and is in the history", async () => {
    const repo = uniqueName();
    const before = await put(repo);
    const after = await put(repo, CHANGEABLE);
    expect(after.registration().version).toBe(before.registration().version);
    expect(after.headers["etag"]).toBe(before.headers["etag"]);
    const { items } = JSON.parse((await api("GET", `${rolePath(repo)}/history`)).text);
    expect(paths(items[0].changes)).toEqual(paths(after.registration().changes));
  });

  test("what settings leave out gets its default; without settings everything stays", async () => {
    const repo = uniqueName();
    await put(repo, EVERYTHING);
    const kept = await api("PUT", rolePath(repo), {
      body: body(repo, undefined, { maxSessionSeconds: 7200 }),
    });
    expect(paths(kept.registration().changes)).toEqual(["/maxSessionSeconds"]);
    expect(await held(`acme/${repo}`)).toEqual(HELD_OF_EVERYTHING);
    const reset = await callsOf(() => put(repo, {}));
    expect(reset.result.registration().changes).toContainEqual(
      expect.objectContaining({ path: "/tags/team", expected: null, actual: "payments", effect: "narrows" }),
    );
    expect(namesOf(writesOf(reset.calls), "ecr")).toContain("ecr:UntagResource");
    const encryption = HELD_OF_EVERYTHING.encryption;
    expect(await held(`acme/${repo}`)).toEqual({ ...HELD_BY_DEFAULT, encryption });
    expect(await shown(repo)).toEqual({ ...DEFAULTS, encryption: EVERYTHING.encryption });
    await expectSettled(repo, "publish");
  });

  test("a tag of somebody else's stays", async () => {
    const repo = uniqueName();
    await put(repo, { tags: { team: "a" } });
    const resourceArn = (await ecrInAws(clients, `acme/${repo}`))?.repositoryArn;
    await clients.ecr.send(new TagResourceCommand({ resourceArn, tags: [{ Key: "billing", Value: "42" }] }));
    await put(repo, {});
    expect((await held(`acme/${repo}`)).tags).toEqual({ billing: "42" });
  });

  test("takes back what was done by hand as well", async () => {
    const repo = uniqueName();
    await put(repo, CHANGEABLE);
    const resourceArn = (await ecrInAws(clients, `acme/${repo}`))?.repositoryArn;
    await clients.ecr.send(new TagResourceCommand({ resourceArn, tags: [{ Key: "team", Value: "theirs" }] }));
    const { changes } = (await put(repo, { ...CHANGEABLE, scanOnPush: true })).registration();
    expect(paths(changes)).toEqual(["/scanOnPush", "/tags/team"]);
    expect((await held(`acme/${repo}`)).tags).toEqual(HELD_OF_EVERYTHING.tags);
  });

  test("the same settings again restore what somebody changed by hand, as the dry run says", async () => {
    const repo = uniqueName();
    await put(repo, CHANGEABLE);
    const repositoryName = `acme/${repo}`;
    const resourceArn = (await ecrInAws(clients, repositoryName))?.repositoryArn;
    await clients.ecr.send(new TagResourceCommand({ resourceArn, tags: [{ Key: "team", Value: "theirs" }] }));
    await clients.ecr.send(new DeleteLifecyclePolicyCommand({ repositoryName }));
    await clients.ecr.send(new DeleteRepositoryPolicyCommand({ repositoryName }));
    const dry = await api("PUT", `${rolePath(repo)}?dryRun=true`, { body: body(repo, CHANGEABLE) });
    const expected = ["/lifecyclePolicy", "/repositoryPolicy", "/tags/team"];
    expect(paths(dry.registration().changes)).toEqual(expected);
    expect(paths((await put(repo, CHANGEABLE)).registration().changes)).toEqual(expected);
    expect(await held(repositoryName)).toEqual(HELD_OF_CHANGEABLE);
  });

  test("a dry run tells it, and writes nothing", async () => {
    const repo = uniqueName();
    await put(repo);
    const { result, calls } = await callsOf(() =>
      api("PUT", `${rolePath(repo)}?dryRun=true`, { body: body(repo, CHANGEABLE) }),
    );
    expect(namesOf(writesOf(calls))).toEqual([]);
    expect(paths(result.registration().changes)).toEqual([
      "/lifecyclePolicy",
      "/repositoryPolicy",
      "/scanOnPush",
      "/tagMutability",
      "/tags/stage",
      "/tags/team",
    ]);
    expect(result.registration().ecr[0]?.settings).toMatchObject({ scanOnPush: false });
    expect(await shown(repo)).toEqual(DEFAULTS);
    expect(paths((await put(repo, CHANGEABLE)).registration().changes)).toEqual(
      paths(result.registration().changes),
    );
  });

  test("shows in the workflow: a tag that can be moved is, the cache needs one", async () => {
    const repo = uniqueName();
    const workflow = async (settings?: Settings) =>
      (await put(repo, settings)).registration().workflow?.content;
    const moved = await workflow();
    expect(moved).toContain("choose latest move");
    expect(moved).toContain("cache-to");
    const fixed = await workflow({ exclusions: [] });
    expect(fixed).not.toContain("choose latest");
    expect(fixed).not.toContain("cache-to");
    expect(await workflow({ tagMutability: "MUTABLE" })).toBe(moved);
    const excepted = await workflow({ tagMutability: "MUTABLE", exclusions: ["latest"] });
    expect(excepted).not.toContain("choose latest");
    expect(excepted).toContain("cache-to");
    expect((await api("GET", `${rolePath(repo)}/workflow`)).text).toBe(excepted);
  });
});
