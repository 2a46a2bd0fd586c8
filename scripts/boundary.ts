import { ConfigError } from "../src/config.ts";
import type { PolicyDocument, Statement } from "../src/desired/policy.ts";
import { boundaryFault, boundaryPolicy, type Profiles } from "../src/desired/profiles.ts";

/** The pseudo parameters that CloudFormation replaces with the partition and the account of the deployment. */
const PLACE = { partition: "${AWS::Partition}", account: "${AWS::AccountId}" };
/** The longest partition and account. The boundary must fit IAM's size limit with these. */
const LONGEST = { partition: "aws-us-gov", account: "123456789012" };

/**
 * Renders the permissions boundary for `deploy/roles.yml`: what each role may do in ECR, and what the profiles allow.
 * Its ECR statements are limited to the account of the deployment.
 * @throws ConfigError if IAM would refuse the boundary
 */
export function templateBoundary(base: PolicyDocument, profiles: Profiles): object {
  const fault = boundaryFault(boundaryPolicy(base, profiles, LONGEST));
  if (fault !== undefined) throw new ConfigError(fault);
  const { Version, Statement } = boundaryPolicy(base, profiles, PLACE);
  return { Version, Statement: Statement.map(substituted) };
}

/** Returns the statement with `Fn::Sub` around each string that CloudFormation has to complete. */
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
