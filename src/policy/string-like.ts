/**
 * IAM's wildcards: `*` matches any number of characters, `?` exactly one. Both also match `/` and `:`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_String-wildcard
 */
export const ANY = Symbol("*");
export const ONE = Symbol("?");

/**
 * A list of texts and wildcards. No text is empty, and no text directly follows another text. A plain `*` (`${*}`) is
 * part of a text, so it differs from the wildcard.
 */
export type Pattern = readonly (string | typeof ANY | typeof ONE)[];

/** Reads a text in which only `*` is a wildcard: a registration's subject, or a filter of ECR. */
export function starred(text: string): Pattern {
  const pattern: (string | typeof ANY)[] = [];
  for (const [index, part] of text.split("*").entries()) {
    if (index > 0) pattern.push(ANY);
    if (part !== "") pattern.push(part);
  }
  return pattern;
}

export function isLiteral(pattern: Pattern): boolean {
  return pattern.every((token) => typeof token === "string");
}

/**
 * Tells whether a pattern matches a whole value. On a mismatch, the latest `*` takes one more character and matching
 * resumes behind it, so the worst case is O(pattern × value).
 */
export function stringLike(pattern: Pattern, value: string): boolean {
  let p = 0;
  let lastAny = -1;
  let resumeAt = 0;
  for (let v = 0; v < value.length; ) {
    const token = pattern[p];
    if (token === ANY) {
      lastAny = p++;
      resumeAt = v;
    } else if (token === ONE) {
      p++;
      v++;
    } else if (token !== undefined && value.startsWith(token, v)) {
      p++;
      v += token.length;
    } else if (lastAny >= 0) {
      p = lastAny + 1;
      v = ++resumeAt;
    } else {
      return false;
    }
  }
  while (pattern[p] === ANY) p++;
  return p === pattern.length;
}
