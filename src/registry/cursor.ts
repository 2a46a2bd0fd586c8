import type { Failure } from "../lib/errors.ts";

/**
 * Returns a cursor for the sort key of a page's last item. The cursor has no partition key; the request determines it.
 */
export const encodeCursor = (sk: string): string => Buffer.from(sk).toString("base64url");

/**
 * Returns the sort key in a cursor that `encodeCursor` made. Returns a failure if the key does not have the list's form
 * and prefix.
 */
export function decodeCursor(
  cursor: string,
  { form, prefix = "" }: { form: RegExp; prefix?: string },
): string | Failure {
  const sk = Buffer.from(cursor, "base64url").toString();
  const isOurs =
    encodeCursor(sk) === cursor && /^[\x21-\x7e]+$/.test(sk) && form.test(sk) && sk.startsWith(prefix);
  return isOurs ? sk : { failure: "cursor-invalid" };
}
