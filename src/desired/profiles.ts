/**
 * Access to other services than ECR. The operator names profiles, and each profile of a role becomes an inline policy.
 * Operators review profiles like code, so strict rules keep the review short. A profile spells out what it allows word
 * for word, and gives no repository access to what belongs to another. docs/profiles.md explains the rules with
 * examples.
 */

import type { PolicyDocument, Statement } from "../policy/document.ts";
import { policyLength } from "./trust-policy.ts";

/** A statement of a profile. It can only allow, and names all that it allows. */
export type ProfileStatement = {
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: NonNullable<Statement["Condition"]>;
};

/** A set of permissions that the operator defines and that a role may have in addition to its access to ECR. */
export type Profile = {
  readonly statements: readonly ProfileStatement[];
  /** True if the profile only reads. Pull requests may have it. */
  readonly readOnly: boolean;
};

export type Profiles = {
  /** The profiles by name. */
  readonly profiles: ReadonlyMap<string, Profile>;
  /** The additional statements of the boundary, for managed policies. */
  readonly boundary: readonly ProfileStatement[];
};

/** The values for the placeholders of a profile. */
export type Placeholders = {
  partition: string;
  account: string;
  region: string;
  owner: string;
  repo: string;
};

/** Matches a placeholder in a profile's text. */
export const PLACEHOLDER = /\{([^{}]*)\}/g;

export const NO_PROFILES: Profiles = { profiles: new Map(), boundary: [] };

/** Returns the name of a profile's inline policy. */
export const profilePolicyName = (profile: string): string => `rolecall-${profile}`;

/** Returns the profile to which an inline policy of that name belongs; undefined if it belongs to none. */
export const profileOfPolicy = (policyName: string): string | undefined =>
  /^rolecall-(.+)$/.exec(policyName)?.[1];

/** Tells whether a profile is about one repository, so that it cannot apply to a whole owner. */
export const namesRepository = ({ statements }: Profile): boolean =>
  JSON.stringify(statements).includes("{repo}");

/**
 * Returns a profile as a policy. Names on GitHub contain only letters, digits, `.`, `_` and `-` (the contract's
 * patterns). So a name adds no wildcard, no policy variable and no colon.
 */
export const profilePolicy = (
  statements: readonly ProfileStatement[],
  placeholders: Placeholders,
): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: statements.map((statement) => filled(statement, placeholders)),
});

function filled({ Action, Resource, Condition }: ProfileStatement, placeholders: Placeholders): Statement {
  const fill = (text: string) =>
    text.replace(PLACEHOLDER, (_, name: string) => new Map(Object.entries(placeholders)).get(name) ?? "");
  const conditions = Object.entries(Condition ?? {}).map(([operator, keys]) => [
    operator,
    Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, [values].flat().map(fill)])),
  ]);
  return {
    Effect: "Allow",
    Action,
    Resource: Resource.map(fill),
    ...(conditions.length > 0 && { Condition: Object.fromEntries(conditions) }),
  };
}

/**
 * Returns the boundary: the most that a role may do with the profiles that exist. `{owner}`, `{repo}` and `{region}`
 * become wildcards, because every registration has the same boundary, and its region may differ from the service's. A
 * StringEquals condition that contains one of these three is left out, because StringEquals takes no wildcards.
 * @param base the boundary without any profile
 */
export function boundaryPolicy(
  base: PolicyDocument,
  { profiles, boundary }: Profiles,
  place: Pick<Placeholders, "partition" | "account">,
): PolicyDocument {
  const all = [...[...profiles.values()].flatMap(({ statements }) => statements), ...boundary].map(
    (statement) => filled(withoutExactNames(statement), { ...place, region: "*", owner: "*", repo: "*" }),
  );
  return { ...base, Statement: [...base.Statement, ...all] };
}

function withoutExactNames({ Condition = {}, ...statement }: ProfileStatement): ProfileStatement {
  const kept = Object.entries(Condition)
    .map(([operator, keys]) => {
      const plain = Object.entries(keys).filter(
        ([, values]) =>
          operator !== "StringEquals" || !/\{(?:owner|repo|region)\}/.test(JSON.stringify(values)),
      );
      return [operator, Object.fromEntries(plain)] as const;
    })
    .filter(([, keys]) => Object.keys(keys).length > 0);
  return { ...statement, ...(kept.length > 0 && { Condition: Object.fromEntries(kept) }) };
}

/**
 * The longest managed policy, in characters.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const MANAGED_POLICY_CHARACTERS = 6144;

/** Returns why IAM would refuse a boundary; undefined if IAM would accept it. */
export function boundaryFault(boundary: PolicyDocument): string | undefined {
  const length = policyLength(boundary);
  if (length <= MANAGED_POLICY_CHARACTERS) return undefined;
  return `profiles.json makes the boundary ${length} characters long, but IAM takes at most ${MANAGED_POLICY_CHARACTERS}. Use fewer profiles, or fewer statements in them.`;
}
