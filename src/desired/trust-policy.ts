import type { PolicyDocument } from "../policy/document.ts";
import { hasWildcard, type NonEmpty, type Subject } from "../trust/subjects.ts";
import type { DesiredProvider } from "./state.ts";

/**
 * What holds a role to its repository besides the subject: the repository's id (unique, and kept through rename and
 * transfer), with the owner's where the operator asks for it; the owner's alone for a whole owner; or nothing but the
 * name, where the issuer has no id claims or the ids are not known.
 */
export type Pin =
  | { by: "repository"; repositoryId: number; ownerId?: number }
  | { by: "owner"; ownerId: number }
  | { by: "name" };

declare const brand: unique symbol;

/**
 * A trust policy of ours: one statement (statements are ORed, so a second narrows nothing), the audience exact, the
 * subject bounded. Only `trustPolicy` makes one, and it takes only bounded subjects: no role is made with another.
 */
export type TrustPolicy = PolicyDocument & { readonly [brand]: "trust policy" };

/**
 * Who may assume the role: tokens of the provider, for its audience, held by the pin, with one of the subjects and,
 * where there are any, from one of the reusable workflows. The operator follows the value: StringEquals reads a `*`
 * as a star, StringLike as a wildcard.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
 */
export function trustPolicy(
  provider: DesiredProvider,
  pin: Pin,
  subjects: NonEmpty<Subject>,
  jobWorkflowRefs: readonly string[],
): TrustPolicy {
  const issuer = provider.url.replace("https://", "");
  const patterns = [
    [`${issuer}:sub`, subjects],
    ...(jobWorkflowRefs.length === 0 ? [] : [[`${issuer}:job_workflow_ref`, jobWorkflowRefs] as const]),
  ] as const;
  const under = (isLike: boolean) =>
    Object.fromEntries(patterns.filter(([, values]) => values.some(hasWildcard) === isLike));
  const like = under(true);
  const policy: PolicyDocument = {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "GitHubActions",
        Effect: "Allow",
        Principal: { Federated: provider.arn },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: {
            [`${issuer}:aud`]: provider.audience,
            ...pinConditions(issuer, pin),
            ...under(false),
          },
          ...(Object.keys(like).length > 0 && { StringLike: like }),
        },
      },
    ],
  };
  return policy as TrustPolicy;
}

function pinConditions(issuer: string, pin: Pin): { [key: string]: string } {
  switch (pin.by) {
    case "repository":
      return {
        [`${issuer}:repository_id`]: String(pin.repositoryId),
        ...(pin.ownerId !== undefined && { [`${issuer}:repository_owner_id`]: String(pin.ownerId) }),
      };
    case "owner":
      return { [`${issuer}:repository_owner_id`]: String(pin.ownerId) };
    case "name":
      return {};
  }
}

/** The characters that IAM counts against the account's quota: all but white space between tokens. */
export const policyLength = (policy: object): number => JSON.stringify(policy).length;
