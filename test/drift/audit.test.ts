/** The audits of several accounts: how they are stored, and how the audit's list shows them. */
import { CreateRoleCommand, DeleteRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { beforeEach, describe, expect, test } from "vitest";
import { openAccount } from "../../src/accounts/open.ts";
import { observeAccount } from "../../src/aws/observe-account.ts";
import { issuerUrls } from "../../src/config.ts";
import type { components } from "../../src/generated/contract.ts";
import { failed } from "../../src/lib/errors.ts";
import { inParallel, openWork } from "../../src/lib/parallel.ts";
import { auditAccount } from "../../src/roll-call/audit-account.ts";
import { saveChecked } from "../../src/roll-call/finish.ts";
import type { Services } from "../../src/services.ts";
import { trustsGitHub } from "../../src/trust/lint/lint.ts";
import { HOME, iamOf, MEMBER, memberPath, OTHER, startWithMembers } from "../api/embedded/accounts/start.ts";
import { writesOf } from "../harness/embedded.ts";
import { rolePath, uniqueName } from "../harness/rolecall.ts";
import { DAY_MS } from "./roll-call-world.ts";

type AuditPage = components["schemas"]["AuditPage"];

const world = await startWithMembers();
const { api, clock, services, trouble } = world;
const HOST = "token.actions.githubusercontent.com";

/** Creates a role that trusts GitHub, as its account's owner does. */
async function createRole(iam: IAMClient, account: string, prefix = "gh"): Promise<string> {
  const RoleName = uniqueName(prefix);
  const statement = {
    Effect: "Allow",
    Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${HOST}` },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: { StringLike: { [`${HOST}:sub`]: "repo:acme/app:*" } },
  };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  return RoleName;
}

/** Returns the services with which an account is checked. */
async function servicesOf(account: string): Promise<Services> {
  if (account === HOME) return services;
  const opened = await openAccount(services, account, { owner: "acme", repo: "any" }, "reads");
  if (failed(opened)) throw new Error(opened.failure);
  return opened;
}

/** Audits an account, and saves the time of the audit with the account's last check. */
async function audit(account: string, rollCall = "audited"): Promise<void> {
  const own = await servicesOf(account);
  const issuers = issuerUrls(own.config);
  const snapshot = await observeAccount(own.clients, own.config.rolePath, [], [], (policy) =>
    trustsGitHub(policy, issuers),
  );
  const registered = await own.registry.registeredRoles();
  const { time } = await auditAccount(own, { rollCall }, snapshot, registered, openWork());
  await own.registry.saveLastCheck({ at: now(), missed: {} }, time);
}

/** Reads the audit's list to its end. */
async function listed(query = ""): Promise<{ pages: AuditPage[]; names: string[] }> {
  const pages: AuditPage[] = [];
  let cursor: string | undefined;
  do {
    const more = [query, cursor && `cursor=${cursor}`].filter(Boolean).join("&");
    const answer = await api("GET", `/v1/audit${more && `?${more}`}`);
    expect(answer.status, answer.text).toBe(200);
    const page: AuditPage = JSON.parse(answer.text);
    pages.push(page);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return { pages, names: pages.flatMap(({ items }) => items.map((one) => nameOf(one.roleArn))) };
}
const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);
const now = () => new Date(clock.now()).toISOString();

/** Returns the sort keys of the table's items of audits that some work writes. */
async function written(work: () => Promise<unknown>): Promise<string[]> {
  const { calls } = await world.callsOf(work);
  return writesOf(calls)
    .map(({ request }) => JSON.stringify(request))
    .flatMap((request) => /"(HEAD|VERSION#|PAGE#)/.exec(request)?.[1]?.replace("#", "") ?? [])
    .sort();
}

// Before the first roll call there is no audit. A real one would audit the member accounts meanwhile.
const counts = { checked: 0, inSync: 0, drifted: 0, repaired: 0, contested: 0, failed: 0, waiting: 0 };
await services.registry.saveRun({ id: "first", finishedAt: now(), counts, unregistered: 0 });
beforeEach(() => clock.advance(1000));

describe("the audit's list", () => {
  test("has the roles of every account, and says when each was audited", async () => {
    const [home, other] = [await createRole(new IAMClient({}), HOME), await createRole(iamOf(OTHER), OTHER)];
    const repo = uniqueName();
    for (const path of [rolePath(repo), memberPath(OTHER, repo)]) await api("PUT", path);
    const record = { name: "read only", repositories: ["acme/*"], writes: false };
    await api("PUT", `/v1/accounts/${OTHER}`, { body: record });
    await audit(HOME);
    const homeAt = now();
    clock.advance(1000);
    await audit(OTHER);

    const { pages } = await listed();
    expect(pages).toHaveLength(1);
    expect(pages[0]?.accounts).toEqual([
      { account: HOME, auditedAt: homeAt },
      { account: MEMBER, auditedAt: null },
      { account: OTHER, auditedAt: now() },
    ]);
    const items = pages[0]?.items ?? [];
    for (const [account, name] of [
      [HOME, home],
      [OTHER, other],
    ] as const) {
      const own = items.filter((item) => item.account === account);
      expect(own.map(({ roleArn }) => nameOf(roleArn))).toContain(name);
      expect(own.every(({ roleArn }) => roleArn.includes(`:${account}:`))).toBe(true);
      const registered = own.filter((item) => item.registered !== null);
      expect(registered.map((item) => item.registered)).toEqual([{ owner: "acme", repo, role: "publish" }]);
    }
    const replacement = items.find(({ roleArn }) => roleArn.endsWith(other))?.migration?.replacements[0];
    expect(replacement?.path).toMatch(new RegExp(`^/v1/accounts/${OTHER}/repos/acme/app/roles/`));
  });

  test("filters by account and by finding, also by both", async () => {
    await createRole(new IAMClient({}), HOME);
    await createRole(iamOf(OTHER), OTHER);
    await audit(HOME);
    await audit(OTHER);
    const all = (await listed()).pages.flatMap(({ items }) => items);
    const codes = (item: (typeof all)[number]) => item.findings.map(({ code }) => code);
    const arns = (items: typeof all) => items.map(({ roleArn }) => roleArn);
    const shown = async (query: string) => arns((await listed(query)).pages.flatMap(({ items }) => items));
    const others = all.filter(({ account }) => account === OTHER);
    expect(await shown(`account=${OTHER}`)).toEqual(arns(others));
    const unregistered = all.filter((item) => codes(item).includes("unregistered"));
    expect(unregistered.length).toBeGreaterThan(1);
    expect(await shown("finding=unregistered")).toEqual(arns(unregistered));
    expect(await shown(`finding=unregistered&account=${OTHER}`)).toEqual(
      arns(unregistered.filter(({ account }) => account === OTHER)),
    );
    expect(await shown("finding=administrator-access")).toEqual([]);
    expect((await listed(`account=${MEMBER}`)).pages.map(({ accounts }) => accounts)).toEqual([
      [{ account: MEMBER, auditedAt: null }],
    ]);
  });

  test("refuses an unknown code and an unknown account, and says what to send", async () => {
    const refused = async (query: string) =>
      (await api("GET", `/v1/audit?${query}`))
        .problem()
        .errors?.map(({ pointer, detail }) => [pointer, detail]);
    expect(await refused("finding=unregisterd")).toEqual([
      ["/finding", "No finding has the code unregisterd. Send unregistered, if that is meant."],
    ]);
    expect(await refused("finding=nonsense")).toEqual([
      ["/finding", expect.stringContaining("docs/misconfigurations.md list the codes.")],
    ]);
    expect(await refused("account=999999999999")).toEqual([
      ["/account", expect.stringContaining("PUT /v1/accounts/999999999999 adds it.")],
    ]);
    expect(await refused("account=999")).toEqual([["/account", expect.stringContaining("12 digits")]]);
  });

  test("does not show an account whose record was deleted", async () => {
    const gone = "410987654321";
    const body = { name: "gone", repositories: ["acme/*"] };
    await api("PUT", `/v1/accounts/${gone}`, { body });
    await services.registry.saveAudit(gone, "x", entriesOf(gone, ["one"]));
    expect((await listed()).names).toContain("one");
    expect((await api("DELETE", `/v1/accounts/${gone}`)).status).toBe(204);
    const { names, pages } = await listed();
    expect(names).not.toContain("one");
    expect(pages.flatMap(({ accounts }) => accounts.map(({ account }) => account))).not.toContain(gone);
  });
});

/** Returns entries of unregistered roles. */
async function* entriesOf(account: string, names: readonly string[], code = "unregistered") {
  for (const name of names) {
    const finding = { code, severity: "info", pointer: "", detail: "", remedy: "" } as const;
    const roleArn = `arn:aws:iam::${account}:role/${name}`;
    yield { account, roleArn, registered: null, lastUsedAt: null, access: [], findings: [finding] };
  }
}
const named = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `role-${String(index).padStart(4, "0")}`);

describe("what an audit writes", () => {
  test("is nothing if nothing changed, and the time of the audit moves on with the last check", async () => {
    await inParallel(8, [...Array(40).keys()], () => createRole(iamOf(MEMBER), MEMBER));
    const first = await written(() => audit(MEMBER));
    expect(first.filter((item) => item === "PAGE").length).toBeGreaterThan(1);
    clock.advance(DAY_MS);
    expect(await written(() => audit(MEMBER))).toEqual([]);
    const { pages } = await listed(`account=${MEMBER}`);
    expect(pages[0]?.accounts).toEqual([{ account: MEMBER, auditedAt: now() }]);
  });

  test("is written again before it expires, and is shown for 36 days after the last audit", async () => {
    await audit(MEMBER);
    const { names } = await listed(`account=${MEMBER}`);
    clock.advance(15 * DAY_MS);
    const renewed = await written(() => audit(MEMBER));
    expect(renewed.filter((item) => item === "PAGE").length).toBeGreaterThan(1);
    expect(renewed).toContain("VERSION");
    clock.advance(13 * DAY_MS);
    expect(await written(() => audit(MEMBER))).toEqual([]);
    clock.advance(36 * DAY_MS);
    expect((await listed(`account=${MEMBER}`)).names).toEqual(names);
    clock.advance(2 * DAY_MS);
    const { pages } = await listed(`account=${MEMBER}`);
    expect(pages).toMatchObject([{ items: [], accounts: [{ account: MEMBER, auditedAt: null }] }]);
    expect((await written(() => audit(MEMBER))).sort(), "everything, because what is left may go").toEqual(
      renewed,
    );
  });

  test("is the head alone if the last check could not be saved, so the time of the audit still moves on", async () => {
    await audit(MEMBER);
    const own = await servicesOf(MEMBER);
    const found = async () => {
      const issuers = issuerUrls(own.config);
      const snapshot = await observeAccount(own.clients, own.config.rolePath, [], [], (policy) =>
        trustsGitHub(policy, issuers),
      );
      const done = await auditAccount(
        own,
        { rollCall: "x" },
        snapshot,
        await own.registry.registeredRoles(),
        openWork(),
      );
      const progress = { counts: { ...counts, failed: 501 }, drifted: [], kept: { missed: {} } };
      await saveChecked(own.registry, { account: MEMBER, at: now(), progress, audit: done });
    };
    clock.advance(DAY_MS);
    expect(await written(found)).toEqual(["HEAD"]);
    const { pages } = await listed(`account=${MEMBER}`);
    expect(pages[0]?.accounts).toEqual([{ account: MEMBER, auditedAt: now() }]);
  });

  test("the time of an audit that found something else than the stored one is not shown", async () => {
    await audit(MEMBER);
    const own = await servicesOf(MEMBER);
    const changed = now();
    await own.registry.saveAudit(MEMBER, "x", entriesOf(MEMBER, ["only"]));
    clock.advance(DAY_MS);
    await own.registry.saveLastCheck({ at: now(), missed: {} }, { at: now(), version: "0".repeat(32) });
    const { pages } = await listed(`account=${MEMBER}`);
    expect(pages[0]?.accounts).toEqual([{ account: MEMBER, auditedAt: changed }]);
  });

  test("is little if one of many roles comes, and the list has each role once", async () => {
    const save = (names: readonly string[]) =>
      services.registry.saveAudit(MEMBER, "x", entriesOf(MEMBER, names));
    const names = named(300);
    const pages = (await written(() => save(names))).filter((item) => item === "PAGE").length;
    expect(pages).toBeGreaterThan(300 / 25);
    const more = [...names, "role-0003-b"].sort();
    const changed = await written(() => save(more));
    expect(changed.filter((item) => item === "PAGE").length).toBeLessThan(pages / 2);
    expect((await listed(`account=${MEMBER}`)).names).toEqual(more);
    const fewer = more.filter((name) => name < "role-0200");
    expect((await written(() => save(fewer))).filter((item) => item === "PAGE").length).toBeLessThan(2);
    expect((await listed(`account=${MEMBER}`)).names, "a shorter audit ends where it ends").toEqual(fewer);
    await save(more);
    expect((await listed(`account=${MEMBER}`)).names, "pages that an older audit had").toEqual(more);
    expect(await written(() => save([])), "an audit without roles").toEqual(["HEAD", "VERSION"]);
    expect((await listed(`account=${MEMBER}`)).names).toEqual([]);
  });

  test("moves a role that is registered meanwhile, and its account's list never has it twice", async () => {
    const [iam, repo] = [iamOf(OTHER), uniqueName()];
    for (const name of await Promise.all([1, 2, 3].map(() => createRole(iam, OTHER, "a"))))
      expect(name).toMatch(/^a/);
    await api("PUT", `/v1/accounts/${OTHER}`, { body: { name: "other", repositories: ["acme/*"] } });
    const { roleArn } = (await api("PUT", memberPath(OTHER, repo))).registration();
    const own = await servicesOf(OTHER);
    const registered = await own.registry.registeredRoles();
    const key = { owner: "acme", repo, role: "publish" };
    const item = await own.registry.readRegistration(key);
    if (item === undefined) throw new Error("not registered");
    await own.registry.deleteRegistration(item);
    await audit(OTHER);
    const entries = async () => {
      const { pages } = await listed(`account=${OTHER}`);
      return pages.flatMap(({ items }) => items).filter((one) => one.roleArn === roleArn);
    };
    expect(await entries()).toMatchObject([{ registered: null }]);
    expect(registered.some((one) => one.roleArn === roleArn)).toBe(true);
    await own.registry.changeRegistration(key, undefined, () => ({ ...item, revision: 0 }));
    await audit(OTHER);
    expect(await entries()).toMatchObject([{ registered: key }]);
  });
});

describe("an audit that fails or comes late", () => {
  test.each(["PAGE#", "VERSION#", "HEAD"])(
    "leaves the audit before as it was, at a write of %s",
    async (sk) => {
      const iam = iamOf(MEMBER);
      await audit(MEMBER);
      const before = await listed(`account=${MEMBER}`);
      const RoleName = await createRole(iam, MEMBER, "aaa");
      clock.advance(1000);
      const refused = { kind: "error", status: 400, code: "AccessDeniedException", message: "" } as const;
      const end = trouble({ action: "PutItem", mentions: sk, fault: refused });
      await expect(audit(MEMBER)).rejects.toThrow();
      end();
      expect(await listed(`account=${MEMBER}`)).toEqual(before);
      await audit(MEMBER);
      expect((await listed(`account=${MEMBER}`)).names).toContain(RoleName);
      await iam.send(new DeleteRoleCommand({ RoleName }));
    },
  );

  test("a roll call that ends during the audit leaves the audit before as it was", async () => {
    await audit(MEMBER);
    const before = await listed(`account=${MEMBER}`);
    clock.advance(1000);
    const own = await servicesOf(MEMBER);
    const issuers = issuerUrls(own.config);
    const snapshot = await observeAccount(own.clients, own.config.rolePath, [], [], (policy) =>
      trustsGitHub(policy, issuers),
    );
    const work = openWork();
    const auditing = auditAccount(own, { rollCall: "ended" }, snapshot, [], work);
    auditing.catch(() => {});
    await work.ended();
    await expect(auditing).rejects.toThrow("was stopped");
    expect(await listed(`account=${MEMBER}`)).toEqual(before);
  });

  test("an audit does not replace one that began later", async () => {
    const save = (names: readonly string[]) =>
      services.registry.saveAudit(MEMBER, "x", entriesOf(MEMBER, names));
    let isHeld = () => {};
    const held = new Promise<void>((resolve) => {
      isHeld = resolve;
    });
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const until = () => {
      isHeld();
      return released;
    };
    trouble({
      action: "PutItem",
      mentions: "HEAD",
      times: 1,
      fault: {
        kind: "hold",
        get until() {
          return until();
        },
      },
    });
    const early = save(["early"]);
    await held;
    clock.advance(1000);
    await save(["late"]);
    release();
    await early;
    expect((await listed(`account=${MEMBER}`)).names).toEqual(["late"]);
  });
});
