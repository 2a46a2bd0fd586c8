import { hasWildcard, type NonEmpty, type Subject } from "../trust/subjects.ts";
import type { DesiredProvider } from "./state.ts";

/**
 * A trust policy of ours: one statement (statements are ORed, so a second narrows nothing), the audience exact,
 * the subject bounded, the repository's id pinned (a name can be taken by somebody else, an id cannot).
 * The type admits no policy without them.
 */
export type TrustPolicy = {
  readonly Version: "2012-10-17";
  readonly Statement: readonly [
    {
      readonly Sid: "GitHubActions";
      readonly Effect: "Allow";
      readonly Principal: { readonly Federated: string };
      readonly Action: "sts:AssumeRoleWithWebIdentity";
      readonly Condition: {
        readonly StringEquals: { readonly [key: `${string}:${"aud" | "repository_id" | "sub"}`]: string | NonEmpty<Subject> };
        readonly StringLike?: { readonly [key: `${string}:sub`]: NonEmpty<Subject> };
      };
    },
  ];
};

/**
 * Who may assume the role: tokens of the provider, for its audience, of the repository with that id, with one of
 * the subjects. The operator follows the value: StringEquals reads a `*` as a star, StringLike as a wildcard.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
 */
export function trustPolicy(
  provider: DesiredProvider,
  repositoryId: number,
  subjects: NonEmpty<Subject>,
): TrustPolicy {
  const issuer = provider.url.replace("https://", "");
  const exact = { [`${issuer}:aud`]: provider.audience, [`${issuer}:repository_id`]: String(repositoryId) } as const;
  const sub = { [`${issuer}:sub`]: subjects } as const;
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "GitHubActions",
        Effect: "Allow",
        Principal: { Federated: provider.arn },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: subjects.some(hasWildcard)
          ? { StringEquals: exact, StringLike: sub }
          : { StringEquals: { ...exact, ...sub } },
      },
    ],
  };
}

/** The characters that IAM counts against the account's quota: all but white space outside of strings. */
export const policyLength = (policy: object): number => JSON.stringify(policy).length;
