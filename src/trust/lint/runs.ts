/**
 * Tells which runs of a repository a `sub` value lets in: branches, tags, environments and pull requests. A default
 * subject names exactly one of these. To see whether a pattern lets in every branch, the functions here match the
 * pattern with a branch name that does not exist. They do the same for tags and environments.
 */
import { type Pattern, stringLike } from "../../policy/string-like.ts";
import { SUBJECT_PAIRS } from "../claims.ts";
import type { FindingCode } from "./codes.ts";
import { literalPrefix, OPEN } from "./subject.ts";

/**
 * Returns the codes for runs that a pattern lets in too widely.
 * @param prefix the subject up to and including the repository, with every wildcard in it replaced by a name
 * @param hasPush whether the role can push; undefined if that is not known
 */
export function runCodes(pattern: Pattern, prefix: string, hasPush: boolean | undefined): FindingCode[] {
  if (!literalPrefix(pattern).open && pattern.join("") === prefix) return ["any-ref"];
  const admits = (context: string): boolean => stringLike(pattern, `${prefix}:${context}`);
  const pullRequest = admits("pull_request");
  const branch = admits(`ref:refs/heads/${OPEN}`);
  const tag = admits(`ref:refs/tags/${OPEN}`);
  const environment = admits(`environment:${OPEN}`);
  if (pullRequest && branch && tag && environment) return ["any-ref"];

  const codes: FindingCode[] = [];
  if (pullRequest && hasPush === true) codes.push("pull-request-push");
  if (pullRequest && hasPush === undefined) codes.push("pull-request");
  if (branch) codes.push("any-branch");
  if (tag) codes.push("any-tag");
  if (environment) codes.push("any-environment");
  if (codes.length === 0 && !pullRequest && isMixed(pattern, prefix)) codes.push("mixed-context");
  return codes;
}

/** Tells whether the first wildcard comes before the part that names the kind of run, such as `ref:refs/heads/`. */
function isMixed(pattern: Pattern, prefix: string): boolean {
  const { text, open } = literalPrefix(pattern);
  if (!open || prefix.includes(OPEN)) return false;
  const tail = text.slice(prefix.length + 1);
  return !/^(?:ref:refs\/(?:heads|tags)\/|pull_request|(?!ref:)[a-z_]+:)/.test(tail);
}

/**
 * Checks the literal text behind the repository. GitHub sends `pull_request`, `ref:refs/…`, or pairs of a claim and its
 * value there. Returns null if the text has one of these forms, otherwise the code of the finding.
 */
export function formCode(pattern: Pattern, prefix: string): "sub-form" | "colon-not-encoded" | null {
  const { text, open } = literalPrefix(pattern);
  const tail = text.slice(prefix.length + 1);
  if (tail === "") return null;
  const parts = tail.split(":");
  // Do not check the last part if a wildcard follows, because the wildcard may complete it.
  const certain = open ? parts.length - 1 : parts.length;
  for (let index = 0; index < certain; ) {
    const key = parts[index] ?? "";
    const value = parts[index + 1];
    if (key === "pull_request") {
      index += 1;
      continue;
    }
    if (!SUBJECT_PAIRS.includes(key) && !key.startsWith("repo_property_"))
      return index === 0 ? "sub-form" : "colon-not-encoded";
    if (value === undefined || (value === "" && index + 1 < certain)) return "sub-form";
    if (key === "ref" && !agreesWithRefs(value, open && index + 1 >= certain)) return "sub-form";
    index += 2;
  }
  return null;
}

function agreesWithRefs(value: string, cut: boolean): boolean {
  return value.startsWith("refs/") || (cut && "refs/".startsWith(value));
}
