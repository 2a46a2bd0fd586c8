/** The pages of the audit's list over many accounts. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { components } from "../../src/generated/contract.ts";
import { rollCall } from "../../src/roll-call/roll-call.ts";
import { startEmbedded } from "../harness/embedded.ts";
import { runs } from "../harness/properties.ts";

type AuditPage = components["schemas"]["AuditPage"];
type Roles = readonly (readonly string[])[];

const { api, clock, services, callsOf } = await startEmbedded();
const HOME = services.config.account;
const CODES = ["unregistered", "ecr-wildcard", "administrator-access"];
await rollCall(services);

/** Returns one entry for each list of codes. */
async function* entriesOf(account: string, roles: Roles, text = "") {
  for (const [index, codes] of roles.entries()) {
    const roleArn = `arn:aws:iam::${account}:role/role-${String(index).padStart(4, "0")}`;
    const findings = codes.map((code) => ({
      code,
      severity: "info" as const,
      pointer: "",
      detail: text,
      remedy: "",
    }));
    yield { account, roleArn, registered: null, lastUsedAt: null, access: [], findings };
  }
}

/** Adds records of accounts, as the operator's PUT would, without a look at each account. */
async function addAccounts(accounts: readonly string[]): Promise<void> {
  for (const account of accounts)
    await services.registry.changeAccount(account, undefined, () => ({
      id: account,
      revision: 0,
      account,
      name: account,
      repositories: [],
      regions: [],
      writes: false,
      profiles: [],
      managedPolicies: [],
      state: { status: "unknown", causes: [] },
      createdAt: new Date(0).toISOString(),
      updatedAt: new Date(0).toISOString(),
      updatedBy: "test",
    }));
}

/** Reads the list to its end, and checks that no page needs many reads. */
async function listed(query: string): Promise<AuditPage[]> {
  const pages: AuditPage[] = [];
  let cursor: string | undefined;
  do {
    const more = [query, cursor && `cursor=${cursor}`].filter(Boolean).join("&");
    const { result, calls } = await callsOf(() => api("GET", `/v1/audit${more && `?${more}`}`));
    expect(result.status, result.text).toBe(200);
    expect(calls.length).toBeLessThanOrEqual(6);
    const page: AuditPage = JSON.parse(result.text);
    expect(page.items.length).toBeLessThan(50);
    pages.push(page);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return pages;
}
const arnsIn = (pages: readonly AuditPage[]) => pages.flatMap(({ items }) => items.map((one) => one.roleArn));
const accountsIn = (pages: readonly AuditPage[]) => [
  ...new Set(pages.flatMap(({ accounts }) => accounts.map(({ account }) => account))),
];

// Some ids sort before the home account's id, and some behind it.
const MEMBERS = Array.from({ length: 220 }, (_, index) =>
  String(index * 1_000_000_007 + 5).padStart(12, "0"),
);
const ACCOUNTS = [...MEMBERS, HOME].sort();

test("the pages have every role of every account once, in order, whatever the filter is", async () => {
  await addAccounts(MEMBERS);
  const roles = fc.array(fc.subarray(CODES), { maxLength: 70 });
  const audits = fc.array(fc.tuple(fc.constantFrom(...ACCOUNTS), roles), { maxLength: 20 });
  const stored = new Map<string, Roles>([[HOME, []]]);
  await fc.assert(
    fc.asyncProperty(audits, fc.constantFrom(undefined, ...CODES), async (some, code) => {
      clock.advance(1000);
      for (const [account, found] of some) {
        stored.set(account, found);
        await services.registry.saveAudit(account, "x", entriesOf(account, found));
        clock.advance(1);
      }
      const wanted = async (accounts: readonly string[]) => {
        const arns: string[] = [];
        for (const account of accounts)
          for await (const { roleArn, findings } of entriesOf(account, stored.get(account) ?? []))
            if (code === undefined || findings.some((one) => one.code === code)) arns.push(roleArn);
        return arns;
      };
      const filter = code === undefined ? "" : `finding=${code}`;
      const pages = await listed(filter);
      expect(arnsIn(pages)).toEqual(await wanted(ACCOUNTS));
      expect(accountsIn(pages)).toEqual(ACCOUNTS);
      for (const { account, auditedAt } of pages.flatMap(({ accounts }) => accounts))
        expect(auditedAt !== null, account).toBe(stored.has(account));
      const one = some[0]?.[0] ?? HOME;
      expect(arnsIn(await listed(`account=${one}&${filter}`))).toEqual(await wanted([one]));
    }),
    { numRuns: runs(8) },
  );
});

test("a page of roles with long findings fits into a Lambda function's answer", async () => {
  const roles = Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => "unregistered"));
  await services.registry.saveAudit(HOME, "long", entriesOf(HOME, roles, "x".repeat(2000)));
  const pages = await listed(`account=${HOME}`);
  expect(arnsIn(pages)).toHaveLength(100);
  for (const page of pages) expect(JSON.stringify(page).length).toBeLessThan(3_000_000);

  // Escaped text is longer, so a page for a browser ends earlier, and links to the next one.
  const { text } = await api("GET", `/v1/audit?account=${HOME}`, { headers: { accept: "text/html" } });
  const shown = text.match(/<article>/g)?.length ?? 0;
  expect(shown).toBeGreaterThan(0);
  expect(shown).toBeLessThan(pages[0]?.items.length ?? 0);
  const [, next = ""] = /href="audit\?([^"]*)" rel="next"/.exec(text) ?? [];
  const second: AuditPage = JSON.parse((await api("GET", `/v1/audit?${next.replaceAll("&amp;", "&")}`)).text);
  expect(second.items[0]?.roleArn).toBe(arnsIn(pages)[shown]);
});

test("a cursor of an audit that is kept no more, of another account or of no audit is refused", async () => {
  await services.registry.saveAudit(
    HOME,
    "long",
    entriesOf(
      HOME,
      Array.from({ length: 60 }, () => CODES),
    ),
  );
  const first: AuditPage = JSON.parse((await api("GET", `/v1/audit?account=${HOME}`)).text);
  const refused = async (query: string) => (await api("GET", `/v1/audit?${query}`)).problem().code;
  const encoded = (text: string) => Buffer.from(text).toString("base64url");
  expect(await refused(`account=${MEMBERS[0]}&cursor=${first.nextCursor}`)).toBe("cursor-invalid");
  expect(await refused(`account=${HOME}&cursor=${encoded(HOME)}`)).toBe("cursor-invalid");
  expect(await refused(`cursor=${encoded(`${HOME}#${"0".repeat(32)}#1`)}`)).toBe("cursor-invalid");
  expect(await refused(`cursor=${encoded("../../x")}`)).toBe("cursor-invalid");
  await services.registry.saveAudit(HOME, "other", entriesOf(HOME, [CODES]));
  clock.advance(51 * 24 * 60 * 60_000);
  expect(await refused(`cursor=${first.nextCursor}`)).toBe("cursor-invalid");
});
