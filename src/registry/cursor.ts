import type { Failure } from "../lib/errors.ts";

/** A cursor holds the sort key of the last item of a page; the partition comes from the request alone. */
export const encodeCursor = (sk: string): string => Buffer.from(sk).toString("base64url");

/** The sort key in a cursor that `encodeCursor` wrote, if it is of the form that the list has. */
export function decodeCursor(
  cursor: string,
  { form, prefix = "" }: { form: RegExp; prefix?: string },
): string | Failure {
  const sk = Buffer.from(cursor, "base64url").toString();
  const isOurs =
    encodeCursor(sk) === cursor && /^[\x21-\x7e]+$/.test(sk) && form.test(sk) && sk.startsWith(prefix);
  return isOurs ? sk : { failure: "cursor-invalid" };
}
