/** The parts of a role. `src/aws/apply.ts` has the writer of each. */
import type { DesiredRole, ObservedRole } from "../desired/state.ts";
import { isNarrower, isNarrowerBesideOthers, samePolicy } from "../policy/compare.ts";
import { ALLOWS_NOTHING, tagEffect } from "./effect.ts";
import { listed } from "./gains.ts";
import { type PathOf, partsOf } from "./part.ts";
import { managedPolicy, policyGains } from "./role-gains.ts";
import { trustGains } from "./trust-gains.ts";

/** The desired and the observed side of a role. */
export type RoleSides = { readonly desired: DesiredRole; readonly actual: ObservedRole };

const { part, namedParts } = partsOf<RoleSides>();

export const ROLE_PARTS = {
  // The id shows that the role was deleted and created again. The other parts compare everything that the role holds,
  // so the id alone affects no access.
  "/roleId": part({
    label: "Id: the role was deleted and created again",
    wanted: ({ desired }) => desired.roleId,
    found: ({ actual }) => actual.roleId,
    effect: "none",
  }),
  "/boundaryArn": part<string | null>({
    label: "Permissions boundary",
    wanted: ({ desired }) => desired.boundaryArn,
    found: ({ actual }) => actual.boundaryArn ?? null,
    // A different boundary counts as wider in both directions, because it cannot be shown to be narrower.
    effect: (before) => (before === null ? "narrows" : "widens"),
  }),
  "/trustPolicy": part<unknown>({
    label: "Trust policy: who may assume the role",
    wanted: ({ desired }) => desired.trustPolicy,
    found: ({ actual }) => actual.trustPolicy ?? null,
    same: samePolicy,
    effect: (before, after) => (isNarrower(before, after) ? "narrows" : "widens"),
    gains: (before, after, { expected }) => trustGains(before, after, expected),
  }),
  "/inlinePolicies/": namedParts<unknown>({
    label: "Inline policy",
    wanted: ({ desired }) => desired.inlinePolicies,
    found: ({ actual }) => actual.inlinePolicies,
    names: (wanted, found) => union(wanted, found).sort(),
    same: (wanted, found) => wanted !== undefined && found !== undefined && samePolicy(wanted, found),
    effect: (before, after) =>
      isNarrowerBesideOthers(before ?? ALLOWS_NOTHING, after ?? ALLOWS_NOTHING) ? "narrows" : "widens",
    // In drift, a policy that is not expected is somebody else's, whatever its name.
    gains: (before, after, { name, expected, sense }) =>
      policyGains(name, before, after, sense === "drift" && expected === undefined),
  }),
  // The owner of a managed policy decides what it allows. Only the attachment is compared.
  "/attachedPolicies/": namedParts<string>({
    label: "Managed policy",
    wanted: ({ desired }) => byThemselves(desired.attachedPolicyArns),
    found: ({ actual }) => byThemselves(actual.attachedPolicyArns),
    names: union,
    effect: (_before, after) => (after === undefined ? "narrows" : "widens"),
    gains: (before, after) =>
      listed(
        after === undefined ? [] : [managedPolicy(after)],
        before === undefined ? [] : [managedPolicy(before)],
      ),
  }),
  "/maxSessionSeconds": part({
    label: "Longest session, in seconds",
    wanted: ({ desired }) => desired.maxSessionSeconds,
    found: ({ actual }) => actual.maxSessionSeconds,
    effect: (before, after) => (after > before ? "widens" : "narrows"),
  }),
  "/description": part({
    label: "Description",
    wanted: ({ desired }) => desired.description,
    found: ({ actual }) => actual.description,
    effect: "none",
  }),
  "/tags/": namedParts({
    label: "Tag",
    wanted: ({ desired }) => desired.tags,
    found: ({ actual }) => actual.tags,
    effect: tagEffect,
  }),
};

export type RolePart = keyof typeof ROLE_PARTS;
export type RolePath = PathOf<RolePart>;

const byThemselves = (texts: readonly string[]): { readonly [text: string]: string } =>
  Object.fromEntries(texts.map((text) => [text, text]));

function union(a: object, b: object): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])];
}
