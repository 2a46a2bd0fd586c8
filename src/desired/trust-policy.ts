import type { PolicyDocument } from "../policy/document.ts";
import { type AcceptedClaims, acceptedValues, CLAIM_CONDITIONS, CLAIM_FIELDS } from "../trust/claims.ts";
import { hasWildcard, type NonEmpty, type Subject } from "../trust/subjects.ts";
import type { DesiredProvider } from "./state.ts";

/**
 * The condition, in addition to the subject, that holds a role to its repository. It is the repository's id, which is
 * unique and survives a rename or a transfer; the operator may ask for the owner's id too. For a whole owner it is the
 * owner's id. If AWS evaluates no ids of the issuer, or the ids are not known, only the name in the subject holds the
 * role.
 */
export type Pin =
  | { by: "repository"; repositoryId: number; ownerId?: number }
  | { by: "owner"; ownerId: number }
  | { by: "name" };

declare const brand: unique symbol;

/**
 * A trust policy that Rolecall writes. It has one statement, because statements are ORed, so a second one could narrow
 * nothing. The audience is exact and the subject is bounded. Only `trustPolicy` makes values of this type, and it
 * accepts only bounded subjects, so no role is created with another trust policy.
 */
export type TrustPolicy = PolicyDocument & { readonly [brand]: "trust policy" };

/**
 * Returns the trust policy of a role. It accepts tokens of the provider, for its audience, that match the pin and one
 * of the subjects. If the trust lists accepted values of a claim, the token must also have one of these. The operator of
 * a condition depends on the value: StringEquals reads a `*` as a star, StringLike as a wildcard.
 * @param accepted the accepted values of claims; none if every value is accepted
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
 */
export function trustPolicy(
  provider: DesiredProvider,
  pin: Pin,
  subjects: NonEmpty<Subject>,
  accepted: AcceptedClaims,
): TrustPolicy {
  const issuer = provider.url.replace("https://", "");
  const patterns = [
    [`${issuer}:sub`, subjects],
    ...CLAIM_FIELDS.filter((field) => accepted[field].length > 0).map(
      (field) => [`${issuer}:${CLAIM_CONDITIONS[field].claim}`, acceptedValues(field, accepted)] as const,
    ),
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

/**
 * Returns the number of characters that IAM counts against the account's quota: all except white space between tokens.
 */
export const policyLength = (policy: object): number => JSON.stringify(policy).length;
