/**
 * Every run that a workflow starts has a subject that the role accepts, or is stopped before it asks AWS: all
 * trusts, both kinds, pushes and runs by hand from anywhere, with the guard's own script in a shell.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { type SubjectPrefix, subjects } from "../../src/trust/subjects.ts";
import { renderWorkflow, type WorkflowInput } from "../../src/workflow/workflow.ts";
import {
  type Event,
  type Globstar,
  type Parsed,
  parseWorkflow,
  runOf,
  runScript,
  runScriptForEach,
  stringLike,
} from "./github.ts";
import { ENVIRONMENTS, input, NAMES, TRUSTS } from "./inputs.ts";

type Trust = Partial<WorkflowInput["trust"]>;

const DEFAULT_BRANCH = "main";
const REFS = NAMES.flatMap((name) => [`refs/heads/${name}`, `refs/tags/${name}`]);

const cwd = mkdtempSync(join(tmpdir(), "rolecall-guard-"));
afterAll(() => rmSync(cwd, { recursive: true }));

function render(trust: Trust, kind: "docker" | "helm" = "docker"): Parsed {
  const workflow = renderWorkflow(input({ kind, trust }));
  if (workflow === undefined) throw new Error("no workflow");
  return parseWorkflow(workflow.content);
}

/** What IAM says to a subject, by the very subjects that a registration gives its role. */
function accepts(trust: Trust): (context: string) => boolean {
  const { branches = [], tags = [], environments = [] } = trust;
  const prefix = "repo:acme/api" as SubjectPrefix;
  const asked = { branches: [...branches], tags: [...tags], environments: [...environments] };
  const patterns = subjects([prefix], asked) ?? [];
  return (context) => patterns.some((pattern) => stringLike(pattern, `${prefix}:${context}`));
}

const pushes = REFS.map((ref): Event => ({ name: "push", ref }));
const byHand = REFS.map((ref): Event => ({ name: "workflow_dispatch", ref }));
const byHandIn = ENVIRONMENTS.flatMap((environment) =>
  ["refs/heads/main", "refs/tags/x"].map((ref): Event => ({ name: "workflow_dispatch", ref, environment })),
);

/** Whether the guard, the first step, lets each of its variable's values pass. */
function guard(workflow: Parsed): ((event: Event) => boolean) | undefined {
  const [step] = workflow.jobs.publish.steps;
  if (step?.run === undefined) return undefined;
  const { run, env = {} } = step;
  const ofRef = env["ENVIRONMENT"] === undefined;
  const values = ofRef ? REFS : ENVIRONMENTS;
  const inShell = (shell: "bash" | "sh") =>
    runScriptForEach(run, env, ofRef ? "GITHUB_REF" : "ENVIRONMENT", values, cwd, shell);
  const results = inShell("bash");
  expect(inShell("sh").map(({ status }) => status)).toEqual(results.map(({ status }) => status));
  for (const { status, stdout } of results) {
    expect([status, stdout]).toEqual(status === 0 ? [0, ""] : [1, expect.stringMatching(REFUSAL)]);
  }
  return ({ ref, environment = "" }) => results[values.indexOf(ofRef ? ref : environment)]?.status === 0;
}

const REFUSAL =
  /^::error title=Not a trusted (ref|environment)::This run is (of|in) .+; the role trusts only .+\.\n$/;

describe.each(Object.entries(TRUSTS))("%s", (_, trust) => {
  const accepted = accepts(trust);
  const workflow = render(trust);

  test("every run is accepted, or stopped by the guard", () => {
    const passes = guard(workflow);
    for (const globstar of ["folders", "characters"] satisfies Globstar[]) {
      const runs = [...pushes, ...byHand, ...byHandIn].flatMap((event) => {
        const run = runOf(workflow, event, DEFAULT_BRANCH, globstar);
        return run === undefined ? [] : [{ event, ...run }];
      });
      expect(runs.length).toBeGreaterThan(0);
      for (const { event, subjectContext } of runs) {
        expect(accepted(subjectContext), JSON.stringify(event)).toBe(passes?.(event) ?? true);
      }
    }
  });

  test("the guard runs no command that stands in a name", () => expect(readdirSync(cwd)).toEqual([]));

  test("helm starts as docker does", () => {
    const helm = render(trust, "helm");
    expect(helm.on).toEqual(workflow.on);
    expect({ ...helm.jobs.publish, steps: [] }).toEqual({
      ...workflow.jobs.publish,
      "timeout-minutes": 15,
      steps: [],
    });
    expect(helm.jobs.publish.steps[0]).toEqual(workflow.jobs.publish.steps[0]);
  });
});

test("a push to what a trust of refs names starts a run, and nothing else does", () => {
  for (const [name, trust] of Object.entries(TRUSTS).filter(
    ([, { environments }]) => environments === undefined,
  )) {
    const workflow = render(trust);
    for (const event of pushes) {
      const starts = runOf(workflow, event, DEFAULT_BRANCH, "characters") !== undefined;
      expect(starts, `${name}: ${event.ref}`).toBe(accepts(trust)(`ref:${event.ref}`));
    }
  }
});

test("with environments alone, a push publishes from the default branch", () => {
  const workflow = render({ environments: ["production"] });
  const pushed = (ref: string) => runOf(workflow, { name: "push", ref }, "trunk", "folders")?.subjectContext;
  expect(pushed("refs/heads/trunk")).toBe("environment:production");
  expect(pushed("refs/heads/main")).toBeUndefined();
  expect(pushed("refs/tags/trunk")).toBeUndefined();
});

test("of several environments a push goes into the first, a run by hand into the chosen one", () => {
  const workflow = render({ branches: ["main"], environments: ["staging", "o'clock: 5"] });
  const subject = (event: Event) => runOf(workflow, event, DEFAULT_BRANCH, "folders")?.subjectContext;
  const chosen = (environment: string): Event => ({
    name: "workflow_dispatch",
    ref: "refs/tags/x",
    environment,
  });
  expect(subject({ name: "push", ref: "refs/heads/main" })).toBe("environment:staging");
  expect(subject(chosen("o'clock: 5"))).toBe("environment:o'clock%3A 5");
  expect(subject(chosen("other"))).toBeUndefined();
});

test("the guard stops a run for which no environment was chosen, even if any is trusted", () => {
  const [step] = render({ environments: ["*"] }).jobs.publish.steps;
  expect(runScript(step?.run ?? "", { ENVIRONMENT: "", TRUSTED: "*" }, cwd).status).toBeGreaterThan(0);
});

test("the guard says what IAM says, whatever the names and patterns", () => {
  const part = fc.string({ unit: fc.constantFrom(..."abAZ09/.-_+!'\"`$(){};&|<>#%,=@]é\\[?"), maxLength: 6 });
  const pattern = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("*"));
  const usable = pattern.filter((text) => text !== "" && !text.includes("${") && !text.includes("?"));
  fc.assert(
    fc.property(
      fc.array(usable, { minLength: 1, maxLength: 4 }),
      part,
      fc.nat(3),
      (branches, filler, which) => {
        const trust = { branches };
        const [step] = render(trust).jobs.publish.steps;
        const name = (branches[which % branches.length] ?? "").replaceAll("*", filler);
        for (const ref of [`refs/heads/${name}`, `refs/tags/${name}`, `refs/heads/${filler}`]) {
          const { status } = runScript(step?.run ?? "", { GITHUB_REF: ref, TRUSTED: "these" }, cwd);
          expect(status, ref).toBe(accepts(trust)(`ref:${ref}`) ? 0 : 1);
        }
      },
    ),
    { numRuns: 60 },
  );
  expect(readdirSync(cwd)).toEqual([]);
});
