import type { Failure } from "../errors.ts";

/** A cursor holds the sort key of the last item of a page; the partition comes from the request alone. */
export const encodeCursor = (sk: string): string => Buffer.from(sk).toString("base64url");

/** The sort key in a cursor that begins with a prefix, as `encodeCursor` wrote it. */
export function decodeCursor(cursor: string, prefix: string): string | Failure {
  const sk = Buffer.from(cursor, "base64url").toString();
  const isOurs = encodeCursor(sk) === cursor && /^[\x21-\x7e]+$/.test(sk) && sk.startsWith(prefix);
  return isOurs ? sk : { failure: "cursor-invalid" };
}
