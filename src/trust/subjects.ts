/**
 * The `sub` claims of GitHub's tokens: what a registration's trust means, as subjects.
 * https://docs.github.com/en/actions/reference/security/oidc
 */
import type { InputError } from "../errors.ts";
import type { components } from "../generated/contract.ts";

export type Trust = components["schemas"]["Trust"];
export type NonEmpty<T> = readonly [T, ...T[]];

/** A repository as GitHub knows it: canonical spelling, and ids that survive rename and transfer. */
export type GitHubRepository = { owner: string; repo: string; ownerId: number; repositoryId: number };

declare const brand: unique symbol;

/** What a repository's subjects begin with, `repo:O/R` or `repo:O@1/R@2`; never with a wildcard. */
export type SubjectPrefix = string & { readonly [brand]: "prefix" };

/** A `sub` pattern bound to one repository and one context; `*` stands for any characters. */
export type Subject = string & { readonly [brand]: "subject" };

/** The two forms of a repository's prefix: by name, and by name and id (repositories since July 2026). */
export function subjectPrefixes(repository: GitHubRepository): { byName: SubjectPrefix; byId: SubjectPrefix } {
  const { owner, repo, ownerId, repositoryId } = repository;
  return {
    byName: `repo:${owner}/${repo}` as SubjectPrefix,
    byId: `repo:${owner}@${ownerId}/${repo}@${repositoryId}` as SubjectPrefix,
  };
}

/**
 * The subjects that a trust means: every prefix with every context.
 * An environment replaces the ref in the claim, and a `:` in a value is sent as `%3A`.
 * Returns undefined if the trust names nothing.
 */
export function subjects(prefixes: NonEmpty<SubjectPrefix>, trust: Trust): NonEmpty<Subject> | undefined {
  const encode = (value: string): string => value.replaceAll(":", "%3A");
  const contexts = [
    ...trust.branches.map((name) => `ref:refs/heads/${encode(name)}`),
    ...trust.tags.map((name) => `ref:refs/tags/${encode(name)}`),
    ...trust.environments.map((name) => `environment:${encode(name)}`),
  ];
  const [first, ...rest] = prefixes.flatMap((prefix) => contexts.map((context) => `${prefix}:${context}` as Subject));
  return first === undefined ? undefined : [first, ...rest];
}

/** Whether a subject needs StringLike; under StringEquals a `*` is a literal and never matches. */
export const hasWildcard = (subject: Subject): boolean => subject.includes("*");

/** The faults of a trust, each with its pointer; none if `subjects` may be built from it. */
export function trustFaults(trust: Trust): InputError[] {
  const faults: InputError[] = [];
  if (trust.branches.length + trust.tags.length + trust.environments.length === 0) {
    faults.push({
      pointer: "/trust",
      detail: "The trust names no branch, tag or environment, so nobody could assume the role; name at least one.",
    });
  }
  for (const [list, nameFault] of [
    ["branches", refFault],
    ["tags", refFault],
    ["environments", environmentFault],
  ] as const) {
    trust[list].forEach((name, index) => {
      const detail = nameFault(name);
      if (detail !== undefined) faults.push({ pointer: `/trust/${list}/${index}`, detail });
    });
  }
  return faults;
}

/** What both refs and environments cannot hold, because IAM reads it as something else or refuses it. */
function policyFault(name: string): string | undefined {
  if (name.includes("${")) return "`${` would be read as a policy variable; the name cannot hold it.";
  if (name.includes("?")) return "`?` would stand for any character; name each one, or use `*` for any characters.";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f-\u009f]/.test(name)) return "The name has a control character.";
  if (/[^\u0020-\u00ff]/.test(name)) return "A policy document holds Latin-1 only; the name has other characters.";
  return undefined;
}

/** What git does not allow in a ref (https://git-scm.com/docs/git-check-ref-format), `*` aside: it is ours. */
function refFault(name: string): string | undefined {
  if (name.startsWith("refs/")) return "Give the name alone, such as `main`, without `refs/heads/` or `refs/tags/`.";
  const git =
    /[ ~^:[\\]|\.\.|@\{|\/\//.test(name) ||
    /^[/.-]|[/.]$|\.lock$|\/\./.test(name) ||
    name.split("/").some((part) => part.endsWith(".lock")) ||
    name === "@";
  return policyFault(name) ?? (git ? "Git allows no ref of that name." : undefined);
}

function environmentFault(name: string): string | undefined {
  return policyFault(name) ?? (name.trim() === name ? undefined : "The name begins or ends with a space.");
}
