/** The largest pages. A Lambda function's answer is JSON of at most 6 MB. */
import { expect, test } from "vitest";
import { bounded } from "../../src/diff/bounded.ts";
import type { components } from "../../src/generated/contract.ts";
import { accountsPage } from "../../src/page/accounts.tsx";
import { auditPage } from "../../src/page/audit.tsx";
import { keyOf } from "../../src/page/drifted-roles.tsx";
import { historyPage } from "../../src/page/history.tsx";
import { registrationPage } from "../../src/page/registration.tsx";
import { registrationsPage } from "../../src/page/registrations.tsx";
import { rollCallPage } from "../../src/page/roll-call.tsx";
import { SHOWN_BYTES } from "../../src/roll-call/read-audit.ts";
import { contract } from "../harness/contract.ts";

type Schemas = components["schemas"];

const AT = "2026-11-23T06:00:05.000Z";
const HOME = "123456789012";
const from = {
  place: { account: HOME, region: "eu-central-1" },
  api: { origin: "https://a1b2c3.execute-api.eu-central-1.amazonaws.com", region: "eu-central-1" },
};
/** A text that is five times as long once it is escaped. */
const escaped = (length: number): string => "'".repeat(length);
/** The largest item of a DynamoDB table. */
const ITEM = 400_000;

/** Changes with values of many short lines, as long as the diff leaves them whole. */
const long = bounded(
  Array.from({ length: 8 }, (_, index) => ({
    resource: "arn",
    path: `/inlinePolicies/${index}`,
    expected: { Statement: [{ Action: Array(1_250).fill("'") }] },
    actual: { Statement: [{ Action: Array(1_250).fill("&") }] },
    effect: "widens",
    repairable: true,
  })),
);

/** Returns audited roles whose JSON has as many bytes as the largest page that is read. */
function audited(bytes: number): Schemas["AuditEntry"][] {
  const finding = { code: "unregistered", severity: "error" as const, pointer: "" };
  const entry = (size: number): Schemas["AuditEntry"] => ({
    account: HOME,
    roleArn: `arn:aws:iam::${HOME}:role/${"r".repeat(64)}`,
    registered: null,
    lastUsedAt: null,
    access: Array.from({ length: 10 }, () => escaped(size / 40)),
    findings: Array.from({ length: 20 }, () => ({
      ...finding,
      detail: escaped(size / 80),
      remedy: escaped(size / 80),
    })),
    migration: {
      lost: [escaped(size / 8)],
      notes: [escaped(size / 16)],
      retire: { ready: false, reason: escaped(size / 16) },
      replacements: [],
    },
  });
  return Array.from({ length: 25 }, () => entry(bytes / 25));
}

/** A table's page may end anywhere behind the limit, with its last item. */
const AUDITED = audited(SHOWN_BYTES + ITEM);

const example = (name: string): unknown =>
  Object((contract.components as { examples: Record<string, { value: unknown }> }).examples[name]).value;
const registration = example("Registration") as Schemas["Registration"];

const NONE = { checked: 0, inSync: 0, drifted: 0, repaired: 0, contested: 0, failed: 0, waiting: 0 };
const listed = Array.from({ length: 500 }, (_, index) => ({
  ...{ owner: "o".repeat(39), repo: `${index}`.padEnd(100, "r"), role: "r".repeat(32) },
  ...{ status: "drifted" as const, detail: escaped(300) },
}));

const PAGES: [string, () => string][] = [
  [
    "a roll call",
    () =>
      rollCallPage({
        rollCall: {
          ...{ id: "20261123T060000Z-1b9d6bcd", status: "finished", startedAt: AT, finishedAt: AT },
          ...{ awsCalls: 1, drifted: listed, counts: { ...NONE, checked: 500, drifted: 500 } },
        },
        inSync: [],
        runs: [],
        drifts: new Map(
          listed
            .slice(0, 25)
            .map((entry) => [
              keyOf(entry),
              { status: "drifted", checkedAt: AT, changes: bounded(long, 10_000) },
            ]),
        ),
        unregistered: { count: 50, first: audited(ITEM) },
        ...from,
      }),
  ],
  [
    "the audit",
    () =>
      auditPage({
        audit: { rollCall: "x", at: AT, accounts: [], items: AUDITED },
        overview: { accounts: 1, roles: 25, unregistered: 25, found: [], isPart: false },
        filter: {},
        isContinued: false,
        ...from,
      }),
  ],
  [
    "a registration",
    () =>
      registrationPage(
        { ...registration, drift: { status: "drifted", checkedAt: AT, changes: long } },
        HOME,
        from.api,
      ),
  ],
  [
    "a history",
    () =>
      historyPage({
        ...{ owner: "acme", repo: "api", role: "publish", home: HOME, place: from.place },
        items: Array.from({ length: 100 }, () => ({
          ...{ at: AT, by: escaped(2_000), action: "repaired" as const, changes: long },
        })),
      }),
  ],
  [
    "the list of registrations",
    () =>
      registrationsPage({
        items: Array.from({ length: 100 }, () => ({
          ...registration,
          ...{ owner: "o".repeat(39), repo: "r".repeat(100), updatedBy: escaped(2_000) },
          origin: "caller" as const,
        })),
        filter: {},
        isContinued: false,
        ...from,
      }),
  ],
  [
    "the accounts",
    () =>
      accountsPage({
        items: Array.from({ length: 100 }, () => ({
          ...{ account: HOME, name: "n".repeat(64), regions: Array(20).fill("eu-central-1"), writes: true },
          repositories: Array(200).fill(`${"o".repeat(39)}/${"r".repeat(100)}`),
          ...{ profiles: [], managedPolicies: [], createdAt: AT, updatedAt: AT, updatedBy: escaped(2_000) },
          state: { status: "unreachable" as const, causes: Array(5).fill(escaped(500)) },
        })),
        isContinued: false,
        ...from,
      }),
  ],
];

test.each(PAGES)("the largest page of %s fits into a Lambda function's answer", (_, render) => {
  expect(Buffer.byteLength(JSON.stringify(render()))).toBeLessThan(6_000_000);
});

test("the audit of the test is as large as the largest that is read", () => {
  expect(JSON.stringify(AUDITED).length).toBeGreaterThan(SHOWN_BYTES + ITEM);
});
