/**
 * Runs the bench's embedded AWS and GitHub in a process of their own, so that their work does not slow down what is
 * measured.
 */
import { startEmbeddedAws } from "../local/aws/server.ts";
import { startEmbeddedGitHub } from "../local/github/server.ts";

/** A request of the bench. `copy` gives accounts the IAM and ECR of another one. */
type Message = { latency?: number; copy?: { from: string; to: readonly string[] } };

let latencyMs = 0;
let calls = 0;
let trailCalls = 0;
/** The number of AWS's calls, by service and action, such as `iam:GetRole`. */
const byAction: Record<string, number> = {};
const suffer = ({ phase, service, action }: { phase: string; service?: string; action?: string }) => {
  if (phase !== "before") return undefined;
  calls++;
  if (service !== undefined) {
    const name = `${service}:${action}`;
    byAction[name] = (byAction[name] ?? 0) + 1;
  }
  if (service === "cloudtrail") trailCalls++;
  return latencyMs > 0 ? ({ kind: "latency", ms: latencyMs } as const) : undefined;
};
const gitHub = await startEmbeddedGitHub({ owners: ["acme"], fault: suffer });
const aws = await startEmbeddedAws({ quotas: { rolesPerAccount: 100_000 }, fault: suffer });
process.on("message", (message) => {
  const { latency = latencyMs, copy }: Message = Object(message);
  latencyMs = latency;
  for (const account of copy?.to ?? []) aws.copyAccount(copy?.from ?? "", account);
  const { user, system } = process.cpuUsage();
  process.send?.({ calls, trailCalls, byAction, cpuMilliseconds: (user + system) / 1000 });
});
process.on("disconnect", () => process.exit());
process.send?.({ aws: aws.url, gitHub: gitHub.url });
