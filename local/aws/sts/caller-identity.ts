/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
import { type Action, action } from "../action.ts";
import { callerOf } from "../identity.ts";
import type { Xml } from "../wire/xml.ts";
import type { StsCall } from "./state.ts";

/** Returns the caller. A session that was opened here has its own identity; any other access key id names a user. */
export const GetCallerIdentity: Action<StsCall, Xml> = action(
  () => undefined,
  ({ iam: { account }, sessions, accessKeyId = "" }) => {
    const session = sessions.get(accessKeyId);
    if (session === undefined) {
      const caller = callerOf(accessKeyId, account, sessions);
      return caller.type === "AWSService"
        ? { Arn: caller.invokedBy, UserId: caller.invokedBy, Account: account.id }
        : { Arn: caller.arn, UserId: caller.id, Account: account.id };
    }
    return { Arn: session.arn, UserId: session.id, Account: account.id };
  },
);
