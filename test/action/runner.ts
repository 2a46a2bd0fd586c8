/** Runs the step of action.yml as GitHub's runner does: bash, the runner's variables, and its files for results. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { interpolate } from "../workflow/github.ts";

export const root = fileURLToPath(new URL("../../", import.meta.url));

export type Action = {
  name: string;
  inputs: Record<string, { description: string; required?: boolean; default?: string }>;
  outputs: Record<string, { description: string; value: string }>;
  runs: { using: string; steps: { id: string; shell: string; env: Record<string, string>; run: string }[] };
};

export const actionText = await readFile(join(root, "action.yml"), "utf8");
export const action: Action = parse(actionText);

export type Job = {
  inputs: Readonly<Record<string, string>>;
  repository?: string;
  /** The address at which the job may ask for its token; undefined for a job without `id-token: write`. */
  tokenUrl: string | undefined;
  /** Files of the workspace. */
  files?: Readonly<Record<string, string>>;
  /** Symbolic links of the workspace, each with its target. */
  links?: Readonly<Record<string, string>>;
  /** The name of the folder for temporary files. */
  temp?: string;
  /** More variables, which win over the runner's. */
  env?: Readonly<Record<string, string>>;
  /** The only programs that the job finds. By default all. */
  programs?: readonly string[];
};

export type Ran = {
  code: number | null;
  /** The log: standard output and standard error. */
  log: string;
  lines: string[];
  outputs: Record<string, string>;
  summary: string;
  /** The arguments of every curl and jq. */
  argv: string;
  /** The seconds of every sleep. The step does not really sleep. */
  slept: number[];
  /** The token that the step got, as the line that masks it shows. */
  token: string | undefined;
  /** The names of the files that the step left in the workspace. */
  left: string[];
};

/** The token with which a job asks for its token. */
export const REQUEST_TOKEN = "eyJ0eXAi.request.token";

/** Stand-ins that record how a program is called. */
const recorder = (program: string, then: string) =>
  `#!/bin/bash\nprintf '%s\\n' "$*" >> "$RECORDED/${program}"\n${then}\n`;

export async function runAction({
  inputs,
  repository = "acme/api",
  tokenUrl,
  files = {},
  links = {},
  temp = "temp",
  env = {},
  programs,
}: Job): Promise<Ran> {
  const [step] = action.runs.steps;
  if (step === undefined) throw new Error("action.yml has no step");
  const home = await mkdtemp(join(tmpdir(), "rolecall-action-"));
  const at = (name: string) => join(home, name);
  for (const folder of ["workspace", temp, "bin", "recorded"]) await mkdir(at(folder));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(at(`workspace/${name}`)), { recursive: true });
    await writeFile(at(`workspace/${name}`), text);
  }
  for (const [name, target] of Object.entries(links)) await symlink(target, at(`workspace/${name}`));
  const path = process.env["PATH"] ?? "";
  const real = (program: string) => `PATH=${JSON.stringify(path)} exec ${program} "$@"`;
  for (const [program, then] of Object.entries({ curl: real("curl"), jq: real("jq"), sleep: "exit 0" })) {
    if (programs?.includes(program) === false) continue;
    await writeFile(at(`bin/${program}`), recorder(program, then));
    await chmod(at(`bin/${program}`), 0o755);
  }
  for (const program of programs ?? []) {
    const [folder] = path.split(":").filter((one) => one === "/usr/bin" || one === "/bin");
    await symlink(`${folder}/${program}`, at(`bin/${program}`)).catch(() => {});
  }
  await writeFile(at("script.sh"), step.run);
  const context = Object.fromEntries(
    Object.entries(action.inputs).map(([name, { default: usual = "" }]) => [
      `inputs.${name}`,
      inputs[name] ?? usual,
    ]),
  );
  const variables = {
    PATH: programs === undefined ? `${at("bin")}:${path}` : at("bin"),
    HOME: home,
    RECORDED: at("recorded"),
    RUNNER_TEMP: at(temp),
    GITHUB_ACTIONS: "true",
    GITHUB_ACTION_PATH: root.replace(/\/$/, ""),
    GITHUB_WORKSPACE: at("workspace"),
    GITHUB_OUTPUT: at("output"),
    GITHUB_STEP_SUMMARY: at("summary.md"),
    GITHUB_REPOSITORY: repository,
    ...(tokenUrl !== undefined && {
      ACTIONS_ID_TOKEN_REQUEST_URL: tokenUrl,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: REQUEST_TOKEN,
    }),
    ...Object.fromEntries(Object.entries(step.env).map(([name, text]) => [name, interpolate(text, context)])),
    ...env,
  };
  const child = spawn("/bin/bash", ["--noprofile", "--norc", "-eo", "pipefail", at("script.sh")], {
    cwd: at("workspace"),
    env: variables,
    stdio: ["ignore", "pipe", "pipe"],
    signal: AbortSignal.timeout(60_000),
  });
  const printed: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => printed.push(chunk));
  const [code] = await once(child, "close");
  const read = (name: string) => readFile(at(name), "utf8").catch(() => "");
  const [output, summary, curl, jq, slept] = await Promise.all(
    ["output", "summary.md", "recorded/curl", "recorded/jq", "recorded/sleep"].map(read),
  );
  const log = Buffer.concat(printed).toString();
  const left = [...(await readdir(at("workspace"))), ...(await readdir(at(temp)))];
  await rm(home, { recursive: true });
  return {
    code,
    log,
    lines: log.split("\n").filter((line) => line !== ""),
    outputs: outputsOf(output ?? "", step.id),
    summary: summary ?? "",
    argv: `${curl}${jq}`,
    slept: (slept ?? "").split("\n").filter(Boolean).map(Number),
    token: /^::add-mask::(.+)$/m.exec(log)?.[1],
    left: left.filter((name) => !Object.keys({ ...files, ...links }).some((file) => file.startsWith(name))),
  };
}

/** Returns the outputs of the action. GitHub reads `name=value` lines, and `name<<END` blocks, which the step may not use. */
function outputsOf(text: string, step: string): Record<string, string> {
  const entries = text.split("\n").flatMap((line) => {
    if (line === "") return [];
    const [, name, value] = /^([\w-]+)=(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new Error(`GitHub refuses the output ${line}`);
    return [[`steps.${step}.outputs.${name}`, value]];
  });
  const context = Object.fromEntries(entries);
  return Object.fromEntries(
    Object.entries(action.outputs).map(([name, { value }]) => [name, stepOutput(value, context)]),
  );
}

/** `interpolate` reads names without hyphens, as the generated workflows have. */
const stepOutput = (value: string, context: Readonly<Record<string, string>>): string =>
  value.replace(/^\$\{\{ (\S+) \}\}$/, (_, name: string) => context[name] ?? "");
