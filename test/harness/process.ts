/**
 * Runs Rolecall in processes of their own, with a clock that tests set. Tests stop and continue them as if a machine
 * had paused.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundled } from "./bundled.ts";

/** Opens a clock for several processes, ahead of the machine's. */
export function openClock() {
  const directory = mkdtempSync(join(tmpdir(), "rolecall-clock-"));
  const file = join(directory, "ahead");
  let ahead = 0;
  const advance = (milliseconds: number) => {
    ahead += milliseconds;
    writeFileSync(file, String(ahead));
  };
  advance(0);
  return { file, advance, close: () => rmSync(directory, { recursive: true }) };
}

/**
 * Starts Rolecall with this process's environment and an access key id of its own, which identifies its calls.
 * @param services the number of services in the process, each with clients of its own, as each Lambda has
 * @param variables more variables, which win over those of this process
 */
export async function startProcess(
  accessKeyId: string,
  clockFile: string,
  services = 1,
  variables: Readonly<Record<string, string>> = {},
) {
  const child = fork(await bundled("test/harness/process-main.ts"), {
    execArgv: ["--expose-gc"],
    env: {
      ...process.env,
      ...variables,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: "local",
      ROLECALL_CLOCK: clockFile,
      ROLECALL_SERVICES: String(services),
    },
  });
  const exited = once(child, "exit");
  const message = async (): Promise<{ urls?: string[]; heapBytes?: number }> => {
    const [received] = await Promise.race([once(child, "message"), exited]);
    if (typeof received !== "object") throw new Error(`Rolecall ended with ${received}`);
    return received;
  };
  const { urls = [] } = await message();
  const [url = ""] = urls;
  return {
    /** The URL of the first service. `urls` has all of them. */
    url,
    urls,
    stop: () => child.kill("SIGSTOP"),
    proceed: () => child.kill("SIGCONT"),
    /** Returns the bytes in use on its heap after a garbage collection. */
    async heapBytes(): Promise<number> {
      const told = message();
      child.send({});
      return (await told).heapBytes ?? 0;
    },
    async close(): Promise<void> {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
