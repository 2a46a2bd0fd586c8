/**
 * Policies of AWS that pipelines often have, as AWS published them in November 2026. The listing of an account does
 * not include their documents. The permissions of every other policy of AWS count as not known.
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */
const ECR_READ = [
  "ecr:BatchCheckLayerAvailability",
  "ecr:BatchGetImage",
  "ecr:DescribeImageScanFindings",
  "ecr:DescribeImages",
  "ecr:DescribeRepositories",
  "ecr:GetAuthorizationToken",
  "ecr:GetDownloadUrlForLayer",
  "ecr:GetLifecyclePolicy",
  "ecr:GetLifecyclePolicyPreview",
  "ecr:GetRepositoryPolicy",
  "ecr:ListImages",
  "ecr:ListTagsForResource",
];
const ECR_WRITE = [
  "ecr:CompleteLayerUpload",
  "ecr:InitiateLayerUpload",
  "ecr:PutImage",
  "ecr:UploadLayerPart",
];

const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  AdministratorAccess: ["*"],
  IAMFullAccess: [
    "iam:*",
    "organizations:DescribeAccount",
    "organizations:DescribeOrganization",
    "organizations:DescribeOrganizationalUnit",
    "organizations:DescribePolicy",
    "organizations:ListChildren",
    "organizations:ListParents",
    "organizations:ListPolicies",
    "organizations:ListPoliciesForTarget",
    "organizations:ListRoots",
    "organizations:ListTargetsForPolicy",
  ],
  AmazonEC2ContainerRegistryFullAccess: ["ecr:*", "cloudtrail:LookupEvents", "iam:CreateServiceLinkedRole"],
  AmazonEC2ContainerRegistryPowerUser: [...ECR_READ, ...ECR_WRITE],
  AmazonEC2ContainerRegistryReadOnly: ECR_READ,
};

/** Returns the document of one of AWS's policies; undefined if this file does not have it. */
export function managedPolicy(arn: string): unknown {
  const [, name = ""] = /^arn:[^:]+:iam::aws:policy\/(\w+)$/.exec(arn) ?? [];
  const Action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  return Action && { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*" }] };
}
