/** Rolecall on an embedded AWS and an embedded GitHub that answer after a latency, so that calls dominate as in life. */
import { startEmbeddedAws } from "../local/aws/server.ts";
import { startEmbeddedGitHub } from "../local/github/server.ts";
import { startLocal } from "../local/serve.ts";

export type World = Awaited<ReturnType<typeof startWorld>>;

/** @param latencyMs of every call of AWS and GitHub; it can be changed while nothing is under way */
export async function startWorld(latencyMs: number) {
  const latency = { ms: latencyMs };
  const slow = ({ phase }: { phase: string }) =>
    phase === "before" && latency.ms > 0 ? ({ kind: "latency", ms: latency.ms } as const) : undefined;
  const counts = { calls: 0 };
  const gitHub = await startEmbeddedGitHub({
    owners: ["acme"],
    fault: (point) => {
      if (point.phase === "before") counts.calls++;
      return slow(point);
    },
  });
  const aws = await startEmbeddedAws({
    quotas: { rolesPerAccount: 100_000, repositoriesPerRegistry: 100_000 },
    fault: (point) => {
      if (point.phase === "before") counts.calls++;
      return slow(point);
    },
  });
  process.env["AWS_ENDPOINT_URL"] = aws.url;
  process.env["AWS_REGION"] = "eu-central-1";
  process.env["GITHUB_API_URL"] = gitHub.url;
  const local = await startLocal({ log: { info: () => {}, warn: () => {}, error: () => {} } });
  return {
    aws,
    gitHub,
    latency,
    services: local.services,
    /** How many calls of AWS and GitHub some work makes. */
    async callsOf(work: () => Promise<unknown>): Promise<number> {
      const before = counts.calls;
      await work();
      return counts.calls - before;
    },
    async close() {
      await local.close();
      await aws.close();
      await gitHub.close();
    },
  };
}
