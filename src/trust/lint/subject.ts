/**
 * Finds the reach of one `sub` value: the repositories that can send a subject that matches the value.
 *
 * A subject is a list of `key:value` pairs joined by `:`. GitHub sends every `:` inside a value as `%3A`, so nobody
 * can forge a literal pair that comes before the first wildcard. IAM's `*` also matches `/` and `:`, so no text behind
 * the first wildcard limits the reach.
 * https://docs.github.com/en/actions/reference/security/oidc
 */
import type { Pattern } from "../../policy/string-like.ts";
import { AUTHOR_CHOSEN, LIMITED } from "../claims.ts";
import { OPEN } from "../grammar.ts";

export type Reach =
  | { readonly to: "repository"; readonly prefix: string; readonly byId: boolean; readonly name?: string }
  | { readonly to: "owner"; readonly prefix: string; readonly byId: boolean }
  | { readonly to: "anyone"; readonly prefix: string | null; readonly code: OpenCode };

type OpenCode =
  | "sub-any"
  | "sub-empty-repository"
  | "owner-wildcard"
  | "repository-wildcard"
  | "immutable-wildcard"
  | "sub-user-controlled"
  | "sub-not-repository";

/** Returns the text before the first wildcard; `open` tells whether the pattern goes on behind it. */
function literalPrefix(pattern: Pattern): { text: string; open: boolean } {
  const [first = ""] = pattern;
  return typeof first === "string" ? { text: first, open: pattern.length > 1 } : { text: "", open: true };
}

/**
 * Returns the reach of a `sub` pattern: one repository, one owner or anyone.
 * `prefix` is the subject up to and including the repository; null if the pattern has no such part.
 */
export function reach(pattern: Pattern): Reach {
  const { text, open } = literalPrefix(pattern);
  let bound: Reach | null = null;
  for (let at = 0; at < text.length; ) {
    const colon = text.indexOf(":", at);
    if (colon < 0) break;
    const key = text.slice(at, colon);
    const next = text.indexOf(":", colon + 1);
    const end = next < 0 ? text.length : next;
    const value = text.slice(colon + 1, end);
    const complete = next >= 0 || !open;
    const prefix = text.slice(0, end);
    if (key === "repo") return repositoryReach(prefix, value, complete);
    if (!complete) break;
    if (key === "repository_id" && value !== "") return { to: "repository", prefix, byId: true };
    if (key === "repository_owner" && value !== "") bound ??= { to: "owner", prefix, byId: false };
    else if (key === "repository_owner_id" && value !== "") bound = { to: "owner", prefix, byId: true };
    else if (AUTHOR_CHOSEN.includes(key))
      return bound ?? { to: "anyone", prefix: null, code: "sub-user-controlled" };
    else if (!LIMITED.includes(key))
      return bound ?? { to: "anyone", prefix: null, code: "sub-not-repository" };
    at = end + 1;
  }
  return (
    bound ?? {
      to: "anyone",
      prefix: null,
      code: startsChosen(text) ?? (open ? "sub-any" : "sub-not-repository"),
    }
  );
}

/** Recognises patterns such as `workflow:*`, which begin with a claim that a workflow's author chooses. */
function startsChosen(text: string): "sub-user-controlled" | null {
  return AUTHOR_CHOSEN.some((claim) => text.startsWith(`${claim}:`)) ? "sub-user-controlled" : null;
}

function repositoryReach(prefix: string, value: string, complete: boolean): Reach {
  const anyone = (code: OpenCode, openPrefix: string | null = null): Reach => ({
    to: "anyone",
    prefix: openPrefix,
    code,
  });
  const slash = value.indexOf("/");
  if (slash < 0) {
    if (complete) return anyone("sub-empty-repository");
    if (value === "") return anyone("sub-any", `${prefix}${OPEN}/${OPEN}`);
    return anyone(value.includes("@") ? "immutable-wildcard" : "owner-wildcard", `${prefix}${OPEN}/${OPEN}`);
  }
  const owner = value.slice(0, slash);
  const repo = value.slice(slash + 1);
  if (owner === "") return anyone("sub-empty-repository");
  if (!complete) {
    if (repo === "") return { to: "owner", prefix: `${prefix}${OPEN}`, byId: hasId(owner) };
    return anyone(repo.includes("@") ? "immutable-wildcard" : "repository-wildcard", `${prefix}${OPEN}`);
  }
  if (repo === "") return anyone("sub-empty-repository");
  return { to: "repository", prefix, byId: hasId(owner) && hasId(repo), name: value };
}

function hasId(name: string): boolean {
  return /^[^@]+@\d+$/.test(name);
}
