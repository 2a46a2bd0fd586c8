/**
 * STS. Its role-assuming actions belong here: each is an entry of the table; one that is called without a
 * signature (AssumeRoleWithWebIdentity) is also named in `unsigned`.
 */
import { type Action, type Actions, action } from "./action.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Iam } from "./iam/state.ts";
import { queryEndpoint } from "./wire/query.ts";
import type { Xml } from "./wire/xml.ts";

/** The roles to be assumed are IAM's. */
export type Sts = { iam: Iam };

export const stsVersion = "2011-06-15";

const GetCallerIdentity: Action<Sts, Xml> = action(
  () => undefined,
  ({ iam: { account } }) => ({
    Arn: `arn:${account.partition}:iam::${account.id}:user/local`,
    UserId: "AIDALOCALLOCALLOCALAA",
    Account: account.id,
  }),
);

export const stsActions: Actions<Sts, Xml> = { GetCallerIdentity };

export function stsEndpoint(sts: Sts): Endpoint {
  return queryEndpoint({
    service: "sts",
    version: stsVersion,
    namespace: `https://sts.amazonaws.com/doc/${stsVersion}/`,
    context: sts,
    actions: stsActions,
    unsigned: [],
  });
}
