import { hash } from "node:crypto";
import type { Spec } from "../desired/state.ts";
import type { Failure } from "../lib/errors.ts";

/** Entity tags of `If-Match` or `If-None-Match` (RFC 9110 §13.1); `*` for any. */
type Tags = "*" | readonly string[];
export type Precondition = { ifMatch?: Tags; ifNoneMatch?: Tags };

/** The entity tag of a registration: it stands for the spec alone, so a drift check does not change it. */
export function entityTag({ spec, specVersion }: { spec: Spec; specVersion: number }): string {
  const digest = hash("sha256", JSON.stringify(spec)).slice(0, 12);
  return `"${specVersion}-${digest}"`;
}

/** Reads a header's entity tags; a weak one is kept as it is and never matches strongly. */
export function readTags(header: string | undefined): Tags | undefined {
  if (header === undefined) return undefined;
  if (header.trim() === "*") return "*";
  return header.match(/(W\/)?"[^"]*"/g) ?? [];
}

/** Whether tags name the entity tag, compared as `If-None-Match` does: a weak one stands for the same (RFC 9110 §8.8.3.2). */
export const matchesWeakly = (tags: Tags, tag: string | undefined): boolean =>
  tag !== undefined && (tags === "*" || tags.some((other) => other.replace(/^W\//, "") === tag));

/** The same as `If-Match` compares: a weak one never matches. */
const matchesStrongly = (tags: Tags, tag: string | undefined): boolean =>
  tag !== undefined && (tags === "*" || tags.includes(tag));

/** The failure of a precondition that does not hold for what is there. */
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
