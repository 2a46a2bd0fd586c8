/** Quotes text from outside for a workflow. Each language inside a workflow has its own quoting. */

/** Quotes a YAML scalar. Every JSON string is one in YAML 1.2: https://yaml.org/spec/1.2.2/#13-terminology-and-notation */
export const yaml = (text: string): string => JSON.stringify(text);

/** Quotes a string of GitHub's expressions: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions */
export const expression = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Quotes a word for the shell, so that no character in it is special. */
export const word = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Turns IAM's pattern into a pattern for the shell's `case`. In both, `*` stands for any characters, including `/`. */
export const shellPattern = (pattern: string): string =>
  pattern
    .split(/\*+/)
    .map((literal) => (literal === "" ? "" : word(literal)))
    .join("*");

/**
 * Turns IAM's pattern into one of GitHub's filters. There `*` stops at a `/`, but `**` does not. A plain `? + [ \` is
 * escaped, and so is a `!` at the start (`]` is special only after `[`).
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
 */
export const filterPattern = (pattern: string): string =>
  pattern.replace(/[\\?+[]|^!/g, "\\$&").replace(/\*+/g, "**");

/**
 * Matches text that no quoting makes safe. Control characters and line breaks would end a line of a script. GitHub
 * evaluates `${{` everywhere, even inside quotes.
 */
const UNQUOTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|\$\{\{/u;

/** Throws if any string in the value cannot be quoted. That is a bug: such input was already refused with 422. */
export function assertQuotable(value: unknown, name = ""): void {
  if (typeof value === "string" && UNQUOTABLE.test(value)) {
    throw new RangeError(`A workflow cannot hold ${JSON.stringify(value)} (${name})`);
  }
  if (typeof value === "object" && value !== null) {
    for (const [key, member] of Object.entries(value)) assertQuotable(member, key);
  }
}
