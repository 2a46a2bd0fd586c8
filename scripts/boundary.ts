import { ConfigError } from "../src/config.ts";
import type { PolicyDocument, Statement } from "../src/desired/policy.ts";
import { boundaryFault, boundaryPolicy, type Profiles } from "../src/desired/profiles.ts";

/** What CloudFormation fills in. */
const PLACE = { partition: "${AWS::Partition}", account: "${AWS::AccountId}" };
/** The longest that it may come to. */
const LONGEST = { partition: "aws-us-gov", account: "123456789012" };

/** The boundary of a template, kept to the account that it is deployed in. @throws ConfigError if IAM would not take it */
export function templateBoundary(base: PolicyDocument, profiles: Profiles): object {
  const fault = boundaryFault(boundaryPolicy(base, profiles, LONGEST));
  if (fault !== undefined) throw new ConfigError(fault);
  const { Version, Statement } = boundaryPolicy(base, profiles, PLACE);
  return { Version, Statement: Statement.map(substituted) };
}

/** A statement in which CloudFormation fills the place in. */
function substituted({ Resource, Condition, ...statement }: Statement): object {
  const text = (value: string) => {
    const inAccount = value.replace("arn:*:ecr:*:*:", `arn:${PLACE.partition}:ecr:*:${PLACE.account}:`);
    return inAccount.includes("${AWS::") ? { "Fn::Sub": inAccount } : inAccount;
  };
  const texts = (values: string | readonly string[] = []) =>
    typeof values === "string" ? text(values) : values.map(text);
  const conditions = Object.entries(Condition ?? {}).map(([operator, keys]) => [
    operator,
    Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, texts(values)])),
  ]);
  return {
    ...statement,
    Resource: texts(Resource),
    ...(conditions.length > 0 && { Condition: Object.fromEntries(conditions) }),
  };
}
