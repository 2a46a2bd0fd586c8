/**
 * Decides as AWS STS does when a GitHub token asks for a role.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 */

import { type AssumeRequest, type Evaluation, evaluate } from "../policy/evaluate.ts";
import type { TrustPolicy } from "../policy/parse.ts";
import { type Claims, requestContext } from "./claims.ts";

export type TrustRequest = Omit<AssumeRequest, "context"> & {
  /** The issuer without its scheme: `token.actions.githubusercontent.com`, or with `/slug`. */
  readonly issuerHost: string;
  readonly claims: Claims;
};

/** Decides whether a trust policy lets a token in, by the claims that AWS evaluates for the token's issuer. */
export const evaluateTrust = (
  policy: TrustPolicy,
  { issuerHost, claims, ...request }: TrustRequest,
): Evaluation => evaluate(policy, { ...request, context: requestContext(issuerHost, claims) });
