import type { Account } from "../account.ts";
import type { PerformedCall, TrailResource } from "./trail.ts";

/**
 * The parameters that name a resource, by service. CloudTrail lists a role by its name, and an ECR repository by its
 * ARN. Its documents do not say which; this is what users of LookupEvents have reported.
 */
const NAMING: Readonly<Record<string, readonly [parameter: string, type: string][]>> = {
  iam: [
    ["RoleName", "AWS::IAM::Role"],
    ["PolicyName", "AWS::IAM::Policy"],
    ["PolicyArn", "AWS::IAM::Policy"],
    ["InstanceProfileName", "AWS::IAM::InstanceProfile"],
    ["OpenIDConnectProviderArn", "AWS::IAM::OIDCProvider"],
  ],
  sts: [["RoleArn", "AWS::IAM::Role"]],
  dynamodb: [["TableName", "AWS::DynamoDB::Table"]],
};

/** Returns the resources that a call names. */
export function resourcesOf(
  { service, request }: PerformedCall,
  { partition, id, region }: Account,
): TrailResource[] {
  const textAt = (parameter: string): string[] => {
    const value = request[parameter];
    return typeof value === "string" ? [value] : [];
  };
  if (service === "ecr") {
    const named = textAt("repositoryName").map(
      (name) => `arn:${partition}:ecr:${region}:${id}:repository/${name}`,
    );
    return [...named, ...textAt("resourceArn")].map((name) => ({ type: "AWS::ECR::Repository", name }));
  }
  return (NAMING[service] ?? []).flatMap(([parameter, type]) =>
    textAt(parameter).map((name) => ({ type, name })),
  );
}
