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
 * are characters that only wildcards take. O(inner × outer) at worst, like `canPatternsMeet`.
 */
export function isPatternWithin(inner: Tokens, outer: Tokens): boolean {
  /** How many tokens of `outer` may be used up by what was read of `inner`. */
  let ends = new Set<number>();
  reach(ends, 0, outer, isStar);
  for (const token of inner) {
    const next = new Set<number>();
    for (const end of ends) {
      const facing = outer[end];
      if (facing !== undefined && takes(facing, token))
        reach(next, isStar(facing) ? end : end + 1, outer, isStar);
    }
    if (next.size === 0) return false;
    ends = next;
  }
  return ends.has(outer.length);
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
  let ends = new Set<number>();
  reach(ends, 0, other, isOpen);
  for (const token of one) {
    const next = new Set<number>();
    if (isOpen(token)) for (let end = Math.min(...ends); end <= other.length; end++) next.add(end);
    else
      for (const end of ends) {
        const facing = other[end];
        if (facing === undefined) continue;
        if (isOpen(facing)) reach(next, end, other, isOpen);
        else if (token === facing || token === ONE || facing === ONE) reach(next, end + 1, other, isOpen);
      }
    if (next.size === 0) return false;
    ends = next;
  }
  return ends.has(other.length);
}

/** Adds an end, and those behind tokens that may match nothing. */
function reach(ends: Set<number>, end: number, pattern: Tokens, mayBeEmpty: (token: Token) => boolean): void {
  for (let at = end; ; at++) {
    ends.add(at);
    const token = pattern[at];
    if (token === undefined || !mayBeEmpty(token)) return;
  }
}
