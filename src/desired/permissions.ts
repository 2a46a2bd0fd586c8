import type { components } from "../generated/contract.ts";
import type { PolicyDocument, Statement } from "../policy/document.ts";
import { lambdaStatement, lambdaStatements, servesAll } from "./lambda.ts";
import type { Place } from "./names.ts";
import type { RepositorySettings } from "./state.ts";

type Access = components["schemas"]["EcrAccess"];

/**
 * The actions that docker, buildx and helm need to push. They need BatchGetImage too, because they look for the
 * manifest first.
 */
export const PUSH = [
  "ecr:BatchCheckLayerAvailability",
  "ecr:BatchGetImage",
  "ecr:CompleteLayerUpload",
  "ecr:InitiateLayerUpload",
  "ecr:PutImage",
  "ecr:UploadLayerPart",
];
export const PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

/**
 * Returns the policy that gives access to the named ECR repositories and nothing else. Returns undefined if there are
 * none, because a policy needs a statement. `ecr:GetAuthorizationToken` supports no resource, so it has a statement of
 * its own on `*`.
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
 * Returns the repository policy that lets others pull; undefined if no one else may. The principal `*` only has a
 * statement with the organisation's id as a condition. Without the condition, `*` would be everyone.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html
 * @param place the repository's account, partition and region
 * @param held the policy that ECR holds, parsed from JSON; null if there is none or nobody has looked. Lambda's own
 * statements in the policy stay, because without them Lambda could not fetch the images of functions any more
 */
export function pullPolicy(
  { accounts, organization, lambda = false }: RepositorySettings["pull"],
  place: Place,
  held: unknown = null,
): PolicyDocument | undefined {
  const { partition, account } = place;
  const kept = lambdaStatements(held, partition, pullingFunctions(place, { accounts, lambda }));
  const unserved = (asked: readonly string[]): string[] =>
    lambda ? asked.filter((one) => !kept.some((statement) => servesAll(statement, place, one))) : [];
  const forLambda = (Sid: string, asked: readonly string[]): Statement[] =>
    asked.length === 0 ? [] : [lambdaStatement(Sid, place, asked)];
  const written: Statement[] = [
    ...(accounts.length === 0
      ? []
      : [
          {
            Sid: "PullFromAccounts",
            Effect: "Allow" as const,
            Principal: { AWS: accounts.map((each) => `arn:${partition}:iam::${each}:root`) },
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
    // Give the functions of the repository's own account a separate statement. It stays when other accounts lose their
    // access.
    ...forLambda("PullFromLambda", unserved([account])),
    ...forLambda("PullFromLambdaOfAccounts", unserved(accounts.filter((each) => each !== account))),
  ];
  const Statement = [...written, ...withoutSids(kept, written)];
  return Statement.length === 0 ? undefined : { Version: "2012-10-17", Statement };
}

/**
 * Returns the accounts whose functions may have a statement of Lambda's: the repository's own account and, if the
 * settings ask for Lambda, the accounts that may pull.
 */
export const pullingFunctions = (
  { account }: Pick<Place, "account">,
  { accounts, lambda = false }: Pick<RepositorySettings["pull"], "accounts" | "lambda">,
): string[] => [account, ...(lambda ? accounts : [])];

/** Returns statements without the ids that other statements have, because ECR accepts each id once. */
const withoutSids = (statements: readonly Statement[], others: readonly Statement[]): Statement[] =>
  statements.map(({ Sid, ...statement }) =>
    Sid === undefined || others.some((other) => other.Sid === Sid) ? statement : { Sid, ...statement },
  );
