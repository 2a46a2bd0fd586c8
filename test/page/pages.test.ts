/** The HTML pages: their sentences, the escaping of all text, and their largest size. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { components } from "../../src/generated/contract.ts";
import { accountsPage } from "../../src/page/accounts.tsx";
import { type AuditView, auditPage } from "../../src/page/audit.tsx";
import { keyOf } from "../../src/page/drifted-roles.tsx";
import { historyPage } from "../../src/page/history.tsx";
import { lastWritten } from "../../src/page/last-written.ts";
import { problemPage } from "../../src/page/problem.tsx";
import { registrationPage } from "../../src/page/registration.tsx";
import { registrationsPage } from "../../src/page/registrations.tsx";
import { type RollCallReport, rollCallPage } from "../../src/page/roll-call.tsx";
import { startPage } from "../../src/page/start.tsx";
import { ICON, POLICY } from "../../src/page/style.ts";
import { contract } from "../harness/contract.ts";
import { MARKUP } from "./markup.ts";

type Schemas = components["schemas"];

const AT = "2026-11-23T06:00:05.000Z";
const HOME = "123456789012";
const NONE = { checked: 0, inSync: 0, drifted: 0, repaired: 0, contested: 0, failed: 0, waiting: 0 };

/** Makes a registration with every optional part. Each free text in it is `text`. */
function registration(text: string): Schemas["Registration"] {
  const { examples } = contract.components as {
    examples: Record<string, { value: Schemas["Registration"] }>;
  };
  const example = examples["Registration"]?.value;
  if (example === undefined) throw new Error("the contract has no example of a registration");
  return {
    ...example,
    owner: text,
    repo: text,
    role: text,
    account: text,
    region: text,
    status: "failed",
    lastError: { code: text, detail: text, at: AT },
    roleArn: text,
    providerArn: text,
    subjects: [text],
    staysOut: [text],
    ecr: [{ repository: text, access: "push", arn: text, uri: text, managed: false }],
    spec: { ...example.spec, profiles: [text], managedPolicyArns: [text], tags: { team: text } },
    workflow: { path: text, content: `${text}\n${text}` },
    warnings: findings(text),
    drift: { status: "drifted", checkedAt: AT, since: AT, changes: changes(text), ...causes(text) },
    updatedBy: text,
  };
}

const causes = (text: string): Pick<Schemas["Drift"], "causes" | "causesStatus"> => ({
  causesStatus: "found",
  causes: [0, 1].map(() => ({
    ...{ at: AT, resource: text, action: text, by: text, invokedBy: text },
    ...{ sourceIp: text, userAgent: text, eventId: text },
  })),
});

const findings = (text: string): Schemas["Finding"][] =>
  (["error", "warning", "info"] as const).map((severity) => ({
    code: text,
    severity,
    pointer: text,
    detail: text,
    remedy: text,
  }));

const changes = (text: string): Schemas["Change"][] => [
  {
    resource: text,
    path: "/trustPolicy",
    expected: { a: text },
    actual: { [text]: [text] },
    effect: "widens",
    repairable: true,
  },
  {
    resource: text,
    path: `/tags/${text.replaceAll("/", "~1")}`,
    expected: text,
    actual: null,
    effect: "none",
    repairable: true,
  },
  {
    resource: text,
    path: "",
    expected: null,
    actual: text,
    effect: "narrows",
    repairable: false,
    remedy: text,
  },
];

/** Makes a report with one registration in every status. Each free text in it is `text`. */
function report(text: string): RollCallReport {
  const statuses = ["drifted", "contested", "repaired", "failed", "waiting"] as const;
  const drifted = statuses.map((status) => ({ owner: text, repo: status, role: text, status, detail: text }));
  const counts = { ...NONE, checked: 3, drifted: 1, repaired: 1, contested: 1, failed: 1, waiting: 1 };
  return {
    rollCall: {
      ...{ id: text, status: "finished", startedAt: AT, finishedAt: AT, counts, drifted, awsCalls: 1 },
      accounts: accounts(text),
      ...{ closedBy: text, closed: [{ id: text, missed: 1 }] },
    },
    ...from(text),
    drifts: new Map(
      drifted.map((entry) => [
        keyOf(entry),
        { status: "drifted", checkedAt: AT, changes: changes(text), ...causes(text) },
      ]),
    ),
    inSync: [{ owner: text, repo: "in-sync", role: text }],
    runs: [{ id: text, finishedAt: AT, counts }],
    unregistered: {
      count: 2,
      first: [audited(text)],
    },
  };
}

/** Makes the accounts of a roll call, one with each result. */
const accounts = (text: string): Schemas["RollCallAccounts"] => ({
  ...{ total: 200, checked: 1, failed: 1, missed: 1 },
  listed: (["failed", "missed", "waiting", "checked"] as const).map((status) => ({
    ...{ account: text, status, detail: text, checkedAt: AT },
    counts: { ...NONE, checked: 2, inSync: 1, drifted: 1 },
  })),
});

/** Makes an unregistered role with every optional part. */
const audited = (text: string): Schemas["AuditEntry"] => ({
  ...{ account: HOME, roleArn: text, registered: null, lastUsedAt: AT, access: [text] },
  findings: findings(text),
  migration: {
    replacements: [{ method: "PUT", path: text, body: { trust: { branches: [text] } } }],
    lost: [text],
    notes: [text],
    retire: { ready: false, reason: text },
  },
});

test("the page of a roll call says how many unregistered roles a rename would break", () => {
  const { rollCall, ...rest } = report("x");
  const pageOf = (breakOnRename: number) =>
    rollCallPage({ ...rest, rollCall: { ...rollCall, audit: { unregistered: 2, breakOnRename } } });
  expect(pageOf(2)).toContain("2 of them let nobody in once their repository is renamed or transferred.");
  expect(pageOf(0)).not.toContain("renamed");
});

test("the page of a roll call shows with a suggested PUT what would be lost and what the operator must allow", () => {
  const shown = report("x");
  const [entry] = shown.unregistered?.first ?? [];
  if (entry?.migration === undefined) throw new Error("no migration");
  const lost = ["everything"];
  const notes = ["the operator must grant shared/base (ROLECALL_ECR_GRANTS)."];
  const first = [{ ...entry, migration: { ...entry.migration, lost, notes } }];
  const page = rollCallPage({ ...shown, unregistered: { count: 1, first } });
  expect(page).toMatch(/<dt>Would be lost<\/dt>\s*<dd>\s*<div>everything<\/div>/);
  expect(page).toMatch(/<dt>Before you replace it<\/dt>\s*<dd>\s*<div>the operator must grant shared\/base/);
});

const place = (text: string) => ({ account: text, region: text });
const api = (text: string) => ({ origin: text, region: text });
const from = (text: string) => ({ place: place(text), api: api(text) });

/** Makes a page of the audit with a role in every group. */
function audit(text: string): AuditView {
  const role = audited(text);
  const [, warning, info] = findings(text).map((finding) => ({ ...role, findings: [finding] }));
  const registered = { ...role, registered: { owner: text, repo: text, role: text } };
  const ready = { replacements: [], lost: [], notes: [], retire: { ready: true, reason: text } };
  return {
    audit: {
      ...{ rollCall: text, at: AT, nextCursor: text },
      accounts: [{ account: text, auditedAt: AT }],
      items: [
        { ...registered, findings: [] },
        ...[info, warning].flatMap((entry) => (entry ? [entry] : [])),
        { ...registered, findings: [], account: text, migration: ready },
        role,
      ],
    },
    overview: {
      ...{ accounts: 1, roles: 5, unregistered: 3, isPart: true },
      found: findings(text).map(({ code, severity }) => ({ code, severity, roles: 1 })),
    },
    filter: { account: text, finding: text },
    isContinued: true,
    ...from(text),
  };
}

test("the audit groups roles by what to do, the worst first", () => {
  const page = auditPage(audit("x"));
  const titles = [...page.matchAll(/<h2[^>]*>(.*?)<\/h2>/g)].map(([, title]) => title);
  expect(titles).toEqual([
    "Put right first",
    "Ready to delete",
    "Tighten",
    "Good to know",
    "In order",
    "Accounts",
  ]);
});

/** Returns the command of the first replacement on a page of the audit, with its markup's escapes undone. */
function replacementOn(path: string, body: object, origin: string): string {
  const view = audit("x");
  const [, entry] = view.audit.items;
  if (entry?.migration === undefined) throw new Error("no migration");
  const migration = { ...entry.migration, replacements: [{ method: "PUT" as const, path, body }] };
  const page = auditPage({
    ...view,
    audit: { ...view.audit, items: [{ ...entry, migration }] },
    api: { origin, region: "eu-west-1" },
  });
  const [, command = ""] = /<pre class="copy command">\s*<code>(.*?)<\/code>/s.exec(page) ?? [];
  return command.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&");
}

const REPLACED = "/v1/repos/acme/api/roles/publish";

test("the audit has the request that replaces a role, ready for the shell", () => {
  const origin = "https://a1b2c3.execute-api.eu-west-1.amazonaws.com";
  const command = replacementOn(REPLACED, { trust: { branches: ["it's"] } }, origin);
  expect(command).toMatch(/^curl -X PUT --aws-sigv4 "aws:amz:eu-west-1:execute-api" \\\n/);
  expect(command).toContain(`"${origin}${REPLACED}"`);
  expect(command).toContain(`"it'\\''s"`);
});

test("a command for npm start carries no signature", () => {
  const command = replacementOn(REPLACED, {}, "http://127.0.0.1:3000");
  expect(command).toMatch(/^curl -X PUT "http:\/\/127\.0\.0\.1:3000\/v1\//);
  expect(command).not.toMatch(/sigv4|AWS_/);
});

test("a command quotes a path and leaves out a host that a shell would read as more than a name", () => {
  const origin = "https://$(id).example";
  const command = replacementOn("/v1/repos/$(id)/`id`'", {}, origin);
  expect(command).toContain(`"$API"'/v1/repos/$(id)/\`id\`'\\'''`);
  expect(command).not.toContain(origin);
});

test("a finding has its title, its fact and its remedy apart", () => {
  const view = audit("x");
  const finding = {
    code: "sub-any",
    severity: "error",
    pointer: "",
    detail: "Fact.",
    remedy: "Do it.",
  } as const;
  const items = view.audit.items.map((entry) => ({ ...entry, findings: [finding] }));
  expect(auditPage({ ...view, audit: { ...view.audit, items } })).toMatch(
    /<strong>Subject any<\/strong>.*?<p>Fact\.<\/p>\s*<p>\s*<span class="soft">Remedy:<\/span> Do it\.\s*<\/p>/s,
  );
});

/** Every page, each with a free text wherever it has one. */
const PAGES: [string, (text: string) => string][] = [
  ["a registration", (text) => registrationPage(registration(text), HOME, api(text))],
  ["a roll call", (text) => rollCallPage(report(text))],
  [
    "the list of registrations",
    (text) =>
      registrationsPage({
        items: [
          { ...registration(text), account: "123456789012", origin: "self" },
          { ...registration(text), drift: { status: "in-sync" }, origin: "caller" },
        ],
        nextCursor: text,
        filter: { owner: text, repository: text, account: text },
        isContinued: true,
        ...from(text),
      }),
  ],
  [
    "the accounts",
    (text) =>
      accountsPage({
        items: (["ready", "unreachable"] as const).map((status) => ({
          ...{ account: text, name: text, repositories: [text], regions: [text], writes: true },
          ...{ profiles: [text], managedPolicies: [text], createdAt: AT, updatedAt: AT, updatedBy: text },
          state: { status, causes: [text], roles: { used: 1, limit: 2 }, seenAt: AT },
        })),
        nextCursor: text,
        isContinued: true,
        ...from(text),
      }),
  ],
  ["the audit", (text) => auditPage(audit(text))],
  [
    "a history",
    (text) =>
      historyPage({
        ...{ owner: text, repo: text, role: text, nextCursor: text, home: HOME, place: place(text) },
        items: [
          {
            at: AT,
            by: text,
            action: "repaired",
            version: 2,
            detail: text,
            changes: changes(text),
            ...causes(text),
          },
        ],
      }),
  ],
  [
    "an error",
    (text) =>
      problemPage({
        problem: {
          ...{ type: text, code: text, title: text, status: 422, detail: text, requestId: text },
          errors: [{ pointer: text, detail: text }],
        },
        path: "/v1/roles",
        ...from(text),
      }),
  ],
  ["the start", (text) => startPage({ target: text, docs: "docs/" })],
];

describe("text never becomes markup", () => {
  const withoutValues = (page: string) =>
    (page.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/ href="[^#"][^"]*"/, " href"));
  test.each(PAGES)("the page of %s shows it as text", (_, render) => {
    const page = render(MARKUP).replace(`<link rel="icon" href="${ICON}"/>`, "");
    expect(withoutValues(page)).toEqual(
      withoutValues(render("x").replace(`<link rel="icon" href="${ICON}"/>`, "")),
    );
    expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&gt;&lt;img");
    // Links lead only to paths of the service, and the page loads and runs nothing.
    for (const [, href = ""] of page.matchAll(/href="([^"]*)"/g))
      expect(href).toMatch(/^(#[a-z-]+|(\.\.\/)*[\w./%~!*&#;()+?=-]+)$/);
    expect(page).not.toMatch(
      /<(script|img|iframe|form|input|button|link|base|object)|\son[a-z]+="| style="/i,
    );
  });
});

test.each(PAGES)("characters that reverse others are shown as escapes: %s", (_, render) => {
  const page = render("\u202eterces\u202c");
  expect(page).not.toMatch(/\p{Cf}/u);
  expect(page).toContain("\\u{202e}terces\\u{202c}");
});

test("the content security policy allows only the style of the page", () => {
  const [, style = ""] =
    /<style>(.*?)<\/style>/s.exec(registrationPage(registration("x"), HOME, api("x"))) ?? [];
  expect(style.length).toBeGreaterThan(1000);
  expect(POLICY).toContain(`style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`);
  expect(POLICY.split("; ")[0]).toBe("default-src 'none'");
  // The policy would block anything that a style loads.
  expect(style).not.toMatch(/url\(|@import/);
});

describe("the headline says what the counts say", () => {
  test.each<[string, Partial<Schemas["RollCallCounts"]>, Schemas["RollCall"]["status"]?]>([
    ["No role is registered yet", {}],
    ["The only role is as registered", { checked: 1, inSync: 1 }],
    ["All 128 roles are as registered", { checked: 128, inSync: 128 }],
    ["The only role has drifted", { checked: 1, drifted: 1 }],
    ["3 of 128 roles have drifted", { checked: 120, drifted: 3, failed: 6, waiting: 2 }],
    ["1 of 128 roles is contested", { checked: 128, contested: 1 }],
    ["3 of 128 roles have drifted, and 1 is contested", { checked: 128, drifted: 3, contested: 1 }],
    [
      "126 of 128 roles are as registered, the others were not checked",
      { checked: 126, inSync: 126, waiting: 2 },
    ],
    ["A roll call was requested", {}, "requested"],
    ["A roll call is running: 100 roles so far", { checked: 100, drifted: 1 }, "running"],
  ])("%s", (sentence, counts, status = "finished") => {
    const { rollCall, ...rest } = report("x");
    const page = rollCallPage({ ...rest, rollCall: { ...rollCall, status, counts: { ...NONE, ...counts } } });
    expect(/<h1>(.*?)<\/h1>/.exec(page)?.[1]).toBe(sentence);
    expect(/<title>(.*?)<\/title>/.exec(page)?.[1]).toBe(`${sentence} – Rolecall`);
  });
});

test("the page of a roll call says how many roles workflows registered, if they registered any", () => {
  const { rollCall, ...rest } = report("x");
  const pageWith = (byOrigin: Schemas["RollCallOrigins"] | undefined) =>
    rollCallPage({ ...rest, rollCall: { ...rollCall, counts: { ...NONE, ...(byOrigin && { byOrigin }) } } });
  expect(pageWith({ self: 2, caller: 12 })).toContain(
    "Workflows registered 2 roles with their own tokens, and callers with AWS credentials registered 12.",
  );
  for (const none of [{ self: 0, caller: 12 }, undefined])
    expect(pageWith(none)).not.toContain("with their own tokens");
});

test("the page of a running roll call links to the last finished one", () => {
  const { rollCall, ...rest } = report("x");
  const { finishedAt: _, ...begun } = rollCall;
  const page = rollCallPage({ ...rest, rollCall: { ...begun, status: "running" } });
  expect(page).toMatch(/The last finished roll call is <a href="x"><time/);
});

test.each<[string, Partial<Schemas["Cause"]>, string]>([
  ["12 minutes", {}, "Last written by arn:alice with UpdateRole, 12 minutes before the check that found it."],
  ["3 hours", { at: "2026-11-23T02:48:00.000Z" }, "UpdateRole, 3 hours before the check"],
  ["5 days", { at: "2026-11-18T06:00:00.000Z" }, "UpdateRole, 5 days before the check"],
  ["the same second", { at: "2026-11-23T06:00:00.000Z" }, "UpdateRole, less than a minute before the check"],
  [
    "a stack",
    { invokedBy: "cloudformation.amazonaws.com", sourceIp: "cloudformation.amazonaws.com" },
    "with UpdateRole through cloudformation.amazonaws.com, 12 minutes before",
  ],
  ["an address", { sourceIp: "198.51.100.7" }, "with UpdateRole from 198.51.100.7, 12 minutes before"],
])("a page says who wrote last, and how long before the check: %s", (_, part, sentence) => {
  const cause = {
    ...{
      at: "2026-11-23T05:48:00.000Z",
      resource: "arn",
      action: "UpdateRole",
      by: "arn:alice",
      eventId: "1",
    },
    ...part,
  };
  const drift = { status: "drifted", since: "2026-11-23T06:00:00.000Z", changes: changes("x") } as const;
  const page = registrationPage(
    {
      ...registration("x"),
      drift: { ...drift, causes: [cause], causesStatus: "found" },
    },
    HOME,
    api("x"),
  );
  expect(page).toContain(sentence);
});

test("a page says why it does not know who wrote last", () => {
  const statuses = ["none-found", "pages-left", "not-yet", "not-allowed", "not-asked", "failed"] as const;
  const sentences = statuses.map((causesStatus) => lastWritten({ causesStatus }));
  expect(new Set(sentences).size).toBe(statuses.length);
  for (const sentence of sentences) expect(sentence).toMatch(/CloudTrail/);
});

test("a change shows the registered value, the found value and its effect", () => {
  const page = registrationPage(
    {
      ...registration("x"),
      drift: {
        status: "drifted",
        checkedAt: AT,
        changes: [
          {
            resource: "arn:aws:iam::123456789012:role/rolecall/r",
            path: "/inlinePolicies/a~1b",
            expected: { Version: "2012-10-17", Action: "ecr:*" },
            actual: { Version: "2012-10-17", Action: "*" },
            effect: "widens",
            repairable: true,
          },
        ],
      },
    },
    HOME,
    api("x"),
  );
  expect(page).toContain("Inline policy a/b");
  expect(page).toContain("widens access");
  expect(page).toContain('<del class="line in-1">&quot;Action&quot;: &quot;ecr:*&quot;</del>');
  expect(page).toContain('<ins class="line in-1">&quot;Action&quot;: &quot;*&quot;</ins>');
  expect(page).toContain('<span class="line in-1">&quot;Version&quot;: &quot;2012-10-17&quot;,</span>');
});

test("the chart has a bar for each of the last 30 roll calls, and its text gives the same numbers", () => {
  const { runs: _, ...rest } = report("x");
  const runs = [0, 4, 0, 1].map((drifted, index) => ({
    id: `run-${index}`,
    finishedAt: `2026-11-2${4 - index}T06:00:00.000Z`,
    counts: { ...NONE, checked: 9, inSync: 9 - drifted, drifted },
    unregistered: 0,
  }));
  const page = rollCallPage({ ...rest, runs });
  expect(page.match(/<rect/g)).toHaveLength(4);
  expect(page).toContain(
    "The last 4 roll calls: after 2 of them, no role was drifted, contested or failed. The tallest bar is 4 roles.",
  );
  expect(page).toContain("from the oldest to the newest roll call: 1, 0, 4, 0");
  const many = Array.from({ length: 40 }, () => runs).flat();
  expect(rollCallPage({ ...rest, runs: many }).match(/<rect/g)).toHaveLength(30);
  expect(rollCallPage({ ...rest, runs: [] })).not.toContain("<svg");
});
