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

/** What subjects begin with: `repo:O/R`, `repo:O@1/R@2`, or for a whole owner `repo:O/*`, `repo:O@1/*`. */
export type SubjectPrefix = string & { readonly [brand]: "prefix" };

/** A `sub` pattern bound to one owner or repository and one context; `*` stands for any characters. */
export type Subject = string & { readonly [brand]: "subject" };

/** How a repository's subjects are written: with which prefixes, and by which template if not by the default one. */
export type SubjectForm = { prefixes: NonEmpty<SubjectPrefix>; template?: Template };

/** A customised template: the claims that make up the subject, and those of their values that are known. */
export type Template = { keys: readonly string[]; values: { readonly [key: string]: string } };

/** The two forms of a repository's prefix: by name, and by name and id (repositories since July 2026). */
export function subjectPrefixes({ owner, repo, ownerId, repositoryId }: GitHubRepository) {
  return {
    byName: `repo:${owner}/${repo}` as SubjectPrefix,
    byId: `repo:${owner}@${ownerId}/${repo}@${repositoryId}` as SubjectPrefix,
  };
}

/** The one form of a repository whose ids are not known. */
export const namePrefix = (owner: string, repo: string): SubjectPrefix =>
  `repo:${owner}/${repo}` as SubjectPrefix;

/** The forms of every repository of an owner. The `/` ends the owner's name, so a longer name does not match. */
export const ownerPrefixes = (owner: string, ownerId: number): NonEmpty<SubjectPrefix> => [
  `repo:${owner}@${ownerId}/*` as SubjectPrefix,
  `repo:${owner}/*` as SubjectPrefix,
];

/**
 * The contexts that a trust means: the tails of the default subject. An environment replaces the ref in the claim,
 * a pull request replaces both, and a `:` in a value is sent as `%3A`.
 */
function contexts(trust: Trust): string[] {
  const encode = (value: string): string => value.replaceAll(":", "%3A");
  if (trust.anyRef) return ["*"];
  return [
    ...trust.branches.map((name) => `ref:refs/heads/${encode(name)}`),
    ...trust.tags.map((name) => `ref:refs/tags/${encode(name)}`),
    ...trust.environments.map((name) => `environment:${encode(name)}`),
    ...(trust.pullRequests ? ["pull_request"] : []),
  ];
}

/**
 * The subjects that a trust means: every prefix with every context, in the repository's own form. Undefined if the
 * trust names nothing, or the form cannot tell what it names (`templateFaults` says why).
 */
export function subjects({ prefixes, template }: SubjectForm, trust: Trust): NonEmpty<Subject> | undefined {
  const written = prefixes.flatMap((prefix) =>
    contexts(trust).map((context) =>
      template ? fromTemplate(template, prefix, context) : `${prefix}:${context}`,
    ),
  );
  const known = [...new Set(written.filter((text) => text !== undefined))] as Subject[];
  const [first, ...rest] = known;
  return first === undefined || written.includes(undefined) ? undefined : [first, ...rest];
}

/** The subject that a template makes of a context; undefined where a value is not known. */
function fromTemplate(
  { keys, values }: Template,
  prefix: SubjectPrefix,
  context: string,
): string | undefined {
  const parts = keys.map((key) => {
    if (key === "repo" || key === "repository") return prefix;
    if (key === "context") return context;
    if (key === "ref" || key === "environment") return context.startsWith(`${key}:`) ? context : undefined;
    return knownValue(values, key) === undefined ? undefined : `${key}:${knownValue(values, key)}`;
  });
  return parts.includes(undefined) ? undefined : parts.join(":");
}

/** GitHub names the keys, so one can be called `constructor`. */
const knownValue = (values: Template["values"], key: string): string | undefined =>
  Object.hasOwn(values, key) ? values[key] : undefined;

/** The tail of a subject, of which each value has its colons encoded. */
const CONTEXT = "(?:ref:[^:]+|environment:[^:]+|pull_request|\\*)";

/**
 * Whether a subject is one that a repository of this form could send with that prefix. After the form has changed on
 * GitHub, subjects that were made from the earlier one are not.
 */
export function isOfForm({ template }: SubjectForm, prefix: SubjectPrefix, subject: string): boolean {
  const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const parts = (template?.keys ?? ["repo", "context"]).map((key) => {
    if (key === "repo" || key === "repository") return literal(prefix);
    if (key === "context") return CONTEXT;
    if (key === "ref" || key === "environment") return `${key}:[^:]+`;
    const value = knownValue(template?.values ?? {}, key);
    return value === undefined ? undefined : literal(`${key}:${value}`);
  });
  return !parts.includes(undefined) && new RegExp(`^${parts.join(":")}$`).test(subject);
}

/** Claims that whoever writes a workflow chooses: none may stand before the repository (Unit 42, DEF CON 32). */
const USER_CONTROLLED = ["workflow", "environment", "ref", "head_ref", "base_ref", "context"];

/** Why subjects of a form cannot be trusted; none if every context of the trust can be told by it. */
export function templateFaults(form: SubjectForm, trust: Trust): InputError[] {
  if (trust.pullRequests && form.prefixes.some(hasWildcard)) {
    const detail =
      "`*` crosses a colon, so for a whole owner a pull request cannot be told from an environment named `pull_request`; register the repository itself for it.";
    return [{ pointer: "/trust/pullRequests", detail }];
  }
  if (form.template === undefined) return [];
  const { keys, values } = form.template;
  const refused = (why: string): InputError[] => [
    {
      pointer: "/repo",
      detail: `The repository's subjects follow the template ${JSON.stringify(keys)}, ${why}; set use_default to true for it, or change its include_claim_keys.`,
    },
  ];
  const at = keys.findIndex((key) => ["repo", "repository", "repository_id"].includes(key));
  const chosen = keys.findIndex((key) => USER_CONTROLLED.includes(key));
  if (chosen === 0) return refused(`which begins with ${keys[0]}, a claim that workflows choose`);
  if (at < 0) return refused("which does not name the repository");
  if (chosen >= 0 && chosen < at)
    return refused(`which has ${keys[chosen]}, a claim that workflows choose, before the repository`);
  const named = ["repo", "repository", "context", "ref", "environment"];
  const unknown = keys.filter((key) => !named.includes(key) && knownValue(values, key) === undefined);
  if (unknown.length > 0) return refused(`of which the values of ${unknown.join(", ")} are not known`);
  if (
    !keys.some((key) => ["context", "ref", "environment"].includes(key)) ||
    subjects(form, trust) === undefined
  ) {
    return refused("which does not tell all that the trust names apart");
  }
  return [];
}

/** Whether a pattern needs StringLike; under StringEquals a `*` is a star and never matches. */
export const hasWildcard = (pattern: string): boolean => pattern.includes("*");

/** The faults of a trust, each with its pointer; none if subjects may be built from it. */
export function trustFaults(trust: Trust): InputError[] {
  const faults: InputError[] = [];
  const { branches, tags, environments, pullRequests, anyRef } = trust;
  const named = branches.length + tags.length + environments.length;
  if (named === 0 && !pullRequests && !anyRef) {
    faults.push({
      pointer: "/trust",
      detail:
        "The trust names no branch, tag or environment, so nobody could assume the role; name at least one.",
    });
  }
  if (anyRef && (named > 0 || pullRequests)) {
    faults.push({
      pointer: "/trust/anyRef",
      detail: "`anyRef` is everything the repository sends; name nothing beside it.",
    });
  }
  for (const [list, nameFault] of [
    ["branches", refFault],
    ["tags", refFault],
    ["environments", environmentFault],
    ["jobWorkflowRefs", jobWorkflowRefFault],
  ] as const) {
    trust[list].forEach((name, index) => {
      const detail = nameFault(name);
      if (detail !== undefined) faults.push({ pointer: `/trust/${list}/${index}`, detail });
    });
  }
  return faults;
}

/** What no value can hold, because IAM reads it as something else or refuses it. */
function policyFault(name: string): string | undefined {
  if (name.includes("${")) return "`${` would be read as a policy variable; the name cannot hold it.";
  if (name.includes("?"))
    return "`?` would stand for any character; name each one, or use `*` for any characters.";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f-\u009f]/.test(name)) return "The name has a control character.";
  if (/[^\u0020-\u00ff]/.test(name))
    return "A policy document holds Latin-1 only; the name has other characters.";
  return undefined;
}

/** What git does not allow in a ref (https://git-scm.com/docs/git-check-ref-format), `*` aside: it is ours. */
function refFault(name: string): string | undefined {
  if (name.startsWith("refs/"))
    return "Give the name alone, such as `main`, without `refs/heads/` or `refs/tags/`.";
  const isRefused =
    /[ ~^:[\\]|\.\.|@\{|\/\//.test(name) ||
    /^[/.-]|[/.]$|\/\./.test(name) ||
    name.split("/").some((part) => part.endsWith(".lock")) ||
    name === "@";
  return policyFault(name) ?? (isRefused ? "Git allows no ref of that name." : undefined);
}

/**
 * GitHub sends a `:` as `%3A`, so in a subject a `%` of the name's own cannot be told from a colon: who may name any
 * environment could pass for one that is trusted.
 */
function environmentFault(name: string): string | undefined {
  const fault = policyFault(name);
  if (fault !== undefined) return fault;
  if (name.includes("%"))
    return "GitHub sends a `:` as `%3A`, so a name with `%` cannot be told from another; write `:` as it is, or rename it.";
  return name.trim() === name ? undefined : "The name begins or ends with a space.";
}

/** A reusable workflow, pinned: `owner/repo/.github/workflows/file.yml@ref`, with `*` in the ref alone. */
function jobWorkflowRefFault(value: string): string | undefined {
  const fault = policyFault(value);
  if (fault !== undefined) return fault;
  const [, ref] = /^[A-Za-z0-9][\w-]*\/[\w.-]+\/\.github\/workflows\/[\w.-]+\.ya?ml@(.+)$/.exec(value) ?? [];
  if (ref === undefined)
    return "It must be OWNER/REPO/.github/workflows/FILE.yml@REF, with `*` in the ref alone.";
  const isRef = /^refs\/(heads|tags)\/./.test(ref) || /^[0-9a-f]{40}$/.test(ref);
  return isRef ? undefined : "The ref after the `@` is refs/heads/…, refs/tags/… or a commit.";
}
