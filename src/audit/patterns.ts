/**
 * What patterns have to do with each other: whether one matches all that another does, whether two can match the
 * same. `*` stands for any number of characters, `?` for one, and a policy variable for a text that is not known.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
import { ANY, ONE } from "../trust/evaluate/string-like.ts";

/** A `*` that does not cross a colon. */
const WITHIN = Symbol("*, but no colon");

/** A character, a wildcard, or a variable: the longer text `${…}`. */
type Token = string | typeof ANY | typeof ONE | typeof WITHIN;

export type Tokens = readonly Token[];

/** Reads a value; `${*}`, `${?}` and `${$}` are the characters themselves where there are variables. */
export function tokens(
  text: string,
  { wildcards, variables }: { wildcards: boolean; variables: boolean },
): Tokens {
  const parts = text.match(variables ? /\$\{[*?$]\}|\$\{[^}]*\}?|./gs : /./gs) ?? [];
  return parts
    .map((part): Token => {
      if (/^\$\{[*?$]\}$/.test(part)) return part.charAt(2);
      if (!wildcards || part.length > 1) return part;
      return part === "*" ? ANY : part === "?" ? ONE : part;
    })
    .filter((token, index, all) => token !== ANY || all[index - 1] !== ANY);
}

/**
 * The tokens of a resource, in which a `*` crosses colons only at the end of a segment. What another one does is
 * said only so far, so what is shown here holds whether it crosses them or not.
 */
export const bounded = (pattern: Tokens): Tokens =>
  pattern.map((token, index) => {
    const next = pattern[index + 1];
    return token === ANY && next !== undefined && next !== ":" ? WITHIN : token;
  });

const isStar = (token: Token): boolean => token === ANY || token === WITHIN;
const isVariable = (token: Token): boolean => typeof token === "string" && token.length > 1;
const isOpen = (token: Token): boolean => isStar(token) || isVariable(token);

/**
 * Whether everything that `inner` matches, `outer` matches: `inner` is read like a text in which its own wildcards
 * are characters that only wildcards take. O(inner × outer), like `canPatternsMeet`.
 */
export function isPatternWithin(inner: Tokens, outer: Tokens): boolean {
  let ends = beginning(outer, isStar);
  for (const token of inner) {
    const next = new Uint8Array(ends.length);
    outer.forEach((facing, end) => {
      if (ends[end] === 1 && takes(facing, token)) next[isStar(facing) ? end : end + 1] = 1;
    });
    if (!next.includes(1)) return false;
    ends = passing(next, outer, isStar);
  }
  return ends[outer.length] === 1;
}

/** Whether a token of the outer pattern takes one of the inner's, whatever that one matches. */
function takes(outer: Token, inner: Token): boolean {
  if (outer === ANY || outer === inner) return true;
  if (outer !== WITHIN && outer !== ONE) return false;
  const isInSegment = inner !== ANY && inner !== ":" && !isVariable(inner);
  return isInSegment && (outer === WITHIN || inner !== WITHIN);
}

/** Whether some text may match both, every `*` crossing colons. */
export function canPatternsMeet(one: Tokens, other: Tokens): boolean {
  let ends = beginning(other, isOpen);
  for (const token of one) {
    const next = new Uint8Array(ends.length);
    if (isOpen(token)) next.fill(1, ends.indexOf(1));
    other.forEach((facing, end) => {
      if (ends[end] !== 1) return;
      if (isOpen(facing)) next[end] = 1;
      else if (token === facing || token === ONE || facing === ONE) next[end + 1] = 1;
    });
    if (!next.includes(1)) return false;
    ends = passing(next, other, isOpen);
  }
  return ends[other.length] === 1;
}

/** Of a pattern, after how many tokens what was read so far may end (1) or not (0): at first after none. */
function beginning(pattern: Tokens, mayBeEmpty: (token: Token) => boolean): Uint8Array {
  const ends = new Uint8Array(pattern.length + 1);
  ends[0] = 1;
  return passing(ends, pattern, mayBeEmpty);
}

/** Adds the ends behind tokens that may match nothing. */
function passing(ends: Uint8Array, pattern: Tokens, mayBeEmpty: (token: Token) => boolean): Uint8Array {
  pattern.forEach((token, end) => {
    if (ends[end] === 1 && mayBeEmpty(token)) ends[end + 1] = 1;
  });
  return ends;
}
