/** Runs the commands of the examples as a reader would. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export const examples = fileURLToPath(new URL("../../examples/", import.meta.url));

export type Ran = { code: number | null; stdout: string; stderr: string };

/**
 * Runs a command in a folder of the examples. Of this process's environment it gets only PATH and HOME. It is ended
 * after a minute.
 */
export async function run(
  command: string,
  args: readonly string[],
  { folder = "", env = {} }: { folder?: string; env?: Readonly<Record<string, string>> },
): Promise<Ran> {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(command, args, {
    cwd: `${examples}${folder}`,
    env: { PATH, HOME, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    signal: AbortSignal.timeout(60_000),
  });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const [code] = await once(child, "close");
  return { code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}
