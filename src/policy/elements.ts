/**
 * Compares the values of a statement's elements. Principals, actions and resources each have their own rules.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 */
import type { CanonicalElement, CanonicalPolicy } from "./canonical.ts";
import { canPatternsMeet, isPatternWithin, type Tokens, tokens, withinSegments } from "./patterns.ts";

/** The rules for comparing the values of an element. */
export type Language = {
  /** The value that matches everything. */
  readonly everything: string;
  /** Tells whether `pattern` matches everything that `value` matches. */
  isWithin(value: string, pattern: string): boolean;
  /** Tells whether a request may match both values. */
  canMeet(value: string, other: string): boolean;
};

/**
 * `*` stands for all principals. Other names have no wildcards, and one principal can have several names, so two
 * different names may mean the same principal.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-anonymous
 */
export const PRINCIPALS: Language = {
  everything: "AWS *",
  isWithin: (value, other) => value === other || other === "AWS *",
  canMeet: () => true,
};

/** Tells whether a value matches only itself, in either version of the policy language. */
const isLiteral = (value: string): boolean => !/[*?$]/.test(value);

/**
 * Returns the rules for values that may contain wildcards.
 * @param fold two literal values are the same if `fold` returns the same text for both
 */
function patterns(parse: (value: string) => Tokens, fold = (value: string) => value): Language {
  const known = new Map<string, Tokens>();
  const read = (value: string): Tokens => {
    const found = known.get(value) ?? parse(value);
    known.set(value, found);
    return found;
  };
  return {
    everything: "*",
    // Most values are literal, and an account has thousands of them. Compare literal values without parsing them.
    isWithin: (value, pattern) =>
      isLiteral(pattern) ? fold(value) === fold(pattern) : isPatternWithin(read(value), read(pattern)),
    canMeet: (value, other) =>
      isLiteral(value) && isLiteral(other)
        ? fold(value) === fold(other)
        : canPatternsMeet(read(value), read(other)),
  };
}

/** Compares actions: letter case does not matter, and actions have no policy variables. */
export const actionsOf = (): Language =>
  patterns(
    (value) => tokens(value.toLowerCase(), { wildcards: true, variables: false }),
    (value) => value.toLowerCase(),
  );

export const resourcesOf = (version: CanonicalPolicy["version"]): Language =>
  patterns((value) =>
    withinSegments(tokens(value, { wildcards: true, variables: version === "2012-10-17" })),
  );

/** Tells whether an element includes everything that a value matches. */
export const covers = (
  { not, values }: CanonicalElement,
  value: string,
  { isWithin, canMeet }: Language,
): boolean =>
  not ? values.every((excluded) => !canMeet(value, excluded)) : values.some((one) => isWithin(value, one));

/** Tells whether an element may include something that a value matches. */
export const mayMeet = (
  { not, values }: CanonicalElement,
  value: string,
  { isWithin, canMeet }: Language,
): boolean =>
  not ? !values.some((excluded) => isWithin(value, excluded)) : values.some((one) => canMeet(value, one));
