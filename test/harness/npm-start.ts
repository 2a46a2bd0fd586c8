/** Starts the server of `npm start` in a process of its own, with a data folder of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Starts the server on a free port. @throws Error with its output if it ends instead */
export async function npmStart(
  variables: Readonly<Record<string, string>> = {},
): Promise<{ url: string; awsUrl: string; close(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), "rolecall-start-"));
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, ["--import", "tsx", "local/start.ts"], {
    cwd: root,
    env: { PATH, HOME, PORT: "0", ROLECALL_DATA: directory, ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  const printed: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => printed.push(chunk.toString()));
  const listening = new Promise<{ url: string; awsUrl: string }>((resolve) => {
    let url = "";
    createInterface(child.stdout).on("line", (line) => {
      url = /^Rolecall listens on (http:\/\/[\d.:]+)/.exec(line)?.[1] ?? url;
      const [, awsUrl] = /^ {2}export AWS_ENDPOINT_URL=(http:\/\/[\d.:]+) /.exec(line) ?? [];
      if (awsUrl !== undefined) resolve({ url, awsUrl });
    });
  });
  const ended = exited.then(() => {
    throw new Error(`The server ended: ${printed.join("")}`);
  });
  const { url, awsUrl } = await Promise.race([listening, ended]);
  // From here on the server is expected to end.
  ended.catch(() => {});
  return {
    url,
    awsUrl,
    async close() {
      child.kill("SIGTERM");
      await exited;
      await rm(directory, { recursive: true });
    },
  };
}
