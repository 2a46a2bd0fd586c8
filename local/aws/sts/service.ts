import type { Account } from "../account.ts";
import type { Accounts } from "../accounts.ts";
import type { Actions } from "../action.ts";
import type { Endpoint } from "../endpoint.ts";
import { callerOf } from "../identity.ts";
import { queryEndpoint } from "../wire/query.ts";
import type { Xml } from "../wire/xml.ts";
import { AssumeRole } from "./assume-role.ts";
import { GetCallerIdentity } from "./caller-identity.ts";
import type { Sts, StsCall } from "./state.ts";
import { AssumeRoleWithWebIdentity } from "./web-identity.ts";

export const stsVersion = "2011-06-15";

export const stsActions: Actions<StsCall, Xml> = {
  AssumeRole,
  AssumeRoleWithWebIdentity,
  GetCallerIdentity,
};

/** The hub as STS knows it: the path of its roles, its organisation, and the users that stand for its functions. */
export type Hub = {
  readonly rolePath: string;
  readonly organization: string | undefined;
  readonly users: readonly string[];
};

export function stsEndpoint(sts: Omit<Sts, "iam">, accounts: Accounts, home: string, hub: Hub): Endpoint {
  return queryEndpoint({
    service: "sts",
    version: stsVersion,
    namespace: `https://sts.amazonaws.com/doc/${stsVersion}/`,
    context: ({ scope, headers }): StsCall => {
      const { iam } = scope === undefined ? accounts.of(home) : accounts.ofCaller({ scope, headers });
      return {
        ...sts,
        iam,
        iamOf: (account) => accounts.of(account).iam,
        region: scope?.region ?? iam.account.region,
        accessKeyId: scope?.accessKeyId,
        sessionToken: headers["x-amz-security-token"]?.toString(),
        principal: principalOf(scope?.accessKeyId ?? "", sts, iam.account, home, hub),
      };
    },
    actions: stsActions,
    unsigned: ["AssumeRoleWithWebIdentity"],
  });
}

/**
 * Returns the caller as a trust policy sees it. The users of the hub's own processes stand for the roles of its
 * functions, because a local run has no Lambda.
 */
function principalOf(
  accessKeyId: string,
  { sessions }: Pick<Sts, "sessions">,
  account: Account,
  home: string,
  { rolePath, organization, users }: Hub,
): StsCall["principal"] {
  const session = sessions.get(accessKeyId);
  const common = { account: account.id, organization, isSession: true };
  if (session !== undefined) return { ...common, arn: session.roleArn };
  if (users.includes(accessKeyId))
    return { ...common, arn: `arn:${account.partition}:iam::${home}:role${rolePath}${accessKeyId}` };
  const caller = callerOf(accessKeyId, account, sessions);
  return {
    ...common,
    isSession: false,
    arn: caller.type === "AWSService" ? caller.invokedBy : caller.arn,
  };
}
