/**
 * What GitHub does with a workflow, as far as it decides which runs there are and with which subject. Written
 * from GitHub's documents, and apart from the code that it tests.
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
  "runs-on": string;
  "timeout-minutes": number;
  steps: Step[];
};

export type Parsed = {
  name: string;
  on: {
    push?: { branches?: string[]; tags?: string[] };
    workflow_dispatch: {
      inputs: { environment: { type: string; required: boolean; options?: string[] } };
    } | null;
  };
  permissions: Record<string, string>;
  concurrency: { group: string; "cancel-in-progress": boolean };
  defaults: { run: { shell: string } };
  jobs: { publish: Job };
};

export const parseWorkflow = (content: string): Parsed => parse(content) as Parsed;

/** What starts a run: a push, or somebody by hand, who may be asked for an environment. */
export type Event = { name: "push" | "workflow_dispatch"; ref: string; environment?: string };

/** How a filter's `**` reads before a `/`: as any folders or none (as for paths), or as any characters. */
export type Globstar = "folders" | "characters";

/**
 * Whether a list of filter patterns lets a name through: the last pattern that matches decides.
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
      // GitHub refuses the whole file otherwise, with "syntax error".
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

/** GitHub's expressions, as far as the workflows use them: `||`, `==`, `!=`, strings and paths. */
function evaluate(expression: string, context: Record<string, string>): string | boolean {
  const tokens = expression.match(/'(?:[^']|'')*'|\|\||==|!=|[\w.]+|\S/g) ?? [];
  const value = (): string => {
    const token = tokens.shift() ?? "";
    if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
    if (!/^[\w.]+$/.test(token)) throw new SyntaxError(`${token} in ${expression}`);
    return context[token] ?? "";
  };
  const comparison = (): string | boolean => {
    const left = value();
    if (tokens[0] !== "==" && tokens[0] !== "!=") return left;
    const equal = tokens.shift() === "==";
    return (left.toLowerCase() === value().toLowerCase()) === equal;
  };
  let result = comparison();
  while (tokens.shift() === "||") {
    const next = comparison();
    result = result || next;
  }
  return result;
}

/** A value of the file with its expressions filled in. */
const interpolate = (text: string, context: Record<string, string>): string =>
  text.replace(/\$\{\{((?:'(?:[^']|'')*'|[^}'])*)\}\}/g, (_, expression: string) =>
    String(evaluate(expression, context)),
  );

/** A run, with the end of its subject. */
export type Run = { subjectContext: string };

/** The run that an event starts; undefined if it starts none, or GitHub skips its job. */
export function runOf(
  workflow: Parsed,
  event: Event,
  defaultBranch: string,
  globstar: Globstar,
): Run | undefined {
  const [, kind, name] = /^refs\/(heads|tags)\/(.+)$/s.exec(event.ref) ?? [];
  if (kind === undefined || name === undefined) throw new RangeError(event.ref);
  const { on, jobs } = workflow;
  const asked = on.workflow_dispatch?.inputs.environment;
  if (event.name === "push") {
    // "If you define only tags or only branches, the workflow won't run for events affecting the undefined Git ref."
    const patterns = kind === "heads" ? on.push?.branches : on.push?.tags;
    if (patterns === undefined || !passes(patterns, name, globstar)) return undefined;
  } else if (asked !== undefined) {
    // A form that is not filled in, or not with an option, is answered with 422.
    if (event.environment === undefined) return undefined;
    if (asked.options !== undefined && !asked.options.includes(event.environment)) return undefined;
  }
  const context = {
    "github.event_name": event.name,
    "github.ref": event.ref,
    "github.ref_name": name,
    "github.event.repository.default_branch": defaultBranch,
    "inputs.environment": asked && event.name === "workflow_dispatch" ? (event.environment ?? "") : "",
  };
  const job = jobs.publish;
  if (job.if !== undefined && evaluate(job.if, context) !== true) return undefined;
  const environment = job.environment === undefined ? "" : interpolate(job.environment, context);
  return {
    subjectContext:
      environment === "" ? `ref:${event.ref}` : `environment:${environment.replaceAll(":", "%3A")}`,
  };
}

/** IAM's StringLike (and, without a wildcard, StringEquals). */
export function stringLike(pattern: string, value: string): boolean {
  const source = pattern
    .replace(/[\\^$.+()[\]{}|/]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s").test(value);
}

type Shell = "bash" | "sh";
type Result = { status: number | null; stdout: string; stderr: string };

/** How GitHub calls `shell: bash`; and a plain POSIX shell. */
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

/** Runs a step's script once for each value of one variable, in one process: exit codes and output, in order. */
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
