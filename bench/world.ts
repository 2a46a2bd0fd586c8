/**
 * Starts Rolecall on an embedded AWS and GitHub that answer after a latency, so that calls dominate the time as in
 * production.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { startLocal } from "../local/serve.ts";

export type World = Awaited<ReturnType<typeof startWorld>>;

/** The calls of AWS so far, by service and action, and the processor time of the embedded AWS in milliseconds. */
export type Tally = { byAction: Readonly<Record<string, number>>; cpuMilliseconds: number };

/** @param env more variables of the service's environment */
export async function startWorld(env: Readonly<Record<string, string>> = {}) {
  const child = fork(fileURLToPath(new URL("aws.ts", import.meta.url)), [], {
    execArgv: ["--import", "tsx"],
    // Hide the child's stderr: its warnings about its Node version do not matter here.
    stdio: ["ignore", "inherit", "ignore", "ipc"],
  });
  const message = async (): Promise<Record<string, unknown>> => Object((await once(child, "message"))[0]);
  const { aws, gitHub } = await message();
  const tell = async (what: object): Promise<Tally & { calls: number; trailCalls: number }> => {
    const answer = message();
    child.send(what);
    const { calls, trailCalls, byAction, cpuMilliseconds } = await answer;
    return {
      calls: Number(calls),
      trailCalls: Number(trailCalls),
      byAction: Object(byAction),
      cpuMilliseconds: Number(cpuMilliseconds),
    };
  };
  const urls = { aws: String(aws), gitHub: String(gitHub) };
  process.env["AWS_ENDPOINT_URL"] = urls.aws;
  process.env["AWS_REGION"] = "eu-central-1";
  process.env["GITHUB_API_URL"] = urls.gitHub;
  const local = await startLocal({ log: { info: () => {}, warn: () => {}, error: () => {} }, env });
  return {
    ...urls,
    /** The URL of Rolecall's API. */
    api: local.url,
    services: local.services,
    /** Sets how long every call of AWS and GitHub takes from now on, in milliseconds. */
    setLatency: (latency: number) => tell({ latency }),
    /** Returns how many calls of AWS and GitHub the work makes. */
    async callsOf(work: () => Promise<unknown>): Promise<number> {
      const before = await tell({});
      await work();
      return (await tell({})).calls - before.calls;
    },
    /** Returns how many calls of CloudTrail the work makes. */
    async trailCallsOf(work: () => Promise<unknown>): Promise<number> {
      const before = await tell({});
      await work();
      return (await tell({})).trailCalls - before.trailCalls;
    },
    /** Gives accounts the IAM and ECR of another one. */
    copyAccount: (from: string, to: readonly string[]) => tell({ copy: { from, to } }),
    /** Returns the calls of AWS that the work makes, by service and action, and the processor time that they took. */
    async tallyOf(work: () => Promise<unknown>): Promise<Tally> {
      const before = await tell({});
      await work();
      const after = await tell({});
      const made = Object.entries(after.byAction).map(
        ([name, count]) => [name, count - (before.byAction[name] ?? 0)] as const,
      );
      return {
        byAction: Object.fromEntries(made.filter(([, count]) => count > 0)),
        cpuMilliseconds: after.cpuMilliseconds - before.cpuMilliseconds,
      };
    },
    async close() {
      await local.close();
      child.kill();
      await once(child, "exit");
    },
  };
}
