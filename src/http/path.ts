import type { Failure } from "../lib/errors.ts";

/**
 * The path of a request in its canonical form, or why it has none. What authorizes (an `execute-api` policy) sees
 * the path as it came; what routes must see the same, so a path with two readings is refused.
 * @param raw the path as the server got it, without the query
 * @param isEncoded whether `raw` still is percent-encoded (API Gateway hands it over decoded, a plain server not)
 */
export function canonicalPath(raw: string, isEncoded: boolean): string | Failure {
  const refused = (detail: string): Failure => ({ failure: "path-not-canonical", detail });
  let path = raw;
  if (isEncoded) {
    if (/%(2f|5c|2e|00)/i.test(raw))
      return refused(
        "The path has an encoded slash, backslash, dot or null byte. Send the path without encoding that character.",
      );
    try {
      path = decodeURIComponent(raw);
    } catch {
      return refused("The path has a percent sign that encodes nothing. Remove it.");
    }
  }
  if (/[%?#\\]/.test(path))
    return refused("The path has a `%`, `?`, `#` or backslash in it. Send it without.");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: URL parsers drop some of them silently
  if (/[\u0000-\u001f\u007f]/.test(path)) return refused("The path has a control character. Remove it.");
  if (!path.startsWith("/") || path.includes("//"))
    return refused("The path has an empty segment. Remove it.");
  if (path !== "/" && path.endsWith("/")) return refused("The path ends with a slash. Send it without.");
  if (path.split("/").some((segment) => segment === "." || segment === "..")) {
    return refused("The path has a `.` or `..` segment. Send the path that you mean.");
  }
  return path;
}
