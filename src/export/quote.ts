/**
 * Quotes text for templates, so that it stays plain text there. For the shell, see `word` in `src/workflow/quote.ts`.
 */

/**
 * Quotes a string with the escapes that YAML and HCL share. It escapes quotes, backslashes and invisible characters.
 * These include all line ends, of which YAML 1.1 has more than other languages.
 * https://yaml.org/spec/1.2.2/#57-escaped-characters
 * https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences
 */
const quoted = (text: string): string =>
  `"${text.replace(/["\\]/g, "\\$&").replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const digits = code.toString(16);
    return code > 0xffff ? `\\U${digits.padStart(8, "0")}` : `\\u${digits.padStart(4, "0")}`;
  })}"`;

/**
 * Quotes a string for a CloudFormation template. A dynamic reference cannot be written as plain text, so this throws.
 * That is a bug: names with a reference were refused before, because they contain a `:`.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
 */
export function yaml(text: string): string {
  if (text.includes("{{resolve:")) throw new RangeError(`A template cannot hold ${JSON.stringify(text)}`);
  return quoted(text);
}

/** Quotes a string for Terraform. It escapes `${` and `%{`, which would begin a template. */
export const hcl = (text: string): string => quoted(text).replace(/[$%](?=\{)/g, "$&$&");
