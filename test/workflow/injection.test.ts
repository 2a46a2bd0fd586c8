/** No name, path or tag changes a workflow's structure, adds an expression, or reaches a shell as code. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Runner } from "../../src/workflow/runner.ts";
import {
  renderReusable,
  renderWorkflow,
  type Workflow,
  type WorkflowInput,
} from "../../src/workflow/workflow.ts";
import { runs } from "../harness/properties.ts";
import { FORMS } from "./forms.ts";
import { interpolate, jobOf, onlyJob, type Parsed, parseWorkflow, runScript } from "./github.ts";
import { input, KINDS } from "./inputs.ts";

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

const PLACE = "a/w/.github/workflows/x.yml@refs/heads/main";

/** Returns the same input with harmless text. Patterns stay patterns, mutable tags stay mutable and paths stay paths. */
function harmless(of: WorkflowInput): WorkflowInput {
  const { jobWorkflowRefs = [], ...trust } = of.trust;
  const own = jobWorkflowRefs.some((pin) => pin.startsWith(`${of.owner}/${of.repo}/${OWN_PATH}@`));
  const filters = targetOf(of)?.movableTags ?? ["latest", "buildcache*"];
  const moves = (tag: string) =>
    filters.some((filter) => tag === filter || (filter.endsWith("*") && tag.startsWith(filter.slice(0, -1))));
  return {
    ...of,
    owner: "o",
    repo: "r",
    roleArn: "a",
    accountId: "1",
    region: "r",
    trust: {
      ...trust,
      branches: trust.branches.map(() => "b"),
      tags: trust.tags.map(() => "t"),
      environments: trust.environments.map((name) => (name.includes("*") ? "e*" : "e")),
      jobWorkflowRefs: [
        ...(jobWorkflowRefs.length > 0 ? ["nowhere"] : []),
        ...(own ? [`o/r/${OWN_PATH}@b`] : []),
        ...(renderReusable(of) === undefined ? [] : [PLACE]),
      ],
    },
    ecr: of.ecr.map((repository) => ({ ...repository, repository: "r", uri: "u" })),
    settings: {
      ...of.settings,
      runner: harmlessRunner(of.settings.runner),
      platforms: of.settings.platforms.map(() => "p"),
      context: "c",
      dockerfile: "d",
      chart: "c",
      tags: (of.settings.tags ?? []).map((tag) => (moves(tag) ? "latest" : "t")),
    },
  };
}

function harmlessRunner(runner: Runner): Runner {
  if (typeof runner === "string") return "r";
  if ("group" in runner)
    return { group: "g", ...(runner.labels && { labels: runner.labels.map(() => "r") }) };
  return runner.map(() => "r");
}

const OWN_PATH = ".github/workflows/publish.yml";

/** The repository that the workflow is for. */
function targetOf({ ecr, settings }: WorkflowInput): WorkflowInput["ecr"][number] | undefined {
  const needs = settings.kind === "pull" ? "pull" : "push";
  return ecr.find(({ access }) => access === needs || access === "both");
}

/** Returns the structure of a document: its keys, nesting and types of values, without text. */
function skeleton(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(skeleton);
  if (typeof node !== "object" || node === null) return typeof node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, skeleton(value)]));
}

/** Tells whether a workflow must be able to contain a text: it has one line and no expression. */
const isQuotable = (text: string): boolean => !/[\p{Cc}\p{Cs}\u2028\u2029]|\$\{\{/u.test(text);
const quotable = hostile.filter(isQuotable);

const inputs = (text: fc.Arbitrary<string>): fc.Arbitrary<WorkflowInput> => {
  const names = fc.array(text, { maxLength: 2 });
  const access = fc.constantFrom("push" as const, "both" as const, "pull" as const);
  const movableTags = fc.constantFrom(["*"], [], ["latest", "buildcache*"]);
  const pins = [
    PLACE,
    `a/b/${OWN_PATH}@`,
    "a/b/.github/workflows/x.yml@refs/tags/",
    "a/b/.github/workflows/",
  ];
  const pin = fc.oneof(
    fc.constant(PLACE),
    fc.tuple(fc.constantFrom(...pins, ""), text).map((parts) => parts.join("")),
  );
  return fc.record({
    owner: fc.oneof(text, fc.constant("a")),
    repo: fc.oneof(text, fc.constant("b")),
    role: fc.constant("publish"),
    hasHostedRunners: fc.constant(true),
    roleArn: text,
    accountId: text,
    region: text,
    maxSessionSeconds: fc.constant(3600),
    trust: fc.record({
      branches: names,
      tags: names,
      environments: names,
      pullRequests: fc.boolean(),
      anyRef: fc.boolean(),
      jobWorkflowRefs: fc.oneof(fc.constant([]), fc.array(pin, { maxLength: 2 })),
    }),
    ecr: fc.array(fc.record({ repository: text, access, uri: text, movableTags }), {
      minLength: 1,
      maxLength: 2,
    }),
    settings: fc.record({
      kind: fc.constantFrom(...KINDS),
      runner: fc.oneof(
        text,
        fc.array(text, { minLength: 1, maxLength: 2 }),
        fc.record({ group: text, labels: fc.array(text, { minLength: 1, maxLength: 2 }) }),
      ),
      platforms: fc.array(text, { minLength: 1, maxLength: 2 }),
      context: text,
      dockerfile: text,
      chart: text,
      tags: names,
      provenance: fc.boolean(),
      sbom: fc.boolean(),
    }),
  });
};

/** Every expression that a rendered workflow may contain, except those with the name of an environment. */
const EXPRESSION = new RegExp(
  `^\\$\\{\\{ (${[
    "github\\.(workflow|ref|sha|token|run_id|run_attempt|event\\.repository\\.default_branch)",
    "github\\.event\\.inputs\\.environment( \\|\\| '(''|[^'])*')?",
    "github\\.event_name != 'pull_request' && \\((github\\.event\\.inputs\\.environment \\|\\| )?'(''|[^'])*'\\) \\|\\| ''",
    "github\\.event\\.inputs\\.tag( \\|\\| 'latest')?",
    "steps\\.tags\\.outputs\\.chosen",
  ].join("|")}) \\}\\}`,
);

/** Renders every form of a workflow; undefined for a form that does not exist. */
function formsOf(of: WorkflowInput): (Workflow | undefined)[] {
  const { reusable, caller } = renderReusable(of) ?? {};
  return [renderWorkflow(of), reusable, caller];
}

const parsed = new Map<string, Parsed>();
function parsedOnce(content: string): Parsed {
  const known = parsed.get(content) ?? parseWorkflow(content);
  parsed.set(content, known);
  return known;
}

function assertSound(of: WorkflowInput): "refused" | "nothing" | "rendered" {
  let forms: ReturnType<typeof formsOf>;
  try {
    forms = formsOf(of);
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
    return "refused";
  }
  const plain = formsOf(harmless(of));
  for (const [index, form] of forms.entries()) {
    const other = plain[index];
    expect(form === undefined).toBe(other === undefined);
    if (form === undefined || other === undefined) continue;
    expect(form.path).toMatch(/^\.github\/workflows\/[\w.-]+$/);
    const doc = parsedOnce(form.content);
    const expected = parsedOnce(other.content);
    expect(skeleton(doc)).toEqual(skeleton(expected));
    const job = onlyJob(doc);
    if ("uses" in job) expect(job.uses).toMatch(/^[\w-]+\/[\w.-]+\/\.github\/workflows\/[\w.-]+@[\w./+-]+$/);
    else assertJob(doc, expected, of);
    for (const { index } of form.content.matchAll(/\$\{\{/g)) {
      expect(form.content.slice(index)).toMatch(EXPRESSION);
    }
  }
  return forms[0] === undefined ? "nothing" : "rendered";
}

/** Checks that text from outside is complete in its own places and absent everywhere else. */
function assertJob(doc: Parsed, expected: Parsed, of: WorkflowInput): void {
  const { trust, settings } = of;
  const job = jobOf(doc);
  expect(job["runs-on"]).toEqual(settings.runner);
  const values = job.steps.flatMap((step) => Object.values({ ...step.with, ...step.env }));
  for (const value of [of.roleArn, of.region, of.accountId, targetOf(of)?.uri])
    expect(values).toContain(value);
  if (settings.kind === "helm") expect(values).toContain(settings.chart);
  if (settings.kind === "docker") expect(values).toContain(settings.platforms.join(","));
  const chosen = job.steps.find(({ id }) => id === "tags")?.env;
  if (chosen !== undefined) {
    const tags = `${chosen["MOVING"]} ${chosen["FIXED"]}`;
    for (const tag of settings.tags ?? []) expect(tags).toContain(tag);
  }
  const [named] = trust.environments.filter((name) => !name.includes("*"));
  if (named !== undefined) {
    expect(interpolate(job.environment ?? "", { "github.event_name": "push" })).toBe(named);
  }

  // Scripts contain text from outside only in the patterns of guards, and no expressions.
  const scripts = (of: Parsed) =>
    jobOf(of).steps.map(({ name, run = "" }) => (name.startsWith("Check that") ? "" : run));
  expect(scripts(doc)).toEqual(scripts(expected));
  for (const { run = "" } of job.steps) expect(run).not.toContain("${{");
}

test.each(HOSTILE)("%j in every place is refused or stays plain text", (text) => {
  const asked = input({ access: ["both"], trust: { branches: ["main"] } });
  const trusts: Partial<WorkflowInput["trust"]>[] = [
    { branches: [text] },
    { tags: [text] },
    { environments: [text] },
    { environments: [text], pullRequests: true },
    { environments: [text, "x"] },
    { environments: [text, "x"], pullRequests: true },
    { environments: [`${text}*`] },
    ...[
      `${text}`,
      `${PLACE}${text}`,
      `acme/api/${OWN_PATH}@${text}`,
      `a/b/.github/workflows/${text}@main`,
    ].map((pin) => ({ branches: ["main"], jobWorkflowRefs: [pin] })),
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
    { ...asked, settings: { ...asked.settings, tags: ["latest", text] } },
    { ...asked, ecr: [{ repository: text, access: "both", uri: text }] },
    { ...asked, ecr: [{ repository: "r", access: "both", uri: "u", movableTags: [`${text}x`] }] },
    ...trusts.map((trust) => ({ ...asked, trust: { ...asked.trust, branches: [], ...trust } })),
  ];
  for (const place of places) {
    for (const kind of KINDS) {
      const platforms = place.settings.platforms.map((platform) =>
        platform === "linux/amd64" ? "p" : platform,
      );
      assertSound({ ...place, settings: { ...place.settings, kind, platforms } });
    }
  }
});

// YAML 1.1, on which GitHub's parser is based, also breaks lines at U+0085, U+2028 and U+2029.
test.each(["\n", "\r", "\t", "\0", "\u007f", "\u0085", "\u2028", "\u2029", "\ud800", "${{", "a${{b}}"])(
  "%j is refused",
  (text) => {
    expect(() => renderWorkflow(input({ trust: { branches: ["main", text] } }))).toThrow(RangeError);
  },
);

test("the guard treats hostile names as names: it runs none of them and lets no other name pass", () => {
  const cwd = mkdtempSync(join(tmpdir(), "rolecall-injection-"));
  try {
    for (const text of HOSTILE.filter(isQuotable)) {
      const asked = input({ trust: { branches: [text], tags: [`${text}*`] } });
      const [guard] = jobOf(parseWorkflow(renderWorkflow(asked)?.content ?? "")).steps;
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

test("any text of one line stays plain text in any place", () => {
  let rendered = 0;
  fc.assert(
    fc.property(inputs(quotable), (of) => {
      const outcome = assertSound(of);
      expect(outcome).not.toBe("refused");
      if (outcome === "rendered") rendered++;
    }),
    { numRuns: runs(150) },
  );
  expect(rendered).toBeGreaterThan(runs(50));
});

test("any text in any place is refused or stays plain text", () => {
  fc.assert(
    fc.property(inputs(fc.oneof({ weight: 30, arbitrary: quotable }, hostile)), (of) => void assertSound(of)),
    { numRuns: runs(100) },
  );
});

test.each(["../x", "a/b", "", "a b", "x.yml", "x\n", "${{ x }}"])("a role named %j names no file", (role) => {
  expect(() => renderWorkflow({ ...input({ trust: { branches: ["main"] } }), role })).toThrow(RangeError);
});

describe("the forms of the settings", () => {
  const { RunnerLabel, Platforms, WorkspacePath, ImageTags } = FORMS;
  type Form = { pattern: string; maxLength: number };
  const admits = ({ pattern, maxLength }: Form, text: string): boolean =>
    text.length <= maxLength && new RegExp(pattern, "u").test(text);
  const forms: [string, Form][] = [
    ["runner", RunnerLabel],
    ["platform", Platforms.items],
    ["path", WorkspacePath],
    ["tag", ImageTags.items],
  ];

  const words = ["null", "yes", "0x10", "1e3"];
  test.each(HOSTILE.filter((text) => !words.includes(text)))("%j is refused as a setting", (text) => {
    for (const [name, form] of forms) expect(admits(form, text), name).toBe(false);
  });

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
  ])("%s is not a path", (path) => expect(admits(WorkspacePath, path)).toBe(false));

  test.each([
    ".",
    "a",
    "./a",
    "services/api",
    "deploy/Dockerfile.prod",
    ".docker/Dockerfile",
    "a-b/c_d/e+f",
    "x..y",
  ])("%s is a path", (path) => expect(admits(WorkspacePath, path)).toBe(true));

  test.each(["ubuntu-latest", "ubuntu-24.04-arm", "self-hosted", "my_runner.2"])("%s is a runner", (runner) =>
    expect(admits(RunnerLabel, runner)).toBe(true),
  );

  test.each(["linux/amd64", "linux/arm64", "linux/arm/v7", "linux/arm64/v8", "linux/386"])(
    "%s is a platform",
    (platform) => expect(admits(Platforms.items, platform)).toBe(true),
  );

  test.each(["linux", "linux/arm46", "windows/amd64", "linux/amd64,linux/arm64", "linux/arm", "Linux/amd64"])(
    "%s is no platform",
    (platform) => expect(admits(Platforms.items, platform)).toBe(false),
  );

  test.each(["stable", "v1.2.3", "_x", "1", "a--b", "x".repeat(128)])("%s is an image's tag", (tag) =>
    expect(admits(ImageTags.items, tag)).toBe(true),
  );

  test.each([".x", "-x", "a b", "a,b", "a:b", "a/b", "a@b", "stable\n", "é", "*", "", "x".repeat(129)])(
    "%j is no image's tag",
    (tag) => expect(admits(ImageTags.items, tag)).toBe(false),
  );

  test("text that passes contains no character that is unsafe in a platform, a path, a label or a tag", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        if (forms.some(([, form]) => admits(form, text))) expect(text).toMatch(/^[\w./+-]+$/);
      }),
    );
  });
});
