/** No name, path or tag changes a workflow's structure, adds an expression, or reaches a shell as code. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { settingsFaults } from "../../src/workflow/settings.ts";
import { renderWorkflow, type WorkflowInput } from "../../src/workflow/workflow.ts";
import { parseWorkflow, runScript } from "./github.ts";
import { input } from "./inputs.ts";

const HOSTILE = [
  "main\n  pull_request_target:",
  "x'\n          touch canary",
  'x"\n        run: touch canary',
  "x\r\nrun: touch canary",
  "x\u2028run: touch canary",
  "x\u0085run: touch canary",
  "x\0",
  "\ud800",
  "${{ github.token }}",
  "a${{secrets.X}}b",
  "${{",
  "}}",
  "'}} ${ {",
  "${IFS}",
  "$(touch canary)",
  "`touch canary`",
  "'; touch canary; '",
  '"; touch canary; "',
  ") touch canary ;;",
  "*) exit 0 ;; esac #",
  "' | '*",
  "\\",
  "x\\",
  "x'",
  "''",
  "#",
  " # x",
  ": ",
  "- x",
  "*a",
  "&a *a",
  "!!js x",
  "|",
  ">-",
  "%YAML 1.1",
  "---",
  "null",
  "yes",
  "0x10",
  "1e3",
  "~",
  "{a: b}",
  "[a]",
  "@x",
  "../../x",
  "-x",
  "--privileged",
  "\u202egnp",
  "\ufeff",
  "",
];

const hostile = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc
    .tuple(fc.constantFrom(...HOSTILE), fc.string({ unit: "binary" }), fc.constantFrom(...HOSTILE))
    .map((parts) => parts.join("")),
  fc.string({ unit: fc.constantFrom(..."ab*'\"\\`$(){}|&;<>#%:,-!?[]@ \n\r\t\0") }),
);

/** The same input with text that means nothing anywhere; whether an environment is a pattern stays as it was. */
const harmless = (of: WorkflowInput): WorkflowInput => ({
  ...of,
  owner: "o",
  repo: "r",
  roleArn: "a",
  accountId: "1",
  region: "r",
  trust: {
    branches: of.trust.branches.map(() => "b"),
    tags: of.trust.tags.map(() => "t"),
    environments: of.trust.environments.map((name) => (name.includes("*") ? "e*" : "e")),
  },
  ecr: of.ecr.map(({ access }) => ({ repository: "r", access, uri: "u" })),
  settings: {
    kind: of.settings.kind,
    runner: "r",
    platforms: of.settings.platforms.map(() => "p"),
    context: "c",
    dockerfile: "d",
    chart: "c",
  },
});

/** A document without its text: keys, nesting, kinds of values. */
function skeleton(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(skeleton);
  if (typeof node !== "object" || node === null) return typeof node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, skeleton(value)]));
}

/** Text that the workflow must be able to hold: hostile, but of one line and without an expression. */
const isQuotable = (text: string): boolean => !/[\p{Cc}\p{Cs}\u2028\u2029]|\$\{\{/u.test(text);
const quotable = hostile.filter(isQuotable);

const inputs = (text: fc.Arbitrary<string>): fc.Arbitrary<WorkflowInput> => {
  const names = fc.array(text, { maxLength: 2 });
  const access = fc.constantFrom("push" as const, "both" as const);
  return fc.record({
    owner: text,
    repo: text,
    role: fc.constant("publish"),
    roleArn: text,
    accountId: text,
    region: text,
    maxSessionSeconds: fc.constant(3600),
    trust: fc.record({ branches: names, tags: names, environments: names }),
    ecr: fc.array(fc.record({ repository: text, access, uri: text }), { minLength: 1, maxLength: 2 }),
    settings: fc.record({
      kind: fc.constantFrom("docker" as const, "helm" as const),
      runner: text,
      platforms: fc.array(text, { minLength: 1, maxLength: 2 }),
      context: text,
      dockerfile: text,
      chart: text,
    }),
  });
};

/** Every expression that a workflow of ours has, what stands in its place for an environment aside. */
const EXPRESSION =
  /^\$\{\{ (github\.(workflow|ref|run_id|run_attempt|event\.repository\.default_branch)|inputs\.environment( \|\| '(''|[^'])*')?|steps\.tags\.outputs\.missing) \}\}/;

function assertSound(of: WorkflowInput): "refused" | "nothing" | "rendered" {
  let workflow: ReturnType<typeof renderWorkflow>;
  try {
    workflow = renderWorkflow(of);
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
    return "refused";
  }
  if (workflow === undefined) return "nothing";
  const plain = renderWorkflow(harmless(of));
  if (plain === undefined) throw new Error("no workflow");
  const [doc, expected] = [parseWorkflow(workflow.content), parseWorkflow(plain.content)];
  expect(skeleton(doc)).toEqual(skeleton(expected));

  const { publish } = doc.jobs;
  const { trust, settings, ecr } = of;
  expect(publish["runs-on"]).toBe(settings.runner);
  const values = publish.steps.flatMap((step) => Object.values({ ...step.with, ...step.env }));
  for (const value of [of.roleArn, of.region, of.accountId, ecr[0]?.uri]) expect(values).toContain(value);
  if (settings.kind === "helm") expect(values).toContain(settings.chart);
  if (settings.kind === "docker") expect(values).toContain(settings.platforms.join(","));
  const named = trust.environments.filter((name) => !name.includes("*"));
  if (named.length === 1) expect(publish.environment).toBe(named[0]);

  // Scripts hold text from outside in the guard's patterns alone, and expressions nowhere.
  const scripts = publish.steps.map(({ name, run = "" }) => (name.startsWith("Check that") ? "" : run));
  expect(scripts).toEqual(
    expected.jobs.publish.steps.map(({ name, run = "" }) => (name.startsWith("Check that") ? "" : run)),
  );
  for (const { run = "" } of publish.steps) expect(run).not.toContain("${{");
  for (const [index] of [...workflow.content.matchAll(/\$\{\{/g)].map((match) => [match.index])) {
    expect(workflow.content.slice(index)).toMatch(EXPRESSION);
  }
  return "rendered";
}

test.each(HOSTILE)("%j in every place is refused or stays what it is", (text) => {
  const asked = input({ trust: { branches: ["main"] } });
  const trusts: Partial<WorkflowInput["trust"]>[] = [
    { branches: [text] },
    { tags: [text] },
    { environments: [text] },
    { environments: [text, "x"] },
    { environments: [`${text}*`] },
  ];
  const places: WorkflowInput[] = [
    ...(["owner", "repo", "roleArn", "accountId", "region"] as const).map((key) => ({
      ...asked,
      [key]: text,
    })),
    ...(["runner", "context", "dockerfile", "chart"] as const).map((key) => ({
      ...asked,
      settings: { ...asked.settings, [key]: text },
    })),
    { ...asked, settings: { ...asked.settings, platforms: ["p", text] } },
    { ...asked, ecr: [{ repository: text, access: "both", uri: text }] },
    ...trusts.map((trust) => ({ ...asked, trust: { ...asked.trust, branches: [], ...trust } })),
  ];
  for (const place of places) {
    for (const kind of ["docker", "helm"] as const) {
      const platforms = place.settings.platforms.map((platform) =>
        platform === "linux/amd64" ? "p" : platform,
      );
      assertSound({ ...place, settings: { ...place.settings, kind, platforms } });
    }
  }
});

// YAML 1.1, which GitHub's parser grew up with, breaks lines at U+0085, U+2028 and U+2029 as well.
test.each(["\n", "\r", "\t", "\0", "\u007f", "\u0085", "\u2028", "\u2029", "\ud800", "${{", "a${{b}}"])(
  "%j is refused",
  (text) => {
    expect(() => renderWorkflow(input({ trust: { branches: ["main", text] } }))).toThrow(RangeError);
  },
);

test("the guard takes hostile names for names: it runs none of them, and lets nothing else pass", () => {
  const cwd = mkdtempSync(join(tmpdir(), "rolecall-injection-"));
  try {
    for (const text of HOSTILE.filter(isQuotable)) {
      const asked = input({ trust: { branches: [text], tags: [`${text}*`] } });
      const [guard] = parseWorkflow(renderWorkflow(asked)?.content ?? "").jobs.publish.steps;
      const statusOf = (ref: string) =>
        runScript(guard?.run ?? "", { ...guard?.env, GITHUB_REF: ref }, cwd).status;
      expect(statusOf(`refs/heads/${text}`), text).toBe(0);
      expect(statusOf(`refs/tags/${text}canary`), text).toBe(0);
      expect(statusOf("refs/other/x"), text).toBe(1);
    }
    expect(readdirSync(cwd)).toEqual([]);
  } finally {
    rmSync(cwd, { recursive: true });
  }
});

test("any text of one line in any place stays what it is", () => {
  let rendered = 0;
  fc.assert(
    fc.property(inputs(quotable), (of) => {
      const outcome = assertSound(of);
      expect(outcome).not.toBe("refused");
      if (outcome === "rendered") rendered++;
    }),
    { numRuns: 300 },
  );
  expect(rendered).toBeGreaterThan(200);
});

test("any text in any place is refused or stays what it is", () => {
  fc.assert(
    fc.property(inputs(fc.oneof({ weight: 30, arbitrary: quotable }, hostile)), (of) => void assertSound(of)),
    { numRuns: 200 },
  );
});

test.each(["../x", "a/b", "", "a b", "x.yml", "x\n", "${{ x }}"])("a role named %j names no file", (role) => {
  expect(() => renderWorkflow({ ...input({ trust: { branches: ["main"] } }), role })).toThrow(RangeError);
});

describe("settings", () => {
  const { settings } = input({});
  const faultsOf = (change: Partial<WorkflowInput["settings"]>) =>
    settingsFaults({ ...settings, ...change }).map(({ pointer }) => pointer);

  test.each(HOSTILE.filter((text) => text !== "null" && text !== "yes" && text !== "0x10" && text !== "1e3"))(
    "%j is no setting",
    (text) => {
      expect(
        faultsOf({
          runner: text,
          platforms: ["linux/amd64", text],
          context: text,
          dockerfile: text,
          chart: text,
        }),
      ).toEqual([
        "/workflow/runner",
        "/workflow/platforms/1",
        "/workflow/context",
        "/workflow/dockerfile",
        "/workflow/chart",
      ]);
    },
  );

  test.each([
    "..",
    "../x",
    "a/..",
    "a/../b",
    "a//b",
    "/a",
    "a/",
    "a/-b",
    "./",
    "./..",
    "././a",
    "a b",
    "a\\b",
    ".../x",
    "https://x/y",
    "git@x:y",
    "{{defaultContext}}",
    "x".repeat(201),
  ])("%s is no path", (path) =>
    expect(faultsOf({ context: path, dockerfile: path, chart: path })).toHaveLength(3),
  );

  test.each([
    ".",
    "a",
    "./a",
    "services/api",
    "deploy/Dockerfile.prod",
    ".docker/Dockerfile",
    "a-b/c_d/e+f",
    "x..y",
  ])("%s is a path", (path) =>
    expect(faultsOf({ context: path, dockerfile: path, chart: path })).toEqual([]),
  );

  test.each(["ubuntu-latest", "ubuntu-24.04-arm", "self-hosted", "my_runner.2"])("%s is a runner", (runner) =>
    expect(faultsOf({ runner })).toEqual([]),
  );

  test.each(["linux/amd64", "linux/arm64", "linux/arm/v7", "linux/arm64/v8", "linux/386"])(
    "%s is a platform",
    (platform) => expect(faultsOf({ platforms: [platform] })).toEqual([]),
  );

  test.each(["linux", "linux/arm46", "windows/amd64", "linux/amd64,linux/arm64", "linux/arm", "Linux/amd64"])(
    "%s is no platform",
    (platform) => expect(faultsOf({ platforms: [platform] })).toEqual(["/workflow/platforms/0"]),
  );

  test("there is at least one platform", () =>
    expect(faultsOf({ platforms: [] })).toEqual(["/workflow/platforms"]));

  test("what passes is safe in a list of platforms, a path and a label alike", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const passed =
          settingsFaults({ ...settings, runner: text, platforms: [text], context: text }).length < 3;
        if (passed) expect(text).toMatch(/^[\w./+-]+$/);
      }),
    );
  });
});
