/**
 * A policy in the form in which policies are compared: every list a sorted set, every name that IAM reads without
 * letter case in lower case, every principal a text. A policy that leaves room for two readings has no such form.
 */
import { type Element, type Principal, readPolicy, type Statement } from "./parse.ts";

export type CanonicalPolicy = {
  readonly version: "2008-10-17" | "2012-10-17";
  readonly statements: readonly CanonicalStatement[];
};

/** `not`: the element was NotPrincipal, NotAction or NotResource. */
export type CanonicalElement = Element<string>;

export type CanonicalStatement = {
  readonly effect: "Allow" | "Deny";
  /** Values are a type and a name: `AWS *`, `AWS 123456789012`, `Federated arn:…`. */
  readonly principal: CanonicalElement | undefined;
  readonly action: CanonicalElement;
  readonly resource: CanonicalElement | undefined;
  readonly conditions: readonly CanonicalCondition[];
};

/** All conditions must hold. Of one condition's values any must match, or with a `Not` operator none. */
export type CanonicalCondition = {
  readonly operator: string;
  /** In lower case: IAM reads keys without letter case. */
  readonly key: string;
  readonly values: readonly string[];
};

/** The canonical form of a policy's JSON; undefined if IAM could not have accepted it, or if it has two readings. */
export function canonicalPolicy(document: unknown): CanonicalPolicy | undefined {
  const parsed = readPolicy(document);
  if ("error" in parsed || parsed.duplicateKeys.length > 0 || parsed.unknownElements.length > 0)
    return undefined;
  const { version, statements } = parsed.policy;
  if (version !== "2008-10-17" && version !== "2012-10-17") return undefined;
  // AWS does not document what an empty list means.
  return statements.some(hasEmptyList) ? undefined : { version, statements: statements.map(canonical) };
}

const hasEmptyList = ({ principal, action, resource, conditions }: Statement): boolean =>
  [principal, action, resource, ...conditions].some((one) => one?.values.length === 0);

const canonical = ({ effect, principal, action, resource, conditions }: Statement): CanonicalStatement => ({
  effect,
  principal: principal && { not: principal.not, values: sortedSet(principal.values.map(principalText)) },
  action: { not: action.not, values: sortedSet(action.values) },
  resource: resource && { not: resource.not, values: sortedSet(resource.values) },
  conditions: conditions.map(({ operator, key, values }) => ({
    operator,
    key: key.toLowerCase(),
    values: sortedSet(values),
  })),
});

/** `"*"` means the same as `{AWS: "*"}`, and `{AWS: "arn:aws:iam::123456789012:root"}` as `{AWS: "123456789012"}`. */
function principalText({ type, value }: Principal): string {
  if (type === "*") return "AWS *";
  const account = type === "AWS" ? /^arn:[a-z-]+:iam::(\d{12}):root$/.exec(value)?.[1] : undefined;
  return `${type} ${account ?? value}`;
}

export const sortedSet = (values: readonly string[]): string[] => [...new Set(values)].sort();
