/** Starts the server of `npm start` in a process of its own, with a data folder of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The addresses of Rolecall and of its embedded AWS and GitHub, and the lines that the server has printed. */
type Started = { url: string; awsUrl: string; gitHubUrl: string; printed: readonly string[] };

/** Starts the server on free ports. @throws Error with its output if it ends instead */
export async function npmStart(
  variables: Readonly<Record<string, string>> = {},
): Promise<Started & { close(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), "rolecall-start-"));
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, ["--import", "tsx", "local/start.ts"], {
    cwd: root,
    env: { PATH, HOME, PORT: "0", ROLECALL_DATA: directory, ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  const errors: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk.toString()));
  const listening = new Promise<Started>((resolve) => {
    const printed: string[] = [];
    const find = (pattern: RegExp) => pattern.exec(printed.join("\n"))?.[1] ?? "";
    createInterface(child.stdout).on("line", (line) => {
      printed.push(line);
      // The last line of the start.
      if (line !== "Ctrl-C ends it.") return;
      resolve({
        url: find(/^Rolecall listens on (http:\/\/[\d.:]+)/m),
        awsUrl: find(/^ {2}export AWS_ENDPOINT_URL=(http:\/\/[\d.:]+) /m),
        gitHubUrl: find(/ embedded GitHub on (http:\/\/[\d.:]+):$/m),
        printed,
      });
    });
  });
  const ended = exited.then(() => {
    throw new Error(`The server ended: ${errors.join("")}`);
  });
  const started = await Promise.race([listening, ended]);
  // From here on the server is expected to end.
  ended.catch(() => {});
  return {
    ...started,
    async close() {
      child.kill("SIGTERM");
      await exited;
      await rm(directory, { recursive: true });
    },
  };
}
