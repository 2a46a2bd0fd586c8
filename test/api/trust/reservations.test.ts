/**
 * The ECR namespace of one repository, and everything by which another one might get it. The sequences of
 * `namespaces.test.ts` try what nobody has thought of; here stands what was found once, step by step.
 */
import { DescribeRepositoriesCommand } from "@aws-sdk/client-ecr";
import { beforeEach, describe, expect, test } from "vitest";
import { parseIssuer } from "../../../src/trust/issuer.ts";
import { awsClients, roleArnsWith } from "../../harness/aws.ts";
import { bundled } from "../../harness/bundled.ts";
import { startEmbedded } from "../../harness/embedded.ts";
import { type Answer, rolePath, uniqueName } from "../../harness/rolecall.ts";
import { run } from "../../harness/run.ts";

const { api, services, repositories, clock, aws: embedded } = await startEmbedded();
const aws = awsClients();
const configured = services.config;
beforeEach(() => {
  services.config = configured;
});

/** Longer than what GitHub has answered is remembered. */
const GITHUB_FORGOTTEN_MS = 61_000;
const MADE_UP = 999_999_999;

/** GitHub shows it no longer: it is private, or was never there. */
const hide = (...names: string[]) => {
  for (const name of names) repositories.remove(`acme/${name}`);
  clock.advance(GITHUB_FORGOTTEN_MS);
};
const show = (name: string, settings: Parameters<typeof repositories.set>[1] = {}) => {
  const repository = repositories.set(`acme/${name}`, settings);
  clock.advance(GITHUB_FORGOTTEN_MS);
  return repository;
};

type Body = { ecr?: object[]; github?: { repositoryId: number; ownerId: number } };
const put = (name: string, body?: Body, role?: string, owner?: string) =>
  api("PUT", rolePath(name, role, owner), { body });
const withIds = ({ id, ownerId }: { id: number; ownerId: number }): Body => ({
  github: { repositoryId: id, ownerId },
});
const madeUp = withIds({ id: MADE_UP, ownerId: 7 });
const refusal = (answer: Answer) => [answer.status, answer.problem().code];
const historyOf = async (name: string, role = "publish") => {
  const {
    items,
  }: { items: { action: string; by: string; detail?: string; changes?: { path: string }[] }[] } = JSON.parse(
    (await api("GET", `${rolePath(name, role)}/history`)).text,
  );
  return items;
};
const mutabilityOf = async (repositoryName: string) => {
  const { repositories: found = [] } = await aws.ecr.send(
    new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] }),
  );
  return found[0]?.imageTagMutability;
};

/** The operator's command, as it is typed. */
async function releaseCommand(...words: string[]) {
  const { code, stdout, stderr } = await run(
    process.execPath,
    [await bundled("scripts/release.ts"), ...words],
    {
      env: {
        AWS_ENDPOINT_URL: embedded.url,
        AWS_REGION: "eu-central-1",
        AWS_ACCESS_KEY_ID: "local",
        AWS_SECRET_ACCESS_KEY: "local",
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
        ROLECALL_TABLE: services.config.table,
      },
    },
  );
  return { status: code, text: `${stdout}${stderr}`.trim() };
}

describe("releasing a reservation", () => {
  test("another name that folds to the same namespace releases nothing, and gets nothing", async () => {
    const name = uniqueName();
    await put(name);
    await releaseCommand(`acme/_${name}`);
    const { id } = repositories.get(`acme/${name}`) ?? { id: 0 };
    expect((await releaseCommand(`acme/_${name}`, "--claimant", `repository:${id}`)).status).not.toBe(0);
    expect(refusal(await put(`_${name}`))).toEqual([409, "ecr-claimed"]);
    expect(await roleArnsWith(aws, `_${name}`)).toEqual([]);
    expect((await put(name)).status).toBe(200);
  });

  test("without a claimant the command shows whose the reservation is, and deletes nothing", async () => {
    const name = uniqueName();
    await put(name);
    await api("DELETE", rolePath(name));
    const { id } = repositories.get(`acme/${name}`) ?? { id: 0 };
    expect(await releaseCommand(`acme/${name}`)).toEqual({
      status: 2,
      text: `The ECR namespace acme/${name} is reserved for acme/${name} (repository:${id}), which GitHub has confirmed. Nothing was deleted. To release it, say whose it is: npm run release -- acme/${name} --claimant repository:${id}`,
    });
    expect(refusal(await put(`_${name}`))).toEqual([409, "ecr-claimed"]);
  });

  test("it needs the holder as its claimant, and no registration of the holder or in the namespace", async () => {
    const name = uniqueName();
    await put(name);
    const { id } = repositories.get(`acme/${name}`) ?? { id: 0 };
    const [command, holder] = [`acme/${name}`, `repository:${id}`];
    expect((await releaseCommand(command, "--claimant", "repository:1")).status).toBe(1);
    expect(await releaseCommand(command, "--claimant", holder)).toMatchObject({
      status: 1,
      text: expect.stringContaining(`acme/${name} publish`),
    });
    await api("DELETE", rolePath(name));
    const ecrGrants = [{ owner: "acme", repo: "reader", pattern: `acme/${name}`, pullOnly: true }];
    services.config = { ...configured, ecrGrants };
    await put("reader", { ecr: [{ repository: `acme/${name}`, access: "pull" }] }, name);
    expect(await releaseCommand(command, "--claimant", holder)).toMatchObject({
      status: 1,
      text: expect.stringContaining(`acme/reader ${name}`),
    });
    await api("DELETE", rolePath("reader", name));
    const released = await releaseCommand(command, "--claimant", holder);
    expect(released.status, released.text).toBe(0);
    expect((await put(`_${name}`)).status).toBe(201);
  });

  test("it waits for a registration of the holder under a new name, which may still push to the old namespace", async () => {
    const [before, after] = [uniqueName("before"), uniqueName("after")];
    await put(before);
    const { id, ownerId } = repositories.get(`acme/${before}`) ?? { id: 0, ownerId: 0 };
    await api("DELETE", rolePath(before));
    hide(before);
    show(after, { id, ownerId });
    expect((await put(after)).status).toBe(201);
    const release = () => releaseCommand(`acme/${before}`, "--claimant", `repository:${id}`);
    expect(await release()).toMatchObject({
      status: 1,
      text: expect.stringContaining(`acme/${after} publish`),
    });
    await api("DELETE", rolePath(after));
    expect((await release()).status).toBe(0);
  });

  test("it deletes the ECR items of that claimant alone", async () => {
    const [name, other] = [uniqueName(), uniqueName()];
    await put(name, { ecr: [{ repository: `acme/${name}` }, { repository: `acme/${name}/cache` }] });
    await put(other);
    await api("DELETE", rolePath(name));
    const { id } = repositories.get(`acme/${name}`) ?? { id: 0 };
    const place = { account: services.config.account, region: "eu-central-1" };
    const foreign = { ...place, name: `acme/${name}/foreign` };
    const item = await services.registry.readEcrItem({ ...place, name: `acme/${name}` });
    if (item === undefined) throw new Error("no item");
    await services.registry.changeEcr(foreign, undefined, () => ({
      ...item,
      ...foreign,
      claimant: "repository:1",
    }));
    await releaseCommand(`acme/${name}`, "--claimant", `repository:${id}`);
    const stays = async (one: string) =>
      (await services.registry.readEcrItem({ ...place, name: one })) !== undefined;
    expect(await stays(`acme/${name}`)).toBe(false);
    expect(await stays(`acme/${name}/cache`)).toBe(false);
    expect(await stays(`acme/${name}/foreign`)).toBe(true);
    expect(await stays(`acme/${other}`)).toBe(true);
  });
});

describe("while GitHub hides a repository", () => {
  const settings = { tagMutability: "MUTABLE" };

  test("another name with the holder's id changes no settings and gets no role", async () => {
    const name = uniqueName();
    const holder = repositories.get(`acme/${name}`) ?? { id: 0, ownerId: 0 };
    await put(name);
    hide(name, `_${name}`);
    const before = await mutabilityOf(`acme/${name}`);
    const body = { ...withIds(holder), ecr: [{ repository: `acme/${name}`, settings }] };
    expect(refusal(await put(`_${name}`, body))).toEqual([409, "ecr-claimed"]);
    expect(await mutabilityOf(`acme/${name}`)).toBe(before);
    expect(await roleArnsWith(aws, `_${name}`)).toEqual([]);
  });

  test.each([
    ["the repository", (name: string) => name.toUpperCase(), "acme", "/repo"],
    ["the owner", (name: string) => name, "ACME", "/owner"],
  ])(
    "another spelling of %s is refused, with and without a registration",
    async (_, spelled, owner, pointer) => {
      const name = uniqueName();
      const holder = repositories.get(`acme/${name}`) ?? { id: 0, ownerId: 0 };
      await put(name);
      hide(name);
      const path = spelled(name);
      for (const round of ["registered", "deleted"]) {
        if (round === "deleted") await api("DELETE", rolePath(name));
        for (const role of ["publish", "other"]) {
          const answer = await put(path, withIds(holder), role, owner);
          expect(answer.problem().errors).toEqual([
            { pointer, detail: expect.stringContaining(`acme/${name}`) },
          ]);
        }
      }
      expect((await put(name, withIds(holder))).status, "the registered spelling").toBe(201);
    },
  );

  test("a name that folds reserves nothing, and squats nothing once it is deleted", async () => {
    const name = uniqueName();
    hide(`_${name}`, name);
    const answer = await put(`_${name}`, madeUp);
    expect(answer.problem().errors).toEqual([
      { pointer: "/repo", detail: expect.stringContaining("ROLECALL_GITHUB_SECRET") },
    ]);
    await api("DELETE", rolePath(`_${name}`));
    show(name);
    expect((await put(name)).status).toBe(201);
  });

  test("a made-up id takes no settings of what the operator has granted to another", async () => {
    const [name, deployer] = [uniqueName(), uniqueName()];
    const ecrGrants = [{ owner: "acme", repo: deployer, pattern: `acme/${name}`, pullOnly: false }];
    services.config = { ...configured, ecrGrants };
    hide(name);
    const body = { ...madeUp, ecr: [{ repository: `acme/${name}`, settings }] };
    expect(refusal(await put(name, body)), "before anybody registers it").toEqual([409, "ecr-claimed"]);
    expect((await put(deployer, { ecr: [{ repository: `acme/${name}` }] })).status).toBe(201);
    const before = await mutabilityOf(`acme/${name}`);
    expect(refusal(await put(name, body)), "after").toEqual([409, "ecr-claimed"]);
    expect(await mutabilityOf(`acme/${name}`)).toBe(before);
    show(name);
    expect((await put(name, { ecr: [{ repository: `acme/${name}`, settings }] })).status).toBe(201);
    expect(await mutabilityOf(`acme/${name}`)).toMatch(/^MUTABLE/);
  });

  test("on an Enterprise Server the name reserves, whatever ids are sent", async () => {
    const name = uniqueName();
    const server = parseIssuer("https://github.corp.example/_services/token");
    if (server === undefined) throw new Error("no issuer");
    services.config = {
      ...configured,
      issuers: new Map([["*", server]]),
      allow: { ...configured.allow, nameOnly: true },
    };
    const holder = repositories.get(`acme/${name}`) ?? { id: 0, ownerId: 0 };
    expect((await put(name)).status).toBe(201);
    hide(name, `_${name}`);
    expect(refusal(await put(`_${name}`, withIds(holder)))).toEqual([409, "ecr-claimed"]);
    expect(await roleArnsWith(aws, `_${name}`)).toEqual([]);
    expect((await put(name, madeUp)).status, "the name is the registered one").toBe(200);
    expect((await put(name)).status).toBe(200);
  });

  test("the refusal of other ids tells no id, and sends nobody to a release", async () => {
    const name = uniqueName();
    const { id } = repositories.get(`acme/${name}`) ?? { id: 0 };
    await put(name);
    hide(name);
    const { code, detail } = (await put(name, madeUp)).problem();
    expect(code).toBe("repository-replaced");
    expect(detail).not.toContain(String(id));
    expect(detail).not.toMatch(/release/);
    show(`_${name}`);
    expect((await put(`_${name}`)).problem().detail).not.toMatch(/release/);
  });
});

describe("where GitHub confirms a repository", () => {
  test("the same id under a new spelling keeps the namespace, and the reservation takes the new name", async () => {
    const name = uniqueName();
    await put(name);
    repositories.rename(`acme/${name}`, `acme/_${name}`);
    clock.advance(GITHUB_FORGOTTEN_MS);
    expect((await put(`_${name}`)).status).toBe(201);
    expect(await services.registry.readReservation(`acme/${name}`)).toMatchObject({ name: `acme/_${name}` });
    show(name, { id: MADE_UP });
    expect((await put(name, undefined, "other")).status).toBe(409);
    const holder = repositories.get(`acme/_${name}`) ?? { id: 0, ownerId: 0 };
    hide(`_${name}`, name);
    expect((await put(`_${name}`, withIds(holder))).status, "hidden again").toBe(200);
    expect((await put(name, withIds(holder), "other")).status, "hidden, under the old name").toBe(409);
  });

  test("it takes over what nobody had confirmed under its name, and the history says so", async () => {
    const name = uniqueName();
    hide(name);
    await put(name, madeUp);
    await put(name, { ...madeUp, ecr: [{ repository: `acme/${name}/cache` }] }, "evil");
    const { id } = show(name);
    const answer = await put(name);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.registration().spec.github.repositoryId).toBe(id);
    expect(await historyOf(name)).toContainEqual(
      expect.objectContaining({
        action: "taken-over",
        detail: expect.stringContaining(`repository:${MADE_UP}`),
      }),
    );
    expect((await api("GET", rolePath(name, "evil"))).status, "a role that trusts the made-up id").toBe(404);
    expect(await roleArnsWith(aws, `${name}-evil`)).toEqual([]);
    const cache = await put(name, { ecr: [{ repository: `acme/${name}/cache` }] }, "cache");
    expect(cache.status, cache.text).toBe(201);
    hide(name);
    expect(refusal(await put(name, madeUp))).toEqual([409, "repository-replaced"]);
  });

  test("it takes nothing that GitHub has confirmed for another, or that stands under another name", async () => {
    const name = uniqueName();
    hide(name);
    await put(name, madeUp);
    show(`_${name}`);
    expect(refusal(await put(`_${name}`))).toEqual([409, "ecr-claimed"]);
    show(name);
    await put(name);
    show(name, { id: MADE_UP - 1 });
    expect(refusal(await put(name))).toEqual([409, "repository-replaced"]);
  });

  test("a change of ECR settings is in the history of each registration of the repository", async () => {
    const name = uniqueName();
    await put(name);
    await put(name, undefined, "deploy");
    const ecr = [{ repository: `acme/${name}`, settings: { tagMutability: "MUTABLE" } }];
    await put(name, { ecr }, "deploy");
    const [entry] = await historyOf(name, "publish");
    expect(entry).toMatchObject({ action: "settings-changed", detail: expect.stringContaining("deploy") });
    expect(entry?.changes?.map(({ path }) => path)).toContainEqual(expect.stringMatching(/utability/));
    const [own] = await historyOf(name, "deploy");
    expect(own?.action).toBe("updated");
    await put(name, { ecr }, "deploy");
    expect(await historyOf(name, "publish"), "the same again").toHaveLength(2);
  });
});
