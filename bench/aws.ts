/**
 * Runs the bench's embedded AWS and GitHub in a process of their own, so that their work does not slow down what is
 * measured.
 */
import { startEmbeddedAws } from "../local/aws/server.ts";
import { startEmbeddedGitHub } from "../local/github/server.ts";

let latencyMs = 0;
let calls = 0;
let trailCalls = 0;
const suffer = ({ phase, service }: { phase: string; service?: string }) => {
  if (phase !== "before") return undefined;
  calls++;
  if (service === "cloudtrail") trailCalls++;
  return latencyMs > 0 ? ({ kind: "latency", ms: latencyMs } as const) : undefined;
};
const gitHub = await startEmbeddedGitHub({ owners: ["acme"], fault: suffer });
const aws = await startEmbeddedAws({ quotas: { rolesPerAccount: 100_000 }, fault: suffer });
process.on("message", (message) => {
  const { latency = latencyMs }: { latency?: number } = Object(message);
  latencyMs = latency;
  process.send?.({ calls, trailCalls });
});
process.on("disconnect", () => process.exit());
process.send?.({ aws: aws.url, gitHub: gitHub.url });
