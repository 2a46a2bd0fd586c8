import type { Failure } from "../lib/errors.ts";

/**
 * Returns the canonical form of a request's path, or a failure if it has none. Authorization by an `execute-api`
 * policy uses the path as received, and routing must use the same. So a path that can be read in two ways is refused.
 * @param raw the path as the server received it, without the query
 * @param isEncoded true if `raw` is still percent-encoded (API Gateway passes a decoded path, a plain server does not)
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
