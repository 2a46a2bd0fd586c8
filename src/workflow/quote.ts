/** How text from outside is written into a workflow: each language that a workflow holds has its own quoting. */

/** A YAML scalar. YAML 1.2 takes every JSON string as one: https://yaml.org/spec/1.2.2/#13-terminology-and-notation */
export const yaml = (text: string): string => JSON.stringify(text);

/** A string of GitHub's expressions: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions */
export const expression = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A word of the shell, in which nothing is special. */
export const word = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** IAM's pattern as one of a shell's `case`: in both, `*` is any characters, `/` among them. */
export const shellPattern = (pattern: string): string =>
  pattern
    .split(/\*+/)
    .map((literal) => (literal === "" ? "" : word(literal)))
    .join("*");

/**
 * IAM's pattern as one of GitHub's filters, where `*` stops at a `/` and `**` does not, and where a name's own
 * `? + [ \`, and a `!` in front, are escaped (`]` is special only after `[`).
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
 */
export const filterPattern = (pattern: string): string =>
  pattern.replace(/[\\?+[]|^!/g, "\\$&").replace(/\*+/g, "**");

/**
 * What no quoting makes safe: control characters and line breaks, which would end a line of a script, and `${{`,
 * which GitHub evaluates wherever it stands, quoted or not.
 */
const UNQUOTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|\$\{\{/u;

/** Throws if any string in the value cannot be quoted. Input is refused before, with 422: a throw here is a bug. */
export function assertQuotable(value: unknown, name = ""): void {
  if (typeof value === "string" && UNQUOTABLE.test(value)) {
    throw new RangeError(`A workflow cannot hold ${JSON.stringify(value)} (${name})`);
  }
  if (typeof value === "object" && value !== null) {
    for (const [key, member] of Object.entries(value)) assertQuotable(member, key);
  }
}
