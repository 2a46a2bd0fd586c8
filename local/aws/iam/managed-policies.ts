/** The managed policies: the account's own, and those of AWS's that the emulator knows. */
import { invalidInput } from "./rules.ts";
import { type Iam, type Policy, policyArn } from "./state.ts";

export const policyKey = (name: string) => name.toLowerCase();

const statement = (Action: string | readonly string[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*" }] });

const ecrRead = [
  "ecr:GetAuthorizationToken",
  "ecr:BatchCheckLayerAvailability",
  "ecr:GetDownloadUrlForLayer",
  "ecr:GetRepositoryPolicy",
  "ecr:DescribeRepositories",
  "ecr:ListImages",
  "ecr:DescribeImages",
  "ecr:BatchGetImage",
];
const ecrWrite = [
  "ecr:InitiateLayerUpload",
  "ecr:UploadLayerPart",
  "ecr:CompleteLayerUpload",
  "ecr:PutImage",
];

/** Names and paths are AWS's. The documents only show the gist. */
const known: readonly (readonly [path: string, name: string, document: string])[] = [
  ["/", "AdministratorAccess", statement("*")],
  ["/", "PowerUserAccess", statement(["ec2:*", "ecr:*", "s3:*"])],
  ["/", "ReadOnlyAccess", statement(["ec2:Describe*", "ecr:Describe*", "iam:Get*", "iam:List*", "s3:Get*"])],
  ["/", "IAMFullAccess", statement("iam:*")],
  ["/", "AmazonS3FullAccess", statement("s3:*")],
  ["/", "AmazonS3ReadOnlyAccess", statement(["s3:Get*", "s3:List*"])],
  ["/", "AmazonEC2ContainerRegistryFullAccess", statement("ecr:*")],
  ["/", "AmazonEC2ContainerRegistryPowerUser", statement([...ecrRead, ...ecrWrite])],
  ["/", "AmazonEC2ContainerRegistryReadOnly", statement(ecrRead)],
  [
    "/service-role/",
    "AWSLambdaBasicExecutionRole",
    statement(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]),
  ],
];

const since = "2015-02-06T18:39:46.000Z";

export const awsPolicies: readonly Policy[] = known.map(([path, name, document], index) => ({
  name,
  path,
  id: `ANPAI${String(index).padStart(16, "0")}`,
  owner: "aws",
  createdAt: since,
  updatedAt: since,
  versions: [{ id: "v1", document, isDefault: true, createdAt: since }],
  nextVersion: 2,
  tags: [],
}));

/**
 * Checks that an ARN is a policy's, of the account or of AWS. IAM refuses any other ARN before it looks for the
 * policy.
 */
export function checkPolicyArn(arn: string): void {
  if (!/^arn:[a-z-]+:iam::(\d{12}|aws):policy\/[\w+=,.@/-]+$/.test(arn))
    throw invalidInput(`ARN ${arn} is not valid.`);
}

export function lookUpPolicy(iam: Iam, arn: string): Policy | undefined {
  const name = arn.slice(arn.lastIndexOf("/") + 1);
  const candidates = [iam.policies.get(policyKey(name)), ...awsPolicies];
  return candidates.find((policy) => policy !== undefined && policyArn(iam, policy) === arn);
}

export function policyExists(iam: Iam, arn: string): boolean {
  return lookUpPolicy(iam, arn) !== undefined;
}
