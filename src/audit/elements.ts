/**
 * Who, what and on what: how the values of a statement's elements compare, each element in its own way.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 */
import type { Element, Policy } from "./document.ts";
import { bounded, canPatternsMeet, isPatternWithin, type Tokens, tokens } from "./patterns.ts";

/** How the values of an element compare. */
export type Language = {
  /** The value that matches everything. */
  readonly everything: string;
  /** Whether all that `value` matches, `pattern` matches. */
  isWithin(value: string, pattern: string): boolean;
  /** Whether something may match both. */
  canMeet(value: string, other: string): boolean;
};

/**
 * `*` is all principals; other names have no wildcards, and one principal can have several names.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-anonymous
 */
export const PRINCIPALS: Language = {
  everything: "AWS *",
  isWithin: (value, other) => value === other || other === "AWS *",
  canMeet: () => true,
};

/** Whether a value stands for itself alone, whatever the language's version is. */
const isLiteral = (value: string): boolean => !/[*?$]/.test(value);

/** @param fold two literal values are the same if this makes the same of them */
function patterns(parse: (value: string) => Tokens, fold = (value: string) => value): Language {
  const known = new Map<string, Tokens>();
  const read = (value: string): Tokens => {
    const found = known.get(value) ?? parse(value);
    known.set(value, found);
    return found;
  };
  return {
    everything: "*",
    // Most values are literal, and an account has thousands of them: these are neither taken apart nor kept.
    isWithin: (value, pattern) =>
      isLiteral(pattern) ? fold(value) === fold(pattern) : isPatternWithin(read(value), read(pattern)),
    canMeet: (value, other) =>
      isLiteral(value) && isLiteral(other)
        ? fold(value) === fold(other)
        : canPatternsMeet(read(value), read(other)),
  };
}

/** Actions, in any letter case; they hold no variables. */
export const actionsOf = (): Language =>
  patterns(
    (value) => tokens(value.toLowerCase(), { wildcards: true, variables: false }),
    (value) => value.toLowerCase(),
  );

export const resourcesOf = (version: Policy["version"]): Language =>
  patterns((value) => bounded(tokens(value, { wildcards: true, variables: version === "2012-10-17" })));

/** Whether an element is about all that a value matches. */
export const covers = ({ not, values }: Element, value: string, { isWithin, canMeet }: Language): boolean =>
  not ? values.every((excluded) => !canMeet(value, excluded)) : values.some((one) => isWithin(value, one));

/** Whether an element may be about something that a value matches. */
export const mayMeet = ({ not, values }: Element, value: string, { isWithin, canMeet }: Language): boolean =>
  not ? !values.some((excluded) => isWithin(value, excluded)) : values.some((one) => canMeet(value, one));
