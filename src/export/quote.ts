/**
 * How text is written into a template, so that it is text there and nothing else. In the shell it is a `word` of
 * `src/workflow/quote.ts`.
 */

/**
 * A string in quotes, by the escapes that YAML and HCL share. Besides quotes and backslashes it escapes what a reader
 * cannot see, line ends among it, of which YAML 1.1 knows more than others.
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
 * A string of a CloudFormation template. There is no way to write a dynamic reference as mere text; a name that holds
 * one is refused before, because of its `:`, so a throw here is a bug.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
 */
export function yaml(text: string): string {
  if (text.includes("{{resolve:")) throw new RangeError(`A template cannot hold ${JSON.stringify(text)}`);
  return quoted(text);
}

/** A string of Terraform's language, in which `${` and `%{` begin no template. */
export const hcl = (text: string): string => quoted(text).replace(/[$%](?=\{)/g, "$&$&");
