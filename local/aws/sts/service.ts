import type { Actions } from "../action.ts";
import type { Endpoint } from "../endpoint.ts";
import { queryEndpoint } from "../wire/query.ts";
import type { Xml } from "../wire/xml.ts";
import { GetCallerIdentity } from "./caller-identity.ts";
import type { Sts, StsCall } from "./state.ts";
import { AssumeRoleWithWebIdentity } from "./web-identity.ts";

export const stsVersion = "2011-06-15";

export const stsActions: Actions<StsCall, Xml> = { AssumeRoleWithWebIdentity, GetCallerIdentity };

export function stsEndpoint(sts: Sts): Endpoint {
  return queryEndpoint({
    service: "sts",
    version: stsVersion,
    namespace: `https://sts.amazonaws.com/doc/${stsVersion}/`,
    context: ({ scope, headers }): StsCall => ({
      ...sts,
      region: scope?.region ?? sts.iam.account.region,
      accessKeyId: scope?.accessKeyId,
      sessionToken: headers["x-amz-security-token"]?.toString(),
    }),
    actions: stsActions,
    unsigned: ["AssumeRoleWithWebIdentity"],
  });
}
