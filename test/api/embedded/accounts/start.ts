/** Starts Rolecall with member accounts that are prepared on the embedded AWS, and with their records. */
import { IAMClient } from "@aws-sdk/client-iam";
import { type Embedded, startEmbedded } from "../../../harness/embedded.ts";
import type { Decided } from "../../../harness/rolecall.ts";

export const HOME = "123456789012";
export const MEMBER = "210987654321";
export const OTHER = "310987654321";

export const memberPath = (account: string, repo: string, role = "publish", owner = "acme"): string =>
  `/v1/accounts/${account}/repos/${owner}/${repo}/roles/${role}`;

const RECORD = { name: "staging", repositories: ["acme/*"], regions: ["eu-central-1"] };

export async function startWithMembers(decided: Parameters<typeof startEmbedded>[0] = {}): Promise<Embedded> {
  const env: Decided["env"] = { ROLECALL_LOCAL_ACCOUNTS: `${MEMBER},${OTHER}`, ...decided.env };
  const rolecall = await startEmbedded({ ...decided, env });
  for (const account of [MEMBER, OTHER])
    await rolecall.api("PUT", `/v1/accounts/${account}`, { body: RECORD });
  return rolecall;
}

/** Returns IAM in a member account, for its owner. */
export const iamOf = (account: string): IAMClient =>
  new IAMClient({ region: "eu-central-1", credentials: { accessKeyId: account, secretAccessKey: "x" } });
