/** The server that `npm start` starts: a process of its own, with its data in a folder of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Starts it on a free port. @throws Error with what it printed, if it ends instead */
export async function npmStart(): Promise<{ url: string; close(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), "rolecall-start-"));
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, ["--import", "tsx", "local/start.ts"], {
    cwd: root,
    env: { PATH, HOME, PORT: "0", ROLECALL_DATA: directory },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  const printed: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => printed.push(chunk.toString()));
  const listening = new Promise<string>((resolve) => {
    createInterface(child.stdout).on("line", (line) => {
      const [, url] = /^Rolecall listens on (http:\/\/[\d.:]+)/.exec(line) ?? [];
      if (url !== undefined) resolve(url);
    });
  });
  const ended = exited.then(() => {
    throw new Error(`The server ended: ${printed.join("")}`);
  });
  const url = await Promise.race([listening, ended]);
  // From now on it ends when it is told to.
  ended.catch(() => {});
  return {
    url,
    async close() {
      child.kill("SIGTERM");
      await exited;
      await rm(directory, { recursive: true });
    },
  };
}
