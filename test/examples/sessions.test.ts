/** The sessions in the documents, each run word for word as a reader would, on an `npm start` of its own. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { npmStart } from "../harness/npm-start.ts";
import { run } from "../harness/run.ts";

const DOCUMENTS = ["README.md"];
/** The addresses of `npm start` in the documents. */
const [API, AWS] = ["http://127.0.0.1:3000", "http://127.0.0.1:4566"];

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

describe.each(DOCUMENTS)("the session in %s", (document) => {
  const steps = stepsOf(document);

  test("prints what the document says", async () => {
    const local = await npmStart();
    onTestFinished(() => local.close());
    const placed = (text: string) => text.replaceAll(API, local.url).replaceAll(AWS, local.awsUrl);
    expect(steps.length).toBeGreaterThan(5);
    // One shell for all steps, because they share variables.
    const shown = steps.map(({ command }) => (/^aws /.test(command) && !hasAws ? "true\n" : placed(command)));
    const script = shown.map((command, index) => `${command}echo '${END}' ${index}\n`).join("");
    const env = { AWS_ACCESS_KEY_ID: "me", AWS_SECRET_ACCESS_KEY: "me", AWS_DEFAULT_REGION: "eu-central-1" };
    const { stdout, stderr } = await run("bash", ["-c", script], { env });
    const printed = stdout.split(new RegExp(`${END} \\d+\\n`));
    expect(stderr).toBe("");
    for (const [index, { command, output }] of steps.entries())
      if (!/^aws /.test(command) || hasAws) expect(printed[index], command).toBe(placed(output));
  });
});
