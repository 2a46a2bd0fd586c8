import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { node24 } from "./node24.ts";

export type Lambda = {
  /** The version of Node that the function runs on. */
  node: string;
  importMilliseconds: number;
  /** Returns the handler's answer to an event. @throws Error with the message of the handler's error */
  invoke(event: unknown): Promise<unknown>;
  /** Returns the peak memory and the processor time of its process at its last answer. */
  usage(): { megabytes: number; cpuMilliseconds: number };
  /** The files that it read while it answered. */
  reads: readonly string[];
  /** Returns everything that it wrote, as Lambda sends it to the log group. */
  output(): string;
  close(): Promise<void>;
};

/**
 * Starts a function as Lambda would: from its unpacked artefact, by its `Handler`, with only its own environment, on
 * Lambda's version of Node. @throws Error with its output if it does not start
 */
export async function startLambda(
  directory: string,
  handler: string,
  env: Record<string, string>,
  execArgv: string[] = [],
): Promise<Lambda> {
  const [, path = "", name = ""] = /^(.*)\.(\w+)$/.exec(handler) ?? [];
  const child = fork(
    fileURLToPath(new URL("runtime.ts", import.meta.url)),
    [join(directory, `${path}.mjs`), name],
    {
      execPath: node24(),
      execArgv,
      cwd: directory,
      env,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (output += chunk));
  const exited = once(child, "exit");
  const message = async (): Promise<Record<string, unknown>> => {
    const [received] = await Promise.race([once(child, "message"), exited.then(() => [undefined])]);
    if (received === undefined) throw new Error(`The function ended: ${output}`);
    return Object(received);
  };

  const { node, importMilliseconds } = await message();
  const reads: string[] = [];
  let used = { maxRSS: 0, userCPUTime: 0, systemCPUTime: 0 };
  return {
    node: String(node),
    importMilliseconds: Number(importMilliseconds),
    async invoke(event) {
      const answered = message();
      child.send(Object(event));
      const { answer, error, usage, reads: more } = await answered;
      if (Array.isArray(more)) reads.push(...more);
      used = Object(usage ?? used);
      if (error !== undefined) throw new Error(String(error));
      return answer;
    },
    usage: () => ({
      megabytes: (used.maxRSS * 1024) / 1_000_000,
      cpuMilliseconds: (used.userCPUTime + used.systemCPUTime) / 1000,
    }),
    reads,
    output: () => output,
    async close() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
