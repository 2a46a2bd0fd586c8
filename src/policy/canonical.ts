/**
 * The canonical form of a policy. It is made to compare policies: every list is a sorted set, every condition key is in
 * lower case, and every principal is a text. A policy with two possible meanings has no canonical form.
 */
import { type Element, type Principal, readPolicy, type Statement } from "./parse.ts";

export type CanonicalPolicy = {
  readonly version: "2008-10-17" | "2012-10-17";
  readonly statements: readonly CanonicalStatement[];
};

/** `not` is true for NotPrincipal, NotAction and NotResource. */
export type CanonicalElement = Element<string>;

export type CanonicalStatement = {
  readonly effect: "Allow" | "Deny";
  /** Each value is a type and a name: `AWS *`, `AWS 123456789012`, `Federated arn:…`. */
  readonly principal: CanonicalElement | undefined;
  readonly action: CanonicalElement;
  readonly resource: CanonicalElement | undefined;
  readonly conditions: readonly CanonicalCondition[];
};

/** One condition. A request must match one of the values; under a `Not` operator, it must match none of them. */
export type CanonicalCondition = {
  readonly operator: string;
  /** In lower case, because IAM ignores the letter case of keys. */
  readonly key: string;
  readonly values: readonly string[];
};

/** Returns a policy's canonical form; undefined if IAM would refuse the policy or if the policy has two meanings. */
export function canonicalPolicy(document: unknown): CanonicalPolicy | undefined {
  const parsed = readPolicy(document);
  if ("error" in parsed || parsed.duplicateKeys.length > 0 || parsed.unknownElements.length > 0)
    return undefined;
  const { version, statements } = parsed.policy;
  if (version !== "2008-10-17" && version !== "2012-10-17") return undefined;
  // AWS does not document the meaning of an empty list.
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

/**
 * Returns a principal as a text. Principals of the same meaning have the same text: `"*"` means the same as
 * `{AWS: "*"}`, and `{AWS: "arn:aws:iam::123456789012:root"}` means the same as `{AWS: "123456789012"}`.
 */
function principalText({ type, value }: Principal): string {
  if (type === "*") return "AWS *";
  const account = type === "AWS" ? /^arn:[a-z-]+:iam::(\d{12}):root$/.exec(value)?.[1] : undefined;
  return `${type} ${account ?? value}`;
}

export const sortedSet = (values: readonly string[]): string[] => [...new Set(values)].sort();
