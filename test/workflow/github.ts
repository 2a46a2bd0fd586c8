/**
 * Acts on a workflow as GitHub does: decides which runs start, and with which subjects. This code follows GitHub's
 * documents and shares nothing with the code that it tests.
 */
import { spawnSync } from "node:child_process";
import { parse } from "yaml";

export type Step = {
  name: string;
  id?: string;
  if?: string;
  uses?: string;
  run?: string;
  env?: Record<string, string>;
  with?: Record<string, string | number | boolean>;
};

export type Job = {
  if?: string;
  environment?: string;
  "runs-on": unknown;
  "timeout-minutes": number;
  concurrency: { group: string; "cancel-in-progress": boolean };
  steps: Step[];
};

/** A job that calls another workflow. */
export type Call = { uses: string };

type Input = { description: string; type: string; required?: boolean; default?: string; options?: string[] };

export type Parsed = {
  name: string;
  on: {
    push?: { branches?: string[]; tags?: string[] };
    pull_request?: null;
    workflow_dispatch?: { inputs: Record<string, Input> } | null;
    workflow_call?: null;
  };
  permissions: Record<string, string>;
  defaults?: { run: { shell: string } };
  jobs: Record<string, Job | Call>;
};

export const parseWorkflow = (content: string): Parsed => parse(content) as Parsed;

/** Returns the only job of a workflow. */
export function onlyJob({ jobs }: Parsed): Job | Call {
  const [job, ...others] = Object.values(jobs);
  if (job === undefined || others.length > 0) throw new RangeError(`${Object.keys(jobs).length} jobs`);
  return job;
}

/** Returns the only job of a workflow, which must have steps of its own. */
export function jobOf(workflow: Parsed): Job {
  const job = onlyJob(workflow);
  if ("uses" in job) throw new RangeError(`a call of ${job.uses}`);
  return job;
}

/** An event that starts a run: a push, a pull request, or a manual start, perhaps with an environment. */
export type Event =
  | { name: "push"; ref: string }
  | { name: "workflow_dispatch"; ref: string; environment?: string }
  | { name: "pull_request"; ref: string; from: string };

/** The meaning of `**` before a `/` in a filter: any or no folders (as for paths), or any characters. */
export type Globstar = "folders" | "characters";

/**
 * Tells whether a list of filter patterns lets a name through. The last pattern that matches decides.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
 */
function passes(patterns: readonly string[], name: string, globstar: Globstar): boolean {
  let passed = false;
  for (const pattern of patterns) {
    const negated = pattern.startsWith("!");
    if (filterRegExp(negated ? pattern.slice(1) : pattern, globstar).test(name)) passed = !negated;
  }
  return passed;
}

function filterRegExp(pattern: string, globstar: Globstar): RegExp {
  const token = /\*\*\/|\*\*|\*|[?+]|\[([A-Za-z0-9-]+)\]|\\([[?*+\\!])|[\s\S]/gu;
  let source = "";
  let quantifiable = false;
  for (const [text, set, escaped] of pattern.matchAll(token)) {
    if (text === "?" || text === "+") {
      // Otherwise GitHub refuses the whole file with "syntax error".
      if (!quantifiable) throw new SyntaxError(`nothing to repeat in ${pattern}`);
      source += text;
      quantifiable = false;
      continue;
    }
    if (text === "[") throw new SyntaxError(`missing ] in ${pattern}`);
    quantifiable = !text.startsWith("*");
    if (text === "**/") source += globstar === "folders" ? "(?:.+/)?" : ".*/";
    else if (text === "**") source += ".*";
    else if (text === "*") source += "[^/]*";
    else if (set !== undefined) source += `[${set}]`;
    else source += (escaped ?? text).replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  }
  return new RegExp(`^${source}$`, "su");
}

/** Evaluates GitHub's expressions: `||`, `&&`, `==`, `!=`, parentheses, strings and paths, which the workflows use. */
function evaluate(expression: string, context: Record<string, string>): string | boolean {
  const tokens = expression.match(/'(?:[^']|'')*'|\|\||&&|==|!=|[\w.]+|\S/g) ?? [];
  const value = (): string | boolean => {
    const token = tokens.shift() ?? "";
    if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
    if (token === "(") {
      const inner = or();
      if (tokens.shift() !== ")") throw new SyntaxError(`missing ) in ${expression}`);
      return inner;
    }
    if (!/^[\w.]+$/.test(token)) throw new SyntaxError(`${token} in ${expression}`);
    return context[token] ?? "";
  };
  const comparison = (): string | boolean => {
    const left = value();
    if (tokens[0] !== "==" && tokens[0] !== "!=") return left;
    const equal = tokens.shift() === "==";
    return (String(left).toLowerCase() === String(value()).toLowerCase()) === equal;
  };
  const chain = (
    operator: string,
    next: () => string | boolean,
    stops: (left: string | boolean) => boolean,
  ) => {
    let result = next();
    while (tokens[0] === operator) {
      tokens.shift();
      const right = next();
      if (!stops(result)) result = right;
    }
    return result;
  };
  const and = () => chain("&&", comparison, (left) => !left);
  const or = (): string | boolean => chain("||", and, (left) => Boolean(left));
  const result = or();
  if (tokens.length > 0) throw new SyntaxError(`${tokens[0]} in ${expression}`);
  return result;
}

/** Returns a value of the file with its expressions evaluated. */
export const interpolate = (text: string, context: Record<string, string>): string =>
  text.replace(/\$\{\{((?:'(?:[^']|'')*'|[^}'])*)\}\}/g, (_, expression: string) =>
    String(evaluate(expression, context)),
  );

/** The repository and path of a workflow, and the reusable workflows that it can call. */
export type Site = {
  repository: string;
  path: string;
  defaultBranch: string;
  /** Returns the workflow that a `uses:` names, with its `job_workflow_ref`. */
  called?: (uses: string, runRef: string) => { workflow: Parsed; ref: string };
};

/** A run: the claims that distinguish its token, and the environment of its steps. */
export type Run = {
  job: Job;
  /** The end of its subject, behind the repository. */
  subjectContext: string;
  /** The claim `ref`. */
  ref: string;
  jobWorkflowRef: string;
  /** True if GitHub gives the run a token. */
  hasToken: boolean;
  /** Returns the environment variables of a step; undefined if the step's condition is false. */
  envOf: (step: Step) => Record<string, string> | undefined;
};

/** Returns the run that an event starts; undefined if it starts none or GitHub skips its job. */
export function runOf(workflow: Parsed, event: Event, site: Site, globstar: Globstar): Run | undefined {
  const { on } = workflow;
  const { repository, defaultBranch } = site;
  const [, kind, name = ""] = /^refs\/(heads|tags|pull)\/(.+)$/s.exec(event.ref) ?? [];
  const asked = on.workflow_dispatch?.inputs?.["environment"];
  switch (event.name) {
    case "push": {
      // "If you define only tags or only branches, the workflow won't run for events affecting the undefined Git ref."
      const patterns = kind === "heads" ? on.push?.branches : on.push?.tags;
      if (patterns === undefined || !passes(patterns, name, globstar)) return undefined;
      break;
    }
    case "workflow_dispatch": {
      if (on.workflow_dispatch === undefined) return undefined;
      // GitHub answers 422 if a required input is missing or is not one of the options.
      if (asked !== undefined && event.environment === undefined) return undefined;
      if (asked?.options?.includes(event.environment ?? "") === false) return undefined;
      break;
    }
    case "pull_request":
      if (on.pull_request === undefined) return undefined;
  }
  const environmentAsked = event.name === "workflow_dispatch" && asked ? (event.environment ?? "") : "";
  const context: Record<string, string> = {
    "github.event_name": event.name,
    "github.ref": event.ref,
    "github.ref_name": name,
    "github.repository": repository,
    "github.event.repository.default_branch": defaultBranch,
    "github.event.inputs.environment": environmentAsked,
    "github.event.pull_request.head.repo.full_name": event.name === "pull_request" ? event.from : "",
  };
  const workflowRef = `${repository}/${site.path}@${event.ref}`;
  const outer = onlyJob(workflow);
  const called = "uses" in outer ? site.called?.(outer.uses, event.ref) : undefined;
  if (called !== undefined && called.workflow.on.workflow_call === undefined) throw new Error("not reusable");
  const job = jobOf(called?.workflow ?? workflow);
  if (job.if !== undefined && evaluate(job.if, context) !== true) return undefined;
  const environment = job.environment === undefined ? "" : interpolate(job.environment, context);
  const byEvent = event.name === "pull_request" ? "pull_request" : `ref:${event.ref}`;
  return {
    job,
    // "The empty string means no environment". Public repositories rely on this, and their subjects show it.
    subjectContext: environment === "" ? byEvent : `environment:${environment.replaceAll(":", "%3A")}`,
    ref: event.ref,
    // If a job calls no workflow, its own workflow counts.
    jobWorkflowRef: called?.ref ?? workflowRef,
    hasToken: event.name !== "pull_request" || event.from === repository,
    envOf: (step) => {
      if (step.if !== undefined && evaluate(step.if, context) !== true) return undefined;
      const own = Object.entries(step.env ?? {}).map(([key, text]) => [key, interpolate(text, context)]);
      return { GITHUB_REF: event.ref, GITHUB_WORKFLOW_REF: workflowRef, ...Object.fromEntries(own) };
    },
  };
}

type Shell = "bash" | "sh";
type Result = { status: number | null; stdout: string; stderr: string };

/** The command lines of GitHub's `shell: bash` and of a plain POSIX shell. */
const OPTIONS: Record<Shell, readonly string[]> = {
  bash: ["--noprofile", "--norc", "-eo", "pipefail"],
  sh: ["-e"],
};

/** Runs a step's script as the runner does. */
export const runScript = (
  script: string,
  env: Record<string, string>,
  cwd?: string,
  shell: Shell = "bash",
): Result =>
  spawnSync(shell, [...OPTIONS[shell], "-c", script], {
    cwd,
    env: { PATH: process.env["PATH"] ?? "", ...env },
    encoding: "utf8",
  });

/** Runs a step's script in one process, once for each value of a variable. Returns exit codes and output in order. */
export function runScriptForEach(
  script: string,
  env: Record<string, string>,
  variable: string,
  values: readonly string[],
  cwd: string,
  shell: Shell,
): { status: number; stdout: string }[] {
  const loop = `set +e; for value; do (set -e; export ${variable}="$value"; eval "$SCRIPT"); printf '\\0%s\\0' "$?"; done`;
  const { stdout, stderr } = spawnSync(shell, [...OPTIONS[shell], "-c", loop, shell, ...values], {
    cwd,
    env: { PATH: process.env["PATH"] ?? "", ...env, SCRIPT: script },
    encoding: "utf8",
  });
  if (stderr !== "") throw new Error(stderr);
  const parts = stdout.split("\0");
  return values.map((_, index) => ({ stdout: parts[2 * index] ?? "", status: Number(parts[2 * index + 1]) }));
}
