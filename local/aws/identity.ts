/** The callers of the embedded AWS. A request's access key id says who called. */
import { createHash } from "node:crypto";
import type { Account } from "./account.ts";
import type { Session } from "./sts/state.ts";

/** A caller, in the terms of CloudTrail's `userIdentity`. */
export type Caller =
  | { type: "IAMUser"; arn: string; id: string; name: string }
  | { type: "AssumedRole"; arn: string; id: string; roleName: string }
  /** A service of AWS that acts by itself. It has no ARN. */
  | { type: "AWSService"; invokedBy: string };

/**
 * Returns the caller that an access key id stands for. A session that was opened here has its own identity, and
 * `lambda.amazonaws.com` stands for that service. Any other access key id is the name of a user: `alice` calls as
 * `user/alice`, and `210987654321-alice` as that user of another account.
 */
export function callerOf(
  accessKeyId: string,
  { partition, id: account }: Account,
  sessions: ReadonlyMap<string, Session>,
): Caller {
  const session = sessions.get(accessKeyId);
  if (session !== undefined) {
    const [, roleName = ""] = session.arn.split("/");
    return { type: "AssumedRole", arn: session.arn, id: session.id, roleName };
  }
  if (accessKeyId.endsWith(".amazonaws.com")) return { type: "AWSService", invokedBy: accessKeyId };
  const [, of = account, user = "local"] = /^(\d{12})(?:-(.+))?$/.exec(accessKeyId) ?? [
    "",
    account,
    accessKeyId,
  ];
  const name = user.replace(/[^\w+=,.@-]/g, "-").slice(0, 64);
  return { type: "IAMUser", arn: `arn:${partition}:iam::${of}:user/${name}`, id: userId(name), name };
}

/** Returns a user's id, which is always the same for a name. */
function userId(name: string): string {
  if (name === "local") return "AIDALOCALLOCALLOCALAA";
  const digits = createHash("sha256").update(name).digest("hex").toUpperCase();
  return `AIDA${digits.slice(0, 17)}`;
}
