import type { FaultHook } from "./aws/fault.ts";
import type { EmbeddedAws } from "./aws/server.ts";

/** Longer than anyone waits for an answer (milliseconds). */
const NEVER_MS = 24 * 60 * 60_000;

/** The ARN of a role by which Rolecall reads or writes in a member account. */
const MEMBER_ROLE = /^arn:[^:]+:iam::(\d{12}):role\/rolecall-member\//;

/**
 * Makes member accounts never answer Rolecall: no call with a session there, and none that opens one. The account's owner is
 * still answered, so `npm start` can prepare the account.
 * @param sessionsOf returns the sessions of the embedded AWS
 */
export const silence =
  (accounts: readonly string[], sessionsOf: () => EmbeddedAws["sessions"] | undefined): FaultHook =>
  ({ accessKeyId = "", action, request, phase }) => {
    const [, opened] = (action === "AssumeRole" && MEMBER_ROLE.exec(String(request["RoleArn"]))) || [];
    const account = sessionsOf()?.get(accessKeyId)?.account ?? opened;
    const isSilent = phase === "before" && account !== undefined && accounts.includes(account);
    return isSilent ? { kind: "latency", ms: NEVER_MS } : undefined;
  };
