import type { components } from "../generated/contract.ts";
import type { PolicyDocument, Statement } from "./policy.ts";
import type { RepositorySettings } from "./state.ts";

type Access = components["schemas"]["EcrAccess"];

/** What docker, buildx and helm ask of ECR (BatchGetImage to push too: they look for the manifest first). */
const PUSH = [
  "ecr:BatchCheckLayerAvailability",
  "ecr:BatchGetImage",
  "ecr:CompleteLayerUpload",
  "ecr:InitiateLayerUpload",
  "ecr:PutImage",
  "ecr:UploadLayerPart",
];
const PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

/**
 * Access to named ECR repositories and nothing else; undefined if there are none, as a policy needs a statement.
 * `ecr:GetAuthorizationToken` knows no resource, so it stands alone on `*`.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
 */
export function ecrPolicy(grants: readonly { arn: string; access: Access }[]): PolicyDocument | undefined {
  if (grants.length === 0) return undefined;
  const arns = (...of: Access[]) => grants.filter(({ access }) => of.includes(access)).map(({ arn }) => arn);
  const statement = (Sid: string, Action: string[], Resource: string[]): Statement[] =>
    Resource.length === 0 ? [] : [{ Sid, Effect: "Allow", Action, Resource }];
  return {
    Version: "2012-10-17",
    Statement: [
      { Sid: "EcrLogin", Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
      ...statement("EcrPush", PUSH, arns("push", "both")),
      ...statement("EcrPull", PULL, arns("pull", "both")),
    ],
  };
}

/**
 * The repository policy that lets others pull; undefined if nobody else may. `*` as principal stands only with the
 * organisation's id as a condition: alone it would be everybody.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html
 */
export function pullPolicy(
  { accounts, organization }: RepositorySettings["pull"],
  partition: string,
): PolicyDocument | undefined {
  if (accounts.length === 0 && organization === undefined) return undefined;
  return {
    Version: "2012-10-17",
    Statement: [
      ...(accounts.length === 0
        ? []
        : [
            {
              Sid: "PullFromAccounts",
              Effect: "Allow" as const,
              Principal: { AWS: accounts.map((account) => `arn:${partition}:iam::${account}:root`) },
              Action: PULL,
            },
          ]),
      ...(organization === undefined
        ? []
        : [
            {
              Sid: "PullFromOrganization",
              Effect: "Allow" as const,
              Principal: "*" as const,
              Action: PULL,
              Condition: { StringEquals: { "aws:PrincipalOrgID": organization } },
            },
          ]),
    ],
  };
}
