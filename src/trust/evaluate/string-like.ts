/**
 * IAM's wildcards: `*` for any number of characters, `?` for exactly one; both cross `/` and `:`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_String-wildcard
 */
export const ANY = Symbol("*");
export const ONE = Symbol("?");

/** Text (never empty, never two in a row) and wildcards, so a `*` that stands for itself (`${*}`) is told apart. */
export type Pattern = readonly (string | typeof ANY | typeof ONE)[];

/** A text in which `*` alone is a wildcard, for any characters: a subject of ours, a filter of ECR's. */
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

/** O(pattern × value) at worst: on a mismatch only the last `*` seen can take one character more. */
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
