/** The sessions in the documents, each run word for word as a reader would, on an `npm start` of its own. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { npmStart } from "../harness/npm-start.ts";
import { run } from "../harness/run.ts";

const DOCUMENTS = ["README.md", "docs/self.md"];
/** The addresses of `npm start` in the documents. */
const [API, AWS, GITHUB] = ["http://127.0.0.1:3000", "http://127.0.0.1:4566", "http://127.0.0.1:4567"];

/** The command of a step that starts Rolecall, with its variables. A session without this step starts it before. */
const START = /^((?:\w+=\S+ )*)npm start\n$/;

/** The line that the shell prints after each step. */
const END = "--- end of step";

type Step = { readonly command: string; readonly output: string };

/** Returns the steps of a document's console blocks, in order. */
function stepsOf(document: string): Step[] {
  const text = readFileSync(new URL(`../../${document}`, import.meta.url), "utf8");
  const blocks = [...text.matchAll(/^```console\n(.*?)^```$/gms)].map(([, block = ""]) => block);
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((step) => {
        const [, command = "", output = ""] = /^((?:.*\\\n)*.*\n)([\s\S]*)$/.exec(step) ?? [];
        return { command, output };
      }),
  );
}

const hasAws = spawnSync("aws", ["--version"]).status === 0;

/** Runs steps in one shell, because they share variables. Expects of each the output that the document shows. */
async function expectOutputs(steps: readonly Step[], placed: (text: string) => string): Promise<void> {
  const shown = steps.map(({ command }) => (/^aws /.test(command) && !hasAws ? "true\n" : placed(command)));
  const script = shown.map((command, index) => `${command}echo '${END}' ${index}\n`).join("");
  const env = { AWS_ACCESS_KEY_ID: "me", AWS_SECRET_ACCESS_KEY: "me", AWS_DEFAULT_REGION: "eu-central-1" };
  const { stdout, stderr } = await run("bash", ["-c", script], { env });
  const printed = stdout.split(new RegExp(`${END} \\d+\\n`));
  expect(stderr).toBe("");
  for (const [index, { command, output }] of steps.entries())
    if (!/^aws /.test(command) || hasAws)
      expect(withoutRuns(printed[index] ?? ""), command).toBe(withoutRuns(placed(output)));
}

/** Replaces the id of each run, because every run has another one. */
const withoutRuns = (text: string): string => text.replaceAll(/\brun \d{11}\b/g, "run ID");

describe.each(DOCUMENTS)("the session in %s", (document) => {
  const steps = stepsOf(document);

  test("prints what the document says", async () => {
    expect(steps.length).toBeGreaterThan(5);
    const folder = await mkdtemp(join(tmpdir(), "rolecall-session-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const inFolder = (text: string) => text.replaceAll("/tmp/", `${folder}/`);
    const start = steps.findIndex(({ command }) => START.test(command));
    const before = start < 0 ? [] : steps.slice(0, start);
    await expectOutputs(before, inFolder);
    const [, variables = ""] = START.exec(inFolder(steps[start]?.command ?? "")) ?? [];
    const local = await npmStart(
      Object.fromEntries([...variables.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value])),
    );
    onTestFinished(() => local.close());
    const places = [
      [API, local.url],
      [AWS, local.awsUrl],
      [GITHUB, local.gitHubUrl],
    ].flatMap(([from = "", to = ""]) => [
      [from, to] as const,
      [encodeURIComponent(from), encodeURIComponent(to)] as const,
    ]);
    const placed = (text: string) =>
      places.reduce((some, [from, to]) => some.replaceAll(from, to), inFolder(text));
    // A document shows only some of the lines that `npm start` prints.
    for (const line of placed(steps[start]?.output ?? "").split("\n")) expect(local.printed).toContain(line);
    await expectOutputs(steps.slice(start + 1), placed);
  });
});
