/**
 * Every run that a workflow starts has a subject that the role accepts, or stops before it asks AWS. The tests try all
 * trusts, kinds and forms with pushes, pull requests and manual runs, and run the guards' scripts in a shell. The code
 * that makes and evaluates roles decides whether the role accepts a run.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { renderReusable, renderWorkflow } from "../../src/workflow/workflow.ts";
import { runs } from "../harness/properties.ts";
import {
  type Event,
  type Globstar,
  jobOf,
  type Parsed,
  parseWorkflow,
  type Run,
  runOf,
  runScript,
  runScriptForEach,
  type Site,
  type Step,
} from "./github.ts";
import { ENVIRONMENTS, input, isOf, KINDS, type Kind, NAMES, TRUSTS, type Trust } from "./inputs.ts";
import { roleOf } from "./role.ts";

const REFS = NAMES.flatMap((name) => [`refs/heads/${name}`, `refs/tags/${name}`]);

const cwd = mkdtempSync(join(tmpdir(), "rolecall-guard-"));
afterAll(() => rmSync(cwd, { recursive: true }));

function render(trust: Trust, kind: Kind = "docker"): Parsed {
  const workflow = renderWorkflow(input({ kind, trust }));
  if (workflow === undefined) throw new Error("no workflow");
  return parseWorkflow(workflow.content);
}

/** Returns the repository with the committed workflow; it finds a reusable workflow in the repository of its pin. */
function siteOf(trust: Trust, kind: Kind = "docker"): Site {
  const { path, content } = renderReusable(input({ kind, trust }))?.reusable ?? { path: "", content: "" };
  const workflow = parseWorkflow(content);
  return {
    repository: "acme/api",
    path: ".github/workflows/publish.yml",
    defaultBranch: "main",
    called: (uses, runRef) => {
      // "The called workflow is from the same commit as the caller workflow."
      if (uses.startsWith("./")) {
        expect(uses).toBe(`./${path}`);
        return { workflow, ref: `acme/api/${path}@${runRef}` };
      }
      const [at = "", ref = ""] = uses.split("@");
      expect(at.endsWith(`/${path}`)).toBe(true);
      // "If a release tag and a branch have the same name, the release tag takes precedence over the branch name."
      const kind = /^v\d/.test(ref) ? "refs/tags/" : /^[0-9a-f]{40}$/.test(ref) ? "" : "refs/heads/";
      return { workflow, ref: `${at}@${kind}${ref}` };
    },
  };
}

const PULL_REQUESTS: readonly Event[] = [
  { name: "pull_request", ref: "refs/pull/7/merge", from: "acme/api" },
  { name: "pull_request", ref: "refs/pull/8/merge", from: "mallory/api" },
];
const EVENTS: readonly Event[] = [
  ...PULL_REQUESTS,
  ...REFS.flatMap((ref): Event[] => [
    { name: "push", ref },
    { name: "workflow_dispatch", ref },
  ]),
  ...ENVIRONMENTS.flatMap((environment) =>
    ["refs/heads/main", "refs/heads/x", "refs/tags/x", "refs/tags/v1"].map(
      (ref): Event => ({ name: "workflow_dispatch", ref, environment }),
    ),
  ),
];

/** Returns the runs that a trust's workflow starts, and whether the role accepts each. */
function runsOf(trust: Trust, kind: Kind, globstar: Globstar, events = EVENTS) {
  const [workflow, site, accepts] = [render(trust, kind), siteOf(trust, kind), roleOf(trust)];
  return events.flatMap((event) => {
    const run = runOf(workflow, event, site, globstar);
    return run === undefined ? [] : [{ event, run, accepted: run.hasToken && accepts(run) }];
  });
}

const guardsOf = (run: Run): Step[] =>
  run.job.steps.filter((step) => step.name.startsWith("Check that") && run.envOf(step) !== undefined);

const variableOf = (guard: Step): string => /case "\$\{(\w+):/.exec(guard.run ?? "")?.[1] ?? "";

/** The answer of each guard to each value. Workflows of all kinds have the same guards, so each script runs once. */
const said = new Map<string, boolean>();
const question = (guard: Step, run: Run): string => `${guard.run}\0${run.envOf(guard)?.[variableOf(guard)]}`;

/** Tells whether the guards let a run pass. Each guard runs in both shells, once for all of its values. */
function guards(runs: readonly Run[]): (run: Run) => boolean {
  const steps = new Map(runs.flatMap((run) => guardsOf(run).map((step) => [step.name, step])));
  for (const step of steps.values()) {
    const asking = runs.filter((run) => guardsOf(run).includes(step) && !said.has(question(step, run)));
    const values = [...new Set(asking.map((run) => run.envOf(step)?.[variableOf(step)] ?? ""))];
    if (values.length === 0) continue;
    const env = { TRUSTED: step.env?.["TRUSTED"] ?? "" };
    const inShell = (shell: "bash" | "sh") =>
      runScriptForEach(step.run ?? "", env, variableOf(step), values, cwd, shell);
    const results = inShell("bash");
    expect(inShell("sh").map(({ status }) => status)).toEqual(results.map(({ status }) => status));
    results.forEach(({ status, stdout }, index) => {
      expect([status, stdout]).toEqual(status === 0 ? [0, ""] : [1, expect.stringMatching(REFUSAL)]);
      said.set(`${step.run}\0${values[index]}`, status === 0);
    });
  }
  return (run) => guardsOf(run).every((guard) => said.get(question(guard, run)) === true);
}

const REFUSAL =
  /^::error title=Not a trusted (ref|environment|workflow)::The role trusts only .+, but this run uses .+\.\n$/;

describe.each(Object.entries(TRUSTS))("%s", (_, trust) => {
  const kinds = KINDS.filter((kind) => isOf(kind, trust));

  test.each(kinds)("the role accepts every run of %s that no guard stops", (kind) => {
    for (const globstar of ["folders", "characters"] satisfies Globstar[]) {
      const runs = runsOf(trust, kind, globstar);
      expect(runs.some(({ accepted }) => accepted)).toBe(true);
      const passes = guards(runs.map(({ run }) => run));
      for (const { event, run, accepted } of runs) {
        expect(accepted, JSON.stringify(event)).toBe(passes(run));
      }
    }
  });

  test("the guards run no command inside a name", () => expect(readdirSync(cwd)).toEqual([]));

  test("without pull requests, workflows of all kinds have the same triggers", () => {
    const alone = { ...trust, pullRequests: false };
    const [docker, ...others] = kinds.filter((kind) => isOf(kind, alone)).map((kind) => render(alone, kind));
    for (const { on } of others) {
      const { tag: _, ...inputs } = on.workflow_dispatch?.inputs ?? {};
      const workflow_dispatch = Object.keys(inputs).length > 0 ? { inputs } : null;
      expect({ ...on, workflow_dispatch }).toEqual(docker?.on);
    }
  });

  test("only a trusted pull request starts a workflow, one that pulls, and none from a fork does", () => {
    for (const kind of kinds) {
      const started = runsOf(trust, kind, "folders", PULL_REQUESTS);
      const expected = kind === "pull" && trust.pullRequests ? ["pull_request"] : [];
      expect(started.map(({ run }) => run.subjectContext)).toEqual(expected);
      expect(started.every(({ run }) => run.hasToken)).toBe(true);
    }
  });
});

test("a push starts a run exactly if the trust names its ref", () => {
  for (const [name, trust] of Object.entries(TRUSTS)) {
    const { branches = [], tags = [], environments, jobWorkflowRefs, anyRef } = trust;
    if (environments ?? jobWorkflowRefs ?? (branches.length + tags.length === 0 && !anyRef)) continue;
    const [workflow, site, accepts] = [render(trust), siteOf(trust), roleOf(trust)];
    for (const ref of REFS) {
      const starts = runOf(workflow, { name: "push", ref }, site, "characters") !== undefined;
      expect(starts, `${name}: ${ref}`).toBe(
        accepts({ subjectContext: `ref:${ref}`, jobWorkflowRef: "", ref }),
      );
    }
  }
});

test("if the trust names only environments, a push publishes only from the default branch", () => {
  const trust = { environments: ["production"] };
  const site = { ...siteOf(trust), defaultBranch: "trunk" };
  const pushed = (ref: string) =>
    runOf(render(trust), { name: "push", ref }, site, "folders")?.subjectContext;
  expect(pushed("refs/heads/trunk")).toBe("environment:production");
  expect(pushed("refs/heads/main")).toBeUndefined();
  expect(pushed("refs/tags/trunk")).toBeUndefined();
});

test("of several environments, a push uses the first and a manual run the chosen one", () => {
  const trust = { branches: ["main"], environments: ["staging", "o'clock: 5"] };
  const subject = (event: Event) => runOf(render(trust), event, siteOf(trust), "folders")?.subjectContext;
  const chosen = (environment: string): Event => ({
    name: "workflow_dispatch",
    ref: "refs/tags/x",
    environment,
  });
  expect(subject({ name: "push", ref: "refs/heads/main" })).toBe("environment:staging");
  expect(subject(chosen("o'clock: 5"))).toBe("environment:o'clock%3A 5");
  expect(subject(chosen("other"))).toBeUndefined();
});

test("the caller asks a manual run for its environment, and the called workflow uses it", () => {
  const trust = {
    environments: ["staging", "production"],
    jobWorkflowRefs: ["acme/workflows/.github/workflows/ci.yml@refs/heads/main"],
  };
  const event: Event = { name: "workflow_dispatch", ref: "refs/heads/x", environment: "production" };
  expect(runOf(render(trust), event, siteOf(trust), "folders")).toMatchObject({
    subjectContext: "environment:production",
    jobWorkflowRef: "acme/workflows/.github/workflows/ci.yml@refs/heads/main",
  });
});

test("the guard stops a run without an environment, even if every environment is trusted", () => {
  const [step] = jobOf(render({ environments: ["*"] })).steps;
  expect(runScript(step?.run ?? "", { ENVIRONMENT: "", TRUSTED: "*" }, cwd).status).toBeGreaterThan(0);
});

test("the guard and IAM agree on all names and patterns", () => {
  const part = fc.string({ unit: fc.constantFrom(..."abAZ09/.-_+!'\"`$(){};&|<>#%,=@]é\\[?"), maxLength: 6 });
  const pattern = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("*"));
  const usable = pattern.filter((text) => text !== "" && !text.includes("${") && !text.includes("?"));
  fc.assert(
    fc.property(
      fc.array(usable, { minLength: 1, maxLength: 4 }),
      part,
      fc.nat(3),
      (branches, filler, which) => {
        const [step] = jobOf(render({ branches })).steps;
        const accepts = roleOf({ branches });
        const name = (branches[which % branches.length] ?? "").replaceAll("*", filler);
        for (const ref of [`refs/heads/${name}`, `refs/tags/${name}`, `refs/heads/${filler}`]) {
          const { status } = runScript(step?.run ?? "", { GITHUB_REF: ref, TRUSTED: "these" }, cwd);
          expect(status, ref).toBe(
            accepts({ subjectContext: `ref:${ref}`, jobWorkflowRef: "", ref }) ? 0 : 1,
          );
        }
      },
    ),
    { numRuns: runs(40) },
  );
  expect(readdirSync(cwd)).toEqual([]);
});
