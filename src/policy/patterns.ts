/**
 * Compares patterns: whether one matches everything that another one matches, and whether two can match the same text.
 * `*` stands for any number of characters, `?` for one, and a policy variable for a text that is not known.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
import { ANY, ONE } from "./string-like.ts";

/** A `*` that does not match a colon. */
const WITHIN = Symbol("*, but no colon");

/** A character, a wildcard, or a variable: the longer text `${…}`. */
type Token = string | typeof ANY | typeof ONE | typeof WITHIN;

export type Tokens = readonly Token[];

/** Reads a value. If it may have variables, `${*}`, `${?}` and `${$}` are plain characters. */
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
 * Returns the tokens of a resource. AWS documents that a `*` at the end of an ARN's segment can match colons, but does
 * not say so of any other `*`. Such a `*` becomes `WITHIN`. The answers here are right whether or not it matches
 * colons.
 */
export const withinSegments = (pattern: Tokens): Tokens =>
  pattern.map((token, index) => {
    const next = pattern[index + 1];
    return token === ANY && next !== undefined && next !== ":" ? WITHIN : token;
  });

const isStar = (token: Token): boolean => token === ANY || token === WITHIN;
const isVariable = (token: Token): boolean => typeof token === "string" && token.length > 1;
const isOpen = (token: Token): boolean => isStar(token) || isVariable(token);

/**
 * Tells whether `outer` matches everything that `inner` matches. It reads `inner` like a text; the wildcards of
 * `inner` are characters that only a wildcard of `outer` can match. O(inner × outer), like `canPatternsMeet`.
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

/** Tells whether a token of the outer pattern matches everything that a token of the inner pattern matches. */
function takes(outer: Token, inner: Token): boolean {
  if (outer === ANY || outer === inner) return true;
  if (outer !== WITHIN && outer !== ONE) return false;
  const isInSegment = inner !== ANY && inner !== ":" && !isVariable(inner);
  return isInSegment && (outer === WITHIN || inner !== WITHIN);
}

/** Tells whether some text may match both patterns, if every `*` matches colons. */
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

/**
 * Returns the start of a match. Element n is 1 if the first n tokens of the pattern can match the text read so far,
 * which is empty at the start.
 */
function beginning(pattern: Tokens, mayBeEmpty: (token: Token) => boolean): Uint8Array {
  const ends = new Uint8Array(pattern.length + 1);
  ends[0] = 1;
  return passing(ends, pattern, mayBeEmpty);
}

/** Adds the positions behind tokens that can match an empty text. */
function passing(ends: Uint8Array, pattern: Tokens, mayBeEmpty: (token: Token) => boolean): Uint8Array {
  pattern.forEach((token, end) => {
    if (ends[end] === 1 && mayBeEmpty(token)) ends[end + 1] = 1;
  });
  return ends;
}
