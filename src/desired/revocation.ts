/**
 * The inline policy that ends a role's sessions. IAM cannot withdraw credentials that STS has issued, but it can deny
 * them everything.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
 */

import type { PolicyDocument } from "../policy/document.ts";
import { REVOCATION_POLICY } from "./names.ts";
import type { DesiredState } from "./state.ts";

/** The sessions that are denied everything: all of them, or those that were issued before a time (ISO 8601). */
export type DeniedSessions = "all" | { readonly issuedBefore: string };

/**
 * The time, in milliseconds, after which IAM and STS are expected to see a change. A session that begins within this
 * time after the last write may still have been allowed by the earlier trust policy.
 */
const IAM_LAG_MS = 60_000;

/**
 * Returns the time before which sessions end, for a policy whose last write is now. The time is a whole second, as
 * `aws:TokenIssueTime` is. It is rounded up so that it is never too early.
 */
export const sessionsEnd = (now: number): DeniedSessions => ({
  issuedBefore: new Date(Math.ceil((now + IAM_LAG_MS) / 1000) * 1000).toISOString().replace(".000Z", "Z"),
});

/**
 * Returns the policy that denies sessions everything. The Deny overrides everything that another inline policy, a
 * managed policy or an ECR repository's policy allows.
 */
const revocationPolicy = (denied: DeniedSessions): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "EndSessions",
      Effect: "Deny",
      Action: "*",
      Resource: "*",
      ...(denied !== "all" && {
        Condition: { DateLessThan: { "aws:TokenIssueTime": denied.issuedBefore } },
      }),
    },
  ],
});

/**
 * Returns the sessions that a policy denies everything; undefined if `revocationPolicy` does not write such a policy.
 */
export function deniedBy(policy: unknown): DeniedSessions | undefined {
  const text = JSON.stringify(policy) ?? "";
  const [, issuedBefore] = /"aws:TokenIssueTime":"([0-9TZ:.-]+)"/.exec(text) ?? [];
  const denied = issuedBefore === undefined ? "all" : { issuedBefore };
  return text === JSON.stringify(revocationPolicy(denied)) ? denied : undefined;
}

/** Returns the inline policies of a role for its denied sessions: one policy, or none if no sessions are denied. */
export const revocationPolicies = (denied: DeniedSessions | undefined): { [name: string]: PolicyDocument } =>
  denied === undefined ? {} : { [REVOCATION_POLICY]: revocationPolicy(denied) };

/** Returns a desired state in which only these sessions are denied everything. */
export function withDenied(desired: DesiredState, denied: DeniedSessions): DesiredState {
  const { [REVOCATION_POLICY]: _, ...others } = desired.role.inlinePolicies;
  // Put the policy last, as `desiredState` does, because two states are compared as text.
  const inlinePolicies = { ...others, ...revocationPolicies(denied) };
  return { ...desired, role: { ...desired.role, inlinePolicies } };
}
