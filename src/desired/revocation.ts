/**
 * The inline policy that ends a role's sessions. IAM cannot withdraw credentials that STS has issued; it can deny
 * them everything. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
 */

import type { PolicyDocument } from "../policy/document.ts";
import { REVOCATION_POLICY } from "./names.ts";
import type { DesiredState } from "./state.ts";

/** The sessions that are denied everything: all of them, or those that were issued before a time (ISO 8601). */
export type DeniedSessions = "all" | { readonly issuedBefore: string };

/**
 * IAM and STS read a change only after a while, so a session that begins within this time (milliseconds) after the last
 * write may still be let in by the former trust policy.
 */
const IAM_LAG_MS = 60_000;

/**
 * The time before which sessions end, for a policy whose last write is now. It is a whole second, as
 * `aws:TokenIssueTime` is, and rounded up so that it is never too early.
 */
export const sessionsEnd = (now: number): DeniedSessions => ({
  issuedBefore: new Date(Math.ceil((now + IAM_LAG_MS) / 1000) * 1000).toISOString().replace(".000Z", "Z"),
});

/**
 * The policy that denies sessions everything. A Deny holds whatever another policy of the role, a managed policy or an
 * ECR repository's own policy allows.
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

/** The sessions that a policy denies everything, if it is one that `revocationPolicy` makes. */
export function deniedBy(policy: unknown): DeniedSessions | undefined {
  const text = JSON.stringify(policy) ?? "";
  const [, issuedBefore] = /"aws:TokenIssueTime":"([0-9TZ:.-]+)"/.exec(text) ?? [];
  const denied = issuedBefore === undefined ? "all" : { issuedBefore };
  return text === JSON.stringify(revocationPolicy(denied)) ? denied : undefined;
}

/** The inline policies that a role has for its denied sessions: one, or none where nothing is denied. */
export const revocationPolicies = (denied: DeniedSessions | undefined): { [name: string]: PolicyDocument } =>
  denied === undefined ? {} : { [REVOCATION_POLICY]: revocationPolicy(denied) };

/** A desired state in which these sessions are denied everything, and no others. */
export function withDenied(desired: DesiredState, denied: DeniedSessions): DesiredState {
  const { [REVOCATION_POLICY]: _, ...others } = desired.role.inlinePolicies;
  // The policy stands last, as `desiredState` puts it: two states are compared as text.
  const inlinePolicies = { ...others, ...revocationPolicies(denied) };
  return { ...desired, role: { ...desired.role, inlinePolicies } };
}
