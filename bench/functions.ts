/**
 * Measures the processor time and memory of the packaged API function, on which its memory size in serverless.yml is
 * based.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { bundle } from "../scripts/bundle.ts";
import { event } from "../test/package/events.ts";
import { type Lambda, startLambda } from "../test/package/lambda.ts";
import type { World } from "./world.ts";

/**
 * The heap limits of Lambda's own Node at 512 MB: nine tenths of the memory, and a twentieth for each semi-space of
 * young objects.
 */
const LAMBDAS_OWN = "--max-old-space-size=460 --max-semi-space-size=25";

/** Returns the NODE_OPTIONS that serverless.yml sets for a function. If it sets none, returns Lambda's own. */
function nodeOptions(name: string): string {
  const text = readFileSync(new URL("../serverless.yml", import.meta.url), "utf8");
  const { functions } = parse(text, { logLevel: "silent" });
  return functions[0][name].environment?.NODE_OPTIONS ?? LAMBDAS_OWN;
}

export type Packaged = Lambda & {
  remove(): Promise<void>;
};

/**
 * Starts a packaged function on a bench's world, in a process and on a Node version of its own, with the heap limits
 * that it has on Lambda.
 */
export async function startPackaged(
  world: World,
  name: "api" | "drift",
  gitHub = world.gitHub,
): Promise<Packaged> {
  const directory = await bundled(name);
  const lambda = await startLambda(directory, `${name}.handler`, variablesOf(world, name, gitHub));
  return {
    ...lambda,
    async remove() {
      await lambda.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Bundles a function into a directory of its own. */
export async function bundled(name: "api" | "drift"): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "rolecall-bench-"));
  await bundle([fileURLToPath(new URL(`../handlers/${name}.ts`, import.meta.url))], directory);
  return directory;
}

/** Returns the environment of a function. The drift function has the queue of the jobs. */
export function variablesOf(world: World, name: "api" | "drift", gitHub = world.gitHub) {
  const { table, boundaryArn, jobsQueueUrl = "" } = world.services.config;
  return {
    AWS_REGION: world.services.clients.place.region,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL: world.aws,
    GITHUB_API_URL: gitHub,
    ROLECALL_OWNERS: "acme",
    ROLECALL_SELF_AUDIENCE: "https://rolecall.example.com",
    ROLECALL_TABLE: table,
    ROLECALL_BOUNDARY_ARN: boundaryArn,
    NODE_OPTIONS: nodeOptions(name),
    ...(name === "drift" && { ROLECALL_JOBS_QUEUE_URL: jobsQueueUrl }),
  };
}

/**
 * Measures the API function's processor time for its start, its first registration and a read, and its peak memory after
 * many registrations. Returns the figures as one sentence.
 */
export async function benchApi(world: World, requests: number): Promise<string> {
  const api = await startPackaged(world, "api");
  const cpuOf = async (count: number, method: string, path: (index: number) => string): Promise<number> => {
    const before = api.usage().cpuMilliseconds;
    for (let index = 0; index < count; index++) {
      const { statusCode, body } = Object(await api.invoke(event(method, path(index))));
      if (statusCode >= 300) throw new Error(`${method} ${path(index)}: ${body}`);
    }
    return Math.round((api.usage().cpuMilliseconds - before) / count);
  };
  const start = await cpuOf(1, "GET", () => "/healthz");
  const role = (index: number) => `/v1/repos/acme/function-${index}/roles/publish`;
  const first = await cpuOf(1, "PUT", () => role(0));
  await cpuOf(requests, "PUT", (index) => role(index + 1));
  const get = await cpuOf(requests, "GET", (index) => role(index + 1));
  const megabytes = Math.round(api.usage().megabytes);
  await api.remove();
  return `The API function: ${start} ms of processor time to start, ${first} ms for the first registration, ${get} ms for a read; at most ${megabytes} MB, with ${requests} more registrations and reads.`;
}
