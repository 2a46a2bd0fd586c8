/**
 * A condition's value as a pattern: wildcards found, policy variables filled in.
 *
 * Variables exist in Version 2012-10-17 only; before it `${…}` is plain text. `${*}`, `${?}` and `${$}` are the
 * characters themselves. A variable takes the value of a single-valued key, else its default, else it has no
 * value: "there is no equal or like value", so a positive operator does not match and a negated one does.
 * What a variable brings is text, never a wildcard.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
import { ANY, ONE, type Pattern } from "./string-like.ts";

export type Lookup = (key: string) => string | null;

/** `${*}`, or `${key}`, or `${key, 'default'}`. */
const VARIABLE = /\$\{(?:([*?$])|\s*([^\s{},']+)\s*(?:,\s*'([^']*)'\s*)?)\}/y;

/** Null: the value holds a variable that has no value, and so equals and resembles nothing. */
export function toPattern(
  text: string,
  { wildcards, variables }: { wildcards: boolean; variables: Lookup | null },
): Pattern | null {
  const pattern: (string | typeof ANY | typeof ONE)[] = [];
  let literal = "";
  let at = 0;
  for (const { 0: special, index } of text.matchAll(/\*|\?|\$\{/g)) {
    if (index < at) continue; // inside the variable just read
    if (special === "${" ? variables === null : !wildcards) continue;
    literal += text.slice(at, index);
    at = index + 1;
    if (special === "${") {
      VARIABLE.lastIndex = index;
      const [whole = "", character, key = "", fallback] = VARIABLE.exec(text) ?? [];
      const value = character ?? variables?.(key) ?? fallback;
      if (value === undefined) return null;
      literal += value;
      at = index + whole.length;
    } else {
      if (literal !== "") pattern.push(literal);
      literal = "";
      pattern.push(special === "*" ? ANY : ONE);
    }
  }
  literal += text.slice(at);
  if (literal !== "") pattern.push(literal);
  return pattern;
}
