/**
 * Turns a condition's value into a pattern: finds its wildcards and fills in its policy variables.
 *
 * Variables exist only in Version 2012-10-17; in the older version `${…}` is plain text. `${*}`, `${?}` and `${$}` are
 * the plain characters. A variable takes the value of a key that has exactly one value, otherwise its default. Without
 * either, "there is no equal or like value": a positive operator does not match, and a negated one does. A wildcard
 * character in a variable's value is plain text.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
import { ANY, ONE, type Pattern } from "./string-like.ts";

export type Lookup = (key: string) => string | null;

/** Matches `${*}`, `${key}` or `${key, 'default'}`. */
const VARIABLE = /\$\{(?:([*?$])|\s*([^\s{},']+)\s*(?:,\s*'([^']*)'\s*)?)\}/y;

/**
 * Returns the text as a pattern; null if the text contains a variable without a value, because it then matches nothing.
 */
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
