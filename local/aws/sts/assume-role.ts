/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
import { holds, parseOperator } from "../../../src/policy/operators.ts";
import { type Principal, parseTrustPolicy, type TrustStatement } from "../../../src/policy/parse.ts";
import { namesAction } from "../../../src/policy/principal.ts";
import { type Action, action } from "../action.ts";
import { AwsError } from "../errors.ts";
import { putRole } from "../iam/role.ts";
import { type Iam, type Role, roleArn } from "../iam/state.ts";
import type { Input } from "../input.ts";
import type { Xml } from "../wire/xml.ts";
import * as rules from "./rules.ts";
import { checkSessionPolicies, readSessionPolicies } from "./session-policies.ts";
import { openSession, type StsCall } from "./state.ts";

const read = (input: Input) => ({
  arn: input.text("RoleArn", rules.arn),
  sessionName: input.text("RoleSessionName", rules.roleSessionName),
  externalId: input.optionalText("ExternalId", rules.externalId),
  sourceIdentity: input.optionalText("SourceIdentity", rules.roleSessionName),
  policies: readSessionPolicies(input),
  seconds: input.optionalInteger("DurationSeconds", rules.durationSeconds) ?? 3600,
});

/** A session that was opened by a session may last an hour. */
const CHAINED_SECONDS = 3600;

/**
 * Opens a session of a role for another principal. A role that does not exist, and one whose trust policy does not let
 * the caller in, get the same answer.
 */
export const AssumeRole: Action<StsCall, Xml> = action(
  read,
  (sts, { arn, sessionName, externalId, sourceIdentity, policies, seconds }) => {
    const { principal, iamOf, region } = sts;
    const [, account] = /^arn:[a-z-]+:iam::(\d{12}):role\/.+$/.exec(arn) ?? [];
    if (account === undefined) throw new AwsError("ValidationError", 400, "Request ARN is invalid");
    const iam = iamOf(account);
    const role = iam.roles.values().find((each) => roleArn(iam, each) === arn);
    const context: Context = {
      "aws:principalarn": principal.arn,
      "aws:principalaccount": principal.account,
      "aws:principalorgid": principal.organization,
      "sts:externalid": externalId,
      "sts:rolesessionname": sessionName,
      "sts:sourceidentity": sourceIdentity,
    };
    const asked = ["sts:AssumeRole", ...(sourceIdentity === undefined ? [] : ["sts:SetSourceIdentity"])];
    const refused = role && asked.find((one) => !letsIn(role, principal.account, iam, one, context));
    if (role === undefined || refused !== undefined)
      throw new AwsError(
        "AccessDenied",
        403,
        `User: ${principal.arn} is not authorized to perform: ${refused ?? "sts:AssumeRole"} on resource: ${arn}`,
      );
    if (seconds > Math.min(role.maxSessionDuration, principal.isSession ? CHAINED_SECONDS : 43_200))
      throw new AwsError(
        "ValidationError",
        400,
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
      );
    const packedSize = checkSessionPolicies(iam, policies);
    putRole(iam, { ...role, lastUsed: { at: iam.now().toISOString(), region } });
    const session = openSession({ ...sts, iam }, role, sessionName, seconds, {
      policy: policies.inline,
      sourceIdentity,
      policies: "enforced",
    });
    return {
      AssumedRoleUser: { Arn: session.arn, AssumedRoleId: session.id },
      Credentials: {
        AccessKeyId: session.accessKeyId,
        SecretAccessKey: session.secretAccessKey,
        SessionToken: session.token,
        Expiration: session.expiresAt,
      },
      PackedPolicySize: packedSize,
      SourceIdentity: sourceIdentity,
    };
  },
);

/** The condition keys of the request, in lower case. */
type Context = Readonly<Record<string, string | undefined>>;

/** Tells whether a role's trust policy lets a caller of an account do an action. A Deny that matches wins. */
function letsIn(role: Role, account: string, iam: Iam, asked: string, context: Context): boolean {
  const parsed = parseTrustPolicy(role.trust);
  if ("error" in parsed) return false;
  const matching = parsed.policy.statements.filter(
    (one) =>
      namesAction(one, asked) && namesCaller(one, account, iam, context) && conditionsHold(one, context),
  );
  return (
    matching.some(({ effect }) => effect === "Allow") && !matching.some(({ effect }) => effect === "Deny")
  );
}

function namesCaller({ principal }: TrustStatement, account: string, iam: Iam, context: Context): boolean {
  const isCaller = ({ type, value }: Principal): boolean =>
    value === "*" ||
    (type === "AWS" &&
      [account, `arn:${iam.account.partition}:iam::${account}:root`, context["aws:principalarn"]].includes(
        value,
      ));
  return principal.values.some(isCaller) !== principal.not;
}

const conditionsHold = ({ conditions }: TrustStatement, context: Context): boolean =>
  conditions.every(({ operator: name, key, values }) => {
    const operator = parseOperator(name);
    if (operator === null || operator === "other") return false;
    const actual = context[key.toLowerCase()];
    return holds(operator, values, actual === undefined ? null : [actual], null);
  });
