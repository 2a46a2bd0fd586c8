import { hash } from "node:crypto";
import type { Spec } from "../desired/state.ts";
import type { Failure } from "../lib/errors.ts";

/** Entity tags of `If-Match` or `If-None-Match` (RFC 9110 §13.1); `*` for any. */
type Tags = "*" | readonly string[];
export type Precondition = { ifMatch?: Tags; ifNoneMatch?: Tags };

/**
 * Returns the entity tag of a registration. The tag depends only on the spec and its version, so a drift check does not
 * change the tag.
 */
export function entityTag({ spec, specVersion }: { spec: Spec; specVersion: number }): string {
  const digest = hash("sha256", JSON.stringify(spec)).slice(0, 12);
  return `"${specVersion}-${digest}"`;
}

/** Reads a header's entity tags. A weak tag stays weak, and so never matches in a strong comparison. */
export function readTags(header: string | undefined): Tags | undefined {
  if (header === undefined) return undefined;
  if (header.trim() === "*") return "*";
  return header.match(/(W\/)?"[^"]*"/g) ?? [];
}

/**
 * Tells whether tags include the entity tag, compared as for `If-None-Match`: a weak tag matches too (RFC 9110
 * §8.8.3.2).
 */
export const matchesWeakly = (tags: Tags, tag: string | undefined): boolean =>
  tag !== undefined && (tags === "*" || tags.some((other) => other.replace(/^W\//, "") === tag));

/** Tells whether tags include the entity tag, compared as for `If-Match`: a weak tag never matches. */
const matchesStrongly = (tags: Tags, tag: string | undefined): boolean =>
  tag !== undefined && (tags === "*" || tags.includes(tag));

/** Returns the failure of a precondition that the current registration does not meet; undefined if it meets all. */
export function unmet(
  { ifMatch, ifNoneMatch }: Precondition,
  current: { spec: Spec; specVersion: number } | undefined,
): Failure | undefined {
  const tag = current && entityTag(current);
  if (ifMatch !== undefined && !matchesStrongly(ifMatch, tag)) {
    const detail =
      tag === undefined
        ? "Nothing is registered under that name, so no entity tag matches. To register the role, send a PUT without `If-Match`."
        : `The registration has another entity tag, ${tag}. Read the registration again and repeat the change.`;
    return { failure: "precondition-failed", detail };
  }
  if (ifNoneMatch !== undefined && matchesWeakly(ifNoneMatch, tag)) {
    return {
      failure: "precondition-failed",
      detail: `The registration already exists, with the entity tag ${tag}. Send that tag in \`If-Match\` to change it.`,
    };
  }
  return undefined;
}
