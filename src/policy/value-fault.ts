/** Returns the fault of a value that IAM would refuse or read in another sense; undefined if the value has none. */
export function valueFault(name: string): string | undefined {
  if (name.includes("${")) return "IAM reads `${` as a policy variable, so the name cannot contain it.";
  if (name.includes("?"))
    return "IAM reads `?` as any one character. Name each value, or use `*` for any characters.";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression looks for control characters
  if (/[\u0000-\u001f\u007f-\u009f]/.test(name)) return "The name contains a control character.";
  if (/[^\u0020-\u00ff]/.test(name))
    return "The name contains characters outside Latin-1, which a policy document cannot hold.";
  return undefined;
}
